"""What one event of a calendar becomes: a stay that is made, changed, confirmed or cancelled, never twice.

Each event is one transaction with everything that follows from it. What the house refuses stands on the event as its
problem and is tried again with the next calendar. A channel's stay is taken even where no room is left (T17).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from bookings.availability.services import inventory_extend
from bookings.lifecycle.services import (
    RoomRequest,
    booking_create,
    reservation_cancel,
    reservation_confirm,
    reservation_modify,
    reservation_reinstate,
)
from bookings.lifecycle.services.requests import FARTHEST_DAYS
from bookings.rates.enums import Source
from bookings.reservations.enums import CHANGEABLE, Status
from bookings.reservations.models import Booking, Reservation
from channels.adapters.ical.dialects import Entry, Kind
from channels.calendars.echoes import Echoes
from channels.calendars.enums import SOURCES, Became, Channel, EventState
from channels.calendars.matching import Told, first_night
from channels.calendars.models import CalendarFeed, FeedEvent
from guests.profiles.services import GuestDetails
from pms.kernel.actors import Actor
from pms.kernel.dates import nights_between
from pms.kernel.errors import DomainError
from pms.kernel.locking import retried

PRICE_NOT_TOLD = "Price not told by the calendar"
TAGS = ("calendar", "price-not-told")
CANCELLED_HERE = "Cancelled here, but still in the calendar: cancel it at the channel too."
LIKE_NOTICE = "Rather the channel's minimum notice than a guest: cancel it if nobody came."
#: How far back a minimum notice that moves on every day is looked for: a day may have been missed.
ROLLING = timedelta(days=3)
#: A room that was named and is not to be had: then the guest gets another one, or is overbooked.
_ROOM_REFUSALS = frozenset({"room_taken", "not_in_service", "sold_out"})
#: How long a channel may show an echo after our calendar has stopped telling the nights.
ECHO_GRACE = timedelta(hours=24)
MOST_PROBLEM = 300
MOST_ABSENCES = 30_000


@dataclass(frozen=True, slots=True)
class Taking:
    """What reading one calendar of a feed goes by. `now` is UTC, `today` the business date."""

    feed: CalendarFeed
    now: datetime
    today: date
    actor: Actor
    echoes: Echoes


def is_stay(feed: CalendarFeed, entry: Entry) -> bool:
    """Return whether an event is somebody's stay, by what the calendar says, else by what the feed's owner says."""
    if entry.kind is Kind.UNCLEAR:
        return feed.unclear_as == "stays" and entry.nights <= feed.longest_stay
    return entry.kind is Kind.STAY


@retried
@transaction.atomic
def event_new(taking: Taking, told: Told) -> FeedEvent:
    """Take an event that was not there before."""
    entry, row = told.entry, _new(taking, told)
    if told.is_stay:
        if entry.kind is Kind.UNCLEAR and taking.echoes.explain(entry.first, entry.until):
            row.became = Became.ECHO
        elif entry.kind is Kind.UNCLEAR and _rolls(taking, entry):
            row.became = Became.NOTICE
        else:
            _become_stay(taking, row, entry)
    _uid_freed(row)
    row.save(force_insert=True)
    return row


@retried
@transaction.atomic
def events_closed(taking: Taking, closed: Sequence[Told]) -> None:
    """Take events that were not there before and only close nights, all at once; no UID may stand twice among them."""
    rows = [_new(taking, told) for told in closed]
    uids = [row.uid for row in rows if row.uid]
    FeedEvent.objects.filter(feed=taking.feed, uid__in=uids, state=EventState.LIVE).update(uid="")
    FeedEvent.objects.bulk_create(rows)


def _new(taking: Taking, told: Told) -> FeedEvent:
    entry = told.entry
    return FeedEvent(
        feed=taking.feed,
        uid=entry.uid,
        reference=entry.reference,
        first=entry.first,
        until=entry.until,
        is_tentative=entry.is_tentative,
        became=Became.CLOSED,
        first_seen_on=taking.today,
        last_seen_at=taking.now,
    )


@retried
@transaction.atomic
def event_again(taking: Taking, row: FeedEvent, told: Told) -> FeedEvent:
    """Take an event that is known: new dates, a new UID, tentative or certain; the same again changes nothing."""
    entry = told.entry
    first = first_night(row, entry, today=taking.today)
    dates = (first, entry.until)
    row.uid, row.absences, row.last_seen_at = entry.uid, 0, taking.now
    row.reference = entry.reference or row.reference
    if row.became == Became.STAY and row.reservation is not None:
        _follow(taking, row, row.reservation, entry, dates)
    else:
        row.first, row.until = dates
        row.is_tentative = entry.is_tentative
        if row.became == Became.FAILED or (row.became == Became.ECHO and _is_no_echo(taking, row)):
            _become_stay(taking, row, entry)
    _uid_freed(row)
    row.save()
    return row


def says_the_same(taking: Taking, row: FeedEvent, told: Told) -> bool:
    """Return whether an event is told as it was and nothing about it is left to do, which is so of most of a calendar."""
    entry, stay = told.entry, row.reservation
    stands = row.became in {Became.CLOSED, Became.NOTICE} or (
        row.became == Became.STAY and stay is not None and stay.status not in {Status.CANCELLED, Status.REJECTED}
    )
    first = first_night(row, entry, today=taking.today)
    return (
        stands
        and not row.problem
        and (row.uid, row.first, row.until) == (entry.uid, first, entry.until)
        and row.is_tentative == entry.is_tentative
        and entry.reference in {"", row.reference}
    )


def events_same(taking: Taking, rows: Sequence[FeedEvent]) -> None:
    """Note that events were seen again as they were: one statement for all of them."""
    FeedEvent.objects.filter(pk__in=[row.pk for row in rows]).update(absences=0, last_seen_at=taking.now)


@retried
@transaction.atomic
def event_absent(taking: Taking, row: FeedEvent, *, needed: int | None) -> FeedEvent:
    """Count that an event was missing in a good calendar; in `needed` of them in a row it is over (T70).

    Without a number somebody has to say so first.
    """
    row.absences = min(row.absences + 1, MOST_ABSENCES)
    if needed is not None and row.absences >= needed:
        _end(taking, row)
    row.save()
    return row


def _rolls(taking: Taking, entry: Entry) -> bool:
    """Return whether nights that say nothing of themselves are a channel's minimum notice, which moves on every day.

    So they are when they begin today, were not there before, and others as long did the same in the last three days. The
    first of those could only be taken for a stay: it is pointed out.
    """
    if entry.first != taking.today:
        return False
    recent = FeedEvent.objects.filter(
        feed=taking.feed,
        first__gte=taking.today - ROLLING,
        first__lt=taking.today,
        until=F("first") + timedelta(days=entry.nights),
        first_seen_on=F("first"),
    )
    recent.filter(became=Became.STAY).update(problem=LIKE_NOTICE)
    return recent.exists()


def _uid_freed(row: FeedEvent) -> None:
    """Take a UID from whatever else of the feed has it: an event of the past, or one that is something else now."""
    if row.uid:
        others = FeedEvent.objects.filter(feed=row.feed, uid=row.uid, state=EventState.LIVE)
        others.exclude(pk=row.pk).update(uid="")


def _end(taking: Taking, row: FeedEvent) -> None:
    """End an event: a stay to come is cancelled; one that has begun, and one that came some other way, is not."""
    row.state, row.gone_at, row.problem = EventState.GONE, taking.now, ""
    stay = row.reservation
    if row.became != Became.STAY or stay is None or not row.is_ours_to_cancel or stay.status not in CHANGEABLE:
        return
    if stay.status == Status.CHECKED_IN or stay.arrival < taking.today:
        row.problem = "No longer in the calendar, but the stay has begun: nothing was cancelled."
        return
    try:
        with transaction.atomic():
            reservation_cancel(
                reservation=stay,
                reason=f"No longer in the calendar “{taking.feed.name}”"[:200],
                waive_reason=PRICE_NOT_TOLD,
                actor=taking.actor,
            )
    except DomainError as refusal:
        row.problem = refusal.message[:MOST_PROBLEM]


def _become_stay(taking: Taking, row: FeedEvent, entry: Entry) -> None:
    """Make the reservation of an event, or find the one that is there already; a refusal stands on the event."""
    row.became, row.problem, row.uncovered_at = Became.STAY, "", None
    try:
        with transaction.atomic():
            row.reservation = _known(taking, row, entry) or _revived(taking, entry) or _made(taking, entry)
    except DomainError as refusal:
        row.became, row.reservation, row.problem = Became.FAILED, None, refusal.message[:MOST_PROBLEM]


def _known(taking: Taking, row: FeedEvent, entry: Entry) -> Reservation | None:
    """Return the stay that this very booking of the channel has become some other way: it is not ours to cancel."""
    if not entry.reference:
        return None
    bookings = Booking.objects.filter(
        property=taking.feed.property, source=source_of(taking.feed), external_id=entry.reference
    )
    booking = bookings.exclude(reservations__feed_events__feed=taking.feed).first()
    if booking is None:
        return None
    row.is_ours_to_cancel = False
    return booking.reservations.order_by("pk").first()


def _revived(taking: Taking, entry: Entry) -> Reservation | None:
    """Bring back the stay of an event that was gone and is there again, with the guest and whatever the desk wrote."""
    if not entry.uid:
        return None
    gone = (
        FeedEvent.objects.filter(
            feed=taking.feed,
            uid=entry.uid,
            state=EventState.GONE,
            is_ours_to_cancel=True,
            reservation__status=Status.CANCELLED,
        )
        .select_related("reservation")
        .order_by("-pk")
        .first()
    )
    if gone is None or gone.reservation is None:
        return None
    try:
        with transaction.atomic():
            stay = reservation_reinstate(
                reservation=gone.reservation, reason="In the calendar again", actor=taking.actor
            )
            return _with_dates(taking, stay, entry.first, entry.until)
    except DomainError:
        return None  # then it is made anew


def _made(taking: Taking, entry: Entry) -> Reservation:
    """Make the booking: in the unit of the listing, else in another one or overbooked; at our price, else at none."""
    feed = taking.feed
    unit, prices = feed.unit, None
    arrival = max(entry.first, taking.today)
    while True:
        request = RoomRequest(
            room_type=feed.room_type,
            rate_plan=feed.rate_plan,
            arrival=arrival,
            departure=entry.until,
            adults=min(feed.room_type.base_occupancy, feed.room_type.max_adults),
            unit=unit,
            prices=prices,
            notes=_note(feed, entry, priced=prices is None),
            tags=TAGS,
        )
        try:
            with transaction.atomic():
                booking = booking_create(
                    property=feed.property,
                    rooms=[request],
                    booker=GuestDetails(last_name=entry.name or f"{feed.get_channel_display()} guest"),
                    source=source_of(feed),
                    agency=feed.company,
                    external_id=_free_reference(feed, entry),
                    status=Status.PENDING if entry.is_tentative else Status.CONFIRMED,
                    actor=taking.actor,
                )
        except DomainError as refusal:
            if unit is not None and refusal.code in _ROOM_REFUSALS:
                unit = None
            elif prices is None:
                prices = dict.fromkeys(nights_between(arrival, entry.until), 0)
            else:
                raise
        else:
            return booking.reservations.get()


def _follow(taking: Taking, row: FeedEvent, stay: Reservation, entry: Entry, dates: tuple[date, date]) -> None:
    """Bring what the calendar says now to the stay it has become; what the desk changed meanwhile stays."""
    row.problem = ""
    try:
        with transaction.atomic():
            if stay.status in {Status.CANCELLED, Status.REJECTED}:
                row.problem = CANCELLED_HERE
            elif row.is_ours_to_cancel:
                if dates != (row.first, row.until):
                    stay = _with_dates(taking, stay, *dates)
                if row.is_tentative and not entry.is_tentative and stay.status == Status.PENDING:
                    reservation_confirm(reservation=stay, actor=taking.actor)
    except DomainError as refusal:
        # The old dates stay on the event, so that the next calendar tries again (T69).
        row.problem = f"The channel changed this stay, which could not be done here: {refusal.message}"[:MOST_PROBLEM]
    else:
        row.first, row.until = dates
        row.is_tentative = entry.is_tentative


def _with_dates(taking: Taking, stay: Reservation, first: date, until: date) -> Reservation:
    arrival = stay.arrival if stay.status == Status.CHECKED_IN or stay.arrival < taking.today else first
    if arrival != stay.arrival:
        arrival = max(arrival, taking.today)
    if (arrival, until) == (stay.arrival, stay.departure):
        return stay
    horizon = taking.today + timedelta(days=taking.feed.property.selling_horizon_days)
    if horizon < until <= taking.today + timedelta(days=FARTHEST_DAYS):
        inventory_extend(property=taking.feed.property, until=until)
    wish = {
        "reservation": stay,
        "arrival": arrival,
        "departure": until,
        "actor": taking.actor,
        "reason": f"Changed in the calendar “{taking.feed.name}”",
        "override_reason": "Sold by the channel",
        "sold_elsewhere": True,
    }
    unit = taking.feed.unit
    here = stay.nights.filter(released_at=None).exclude(unit=unit) if unit else None
    if unit is not None and here is not None and not here.exists():
        try:
            with transaction.atomic():
                return reservation_modify(**wish, unit=unit)  # type: ignore[arg-type]
        except DomainError as refusal:
            if refusal.code not in _ROOM_REFUSALS:
                raise
    return reservation_modify(**wish)  # type: ignore[arg-type]


def _is_no_echo(taking: Taking, row: FeedEvent) -> bool:
    """Return whether an echo has outlived what it came from by more than a channel takes to look again."""
    if taking.echoes.explain(row.first, row.until):
        row.uncovered_at = None
        return False
    row.uncovered_at = row.uncovered_at or taking.now
    return taking.now - row.uncovered_at >= ECHO_GRACE


def source_of(feed: CalendarFeed) -> Source:
    """Return what stays of a feed count as."""
    return SOURCES.get(Channel(feed.channel), Source.OTA)


def _free_reference(feed: CalendarFeed, entry: Entry) -> str:
    """Return the channel's own number, unless a booking that is over has it."""
    taken = Booking.objects.filter(property=feed.property, source=source_of(feed), external_id=entry.reference)
    return "" if not entry.reference or taken.exists() else entry.reference


def _note(feed: CalendarFeed, entry: Entry, *, priced: bool) -> str:
    number = f" {entry.reference}" if entry.reference else ""
    price = (
        f"{PRICE_NOT_TOLD}: what stands here is our own price of {feed.rate_plan.name}, not what the guest pays."
        if priced
        else f"{PRICE_NOT_TOLD}, and we have none for these nights: the stay stands here at nothing."
    )
    listing = f"room {feed.unit.number}" if feed.unit else feed.room_type.name
    return f"{feed.get_channel_display()}{number}, calendar “{feed.name}” of {listing}. {price}"
