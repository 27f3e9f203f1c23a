"""Setting feeds up: a draft is looked at, then goes live; paused it keeps what it took; retired it is history."""

from datetime import timedelta
from typing import Any

import httpx
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bookings.rates.models import RatePlan
from channels.calendars.closing import closures_open
from channels.calendars.echoes import Echoes
from channels.calendars.enums import EventState, FeedState
from channels.calendars.fetching import FetchError, address_checked
from channels.calendars.keys import address_seal
from channels.calendars.models import CalendarFeed, FeedEvent
from channels.calendars.taking import Taking, event_absent
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Busy, Conflict, Invalid
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.locking import lock
from pms.kernel.text import clean_text
from pms.properties.models import Property, RoomType, Unit

FETCH_JOB = "channels.calendars.jobs.fetch"
#: What a change of settings may change, and the audit tells.
SETTINGS = (
    *("name", "channel", "room_type", "unit", "rate_plan", "company", "unclear_as", "longest_stay", "closes_nights"),
    "stale_hours",
)
ADDRESS = ("sealed", "host", "etag", "last_modified")


@transaction.atomic
def feed_save(*, feed: CalendarFeed, actor: Actor, address: str = "") -> CalendarFeed:
    """Make a feed, or change its settings; an empty address leaves the one that is there.

    Another address, and another room, make it a draft again: nothing that only the old calendar knew is freed until
    somebody says yes (T71). Raises Invalid `bad_address`, `address_missing`, `other_property`, `bad_character`;
    ValidationError.
    """
    before = lock(CalendarFeed.objects.filter(pk=feed.pk))[0] if feed.pk else None
    feed.name = clean_text(feed.name, field="name", most=80)
    _same_property(feed.property, feed.room_type, feed.unit, feed.rate_plan)
    if address.strip():
        try:
            checked = address_checked(address)
        except FetchError as error:
            raise Invalid(error.code, error.message, field="address") from error
        address_seal(feed, checked, httpx.URL(checked).host)
        feed.etag = feed.last_modified = ""
    elif before is None:
        raise Invalid("address_missing", "A calendar has an address.", field="address")
    moved = before is not None and (
        bool(address.strip()) or (before.room_type_id, before.unit_id) != (feed.room_type_id, feed.unit_id)
    )
    if moved and feed.state in {FeedState.LIVE, FeedState.PAUSED}:
        feed.state, feed.asks_before_freeing = FeedState.DRAFT, True
    feed.full_clean(exclude={"sealed", "host"})
    # What a worker writes meanwhile is not ours to put back.
    feed.save(update_fields=[*SETTINGS, *ADDRESS, "state", "asks_before_freeing"] if before else None)
    changes: dict[str, list[Any]] = {
        name: [_shown(before, name), _shown(feed, name)]
        for name in (*SETTINGS, "state", "host")
        if _shown(before, name) != _shown(feed, name)
    }
    if address.strip():
        changes["address"] = [None if before is None else "the old one", "a new one"]
    if changes:
        _tell(feed, "changed" if before else "created", actor, changes)
    return feed


@transaction.atomic
def feed_go_live(*, feed: CalendarFeed, actor: Actor) -> CalendarFeed:
    """Have a feed fetched from now on, at once for the first time. Idempotent. Raises Conflict `retired`."""
    row = _locked(feed)
    if row.state == FeedState.LIVE:
        return row
    if row.state == FeedState.RETIRED:
        raise Conflict("retired", "A retired calendar does not come back; add it anew.")
    before, row.state = row.state, FeedState.LIVE
    row.live_at = row.live_at or timezone.now()
    row.next_fetch_at, row.failures, row.problem = timezone.now(), 0, ""
    # What it was told before the pause may be long over: the whole calendar is asked for.
    row.etag = row.last_modified = ""
    row.save()
    _tell(row, "live", actor, {"state": [before, row.state]})
    enqueue_in_tenant(FETCH_JOB, code=str(row.code))
    return row


@transaction.atomic
def feed_pause(*, feed: CalendarFeed, actor: Actor) -> CalendarFeed:
    """Fetch a feed no more; what it took stays as it is. Idempotent; a draft stays one."""
    row = _locked(feed)
    if row.state != FeedState.LIVE:
        return row
    row.state, row.next_fetch_at = FeedState.PAUSED, None
    row.save(update_fields=["state", "next_fetch_at"])
    _tell(row, "paused", actor, {"state": [FeedState.LIVE, FeedState.PAUSED]})
    return row


def feed_retire(*, feed: CalendarFeed, open_nights: bool, actor: Actor) -> CalendarFeed:
    """Give a feed up for good. Its stays stay; the nights it closed are opened only if `open_nights` (T71). Idempotent."""
    with transaction.atomic():
        row = _locked(feed)
        before = row.state
        if before != FeedState.RETIRED:
            row.state, row.next_fetch_at = FeedState.RETIRED, None
            row.save(update_fields=["state", "next_fetch_at"])
            _tell(row, "retired", actor, {"state": [before, row.state], "nights_opened": [None, open_nights]})
    if open_nights:
        closures_open(feed=row, actor=actor)
    return row


@transaction.atomic
def feed_fetch_soon(*, feed: CalendarFeed, actor: Actor) -> CalendarFeed:
    """Have a live feed fetched at once. Raises Conflict `not_live`."""
    row = _locked(feed)
    if row.state != FeedState.LIVE:
        raise Conflict("not_live", f"{row.name} is not live: look at what it says, then let it go live.")
    row.next_fetch_at = timezone.now()
    row.save(update_fields=["next_fetch_at"])
    _tell(row, "fetch_asked", actor, {})
    enqueue_in_tenant(FETCH_JOB, code=str(row.code))
    return row


def feed_free_absent(*, feed: CalendarFeed, actor: Actor) -> int:
    """Say that what the last good calendar did not have is over; return how many events that were.

    For a calendar that came back empty and for one with a new address, where nothing is freed unasked (T71). Stays that
    have begun are never cancelled. Raises Busy `being_read` while a worker reads the feed; Conflict `not_read` where no
    good calendar was read yet.
    """
    row = CalendarFeed.objects.select_related("property", "unit", "room_type", "rate_plan").get(pk=feed.pk)
    now = timezone.now()
    if row.last_good_at is None:
        raise Conflict("not_read", "No calendar has been read yet.")
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    if not CalendarFeed.objects.filter(free, pk=row.pk).update(leased_until=now + timedelta(minutes=2), lease=row.code):
        raise Busy("being_read", "The calendar is being read right now. Please try again.")
    try:
        today = row.property.business_date
        taking = Taking(feed=row, now=now, today=today, actor=actor, echoes=Echoes(row))
        gone = FeedEvent.objects.filter(
            feed=row, state=EventState.LIVE, until__gt=today, last_seen_at__lt=row.last_good_at
        )
        events = list(gone.select_related("reservation__property"))
        for event in events:
            event_absent(taking, event, needed=0)
        with transaction.atomic():
            CalendarFeed.objects.filter(pk=row.pk).update(asks_before_freeing=False, problem="", next_fetch_at=now)
            _tell(row, "freed", actor, {"events": [len(events), 0]})
    finally:
        CalendarFeed.objects.filter(pk=row.pk, lease=row.code).update(leased_until=None, lease=None)
    if row.state == FeedState.LIVE:
        enqueue_in_tenant(FETCH_JOB, code=str(row.code))
    return len(events)


def _same_property(place: Property, room_type: RoomType, unit: Unit | None, plan: RatePlan) -> None:
    if room_type.property_id != place.pk or plan.property_id != place.pk:
        raise Invalid("other_property", "The room type and the rate plan must be this property's.", field="room_type")
    if unit is not None and unit.room_type_id != room_type.pk:
        raise Invalid("other_property", f"{unit.number} is not a room of this type.", field="unit")


def _shown(feed: CalendarFeed | None, name: str) -> str | int | None:
    value = None if feed is None else getattr(feed, name)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _locked(feed: CalendarFeed) -> CalendarFeed:
    return lock(CalendarFeed.objects.filter(pk=feed.pk).select_related("property"))[0]


def _tell(feed: CalendarFeed, verb: str, actor: Actor, changes: dict[str, list[Any]]) -> None:
    audit_record(
        action=f"calendar_feed.{verb}",
        subject_type="calendar_feed",
        subject_code=str(feed.code),
        property_code=feed.property.code,
        actor=actor,
        changes={"name": [feed.name, feed.name]} | changes,
    )
    event_publish(
        kind=f"calendar_feed.{verb}",
        subject_type="calendar_feed",
        subject_code=str(feed.code),
        payload={"property": feed.property.code, "name": feed.name},
    )
