"""What a stay owes, brought to its folios: as nights pass, when it is lost, and when the guest leaves."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from django.db import transaction

from billing.folios.enums import FolioKind, FolioLedger, FolioStatus
from billing.folios.models import Folio
from billing.folios.services import city_ledger_move, folio_close, folio_reopen, nights_post, stay_post
from bookings.lifecycle.services.commissioning import commission_accrue
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict
from pms.kernel.locking import lock, retried
from pms.kernel.money import Money
from pms.kernel.text import clean_text
from pms.properties.models import Property

#: How many stays the night audit charges in one transaction.
AT_ONCE = 100


def stays_charge(*, property: Property, through: date, actor: Actor) -> int:
    """Charge everybody in house for everything consumed up to and including `through`; return how many stays had any.

    A hundred stays at a time, each hundred in a transaction of its own: a failure leaves what was charged, and running
    again charges only what is left (T57). Locks the reservations, then their folios.
    """
    staying = Reservation.objects.filter(property=property, status=Status.CHECKED_IN, arrival__lte=through)
    keys = iter(list(staying.order_by("pk").values_list("pk", flat=True)))
    return sum(_charge(batch, through, actor) for batch in _batches(keys))


def _batches(keys: Iterator[int]) -> Iterator[list[int]]:
    while batch := list(islice(keys, AT_ONCE)):
        yield batch


@retried
@transaction.atomic
def _charge(keys: Sequence[int], through: date, actor: Actor) -> int:
    rows = lock(
        Reservation.objects.filter(pk__in=keys, status=Status.CHECKED_IN).select_related("property", "guest", "booking")
    )
    written = nights_post(reservations=rows, through=through, actor=actor)
    return len({line.reservation_id for line in written})


def charge_what_is_due(row: Reservation, actor: Actor) -> None:
    """Bring the folios of a reservation, held by the caller, to what it owes by now: nights, extras, a fee for losing it."""
    stay_post(reservation=row, through=max(row.departure, row.property.business_date), actor=actor)
    if row.commission_minor:
        commission_accrue(row, actor)


def settle(row: Reservation, *, unpaid_reason: str, actor: Actor) -> None:
    """Close the folios of a guest who leaves. Companies pay later: theirs go to the city ledger.

    Raises Conflict `balance_open` when the guest still owes, unless `unpaid_reason` says why he pays later, and
    `deposit_left` when money is left over that has to go back.
    """
    why = clean_text(unpaid_reason, field="unpaid_reason", most=200)
    for folio in Folio.objects.filter(reservation=row, status=FolioStatus.OPEN).select_related("property", "entity"):
        if not folio.balance_minor:
            folio_close(folio=folio, actor=actor)
        elif folio.kind == FolioKind.COMPANY or (folio.balance_minor > 0 and why):
            city_ledger_move(folio=folio, reason=why, actor=actor)
        elif folio.balance_minor > 0:
            owed = Money(folio.balance_minor, folio.currency)
            raise Conflict(
                "balance_open",
                f"{folio.label} still owes {owed}. Take the payment, or say why it is paid later.",
                field="unpaid_reason",
                folio=folio.code,
                balance_minor=folio.balance_minor,
            )
        elif not why:
            left = Money(-folio.balance_minor, folio.currency)
            raise Conflict(
                "deposit_left",
                f"{left} of {folio.label} is left over. Pay it back, or say why it stays.",
                field="unpaid_reason",
                folio=folio.code,
                balance_minor=folio.balance_minor,
            )


def unsettle(row: Reservation, *, actor: Actor) -> None:
    """Open the folios of a guest who is in house again."""
    for folio in Folio.objects.filter(reservation=row).select_related("property", "entity"):
        if folio.status == FolioStatus.CLOSED:
            folio_reopen(folio=folio, reason="The check-out was undone", actor=actor)
        elif folio.ledger == FolioLedger.CITY and folio.kind == FolioKind.GUEST:
            city_ledger_move(folio=folio, back=True, reason="The check-out was undone", actor=actor)
