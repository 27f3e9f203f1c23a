"""Gives the demo's houses their pictures: four of the house, one or two of each room type."""

from typing import Final
from zlib import crc32

from django.core.files.base import ContentFile
from django.db import transaction

from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.locking import lock
from pms.properties.enums import PropertyKind
from pms.properties.models import Photo, Property, RoomType

from .demo_scenes import PALETTES, Scene, scene

ALT: Final = {
    Scene.RIVERSIDE: "Houses with lit windows are mirrored in the river at dusk.",
    Scene.OLD_STREET: "An old street leads to a tower in the evening sun.",
    Scene.HARBOUR: "Sailing boats lie in the harbour before a lighthouse.",
    Scene.FOREST_HOUSE: "A wooden house with lit windows stands by a lake in the forest.",
    Scene.DUNES: "The sun stands low over the sea behind grassy dunes.",
    Scene.BREAKFAST: "Two tables are laid for breakfast by tall windows.",
    Scene.LOBBY: "The reception desk with its lamps, and a sofa by the window.",
    Scene.DOUBLE: "A double bed between two lit lamps, a window with a view beside it.",
    Scene.TWIN: "Two single beds left and right of a window with a view.",
    Scene.SUITE: "A sofa and a small table before a wide window with a view.",
    Scene.KITCHEN: "A kitchen with a laid table by the window.",
    Scene.FAMILY: "A double bed and bunk beds with a window between them.",
}
#: What shows a house, by a word of its city; the first that fits.
PLACES: Final = (
    ("algarve", (Scene.DUNES, Scene.HARBOUR, Scene.LOBBY, Scene.BREAKFAST)),
    ("lisbon", (Scene.RIVERSIDE, Scene.OLD_STREET, Scene.LOBBY, Scene.BREAKFAST)),
)
HOUSES: Final = (Scene.OLD_STREET, Scene.RIVERSIDE, Scene.LOBBY, Scene.BREAKFAST)
APARTMENTS: Final = (Scene.OLD_STREET, Scene.RIVERSIDE, Scene.KITCHEN, Scene.SUITE)
#: What shows a room type, by a word of its name; the first that fits.
ROOMS: Final = (
    ("villa", (Scene.KITCHEN, Scene.SUITE)),
    ("suite", (Scene.SUITE, Scene.DOUBLE)),
    ("house", (Scene.KITCHEN, Scene.FAMILY)),
    ("two-bedroom", (Scene.KITCHEN, Scene.TWIN)),
    ("apartment", (Scene.KITCHEN, Scene.DOUBLE)),
    ("studio", (Scene.KITCHEN,)),
    ("family", (Scene.FAMILY,)),
    ("triple", (Scene.FAMILY,)),
    ("twin", (Scene.TWIN,)),
)


def pictures_add(*, property: Property, actor: Actor) -> int:
    """Paint a house's pictures and return how many; 0 and nothing done when it has photos already. Locks the property."""
    if property.photos.exists():
        return 0
    shown: list[tuple[RoomType | None, Scene]] = [(None, kind) for kind in _of_house(property)]
    shown += [(each, kind) for each in property.room_types.filter(retired_at=None) for kind in _of_room(each)]
    colours = property.pk % len(PALETTES)
    painted = [
        (room_type, kind, scene(kind, seed=colours + len(PALETTES) * crc32(_code(property, room_type).encode())))
        for room_type, kind in shown
    ]
    with transaction.atomic():
        lock(Property.objects.filter(pk=property.pk))
        if property.photos.exists():
            return 0
        for position, (room_type, kind, jpeg) in enumerate(painted):
            photo = Photo(property=property, room_type=room_type, alt_text=_alt(kind, room_type), position=position)
            name = f"{_code(property, room_type)}-{kind}.jpg".lower()
            photo.image.save(name, ContentFile(jpeg), save=False)
            photo.save()
        audit_record(
            action="property.photos_added",
            subject_type="property",
            subject_code=property.code,
            property_code=property.code,
            actor=actor,
            changes={"photos": ["0", str(len(painted))]},
        )
    return len(painted)


def _of_house(property: Property) -> tuple[Scene, ...]:
    if property.kind == PropertyKind.APARTMENTS:
        return APARTMENTS
    return next((kinds for word, kinds in PLACES if word in property.city.lower()), HOUSES)


def _of_room(room_type: RoomType) -> tuple[Scene, ...]:
    return next((kinds for word, kinds in ROOMS if word in room_type.name.lower()), (Scene.DOUBLE,))


def _code(property: Property, room_type: RoomType | None) -> str:
    return f"{property.code}-{room_type.code}" if room_type else property.code


def _alt(kind: Scene, room_type: RoomType | None) -> str:
    return f"{room_type.name}: {ALT[kind][0].lower()}{ALT[kind][1:]}" if room_type else ALT[kind]
