"""What the seller of a stay gets, says and pays: its commission, the fee for losing the stay, and the guest's money."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum

from billing.folios.enums import FolioKind, FolioStatus, PostingKind
from billing.folios.models import Folio, Posting, RoutingRule
from billing.folios.services import folio_open, routing_remove, routing_set, stay_post
from billing.folios.services.stays import SETTLED
from billing.ledger.enums import EntryKind, Role
from billing.ledger.models import Entry, Line
from billing.ledger.services import Draft, EntryDraft, entity_of, entry_post
from bookings.lifecycle.commission import commission_lost
from bookings.reservations.enums import LOST, Status
from bookings.reservations.models import Booking, Reservation
from guests.profiles.enums import Collector
from guests.profiles.models import Company
from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock

#: A commission changes so often at most once it is in the books.
MOST_ACCRUALS = 64
DEPARTED = frozenset({Status.CHECKED_OUT, Status.COMPLETED})


@transaction.atomic
def reservation_commission_set(*, reservation: Reservation, commission_minor: int, actor: Actor) -> Reservation:
    """Set what the seller of a stay gets, minor units: it told the amount itself, and no percentage reckons it any more.

    What is in the books of it already follows. The same again writes nothing. Locks the reservation, then its folios.
    Raises Invalid `negative_commission`.
    """
    if commission_minor < 0:
        raise Invalid("negative_commission", "A commission is never negative.", field="commission_minor")
    row = _locked(reservation)
    Booking.objects.filter(pk=row.booking_id).exclude(commission_percent=None).update(commission_percent=None)
    if row.commission_minor == commission_minor:
        return row
    _told(row, "commission", {"commission_minor": [row.commission_minor, commission_minor]}, actor)
    row.commission_minor = commission_minor
    row.save(update_fields=["commission_minor"])
    if row.status in SETTLED:
        stay_post(reservation=row, through=max(row.departure, row.property.business_date), actor=actor)
        commission_accrue(row, actor)
    return row


@transaction.atomic
def reservation_fee_set(*, reservation: Reservation, fee_minor: int, actor: Actor) -> Reservation:
    """Set what losing a stay costs, minor units, as its seller says: that is charged, whatever the terms sold say (T50).

    It is owed by whoever owes the nights: the seller where it collected, else the guest. The same again writes nothing.
    Locks the reservation, then its folios. Raises Invalid `negative_fee`; Conflict `not_lost`, `period_closed`.
    """
    if fee_minor < 0:
        raise Invalid("negative_fee", "A fee is never negative.", field="fee_minor")
    row = _locked(reservation)
    if row.status not in LOST:
        raise Conflict("not_lost", "Only a stay that was cancelled or did not happen costs a fee.")
    if row.fee_told and row.cancellation_fee_minor == fee_minor:
        return row
    _told(row, "fee_told", {"cancellation_fee_minor": [row.cancellation_fee_minor, fee_minor]}, actor)
    row.cancellation_fee_minor, row.fee_told = fee_minor, True
    commission_lost(row, was_sold=True)
    row.save(update_fields=["cancellation_fee_minor", "fee_told", "commission_minor"])
    stay_post(reservation=row, through=max(row.departure, row.property.business_date), actor=actor)
    commission_accrue(row, actor)
    return row


@transaction.atomic
def booking_collector_set(
    *, booking: Booking, collector: Collector, agency: Company | None, actor: Actor
) -> Sequence[Reservation]:
    """Say who takes the guest's money, and have what nights cost from now on stand on the folio of whoever owes it.

    Where the seller collects, the nights of each of its stays are owed by `agency` on a folio of its own, and extras, fees
    and taxes on top by the guest; where the property does, by the guest. What is charged already stays where it stands, so
    nothing is opened for a guest who has left. Idempotent. Locks the reservations. Raises Invalid `no_agency`.
    """
    rows = lock(Reservation.objects.filter(booking=booking).select_related("property", "booking", "guest"))
    if collector == Collector.SELLER and agency is None:
        raise Invalid("no_agency", "Say which agency or channel collects.", field="agency")
    agency = agency or booking.agency
    if (booking.collector, booking.agency) != (collector, agency):
        booking.collector, booking.agency = collector, agency
        booking.save(update_fields=["collector", "agency"])
    for row in rows:
        if row.status in DEPARTED:
            continue
        rules = RoutingRule.objects.filter(reservation=row, nights_only=True)
        seller = agency if collector == Collector.SELLER else None
        for rule in rules.exclude(folio__company=seller).select_related("folio__property", "reservation"):
            routing_remove(rule=rule, actor=actor)
        if seller is not None and not rules.filter(folio__company=seller).exists():
            routing_set(
                reservation=row, folio=_folio_of(row, seller, actor), components=[], nights_only=True, actor=actor
            )
    return rows


def _folio_of(row: Reservation, agency: Company, actor: Actor) -> Folio:
    mine = Folio.objects.filter(
        reservation=row, company=agency, kind=FolioKind.COMPANY, label=agency.name, status=FolioStatus.OPEN
    )
    known = mine.select_related("property").first()
    return known or folio_open(property=row.property, reservation=row, company=agency, actor=actor)


def commission_accrue(row: Reservation, actor: Actor) -> None:
    """Put into the books what the seller of a stay will bill for it: an expense, and a liability until it is paid.

    Level-triggered: what should be there once the guest has left, or the stay is lost, beside what is. Nothing where the
    seller collected, for then it keeps its commission, which stands on its folio. Called with the reservation locked.
    """
    wanted = row.commission_minor if row.status in SETTLED and not _is_kept(row) else 0
    entity = entity_of(row.property)
    sources = [f"commission:{row.code}:{number}" for number in range(MOST_ACCRUALS)]
    there = list(Entry.objects.filter(entity=entity, source__in=sources).values_list("pk", flat=True))
    lines = Line.objects.filter(entry__in=there, account__role=Role.COMMISSION_OWED)
    difference = wanted + (lines.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    if not difference:
        return
    agency = row.booking.agency
    seller = agency.name if agency is not None else row.booking.get_source_display()
    entry_post(
        draft=EntryDraft(
            entity=entity,
            property=row.property,
            date=row.property.business_date,
            kind=EntryKind.COMMISSION,
            source=sources[len(there)],
            memo=f"Commission of {seller}, {row.code}",
            lines=[
                Draft(Role.COMMISSION, difference, row.currency),
                Draft(Role.COMMISSION_OWED, -difference, row.currency),
            ],
        ),
        actor=actor,
    )


def _is_kept(row: Reservation) -> bool:
    """Whether the commission stands on the seller's folio."""
    lines = Posting.objects.filter(reservation=row, of_kind=PostingKind.COMMISSION)
    return bool(lines.aggregate(sum=Sum("amount_minor"))["sum"])


def _locked(reservation: Reservation) -> Reservation:
    rows = Reservation.objects.filter(pk=reservation.pk)
    return lock(rows.select_related("property", "booking__agency", "guest"))[0]


def _told(row: Reservation, verb: str, changes: dict[str, object], actor: Actor) -> None:
    audit_record(
        action=f"reservation.{verb}",
        subject_type="reservation",
        subject_code=row.code,
        property_code=row.property.code,
        actor=actor,
        changes=changes,
    )
