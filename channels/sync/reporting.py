"""Telling a channel about a guest: who did not come, a card that cannot be charged. What it does not take, people say there.

The report is written down and committed, then told, then what became of it is written down: a double press tells it
once, and a process that dies over it leaves a report of which nobody knows whether it arrived.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bookings.rates.enums import Source
from bookings.reservations.enums import EXPECTED, LOST, Status
from bookings.reservations.models import Reservation
from channels.adapters import adapter_of
from channels.adapters.base import ChannelError, Receipt
from channels.adapters.enums import Told
from channels.connections.services import channels_require, facts_of, told
from channels.connections.wire import wire_of
from channels.sync.enums import Direction, ReportKind
from channels.sync.logging import Recording
from channels.sync.models import ChannelBooking, GuestReport
from guests.profiles.enums import Collector
from pms.kernel.actors import Actor
from pms.kernel.errors import Busy, Invalid
from pms.kernel.locking import lock_one

#: Longer than telling it takes.
TRYING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Reportable:
    """A report that a channel takes of a booking: `report` where somebody made it, `is_due` where it can be made now."""

    kind: ReportKind
    report: GuestReport | None
    is_due: bool


def takes_reports(known: ChannelBooking) -> frozenset[str]:
    """Return what the channel of a booking takes of its guest. No query."""
    facts = facts_of(known.connection)
    sold_by = not facts.reports_of or Source(known.source) in facts.reports_of
    return facts.reports if sold_by else frozenset()


def reportables(known: ChannelBooking) -> list[Reportable]:
    """Return what a booking's channel can be told of its guest, and has been. At most two queries."""
    takes = takes_reports(known)
    if not takes or known.booking_id is None:
        return []
    made = {row.kind: row for row in GuestReport.objects.filter(channel_booking=known)}
    stays = list(Reservation.objects.filter(booking=known.booking_id))
    return [
        Reportable(kind, made.get(kind), _is_due(kind, known, stays, made))
        for kind in ReportKind
        if kind.value in takes
    ]


def _is_due(kind: ReportKind, known: ChannelBooking, stays: list[Reservation], made: Mapping[str, GuestReport]) -> bool:
    """Whether a report makes sense by how things stand here; the channel's own terms it says itself."""
    report = made.get(kind)
    if known.told == Told.CANCELLED or (report is not None and report.taken_at is not None):
        return False
    left = [stay for stay in stays if stay.status != Status.CANCELLED]
    if kind is ReportKind.NO_SHOW:
        return bool(left) and all(stay.status == Status.NO_SHOW for stay in left)
    expected = any(stay.status in EXPECTED for stay in stays)
    if kind is ReportKind.INVALID_CARD:
        return expected and known.collector == Collector.PROPERTY
    told_before = made.get(ReportKind.INVALID_CARD)
    return expected and told_before is not None and told_before.taken_at is not None


def report_send(
    *,
    known: ChannelBooking,
    kind: ReportKind,
    actor: Actor,
    waived: bool = False,
    clock: Callable[[], datetime] = timezone.now,
) -> GuestReport:
    """Tell a channel about a booking's guest, and return what became of it: `taken_at`, or its words in `error`.

    `waived`: the guest who did not come is charged nothing. What it took is not told again. Raises NotAllowed
    `no_channel_manager`; Invalid `no_such_report` for what the channel does not take, or not as things stand; Busy
    `under_way`. Speaks to the channel outside any transaction.
    """
    channels_require()
    row = _written(known, kind, actor=actor, waived=waived, now=clock())
    if row.taken_at is not None:
        return row
    recording = Recording()
    code = error = ""
    try:
        adapter_of(known.connection.adapter).report(
            wire_of(known.connection, record=recording), what=kind.value, booking=_receipt(known), details=row.details
        )
    except ChannelError as refusal:
        code, error = refusal.code, refusal.message
    recording.write(known.connection, direction=Direction.OUT, error_code=code, error=error)
    row.trying_until, row.error = None, error
    row.taken_at = None if error else clock()
    row.save(update_fields=["trying_until", "error", "taken_at"])
    return row


@transaction.atomic
def _written(known: ChannelBooking, kind: ReportKind, *, actor: Actor, waived: bool, now: datetime) -> GuestReport:
    """Write down that it is told now. Locks the channel's booking, so that one press tells it."""
    lock_one(ChannelBooking.objects.filter(pk=known.pk))
    wanted = {each.kind: each for each in reportables(known)}.get(kind)
    if wanted is None:
        name = facts_of(known.connection).label
        raise Invalid("no_such_report", f"{name} takes no such report from us: say it in its extranet.", field="kind")
    if wanted.report is not None and wanted.report.taken_at is not None:
        return wanted.report
    if not wanted.is_due:
        raise Invalid("no_such_report", "As the booking stands, there is nothing of this to report.", field="kind")
    row = wanted.report or GuestReport(channel_booking=known, kind=kind, asked_at=now)
    if row.trying_until is not None and row.trying_until > now:
        raise Busy("under_way", "The channel is being told right now.")
    row.details = _details(known, kind, waived=waived)
    row.asked_by, row.trying_until, row.attempts = actor.label[:160], now + TRYING, row.attempts + 1
    row.error = ""
    row.save()
    said = {name: [None, value] for name, value in {known.external_id: kind.value, **row.details}.items()}
    told(known.connection, "reported", said, actor)
    return row


def _details(known: ChannelBooking, kind: ReportKind, *, waived: bool) -> dict[str, Any]:
    if kind is not ReportKind.NO_SHOW:
        return {}
    lost = Reservation.objects.filter(booking=known.booking_id, status__in=LOST)
    fee = sum(row.cancellation_fee_minor for row in lost)
    amount = {"fee_minor": fee, "currency": known.connection.property.currency} if fee and not waived else {}
    return {"waived_fees": waived, **amount}


def _receipt(known: ChannelBooking) -> Receipt:
    number = known.booking.code if known.booking is not None else ""
    return Receipt(booking_id=known.external_id, revision="", our_number=number, told=Told(known.told))


def words_for_extranet(known: ChannelBooking) -> str:
    """Return what to do about a guest at a channel that is not told by us: where everything but its reports is said."""
    name = known.channel or known.get_source_display()
    number = known.booking.external_id if known.booking is not None else known.external_id
    begins = "Nothing else about a guest" if takes_reports(known) else "Nothing about a guest"
    return (
        f"{begins} is told to {name} from here, and nobody can ask it from here to move or to cancel a booking. Open booking "
        f"{number} in its extranet, or call its line for hotels, and say it there; then change it here."
    )
