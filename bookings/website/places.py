"""Where a house stands: a sketch of our own and a plain link, since a map's script would tell others who looks."""

from dataclasses import dataclass

from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class Place:
    """Coordinates in words, and the address of an open map."""

    coordinates: str
    link: str


def place_of(property: Property) -> Place | None:
    """Return the place of a property, or None where nobody has said it."""
    if property.latitude is None or property.longitude is None:
        return None
    north, east = float(property.latitude), float(property.longitude)
    words = f"{abs(north):.4f}° {'N' if north >= 0 else 'S'}, {abs(east):.4f}° {'E' if east >= 0 else 'W'}"
    link = f"https://www.openstreetmap.org/?mlat={north}&mlon={east}#map=17/{north}/{east}"
    return Place(words, link)
