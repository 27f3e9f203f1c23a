"""Night audit: closing the business date. Who did not come, what the night cost, and the roll to the next day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from bookings.availability.models import Block
from bookings.availability.services import block_release, inventory_extend
from bookings.lifecycle.services.leaving import reservation_lapse, reservation_no_show
from bookings.lifecycle.services.settling import stays_charge
from bookings.rates.enums import GUARANTEED, Guarantee
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.dates import local_instant
from pms.kernel.errors import Conflict
from pms.kernel.locking import lock, retried
from pms.properties.models import Property

#: Before this hour of the property's evening guests may still come, and nobody is a no-show (T49).
CUT_OFF = time(20, 0)


@dataclass(frozen=True, slots=True)
class NightAuditPlan:
    """What closing a business date would do, and what stands against it."""

    business_date: date
    no_shows: tuple[Reservation, ...]
    lapsing: tuple[Reservation, ...]
    departures_open: tuple[Reservation, ...]
    earliest: datetime


@dataclass(frozen=True, slots=True)
class NightAuditReport:
    """What closing a business date did. `closed` is the date, `business_date` the one now being traded, `charged` how
    many stays were charged."""

    closed: date
    business_date: date
    no_shows: tuple[str, ...]
    lapsed: tuple[str, ...]
    blocks_released: tuple[str, ...]
    charged: int = 0


def night_audit_plan(*, property: Property) -> NightAuditPlan:
    """Return what the night audit of the property's business date would do."""
    today = property.business_date
    due = list(
        Reservation.objects.filter(
            property=property, arrival__lte=today, status__in=[Status.CONFIRMED, Status.PENDING, Status.HOLD]
        ).select_related("guest", "property", "booking", "room_type")
    )
    guaranteed = {Guarantee(value) for value in GUARANTEED}
    no_shows = [row for row in due if row.status == Status.CONFIRMED and row.guarantee in guaranteed]
    lapsing = [row for row in due if row not in no_shows]
    leaving = Reservation.objects.filter(property=property, status=Status.CHECKED_IN, departure__lte=today)
    return NightAuditPlan(
        business_date=today,
        no_shows=tuple(no_shows),
        lapsing=tuple(lapsing),
        departures_open=tuple(leaving.select_related("guest", "property")),
        earliest=local_instant(today, CUT_OFF, property.zone),
    )


def night_audit(
    *,
    property: Property,
    business_date: date,
    actor: Actor,
    now: datetime | None = None,
    release_no_shows: bool = False,
) -> NightAuditReport:
    """Close `business_date`: guaranteed guests who did not come become no-shows, others lapse, everybody in house is
    charged what was sold up to this night (T28), days that were missed included, and the date rolls (T57).

    Each guest is one transaction, what is charged a hundred stays at a time, and the roll is the last, so a failure leaves
    the date where it was and running again does only what is left. A date that is closed already changes nothing. Nights
    of no-shows are released only when `release_no_shows` says so; they owe what the terms sold say, and who lapses owes
    nothing (T49). Raises Conflict `too_early` before 20:00 local time, `departures_open` while somebody due to leave is
    still checked in, `period_closed` when the books are closed for the day.
    """
    property = Property.objects.get(pk=property.pk)
    if property.business_date != business_date:
        return NightAuditReport(business_date, property.business_date, (), (), ())
    plan = night_audit_plan(property=property)
    _refuse(plan, property, now or timezone.now())
    for row in plan.no_shows:
        reservation_no_show(reservation=row, actor=actor, release_nights=release_no_shows)
    for row in plan.lapsing:
        reservation_lapse(reservation=row, reason="Not guaranteed and did not arrive", actor=actor)
    charged = stays_charge(property=property, through=business_date, actor=actor)
    tomorrow = business_date + timedelta(days=1)
    released = [
        block_release(block=block, actor=actor).code
        for block in Block.objects.filter(property=property, released_at=None, release_on__lte=tomorrow)
    ]
    return _roll(
        property=property,
        report=NightAuditReport(
            closed=business_date,
            business_date=tomorrow,
            no_shows=tuple(row.code for row in plan.no_shows),
            lapsed=tuple(row.code for row in plan.lapsing),
            blocks_released=tuple(released),
            charged=charged,
        ),
        actor=actor,
    )


def _refuse(plan: NightAuditPlan, property: Property, now: datetime) -> None:
    if now < plan.earliest:
        local = plan.earliest.astimezone(property.zone)
        raise Conflict(
            "too_early", f"{plan.business_date:%-d %B %Y} can be closed from {local:%H:%M}; guests may still arrive."
        )
    if plan.departures_open:
        names = ", ".join(row.guest.full_name for row in plan.departures_open[:5])
        more = len(plan.departures_open) - 5
        raise Conflict(
            "departures_open",
            f"Still checked in but due to leave: {names}{f' and {more} more' if more > 0 else ''}. "
            "Check them out or extend them first.",
        )


@retried
@transaction.atomic
def _roll(*, property: Property, report: NightAuditReport, actor: Actor) -> NightAuditReport:
    row = lock(Property.objects.filter(pk=property.pk))[0]
    if row.business_date != report.closed:
        return report
    left = night_audit_plan(property=row)
    if left.no_shows or left.lapsing or left.departures_open:
        raise Conflict(
            "arrivals_open", "Somebody was booked for the day that is being closed. Please run the audit again."
        )
    row.business_date = report.business_date
    row.save(update_fields=["business_date"])
    inventory_extend(property=row)
    audit_record(
        action="property.day_closed",
        subject_type="property",
        subject_code=row.code,
        property_code=row.code,
        actor=actor,
        changes={
            "business_date": [report.closed, report.business_date],
            "no_shows": [None, list(report.no_shows)],
            "lapsed": [None, list(report.lapsed)],
            "blocks_released": [None, list(report.blocks_released)],
            "stays_charged": [None, report.charged],
        },
    )
    event_publish(
        kind="property.day_closed",
        subject_type="property",
        subject_code=row.code,
        payload={"closed": report.closed, "business_date": report.business_date},
    )
    return report
