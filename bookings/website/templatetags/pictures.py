"""Pictures in the size a screen wants."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from bookings.website.seo import photo_url
from pms.properties.models import Photo
from pms.properties.photos import copy_name

register = template.Library()


@register.simple_tag
def picture(photo: Photo, sizes: str = "100vw", first: bool = False) -> SafeString:
    """Write an img with its copies; the `first` picture of a page is loaded at once, the others when they come near."""
    url = photo.image.storage.url
    copies = format_html_join(
        ", ", "{} {}w", ((url(copy_name(photo.image.name, width)), width) for width in photo.widths if width)
    )
    loading = 'fetchpriority="high"' if first else 'loading="lazy" decoding="async"'
    return format_html(
        '<img src="{}"{} alt="{}" width="960" height="{}" {}>',
        photo_url(photo, 960),
        format_html(' srcset="{}" sizes="{}"', copies, sizes) if copies else "",
        photo.alt_text,
        round(960 / (photo.proportion or 1.5)),
        mark_safe(loading),  # noqa: S308 - one of the two above
    )
