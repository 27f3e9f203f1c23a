"""An explanation as the page shows it: nights that came about alike told once, each step with the row behind it."""

from dataclasses import dataclass
from datetime import date, datetime

from bookings.rates.models import RatePlan
from bookings.rates.quoting import OVERRIDABLE, Explanation, NightPath, Offer, PriceStep, Refusal
from bookings.rates.services import explain, offer_for, quote
from pms.frontdesk.explainer.places import Places, places_of, where_of
from pms.frontdesk.selectors.money import COMPONENT_WORDS, Sheet, SheetPart, cancellation_phrase, offer_sheet
from pms.frontdesk.selectors.offers import Instead, Wish, instead_of
from pms.kernel.dates import each_day
from pms.kernel.errors import DomainError
from pms.kernel.money import Money
from pms.properties.models import Property, RoomType


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was done, how it changed the price, what came out, and where its row is."""

    label: str
    change: str
    result: Money
    url: str


@dataclass(frozen=True, slots=True)
class Path:
    """Nights that came about in the same way. `price` is None where there is none (T24)."""

    dates: tuple[date, ...]
    steps: tuple[Step, ...]
    price: Money | None
    parts: tuple[SheetPart, ...]

    @property
    def count(self) -> int:
        """How many nights."""
        return len(self.dates)


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule that refuses, its value, and where it stands. `is_soft`: staff may sell against it with a reason."""

    code: str
    message: str
    value: str
    where: str
    url: str
    is_soft: bool


@dataclass(frozen=True, slots=True)
class GivenWay:
    """A minimum stay that does not hold here, and why; where it stands."""

    message: str
    where: str
    url: str


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything the page shows. `sheet` is what it costs, or would cost if only staff's rules refuse."""

    paths: tuple[Path, ...]
    refused: tuple[Refused, ...]
    lowered: tuple[GivenWay, ...]
    sheet: Sheet | None
    cancellation: str
    instead: tuple[Instead, ...]
    lead_days: int
    places: Places

    @property
    def is_sold(self) -> bool:
        """Whether anybody can buy it."""
        return not self.refused

    @property
    def can_be_overridden(self) -> bool:
        """Whether staff with the right could sell it all the same."""
        return bool(self.refused) and all(row.is_soft for row in self.refused)


def explained(
    *, place: Property, room_type: RoomType, rate_plan: RatePlan, wish: Wish, at: datetime, may_open: bool
) -> Explained:
    """Return how the price of a pair comes about at the UTC instant `at`. A fixed number of queries.

    Raises Invalid `no_nights`, `too_long`.
    """
    found = explain(
        room_type=room_type,
        rate_plan=rate_plan,
        arrival=wish.arrival,
        departure=wish.departure,
        party=wish.party,
        at=at,
        source=wish.source,
        promo_code=wish.promo_code,
        access_code=wish.access_code,
    )
    days = [*each_day(wish.arrival, wish.departure), wish.departure]
    places = places_of(place=place, room_type=room_type, rate_plan=rate_plan, days=days, may_open=may_open)
    offer = found.offer or _would_be(room_type, rate_plan, wish, at, found)
    return Explained(
        paths=_paths(found, places, place.currency),
        refused=tuple(_refused(row, places) for row in found.refusals),
        lowered=tuple(GivenWay(row.message, where_of(row.rule), places.refusal(row.rule)) for row in found.lowered),
        sheet=offer_sheet(offer, place=place, at=at) if offer else None,
        cancellation=cancellation_phrase(offer.cancellation, arrival=offer.arrival, place=place, at=at)
        if offer
        else "",
        instead=_instead(place, room_type, rate_plan, wish, at) if found.refusals else (),
        lead_days=found.lead_days,
        places=places,
    )


def _paths(found: Explanation, places: Places, currency: str) -> tuple[Path, ...]:
    groups: list[list[NightPath]] = []
    for night in found.nights:
        if groups and _alike(groups[-1][-1], night):
            groups[-1].append(night)
        else:
            groups.append([night])
    return tuple(_path(group, places, currency) for group in groups)


def _alike(one: NightPath, other: NightPath) -> bool:
    # A price of a single day has a row for each, so that its nights are told one by one.
    by_day = any(step.rule == "daily" for step in one.steps)
    return not by_day and (one.price_minor, one.steps, one.parts) == (other.price_minor, other.steps, other.parts)


def _path(group: list[NightPath], places: Places, currency: str) -> Path:
    first = group[0]
    return Path(
        dates=tuple(night.date for night in group),
        steps=tuple(_step(step, places, first.date, currency) for step in first.steps),
        price=None if first.price_minor is None else Money(first.price_minor, currency),
        parts=tuple(
            SheetPart(COMPONENT_WORDS.get(part.component, part.component), Money(part.amount_minor, currency))
            for part in first.parts
        ),
    )


def _step(step: PriceStep, places: Places, night: date, currency: str) -> Step:
    return Step(step.label, step.change, Money(step.result_minor, currency), places.step(step, night))


def _refused(row: Refusal, places: Places) -> Refused:
    value = "" if row.value is None else str(row.value)
    return Refused(row.code, row.message, value, where_of(row), places.refusal(row), row.code in OVERRIDABLE)


def _would_be(room_type: RoomType, rate_plan: RatePlan, wish: Wish, at: datetime, found: Explanation) -> Offer | None:
    """Return what it would cost where every rule that refuses is one that staff may override."""
    if any(row.code not in OVERRIDABLE for row in found.refusals):
        return None
    try:
        return offer_for(
            room_type=room_type,
            rate_plan=rate_plan,
            arrival=wish.arrival,
            departure=wish.departure,
            party=wish.party,
            at=at,
            source=wish.source,
            promo_code=wish.promo_code,
            access_code=wish.access_code,
            override=True,
        )
    except DomainError:
        return None


def _instead(
    place: Property, room_type: RoomType, rate_plan: RatePlan, wish: Wish, at: datetime
) -> tuple[Instead, ...]:
    other = quote(
        property=place,
        arrival=wish.arrival,
        departure=wish.departure,
        party=wish.party,
        at=at,
        source=wish.source,
        room_type=room_type,
        rate_plan=rate_plan,
        promo_code=wish.promo_code,
        access_code=wish.access_code,
    )
    codes = dict(RoomType.objects.filter(property=place).values_list("pk", "code"))
    return instead_of(other.alternatives, codes)
