"""The money of a stay as it was sold: what its rows kept, laid out; and what losing it costs by the terms sold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.taxes.calculation import TaxLine
from bookings.lifecycle.quoted import fee_now
from bookings.rates.enums import GUARANTEED
from bookings.rates.policies import sentences
from bookings.rates.quoting import ChargeLine, NightLine
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation, ReservationCharge, StayNight
from bookings.reservations.terms import parts_from_json, terms_from_json
from pms.frontdesk.selectors.money import Sheet, SheetCharge, charges_shown, sheet_of
from pms.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Loss:
    """What losing a stay costs now, and the sentences of the terms it was sold under."""

    fee: Money
    conditions: tuple[str, ...]


def sold_sheet(*, reservation: Reservation, nights: Sequence[StayNight]) -> Sheet:
    """Return the money of a stay, `nights` being the rows that are shown; one query."""
    rows = list(ReservationCharge.objects.filter(reservation=reservation))
    charges = [row for row in rows if row.released_at is None]
    if not charges and all(night.released_at is not None for night in nights):
        charges = rows
    terms = terms_from_json(reservation.terms)
    taxes = [*(row.taxes for row in nights), *(row.taxes for row in charges)]
    return sheet_of(
        nights=[NightLine(row.date, row.price_minor, parts_from_json(row.parts, row.price_minor)) for row in nights],
        charges=[charge_line(row) for row in charges],
        taxes=[TaxLine.from_json(line) for kept in taxes for line in kept],
        payments=terms.payments,
        currency=reservation.currency,
        total_minor=reservation.grand_total_minor,
        promo_code=terms.promo_code,
        discount_minor=0,
        conditions=conditions_of(reservation),
        sold=True,
    )


def charge_line(row: ReservationCharge) -> ChargeLine:
    """Return a charge as it was sold."""
    return ChargeLine(
        kind=row.kind,
        code=row.code,
        name=row.name,
        component=row.component,
        basis=row.basis,
        date=row.date,
        quantity=row.quantity,
        unit_minor=row.unit_minor,
        amount_minor=row.amount_minor,
    )


def charges_of(reservation: Reservation) -> tuple[SheetCharge, ...]:
    """Return the extras and fees that are on a stay now; one query."""
    rows: Iterable[ReservationCharge] = ReservationCharge.objects.filter(reservation=reservation, released_at=None)
    return charges_shown([charge_line(row) for row in rows], reservation.currency)


def conditions_of(reservation: Reservation) -> tuple[str, ...]:
    """Return the cancellation terms as they were sold, in sentences with the property's own time; none kept: nothing."""
    if not reservation.terms:
        return ()
    terms = terms_from_json(reservation.terms)
    return sentences(
        terms.cancellation,
        arrival=terms.deadline_arrival or reservation.arrival,
        zone=reservation.property.zone,
        currency=reservation.currency,
        language="en",
    )


def loss_of(*, reservation: Reservation, at: datetime, no_show: bool) -> Loss:
    """Return what losing a stay costs at the UTC instant `at`: only a confirmed one owes, and unseen only a guaranteed one."""
    owes = reservation.status == Status.CONFIRMED and (not no_show or reservation.guarantee in GUARANTEED)
    fee = 0
    if owes:
        nights = StayNight.objects.filter(reservation=reservation, released_at=None).order_by("date")
        prices = list(nights.values_list("price_minor", flat=True))
        fee = fee_now(reservation, nights=prices, at=at, no_show=no_show)
    return Loss(Money(fee, reservation.currency), conditions_of(reservation))
