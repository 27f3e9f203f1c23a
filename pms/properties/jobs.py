"""Jobs of properties."""

from pms.properties.photos import photos_shrink_waiting


def shrink_photos() -> None:
    """Make the smaller copies of new photos."""
    photos_shrink_waiting()
