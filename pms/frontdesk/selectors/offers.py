"""What can be sold for a stay, as the page of a new booking lays it out. Every price and every refusal is the quote's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from billing.taxes.models import Tax
from billing.taxes.party import Party
from bookings.rates.enums import Board, Source
from bookings.rates.models import Extra, RatePlan
from bookings.rates.quoting import OVERRIDABLE, Alternative, ExtraWish, Offer, Quote, Refusal
from bookings.rates.services import offer_for, quote
from pms.frontdesk.selectors.money import cancellation_phrase
from pms.kernel.errors import DomainError
from pms.kernel.money import Money
from pms.properties.models import Property, RoomType

BOARD_WORDS: dict[str, str] = dict(Board.choices)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the quote. Dates are property-local."""

    arrival: date
    departure: date
    party: Party
    source: Source
    promo_code: str = ""
    access_code: str = ""
    extras: tuple[ExtraWish, ...] = ()

    @property
    def nights(self) -> int:
        """Length in nights."""
        return (self.departure - self.arrival).days

    @property
    def _children(self) -> list[tuple[int, date | None]]:
        """Each child's age and, where it is known, day of birth."""
        births = self.party.child_births or (None,) * self.party.children
        return list(zip(self.party.child_ages, births, strict=True))

    def address(self, **more: str) -> str:
        """Return the wish as the query of an address, for the price explainer."""
        pairs = {
            **more,
            "arrival": self.arrival.isoformat(),
            "departure": self.departure.isoformat(),
            "adults": str(self.party.adults),
            "child_ages": ", ".join(str(born or age) for age, born in self._children),
            "infants": str(self.party.infants or ""),
            "source": self.source.value,
            "promo_code": self.promo_code,
        }
        return "?" + urlencode({name: value for name, value in pairs.items() if value})


@dataclass(frozen=True, slots=True)
class Deal:
    """What staff sells against the rules, or at a price of their own: a pair and, if they name them, its prices."""

    room_type: RoomType
    rate_plan: RatePlan
    prices: Mapping[date, int] | None = None

    @property
    def key(self) -> str:
        """How the form names the pair."""
        return f"{self.room_type.code}:{self.rate_plan.code}"


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """A type on a plan that can be sold, in the words of the page."""

    offer: Offer
    board: str
    cancellation: str
    explain: str

    @property
    def key(self) -> str:
        """How the form names it: the codes of type and plan."""
        return f"{self.offer.room_type_code}:{self.offer.rate_plan_code}"

    @property
    def total(self) -> Money:
        """The stay of one room with everything."""
        return Money(self.offer.total_minor, self.offer.currency)

    @property
    def per_night(self) -> Money:
        """The average of the nights."""
        return Money(self.offer.room_minor // len(self.offer.nights), self.offer.currency)

    @property
    def due_now(self) -> Money | None:
        """What is to be paid at the sale, if anything."""
        return Money(self.offer.due_now_minor, self.offer.currency) if self.offer.due_now_minor else None


@dataclass(frozen=True, slots=True)
class TypeOffers:
    """A room type with the plans it can be sold on; `left` rooms over all its nights."""

    room_type: RoomType
    left: int
    plans: tuple[PlanOffer, ...]


@dataclass(frozen=True, slots=True)
class NotSold:
    """A type (on one plan, or on all) that is not sold, with every rule that refuses it. `key` where staff may all the same."""

    room_type: RoomType
    plan: str
    reasons: tuple[str, ...]
    key: str
    explain: str


@dataclass(frozen=True, slots=True)
class DealOffer:
    """A deal as it would be sold: its offer, or why even staff cannot."""

    deal: Deal
    found: PlanOffer | None
    against: tuple[str, ...]
    refusal: str


@dataclass(frozen=True, slots=True)
class Instead:
    """Another stay that can be sold, as a button: what it changes, and what it says."""

    arrival: date
    departure: date
    type_code: str
    label: str
    detail: str
    total: Money

    @property
    def value(self) -> str:
        """How the form names it."""
        return f"{self.arrival.isoformat()}/{self.departure.isoformat()}/{self.type_code}"

    @property
    def changes(self) -> str:
        """The fields of the stay that it sets, as a query."""
        return urlencode(
            {
                "arrival": self.arrival.isoformat(),
                "departure": self.departure.isoformat(),
                "type": self.type_code,
                "unit": "",
                "anyway": "",
            }
        )


@dataclass(frozen=True, slots=True)
class OnOffer:
    """Everything there is for a wish. `about_all` refuses whatever is chosen: a code that is not known."""

    types: tuple[TypeOffers, ...]
    not_sold: tuple[NotSold, ...]
    about_all: tuple[Refusal, ...]
    alternatives: tuple[Instead, ...]
    deal: DealOffer | None

    def by_key(self) -> dict[str, PlanOffer]:
        """Return what can be sold by the name the form gives it; a deal goes before what is sold to everybody."""
        found = {plan.key: plan for row in self.types for plan in row.plans}
        if self.deal is not None and self.deal.found is not None:
            found[self.deal.found.key] = self.deal.found
        return found


def on_offer(*, place: Property, wish: Wish, at: datetime, deal: Deal | None = None) -> OnOffer:
    """Return what place has for a wish at the UTC instant `at`, and for all else every rule that refuses it.

    A fixed number of queries: those of the quote, the names of types and plans, and for a deal those of its offer.
    """
    types = list(RoomType.objects.filter(property=place, retired_at=None))
    plans = list(RatePlan.objects.filter(property=place, retired_at=None).order_by("-is_default", "position", "code"))
    found = quote(
        property=place,
        arrival=wish.arrival,
        departure=wish.departure,
        party=wish.party,
        at=at,
        source=wish.source,
        promo_code=wish.promo_code,
        access_code=wish.access_code,
        extras=wish.extras,
    )
    shown = [plan_offer(offer, place=place, wish=wish, at=at) for offer in found.offers]
    return OnOffer(
        types=_types(types, plans, shown),
        not_sold=_not_sold(types, plans, found, wish),
        about_all=tuple(row for row in found.refusals if row.room_type_id is None and row.rate_plan_id is None),
        alternatives=instead_of(found.alternatives, {row.pk: row.code for row in types}),
        deal=_deal(deal, found, place=place, wish=wish, at=at) if deal else None,
    )


def plan_offer(offer: Offer, *, place: Property, wish: Wish, at: datetime) -> PlanOffer:
    """Return an offer in the words of the page."""
    return PlanOffer(
        offer=offer,
        board=BOARD_WORDS.get(offer.board, offer.board),
        cancellation=cancellation_phrase(offer.cancellation, arrival=offer.arrival, place=place, at=at),
        explain=wish.address(room_type=offer.room_type_code, rate_plan=offer.rate_plan_code),
    )


def _types(types: Iterable[RoomType], plans: Iterable[RatePlan], shown: Iterable[PlanOffer]) -> tuple[TypeOffers, ...]:
    rank = {plan.pk: index for index, plan in enumerate(plans)}
    by_type: dict[int, list[PlanOffer]] = {}
    for plan in sorted(shown, key=lambda plan: rank[plan.offer.rate_plan_id]):
        by_type.setdefault(plan.offer.room_type_id, []).append(plan)
    return tuple(
        TypeOffers(row, max(plan.offer.available for plan in by_type[row.pk]), tuple(by_type[row.pk]))
        for row in types
        if row.pk in by_type
    )


def _not_sold(types: list[RoomType], plans: list[RatePlan], found: Quote, wish: Wish) -> tuple[NotSold, ...]:
    sold = {(offer.room_type_id, offer.rate_plan_id) for offer in found.offers}
    rows = []
    for room_type in types:
        pairs = [(plan, refusals_of(found, room_type.pk, plan.pk)) for plan in plans]
        left = [(plan, why) for plan, why in pairs if (room_type.pk, plan.pk) not in sold and why]
        if not left:
            continue
        together = {sentences_of(why) for _, why in left}
        if len(left) == len(pairs) > 1 and len(together) == 1 and not _overridable(left[0][1]):
            rows.append(NotSold(room_type, "", together.pop(), "", wish.address(room_type=room_type.code)))
            continue
        rows += [
            NotSold(
                room_type,
                plan.name,
                sentences_of(why),
                f"{room_type.code}:{plan.code}" if _overridable(why) else "",
                wish.address(room_type=room_type.code, rate_plan=plan.code),
            )
            for plan, why in left
        ]
    return tuple(rows)


def refusals_of(found: Quote, room_type_id: int, rate_plan_id: int) -> tuple[Refusal, ...]:
    """Return the rules that refuse one pair: its own, its type's, its plan's."""
    return tuple(
        row
        for row in found.refusals
        if row.room_type_id in (None, room_type_id)
        and row.rate_plan_id in (None, rate_plan_id)
        and (row.room_type_id, row.rate_plan_id) != (None, None)
    )


def sentences_of(refusals: Iterable[Refusal]) -> tuple[str, ...]:
    """Return what refusals say, each sentence once."""
    return tuple(dict.fromkeys(row.message for row in refusals))


def instead_of(alternatives: Iterable[Alternative], type_codes: Mapping[int, str]) -> tuple[Instead, ...]:
    """Return alternatives as buttons; `type_codes` are the codes of the property's types by key."""
    return tuple(_instead(row, type_codes.get(row.room_type_id, "")) for row in alternatives)


def _instead(row: Alternative, type_code: str) -> Instead:
    nights = (row.departure - row.arrival).days
    dates = f"{row.arrival:%a %-d %b} \N{EN DASH} {row.departure:%a %-d %b}"
    if row.kind == "room_type":
        label, detail = row.room_type_name, row.rate_plan_name
    elif row.kind == "length":
        label, detail = f"{nights} night{'' if nights == 1 else 's'}", f"{dates}, {row.room_type_name}"
    else:
        label, detail = dates, f"{row.room_type_name}, {row.rate_plan_name}"
    return Instead(row.arrival, row.departure, type_code, label, detail, Money(row.total_minor, row.currency))


def _overridable(refusals: Iterable[Refusal]) -> bool:
    return all(row.code in OVERRIDABLE for row in refusals)


def _deal(deal: Deal, found: Quote, *, place: Property, wish: Wish, at: datetime) -> DealOffer:
    against = sentences_of(refusals_of(found, deal.room_type.pk, deal.rate_plan.pk))
    try:
        offer = offer_for(
            room_type=deal.room_type,
            rate_plan=deal.rate_plan,
            arrival=wish.arrival,
            departure=wish.departure,
            party=wish.party,
            at=at,
            source=wish.source,
            promo_code=wish.promo_code,
            access_code=wish.access_code,
            extras=wish.extras,
            prices=deal.prices,
            override=True,
        )
    except DomainError as refusal:
        return DealOffer(deal, None, against, refusal.message)
    return DealOffer(deal, plan_offer(offer, place=place, wish=wish, at=at), against, "")


def extras_of(place: Property) -> list[Extra]:
    """Return the extras that place sells, in their order."""
    return list(Extra.objects.filter(property=place, retired_at=None))


def purpose_asked(place: Property) -> bool:
    """Return whether some tax of place exempts a purpose of travel, so that it matters."""
    return Tax.objects.filter(property=place, retired_at=None).exclude(exempt_purposes=[]).exists()
