"""What the pages of a house show, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import get_language

from bookings.rates.enums import Source
from bookings.rates.models import CancellationPolicy, PlanChannel, RatePlan
from bookings.rates.policies import sentences
from bookings.rates.quoting import CancellationTerms
from bookings.rates.services.terms import policy_sentences
from pms.kernel.errors import Missing
from pms.kernel.wording import said
from pms.properties.models import Amenity, Photo, Property, RoomType


@dataclass(frozen=True, slots=True)
class RoomCard:
    """A room type with its pictures."""

    room_type: RoomType
    photos: list[Photo]
    amenities: list[Amenity]


@dataclass(frozen=True, slots=True)
class HouseCard:
    """A property as the first page shows it; `kinds` counts its room types."""

    property: Property
    photo: Photo | None
    amenities: list[Amenity]
    kinds: int


@dataclass(frozen=True, slots=True)
class House:
    """A property as guests see it. `policies` are (names of the rates, sentences) in the active language."""

    property: Property
    photos: list[Photo]
    amenities: list[Amenity]
    rooms: list[RoomCard]
    policies: list[tuple[str, list[str]]]


def houses() -> list[HouseCard]:
    """Return the listed properties, each with its first picture and what it has. Three queries."""
    kinds = Count("room_types", filter=Q(room_types__retired_at=None))
    rows = list(Property.objects.filter(is_listed=True).annotate(kinds=kinds).prefetch_related("amenities"))
    first: dict[int, Photo] = {}
    for photo in Photo.objects.filter(property__in=rows, room_type=None):
        first.setdefault(photo.property_id, photo)
    return [HouseCard(row, first.get(row.pk), list(row.amenities.all()), row.kinds) for row in rows]


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
    """Return the cancellation terms of what anybody can book here, each with the names of its rates. Two queries.

    What is sold elsewhere only, with a code only, or no longer, is nobody's business.
    """
    today, language = row.business_date, get_language() or "en"
    plans = (
        RatePlan.objects.filter(property=row, retired_at=None, access_code="")
        .exclude(Exists(PlanChannel.objects.filter(rate_plan=OuterRef("pk"), source=Source.DIRECT_WEB, is_open=False)))
        .exclude(Q(sale_last__lt=today) | Q(stay_last__lt=today))
        .select_related("cancellation_policy")
        .prefetch_related("cancellation_policy__tiers")
        .order_by("position", "code")
    )
    names: dict[int | None, list[str]] = defaultdict(list)
    policies: dict[int | None, CancellationPolicy | None] = {}
    for plan in plans:
        names[plan.cancellation_policy_id].append(said(plan, "name"))
        policies.setdefault(plan.cancellation_policy_id, plan.cancellation_policy)
    return [(" · ".join(names[key]), _sentences(row, policy, language)) for key, policy in policies.items()]


def _sentences(row: Property, policy: CancellationPolicy | None, language: str) -> list[str]:
    if policy is None:
        terms = CancellationTerms()
        return [*sentences(terms, arrival=None, zone=row.zone, currency=row.currency, language=language)]
    policy.property = row
    return policy_sentences(policy=policy, tiers=policy.tiers.all(), language=language)
