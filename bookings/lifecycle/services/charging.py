"""Extras after the sale: adding them to a stay, and taking extras and fees off again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from bookings.lifecycle.allocation import Still, hold_still
from bookings.lifecycle.goods import goods_lock, goods_move
from bookings.lifecycle.quoted import Asked, offer_or_override, payments_after
from bookings.lifecycle.sold import (
    Sold,
    charges_write,
    kept_of,
    money_set,
    party_of,
    sold_now,
    sold_of,
    version_keep,
)
from bookings.lifecycle.telling import Snapshot, snapshot, tell
from bookings.rates.enums import Source
from bookings.rates.quoting import ExtraWish
from bookings.reservations.enums import CHANGEABLE, ChargeKind, Status
from bookings.reservations.models import Reservation
from bookings.reservations.terms import SoldTerms
from pms.kernel.actors import Actor
from pms.kernel.dates import nights_between
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried


@dataclass(frozen=True, slots=True)
class Told:
    """How a change is told: as what, by whom, why."""

    kind: str
    actor: Actor
    reason: str


@retried
@transaction.atomic
def charge_add(
    *,
    reservation: Reservation,
    extra: str,
    actor: Actor,
    quantity: int = 1,
    dates: Sequence[date] | None = None,
    version: int | None = None,
    reason: str = "",
) -> Reservation:
    """Sell an extra with a stay that is sold already, at today's price: on the days named, else on all that its basis has.

    Nothing else of the stay is counted anew. Without days it follows the nights of the stay from then on. Locks inventory
    days, the reservation, days of extras. Raises Invalid `not_changeable`, `bad_quantity`, `extra_unknown`; Conflict
    `extra_there` when it is on all these days already, `extra_sold_out`, `changed_meanwhile`.
    """
    if quantity < 1:
        raise Invalid("bad_quantity", "At least one of it is sold.", field="quantity")
    still = hold_still(reservation=reservation, version=version)
    row = still.reservation
    _check_changeable(row)
    before, was = snapshot(row), sold_now(row, still.nights)
    wish = ExtraWish(extra, quantity, None if dates is None else tuple(sorted(set(dates))))
    days = nights_between(row.arrival, row.departure + timedelta(days=1))
    goods_lock(property_id=row.property_id, promo_codes=(), extra_codes=[extra], days=days)
    asked = Asked(
        room_type=row.room_type,
        rate_plan=row.rate_plan,
        arrival=row.arrival,
        departure=row.departure,
        party=party_of(row),
        at=timezone.now(),
        source=Source(row.booking.source),
        access_code=row.rate_plan.access_code,
        extras=[wish],
        kept=kept_of(was, settled=frozenset(night.date for night in was.nights)),
    )
    offer, _ = offer_or_override(asked, bound=True)
    there = {charge.line.key for charge in was.charges}
    fresh = sold_of(offer, terms=None, as_it_was={night.date: night for night in was.nights}).charges
    added = tuple(
        charge
        for charge in fresh
        if charge.line.key not in there and charge.line.kind == ChargeKind.EXTRA and charge.line.code == extra
    )
    if not added:
        raise Conflict("extra_there", f"{extra} is sold on these days already.", field="extra")
    terms = was.terms or SoldTerms(deadline_arrival=row.arrival, source=row.booking.source)
    sold = replace(
        was, charges=(*was.charges, *added), terms=replace(terms, extras=(*_other_wishes(terms, extra), wish))
    )
    return _write(still=still, was=was, sold=sold, before=before, told=Told("charge_added", actor, reason))


@retried
@transaction.atomic
def charge_remove(
    *,
    reservation: Reservation,
    code: str,
    actor: Actor,
    kind: ChargeKind = ChargeKind.EXTRA,
    dates: Sequence[date] | None = None,
    version: int | None = None,
    reason: str = "",
) -> Reservation:
    """Take an extra or a fee off a stay, on the days named or altogether; its taxes go with it, its days are free again.

    What is left of an extra stays on its days and follows added nights no more. Locks inventory days, the reservation,
    days of extras. Raises Invalid `not_changeable`, `no_such_charge`; Conflict `changed_meanwhile`.
    """
    still = hold_still(reservation=reservation, version=version)
    row = still.reservation
    _check_changeable(row)
    before, was = snapshot(row), sold_now(row, still.nights)
    wanted = None if dates is None else set(dates)
    gone = {
        charge.line.key
        for charge in was.charges
        if (charge.line.kind, charge.line.code) == (kind, code) and (wanted is None or charge.line.date in wanted)
    }
    if not gone:
        raise Invalid("no_such_charge", f"{code} is not on this stay.", field="code")
    sold = replace(was, charges=tuple(charge for charge in was.charges if charge.line.key not in gone))
    if was.terms is not None and kind == ChargeKind.EXTRA:
        left = tuple(sorted(charge.line.date for charge in sold.charges if charge.line.code == code))
        kept = next((wish for wish in was.terms.extras if wish.code == code), None)
        wishes = _other_wishes(was.terms, code)
        if left and kept is not None:
            wishes = (*wishes, replace(kept, dates=left))
        sold = replace(sold, terms=replace(was.terms, extras=wishes))
    return _write(still=still, was=was, sold=sold, before=before, told=Told("charge_removed", actor, reason))


def _check_changeable(row: Reservation) -> None:
    if row.status not in CHANGEABLE:
        raise Invalid(
            "not_changeable", f"A reservation that is {Status(row.status).label.lower()} cannot be changed any more."
        )


def _other_wishes(terms: SoldTerms, code: str) -> tuple[ExtraWish, ...]:
    return tuple(wish for wish in terms.extras if wish.code != code)


def _write(*, still: Still, was: Sold, sold: Sold, before: Snapshot, told: Told) -> Reservation:
    row = still.reservation
    if sold.terms is not None:
        payments = payments_after(sold.terms.payments, total_minor=sold.total_minor)
        sold = replace(sold, terms=replace(sold.terms, payments=payments))
    version_keep(row, was, party_of(row)).save(force_insert=True)
    goods_move(before=was, after=sold)
    charges_write(row, before=was, after=sold)
    money_set(row, sold)
    row.version += 1
    row.save()
    further = {"charges": [_told(was, sold), _told(sold, was)]}
    tell(reservation=row, kind=told.kind, actor=told.actor, before=before, reason=told.reason, further=further)
    return row


def _told(one: Sold, other: Sold) -> list[str]:
    """Return, in words, the charges that `one` has and `other` has not."""
    return [
        f"{charge.line.quantity} x {charge.line.name}, {charge.line.date:%-d %b %Y}"
        for charge in one.charges
        if charge not in other.charges
    ]
