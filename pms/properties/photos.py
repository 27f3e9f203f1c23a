"""Smaller copies of photos: what a phone loads is not what a desktop loads."""

from io import BytesIO

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps, UnidentifiedImageError

from pms.properties.models import Photo

#: Pixels of the copies; one wider than the photo itself is not made.
WIDTHS = (480, 960, 1600)
QUALITY = 80
#: A photo with more pixels than this is not opened: it would fill the memory.
MOST_PIXELS = 80_000_000
FORMAT = "webp"

logger = structlog.get_logger(__name__)


def copy_name(name: str, width: int) -> str:
    """Return the stored name of the copy of a photo in a width."""
    return f"{name.rpartition('.')[0]}.{width}.{FORMAT}"


def original_name(name: str) -> str:
    """Return the stored names' common stem: what a copy was made of begins with it."""
    stem, _, width = name.removesuffix(f".{FORMAT}").rpartition(".")
    return stem if name.endswith(f".{FORMAT}") and width.isdigit() else ""


def photo_shrink(*, photo: Photo) -> Photo:
    """Write the copies of a photo and note which there are; run again it writes the same. No transaction is open.

    A file that is no picture keeps no copies and is shown as it is.
    """
    name = photo.image.name
    try:
        with default_storage.open(name) as stored, Image.open(stored) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise UnidentifiedImageError("too many pixels")
            whole = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        logger.warning("photo_not_shrunk", photo=photo.pk, error=str(error))
        Photo.objects.filter(pk=photo.pk).update(widths=[0])
        return photo
    widths = [width for width in WIDTHS if width <= whole.width] or [whole.width]
    for width in widths:
        small = whole.resize((width, max(1, round(whole.height * width / whole.width))), Image.Resampling.LANCZOS)
        written = BytesIO()
        small.save(written, FORMAT.upper(), quality=QUALITY, method=4)
        target = copy_name(name, width)
        default_storage.delete(target)
        default_storage.save(target, ContentFile(written.getvalue()))
    photo.widths, photo.proportion = widths, whole.width / whole.height
    photo.save(update_fields=["widths", "proportion"])
    return photo


def photos_shrink_waiting() -> int:
    """Shrink every photo that has no copies yet; return how many."""
    waiting = list(Photo.objects.filter(widths=[]))
    for photo in waiting:
        photo_shrink(photo=photo)
    return len(waiting)
