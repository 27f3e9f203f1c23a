"""The lines of a price as the guest reads them: of an offer, and of rooms that are kept. The same lines, to the cent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.utils.translation import gettext, ngettext

from billing.taxes.calculation import TaxLine
from billing.taxes.naming import levy_said
from billing.taxes.selectors import names_said
from bookings.checkout.models import Checkout
from bookings.rates.models import Extra
from bookings.rates.quoting import ChargeLine, Offer, PaymentStep
from bookings.reservations.models import Reservation, ReservationCharge, StayNight
from bookings.reservations.terms import SoldTerms, terms_from_json
from pms.kernel.wording import said

Names = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what for, how often, how much (minor units)."""

    label: str
    amount_minor: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """One room of a summary, with the lines that sum to its total."""

    name: str
    rate_name: str
    board: str
    adults: int
    child_ages: tuple[int, ...]
    lines: tuple[Line, ...]
    total_minor: int
    terms: SoldTerms | None = None
    key: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything on the card beside the steps. Taxes inside prices are said, not added."""

    currency: str
    arrival: date | None
    departure: date | None
    rooms: tuple[Room, ...]
    included_minor: int
    due_minor: int
    steps: tuple[PaymentStep, ...]

    @property
    def nights(self) -> int:
        """How many nights."""
        return (self.departure - self.arrival).days if self.arrival and self.departure else 0

    @property
    def total_minor(self) -> int:
        """Everything."""
        return sum(room.total_minor for room in self.rooms)

    @property
    def later_minor(self) -> int:
        """What is paid later."""
        return self.total_minor - self.due_minor


def lines_of(
    *, nights_minor: int, nights: int, charges: Iterable[ChargeLine], taxes: Iterable[TaxLine], names: Names
) -> tuple[Line, ...]:
    """Return nights, then extras and fees by name, then taxes that are added by name; they sum to the price.

    `names` are those in the guest's language by what it is (extra, fee, tax) and its code; what has none keeps its own.
    """
    counted = ngettext("%(number)s night", "%(number)s nights", nights) % {"number": nights}
    lines = [Line(counted, nights_minor)]
    sums: dict[tuple[str, str, str], list[int]] = {}
    for charge in charges:
        label = names.get((charge.kind, charge.code)) or levy_said(charge.name)
        found = sums.setdefault((charge.kind, charge.code, label), [0, 0])
        found[0] += charge.quantity
        found[1] += charge.amount_minor
    for (_, code, label), (quantity, amount) in sums.items():
        lines.append(Line(f"{label} \N{MULTIPLICATION SIGN} {quantity}" if quantity > 1 else label, amount, code))
    added: dict[str, int] = {}
    for tax in taxes:
        if not tax.included:
            label = names.get(("tax", tax.tax)) or levy_said(tax.name)
            added[label] = added.get(label, 0) + tax.amount_minor
    lines += [Line(name, amount) for name, amount in added.items() if amount]
    return tuple(lines)


def room_of_offer(
    offer: Offer, *, name: str, rate_name: str, adults: int, child_ages: tuple[int, ...], names: Names
) -> Room:
    """Return an offer as a room of a summary."""
    nights = offer.nights
    lines = lines_of(
        nights_minor=sum(night.price_minor for night in nights),
        nights=len(nights),
        charges=offer.charges,
        taxes=offer.taxes,
        names=names,
    )
    return Room(name, rate_name, offer.board, adults, child_ages, lines, offer.total_minor)


def summary_of_offers(offers: Sequence[Offer], rooms: Sequence[Room]) -> Summary:
    """Return the summary of rooms that nobody keeps yet."""
    first = offers[0]
    return Summary(
        first.currency,
        first.arrival,
        first.departure,
        tuple(rooms),
        sum(offer.taxes_included_minor for offer in offers),
        sum(offer.due_now_minor for offer in offers),
        tuple(step for offer in offers for step in offer.payments),
    )


def summary_of(checkout: Checkout) -> Summary:
    """Return the summary of a checkout as it is kept or was sold. Five queries, whatever the number of rooms."""
    live_nights = Prefetch("nights", StayNight.objects.filter(released_at=None).order_by("date"), to_attr="live_nights")
    live_charges = Prefetch(
        "charges",
        ReservationCharge.objects.filter(released_at=None).order_by("date", "pk").select_related("extra"),
        to_attr="live_charges",
    )
    rows = (
        Reservation.objects.filter(booking=checkout.booking_id)
        .select_related("room_type", "rate_plan", "property", "hold")
        .prefetch_related(live_nights, live_charges, "occupants")
        .order_by("pk")
    )
    rooms, included, steps = [], 0, list[PaymentStep]()
    first: Reservation | None = None
    names = names_said(property_id=checkout.booking.property_id)
    for row in rows:
        first = first or row
        room, inside = _room_of(row, names)
        rooms.append(room)
        included += inside
        steps += room.terms.payments if room.terms else ()
    arrival, departure = (first.arrival, first.departure) if first else (None, None)
    return Summary(checkout.currency, arrival, departure, tuple(rooms), included, checkout.due_minor, tuple(steps))


def _room_of(row: Reservation, names: Names) -> tuple[Room, int]:
    nights: list[StayNight] = row.__dict__["live_nights"]
    charges: list[ReservationCharge] = row.__dict__["live_charges"]
    taxes = [TaxLine.from_json(tax) for night in nights for tax in night.taxes]
    taxes += [TaxLine.from_json(tax) for charge in charges for tax in charge.taxes]
    extras = {("extra", row.code): said(row.extra, "name") for row in charges if isinstance(row.extra, Extra)}
    lines = lines_of(
        nights_minor=row.total_minor,
        nights=row.nights_count,
        charges=[_line(charge) for charge in charges],
        taxes=taxes,
        names={**names, **extras},
    )
    ages = tuple(who.age or 0 for who in row.occupants.all() if who.kind == "child")
    room = Room(
        name=said(row.room_type, "name"),
        rate_name=said(row.rate_plan, "name"),
        board=row.rate_plan.board,
        adults=row.adults,
        child_ages=ages,
        lines=lines,
        total_minor=row.grand_total_minor,
        terms=terms_from_json(row.terms),
        key=row.pk,
        code=row.code,
    )
    return room, sum(tax.amount_minor for tax in taxes if tax.included)


def _line(charge: ReservationCharge) -> ChargeLine:
    return ChargeLine(
        kind=charge.kind,
        code=charge.code,
        name=charge.name,
        component=charge.component,
        basis=charge.basis,
        date=charge.date,
        quantity=charge.quantity,
        unit_minor=charge.unit_minor,
        amount_minor=charge.amount_minor,
    )


def board_said(board: str) -> str:
    """Return the board in the guest's language."""
    words = {
        "RO": gettext("Room only"),
        "BB": gettext("Breakfast included"),
        "HB": gettext("Half board"),
        "FB": gettext("Full board"),
        "AI": gettext("All inclusive"),
    }
    return words.get(board, board)
