"""What the pages of a house show, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import get_language

from bookings.rates.models import CancellationPolicy, RatePlan
from bookings.rates.services.terms import policy_sentences
from pms.kernel.errors import Missing
from pms.properties.models import Amenity, Photo, Property, RoomType


@dataclass(frozen=True, slots=True)
class RoomCard:
    """A room type with its pictures."""

    room_type: RoomType
    photos: list[Photo]
    amenities: list[Amenity]


@dataclass(frozen=True, slots=True)
class House:
    """A property as guests see it. `policies` are (names of the rates, sentences) in the active language."""

    property: Property
    photos: list[Photo]
    amenities: list[Amenity]
    rooms: list[RoomCard]
    policies: list[tuple[str, list[str]]]


def houses() -> list[tuple[Property, Photo | None]]:
    """Return the listed properties, each with its first picture. Two queries."""
    rows = list(Property.objects.filter(is_listed=True))
    first: dict[int, Photo] = {}
    for photo in Photo.objects.filter(property__in=rows, room_type=None):
        first.setdefault(photo.property_id, photo)
    return [(row, first.get(row.pk)) for row in rows]


def listed(*, code: str) -> Property:
    """Return the listed property with the code. Raises Missing `no_such_property`."""
    found = Property.objects.filter(code=code, is_listed=True).first()
    if found is None:
        raise Missing("no_such_property", "There is no such house here.")
    return found


def house(*, code: str) -> House:
    """Return everything about a listed property. Raises Missing `no_such_property`."""
    row = listed(code=code)
    pictures: dict[int | None, list[Photo]] = defaultdict(list)
    for photo in Photo.objects.filter(property=row):
        pictures[photo.room_type_id].append(photo)
    kinds = RoomType.objects.filter(property=row, retired_at=None).prefetch_related("amenities")
    cards = [RoomCard(kind, pictures[kind.pk], list(kind.amenities.all())) for kind in kinds]
    for kind in cards:
        kind.room_type.property = row
    return House(
        property=row,
        photos=pictures[None],
        amenities=list(row.amenities.all()),
        rooms=cards,
        policies=_policies(row),
    )


def _policies(row: Property) -> list[tuple[str, list[str]]]:
    """Return the policies of rates that anybody can book, each with the names of its rates."""
    public = RatePlan.objects.filter(retired_at=None, access_code="").order_by("position", "code")
    policies = (
        CancellationPolicy.objects.filter(property=row)
        .prefetch_related("tiers", Prefetch("rate_plans", queryset=public, to_attr="open_plans"))
        .order_by("code")
    )
    language = get_language() or "en"
    told = []
    for policy in policies:
        if not policy.open_plans:
            continue
        policy.property = row
        names = ", ".join(str(plan.texts.get(language, {}).get("name") or plan.name) for plan in policy.open_plans)
        told.append((names, policy_sentences(policy=policy, tiers=policy.tiers.all(), language=language)))
    return told
