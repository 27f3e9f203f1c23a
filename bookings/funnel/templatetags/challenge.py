"""`{% challenge %}`: the hidden fields of a form whose view asks challenge_require."""

from django import template

from bookings.funnel.challenge import STAMP, TRAP, stamp

register = template.Library()


@register.inclusion_tag("funnel/_challenge_fields.html")
def challenge() -> dict[str, str]:
    """Return the field that only programs fill in, and when the form was shown."""
    return {"trap": TRAP, "stamp_name": STAMP, "stamp": stamp()}
