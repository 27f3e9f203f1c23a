"""What a guest can choose from: for each room of the wish every type that fits, with its rates by what differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from billing.payments.selectors import accounts_for
from billing.taxes.party import Party
from bookings.checkout.refusals import OF_THE_CODE, rule_said, said_of, sentences
from bookings.checkout.services.starting import RoomChoice
from bookings.checkout.summary import board_said
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.rates.policies import free_until
from bookings.rates.policies import sentences as policy_sentences
from bookings.rates.quoting import Alternative, Offer, Quote, Refusal
from bookings.rates.services import quote
from bookings.rates.wishes import Wish
from pms.kernel.errors import Conflict
from pms.kernel.wording import said
from pms.properties.models import Photo, Property, RoomType

#: So few rooms are told: a true number, never a threat.
FEW = 3


@dataclass(frozen=True, slots=True)
class Codes:
    """The one code that was typed, as the quote asks for it. `fault` says what is wrong with it."""

    promo: str = ""
    access: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class RateOffer:
    """One rate of a room type, by what differs from the others."""

    offer: Offer
    name: str
    description: str
    board: str
    free_until: datetime | None
    policy: tuple[str, ...]
    due_minor: int
    left: int | None

    @property
    def key(self) -> str:
        """What a form sends for it."""
        return f"{self.offer.room_type_code}:{self.offer.rate_plan_code}"

    @property
    def night_minor(self) -> int:
        """What a night comes to on average, everything in."""
        return round(self.offer.total_minor / (self.offer.departure - self.offer.arrival).days)


@dataclass(frozen=True, slots=True)
class TypeOffers:
    """A room type with its rates, the cheapest first; or why there is none."""

    room_type: RoomType
    rates: tuple[RateOffer, ...]
    reasons: tuple[str, ...] = ()

    @property
    def left(self) -> int | None:
        """How few rooms are left, where it is the same on every rate."""
        counts = {rate.left for rate in self.rates}
        return counts.pop() if len(counts) == 1 else None

    @property
    def photo(self) -> Photo | None:
        """The first picture of it."""
        return next(iter(self.room_type.photos.all()), None)


@dataclass(frozen=True, slots=True)
class _House:
    """What is the same for every room of a wish."""

    types: dict[int, RoomType]
    plans: dict[int, RatePlan]
    zone: ZoneInfo
    at: datetime
    pays_online: bool


@dataclass(frozen=True, slots=True)
class RoomOffers:
    """What can be had for one room of the wish."""

    number: int
    party: Party
    types: tuple[TypeOffers, ...]
    refused: tuple[TypeOffers, ...]
    reasons: tuple[str, ...]
    alternatives: tuple[Alternative, ...]


def codes_of(*, property: Property, code: str) -> Codes:
    """Return a typed code as what it is: the access code of a rate, else a promo code. One query."""
    if not code:
        return Codes()
    is_access = RatePlan.objects.filter(property=property, access_code__iexact=code, retired_at=None).exists()
    return Codes(access=code) if is_access else Codes(promo=code)


def offers(*, property: Property, wish: Wish, at: datetime) -> tuple[tuple[RoomOffers, ...], Codes]:
    """Return the offers for each room of the wish, at the UTC instant `at`, and what the code was good for.

    A code that is good for nothing is left out, and said. One quote for each kind of room of the wish, and a fixed number
    of queries besides.
    """
    types = {row.pk: row for row in RoomType.objects.filter(property=property).prefetch_related("photos")}
    plans = {row.pk: row for row in RatePlan.objects.filter(property=property)}
    codes = codes_of(property=property, code=wish.code)
    pays_online = bool(accounts_for(property=property, currency=property.currency, online=True))
    asked: dict[Party, Quote] = {}
    for party in wish.parties:
        if party not in asked:
            asked[party], codes = _quote(property, wish, party, codes, at)
    house = _House(types, plans, property.zone, at, pays_online)
    return tuple(_room(number, party, asked[party], house) for number, party in enumerate(wish.parties, start=1)), codes


def choices(*, property: Property, wish: Wish, keys: Sequence[str]) -> list[RoomChoice]:
    """Return what a form chose, room by room. Raises Conflict `nothing_chosen`, `not_offered`."""
    if len(keys) != wish.rooms or not all(keys):
        raise Conflict("nothing_chosen", "Choose a rate for each room.")
    types = {row.code: row for row in RoomType.objects.filter(property=property, retired_at=None)}
    plans = {row.code: row for row in RatePlan.objects.filter(property=property, retired_at=None)}
    chosen = []
    for key, party in zip(keys, wish.parties, strict=True):
        type_code, _, plan_code = key.partition(":")
        if type_code not in types or plan_code not in plans:
            raise Conflict("not_offered", "This offer is not there any more.")
        chosen.append(RoomChoice(types[type_code], plans[plan_code], party))
    return chosen


def _quote(property: Property, wish: Wish, party: Party, codes: Codes, at: datetime) -> tuple[Quote, Codes]:
    found = _ask(property, wish, party, codes, at)
    fault = next((refusal for refusal in found.refusals if _of_code(refusal)), None)
    if fault is None:
        return found, codes
    without = Codes(fault=rule_said(fault))
    return _ask(property, wish, party, without, at), without


def _of_code(refusal: Refusal) -> bool:
    """Return whether the code itself is the fault, for every rate."""
    return refusal.code.startswith(OF_THE_CODE) and refusal.rate_plan_id is None


def _ask(property: Property, wish: Wish, party: Party, codes: Codes, at: datetime) -> Quote:
    return quote(
        property=property,
        arrival=wish.arrival,
        departure=wish.departure,
        party=party,
        at=at,
        source=Source.DIRECT_WEB,
        promo_code=codes.promo,
        access_code=codes.access,
    )


def _room(number: int, party: Party, found: Quote, house: _House) -> RoomOffers:
    by_type: dict[int, list[RateOffer]] = {}
    unpayable: dict[int, list[str]] = {}
    for offer in found.offers:
        if offer.due_now_minor and not house.pays_online:
            unpayable.setdefault(offer.room_type_id, []).append(said_of("no_online_payment"))
            continue
        by_type.setdefault(offer.room_type_id, []).append(_rate(offer, house))
    refused: dict[int, list[Refusal]] = {}
    general: list[Refusal] = []
    for refusal in found.refusals:
        if refusal.room_type_id is None:
            general.append(refusal)
        elif refusal.room_type_id not in by_type:
            refused.setdefault(refusal.room_type_id, []).append(refusal)
    ordered = sorted(by_type, key=lambda key: (house.types[key].position, house.types[key].code))
    return RoomOffers(
        number,
        party,
        tuple(
            TypeOffers(house.types[key], tuple(sorted(by_type[key], key=lambda rate: rate.offer.total_minor)))
            for key in ordered
        ),
        tuple(
            TypeOffers(row, (), reasons)
            for key, row in house.types.items()
            if key not in by_type
            and (reasons := tuple(dict.fromkeys((*sentences(refused.get(key, [])[:3]), *unpayable.get(key, ())))))
        ),
        sentences(general),
        found.alternatives,
    )


def _rate(offer: Offer, house: _House) -> RateOffer:
    plan, zone, at = house.plans[offer.rate_plan_id], house.zone, house.at
    until = free_until(offer.cancellation, arrival=offer.arrival, zone=zone)
    return RateOffer(
        offer=offer,
        name=said(plan, "name"),
        description=said(plan, "description"),
        board=board_said(offer.board),
        free_until=until if until is not None and until > at else None,
        policy=policy_sentences(
            offer.cancellation,
            arrival=offer.arrival,
            zone=zone,
            currency=offer.currency,
            language=get_language() or "en",
            at=at,
        ),
        due_minor=offer.due_now_minor,
        left=offer.available if 0 < offer.available <= FEW else None,
    )
