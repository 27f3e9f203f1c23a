"""Folios: opened, closed, opened again, moved to the city ledger, and where charges are sent."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from billing.folios.enums import FolioKind, FolioLedger, FolioStatus
from billing.folios.models import Folio, RoutingRule
from billing.folios.services.writing import OWED
from billing.ledger.enums import EntryKind
from billing.ledger.services import Draft, EntryDraft, entity_of, entry_post
from billing.taxes.enums import Component
from bookings.reservations.models import Booking, Reservation
from guests.profiles.models import Company, Guest
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.codes import random_code
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, retried
from pms.kernel.text import clean_text
from pms.properties.models import Property


def main_folio(*, reservation: Reservation) -> Folio:
    """Return the main folio of a reservation, opened on first use for its guest. Safe to call at once."""
    return main_folios(reservations=[reservation])[reservation.pk]


def main_folios(*, reservations: Sequence[Reservation]) -> dict[int, Folio]:
    """Return the main folios of reservations of one property by the reservation's key; those missing are opened.

    At most five queries. Reservations need guest and property at hand. Where the booking names a company that invoices are
    for, it stands on the folio beside the guest, who pays all the same.
    """
    there = _main_folios(reservations)
    missing = [row for row in reservations if row.pk not in there]
    if missing:
        place = missing[0].property
        entity = entity_of(place)
        named = Booking.objects.filter(pk__in={row.booking_id for row in missing}).exclude(invoice_to=None)
        invoiced_to = dict(named.values_list("pk", "invoice_to"))
        Folio.objects.bulk_create(
            [
                Folio(
                    code=random_code(8),
                    entity=entity,
                    property=row.property,
                    kind=FolioKind.GUEST,
                    is_main=True,
                    reservation=row,
                    booking_id=row.booking_id,
                    guest=row.guest,
                    company_id=invoiced_to.get(row.booking_id),
                    label=row.guest.full_name[:120],
                    currency=row.currency,
                    opened_on=row.property.business_date,
                    opened_at=timezone.now(),
                )
                for row in missing
            ],
            ignore_conflicts=True,
        )
        there = _main_folios(reservations)
    return there


@transaction.atomic
def main_folios_rename(*, reservations: Sequence[Reservation], guest: Guest) -> int:
    """Have the open main folios of these reservations be a guest's who was not known when they were opened.

    The caller records it. Locks the folios; returns how many there were.
    """
    rows = lock(Folio.objects.filter(reservation__in=reservations, is_main=True, status=FolioStatus.OPEN))
    for row in rows:
        row.guest, row.label = guest, guest.full_name[:120]
        row.version += 1
        row.save(update_fields=["guest", "label", "version"])
    return len(rows)


@transaction.atomic
def main_folios_invoice(*, reservations: Sequence[Reservation], company: Company | None) -> int:
    """Have the invoices of these reservations' open main folios be for a company, or for the guest again.

    The caller records it. Locks the folios; returns how many there were.
    """
    rows = lock(Folio.objects.filter(reservation__in=reservations, is_main=True, status=FolioStatus.OPEN))
    for row in rows:
        row.company = company
        row.version += 1
        row.save(update_fields=["company", "version"])
    return len(rows)


def _main_folios(reservations: Sequence[Reservation]) -> dict[int, Folio]:
    rows = Folio.objects.filter(reservation__in=reservations, is_main=True).select_related("property")
    return {row.reservation_id or 0: row for row in rows}


@retried
@transaction.atomic
def folio_open(
    *,
    property: Property,
    actor: Actor,
    reservation: Reservation | None = None,
    booking: Booking | None = None,
    guest: Guest | None = None,
    company: Company | None = None,
    label: str = "",
) -> Folio:
    """Open a further folio: for a guest or a company of a stay, or a house account, which has a label and no payer.

    Locks the reservation. Raises Invalid `no_payer`, `two_payers`, `label_missing`; Conflict `folio_there` when the payer
    has one of this name for the stay already.
    """
    if guest is not None and company is not None:
        raise Invalid("two_payers", "A folio has one payer: a guest or a company.", field="company")
    kind = FolioKind.COMPANY if company else FolioKind.GUEST if guest else FolioKind.HOUSE
    if kind == FolioKind.HOUSE and (reservation is not None or booking is not None):
        raise Invalid("no_payer", "Say who pays: a guest or a company.", field="guest")
    label = clean_text(label, field="label", most=120) or (
        company.name if company else guest.full_name if guest else ""
    )
    if not label:
        raise Invalid("label_missing", "Give the house account a name.", field="label")
    if reservation is not None:
        lock(Reservation.objects.filter(pk=reservation.pk))
        alike = Folio.objects.filter(reservation=reservation, guest=guest, company=company, label=label, is_main=False)
        if alike.filter(status=FolioStatus.OPEN).exists():
            raise Conflict(
                "folio_there",
                f"{label} has an open folio for this stay. Give another one a name of its own.",
                field="label",
            )
    folio = Folio.objects.create(
        code=random_code(8),
        entity=entity_of(property),
        property=property,
        kind=kind,
        reservation=reservation,
        booking=booking or (reservation.booking if reservation else None),
        guest=guest,
        company=company,
        label=label,
        currency=reservation.currency if reservation else property.currency,
        opened_on=property.business_date,
        opened_at=timezone.now(),
    )
    told(folio, "opened", actor, {"label": [None, label]})
    return folio


@retried
@transaction.atomic
def folio_close(*, folio: Folio, actor: Actor) -> Folio:
    """Close a folio whose balance is zero; closing it again changes nothing. Locks it. Raises Conflict `balance_open`."""
    (row,) = lock(Folio.objects.filter(pk=folio.pk))
    if row.status == FolioStatus.CLOSED:
        return row
    if row.balance_minor:
        raise Conflict(
            "balance_open", "The folio still has a balance: settle it first.", balance_minor=row.balance_minor
        )
    row.status, row.closed_at = FolioStatus.CLOSED, timezone.now()
    row.version += 1
    row.save(update_fields=["status", "closed_at", "version"])
    told(row, "closed", actor, {"status": [FolioStatus.OPEN, FolioStatus.CLOSED]})
    return row


@retried
@transaction.atomic
def folio_reopen(*, folio: Folio, reason: str, actor: Actor) -> Folio:
    """Open a closed folio again, with a reason that the audit keeps. Locks it. Raises Invalid `reason_missing`."""
    reason = clean_text(reason, field="reason", most=200)
    if not reason:
        raise Invalid("reason_missing", "Say why it is opened again.", field="reason")
    (row,) = lock(Folio.objects.filter(pk=folio.pk))
    if row.status == FolioStatus.OPEN:
        return row
    row.status, row.closed_at = FolioStatus.OPEN, None
    row.version += 1
    row.save(update_fields=["status", "closed_at", "version"])
    told(row, "reopened", actor, {"status": [FolioStatus.CLOSED, FolioStatus.OPEN]}, reason)
    return row


@retried
@transaction.atomic
def city_ledger_move(*, folio: Folio, actor: Actor, reason: str = "", back: bool = False) -> Folio:
    """Let the payer pay after departure: what is owed moves from the guest ledger to the city ledger (or `back`).

    Locks the folio. What is there already changes nothing. Raises Conflict `period_closed`.
    """
    (row,) = lock(Folio.objects.filter(pk=folio.pk).select_related("entity", "property"))
    to = FolioLedger.GUEST if back else FolioLedger.CITY
    before = FolioLedger(row.ledger)
    if before == to:
        return row
    row.ledger = to
    row.version += 1
    if row.owed_minor:
        entry_post(
            draft=EntryDraft(
                entity=row.entity,
                property=row.property,
                date=row.property.business_date,
                kind=EntryKind.CITY_LEDGER,
                source=f"folio:{row.code}:ledger:{row.version}",
                memo=f"{to.label}, {row.label}",
                lines=[
                    Draft(OWED[to], row.owed_minor, row.currency, subledger=row.code),
                    Draft(OWED[before], -row.owed_minor, row.currency, subledger=row.code),
                ],
            ),
            actor=actor,
        )
    row.save(update_fields=["ledger", "version"])
    told(row, "ledger_changed", actor, {"ledger": [before, to]}, reason)
    return row


@retried
@transaction.atomic
def routing_set(
    *, reservation: Reservation, folio: Folio, components: Sequence[str], actor: Actor, nights_only: bool = False
) -> RoutingRule:
    """Send what is charged for a reservation from now on to a folio: these components, or everything if none is named.

    `nights_only` sends nights at the price sold and no extras, fees or taxes on top: what a channel that collects owes.
    Raises Invalid `other_property`, `other_currency`, `unknown_component`, `main_folio`.
    """
    if folio.property_id != reservation.property_id:
        raise Invalid("other_property", "The folio belongs to another property.", field="folio")
    if folio.currency != reservation.currency:
        raise Invalid("other_currency", f"The folio is kept in {folio.currency}.", field="folio")
    if folio.is_main and folio.reservation_id == reservation.pk:
        raise Invalid("main_folio", "The main folio gets the rest by itself.", field="folio")
    unknown = sorted(set(components) - set(Component.values))
    if unknown:
        raise Invalid("unknown_component", f"Nothing is sold as “{unknown[0]}”.", field="components")
    rule, _ = RoutingRule.objects.update_or_create(
        reservation=reservation, folio=folio, defaults={"components": sorted(components), "nights_only": nights_only}
    )
    told(folio, "routed", actor, {reservation.code: [None, sorted(components) or ["everything"]]})
    return rule


@retried
@transaction.atomic
def routing_remove(*, rule: RoutingRule, actor: Actor) -> None:
    """Send nothing there any more; what was posted stays."""
    told(rule.folio, "unrouted", actor, {rule.reservation.code: [rule.components or ["everything"], None]})
    rule.delete()


def told(folio: Folio, verb: str, actor: Actor, changes: dict[str, object], reason: str = "") -> None:
    """Write audit and event of a folio."""
    audit_record(
        action=f"folio.{verb}",
        subject_type="folio",
        subject_code=folio.code,
        property_code=folio.property.code,
        actor=actor,
        reason=reason,
        changes=changes,
    )
    event_publish(
        kind=f"folio.{verb}",
        subject_type="folio",
        subject_code=folio.code,
        payload={"property": folio.property.code, "balance_minor": folio.balance_minor, "currency": folio.currency},
    )
