"""Setting feeds up, one worker at a time, waiting after failures, jobs; and the back office."""

import json
from datetime import timedelta
from itertools import pairwise
from threading import Thread

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings.availability.models import Closure
from bookings.reservations.models import Reservation
from channels.calendars import jobs
from channels.calendars.enums import Channel, FeedState, Unclear
from channels.calendars.keys import address_of, token_of
from channels.calendars.models import CalendarExport, CalendarFeed, FeedEvent
from channels.calendars.services import (
    export_create,
    feed_fetch,
    feed_fetch_soon,
    feed_go_live,
    feed_pause,
    feed_preview,
    feed_retire,
    feed_save,
)
from channels.calendars.services.reading import INTERVAL
from channels.calendars.standing import is_stale, standing_of
from pms.audit.models import AuditEvent
from pms.kernel.jobs import run_in_tenant
from tests.channels.adapters.ical.calendars import AIRBNB, airbnb_block, airbnb_stay, calendar
from tests.conftest import TODAY
from tests.house import TESTER, refused


def day(offset):
    return TODAY + timedelta(days=offset)


def draft(house, place, **fields):
    feed = CalendarFeed(
        **{
            "property": house.property,
            "name": "Airbnb 101",
            "channel": Channel.AIRBNB,
            "room_type": house.double,
            "unit": house.units["101"],
            "rate_plan": house.rate_plan,
            "unclear_as": Unclear.STAYS,
        }
        | fields
    )
    return feed_save(feed=feed, address=place.address, actor=TESTER)


def test_known_events_and_closed_nights_cost_no_statement_each(reads):
    """Most of a calendar is what it was a quarter of an hour ago."""
    costs = []
    for count in (2, 40):
        reader = reads(Channel.AIRBNB, unit=None, closes_nights=False)
        blocks = [airbnb_block(day(3 * index), day(3 * index + 1), number=index) for index in range(1, count + 1)]
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                assert reader.read(*blocks, product=AIRBNB) == "taken"
            costs.append(len(captured))
        assert set(reader.feed.events.values_list("absences", "first_seen_on")) == {(0, TODAY)}
    assert costs[:2] == costs[2:]


def test_a_draft_is_looked_at_and_takes_nothing(property_a, place):
    place.body = calendar(airbnb_stay(day(5), day(8)), airbnb_block(day(10), day(12)), product=AIRBNB)
    feed = draft(property_a, place)
    seen = feed_preview(feed=feed)
    assert (seen.dialect, len(seen.stays), len(seen.closed)) == ("airbnb", 1, 1)
    assert feed_fetch(feed=feed) == "not_live"
    assert (Reservation.objects.count(), FeedEvent.objects.count()) == (0, 0)


def test_the_address_is_sealed_and_stands_in_no_audit(property_a, place):
    feed = draft(property_a, place)
    assert "secret" not in feed.sealed
    assert address_of(feed) == place.address
    assert (feed.host, "secret" in json.dumps(list(AuditEvent.objects.values("changes")))) == ("127.0.0.1", False)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"unit": "201"}, "other_property"),
        ({"address": "ftp://x/"}, "bad_address"),
        ({"address": ""}, "address_missing"),
    ],
)
def test_what_makes_no_feed(property_a, place, fields, code):
    feed = CalendarFeed(
        property=property_a.property,
        name="x",
        channel=Channel.OTHER,
        room_type=property_a.double,
        unit=property_a.units[fields.get("unit", "101")],
        rate_plan=property_a.rate_plan,
        unclear_as=Unclear.STAYS,
    )
    with refused(code):
        feed_save(feed=feed, address=fields.get("address", place.address), actor=TESTER)


def test_paused_and_retired_feeds_keep_what_they_took(reads):
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), airbnb_block(day(10), day(12)), product=AIRBNB)
    feed_pause(feed=feed.feed, actor=TESTER)
    assert feed.fetch() == "not_live"
    feed_retire(feed=feed.feed, open_nights=False, actor=TESTER)
    assert Closure.objects.get().released_at is None
    feed_retire(feed=feed.feed, open_nights=True, actor=TESTER)
    assert Closure.objects.get().released_at is not None
    assert Reservation.objects.get().status == "confirmed"
    with refused("retired"):
        feed_go_live(feed=feed.feed, actor=TESTER)


def test_nothing_changed_is_asked_for_conditionally(reads, place):
    feed = reads(Channel.AIRBNB)
    place.headers = {"ETag": '"1"'}
    feed.read(airbnb_stay(day(5), day(8)), airbnb_stay(day(9), day(10), number=2), product=AIRBNB)
    assert feed.fetch() == "unchanged"
    assert place.asked[-1]["if-none-match"] == '"1"'
    place.headers = {"ETag": '"2"'}
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    assert feed.fetch() == "taken", "something is missing: the whole calendar is asked for"
    assert Reservation.objects.filter(status="cancelled").count() == 1


def test_after_failures_it_waits_longer_and_says_so(reads, place):
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    place.status = 500
    waits = []
    for _ in range(6):
        assert feed.fetch() == "failed"
        waits.append(feed.feed.next_fetch_at - feed.feed.last_fetch_at)
    assert all(later > sooner * 1.5 for sooner, later in pairwise(waits[:5]))
    assert waits[-1] <= timedelta(hours=6.6)
    now = timezone.now()
    assert "Failed 6 times since. The calendar's server answered 500." in standing_of(feed.feed, now=now)
    assert not is_stale(feed.feed, now=now)
    assert standing_of(feed.feed, now=now + timedelta(hours=7)).startswith("Stale")
    place.status = 200
    feed.fetch()
    assert (feed.feed.failures, feed.feed.problem) == (0, "")
    assert INTERVAL * 0.89 < feed.feed.next_fetch_at - feed.feed.last_fetch_at < INTERVAL * 1.11


def test_one_worker_reads_a_feed_and_a_killed_one_holds_it_ten_minutes(reads):
    feed = reads(Channel.AIRBNB)
    CalendarFeed.objects.update(leased_until=timezone.now() + timedelta(minutes=10))
    assert feed.fetch() == "busy"
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert feed.fetch() == "taken"
    assert feed.feed.leased_until is None


def test_jobs_fetch_what_is_due_once(reads, place, monkeypatch):
    feed = reads(Channel.AIRBNB)
    enqueued = []
    monkeypatch.setattr(jobs, "enqueue_in_tenant", lambda path, **arguments: enqueued.append((path, arguments)))
    assert jobs.sweep() == 1
    ((path, arguments),) = enqueued
    assert run_in_tenant(path, "hotel_a", arguments) == "taken"
    assert run_in_tenant(path, "hotel_a", arguments) == "not_due"
    assert jobs.sweep() == 0
    feed_fetch_soon(feed=feed.feed, actor=TESTER)
    assert run_in_tenant(path, "hotel_a", arguments) == "taken"
    assert jobs.fetch("00000000-0000-0000-0000-000000000000") == ""


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_take_a_stay_once(reads, hotel_a):
    feed = reads(Channel.AIRBNB)
    feed.place.body = calendar(airbnb_stay(day(5), day(8)), product=AIRBNB)
    outcomes = []

    def work():
        connection.set_tenant(hotel_a)
        try:
            outcomes.append(feed_fetch(feed=feed.feed))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("taken") >= 1
    assert set(outcomes) <= {"taken", "busy"}
    assert Reservation.objects.count() == 1


# The back office


def test_a_manager_adds_a_calendar_looks_and_lets_it_go_live(client_for, hotel_a, mia, property_a, place):
    place.body = calendar(airbnb_stay(day(5), day(8)), product=AIRBNB)
    client = client_for(mia, hotel_a)
    fields = {
        "property": property_a.property.pk, "name": "Airbnb 101", "channel": "airbnb", "address": place.address,
        "room_type": property_a.double.pk, "unit": property_a.units["101"].pk, "rate_plan": property_a.rate_plan.pk,
        "company": "", "unclear_as": "stays", "longest_stay": "30", "closes_nights": "on", "stale_hours": "6",
    }  # fmt: skip
    answer = client.post(reverse("hotel:calendars_calendarfeed_add", urlconf="config.urls_tenant"), fields)
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "Airbnb" in page.content.decode()
    assert "secret" not in page.content.decode()
    assert CalendarFeed.objects.get().state == FeedState.DRAFT
    leads = client.post(answer["Location"])["Location"]
    assert CalendarFeed.objects.get().state == FeedState.LIVE
    feed_fetch(feed=CalendarFeed.objects.get())
    shown = client.get(leads).content.decode()
    assert Reservation.objects.get().code in shown
    assert "Last read just now" in shown
    assert "secret/listing" not in shown


def test_a_calendar_that_is_none_cannot_go_live_from_its_page(client_for, hotel_a, mia, property_a, place):
    place.body = b"<html>"
    feed = draft(property_a, place)
    url = reverse("hotel:calendars_calendarfeed_look", urlconf="config.urls_tenant", args=[feed.pk])
    page = client_for(mia, hotel_a).get(url).content.decode()
    assert "not a calendar" in page
    assert "Let it go live" not in page


@pytest.mark.parametrize(
    ("action", "state"),
    [("go_live", FeedState.LIVE), ("retire", FeedState.RETIRED), ("retire_and_open", FeedState.RETIRED), ("fetch_now", FeedState.DRAFT)],
)  # fmt: skip
def test_actions_of_the_list(client_for, hotel_a, mia, property_a, place, action, state):
    feed = draft(property_a, place)
    url = reverse("hotel:calendars_calendarfeed_changelist", urlconf="config.urls_tenant")
    client_for(mia, hotel_a).post(url, {"action": action, "_selected_action": [feed.pk]})
    feed.refresh_from_db()
    assert feed.state == state


def test_an_address_is_made_copied_renewed_and_revoked(client_for, hotel_a, mia, property_a):
    client = client_for(mia, hotel_a)
    fields = {
        "property": property_a.property.pk, "room_type": property_a.double.pk, "unit": property_a.units["101"].pk,
        "without": "airbnb", "feed": "",
    }  # fmt: skip
    client.post(reverse("hotel:calendars_calendarexport_add", urlconf="config.urls_tenant"), fields)
    export, url = (
        CalendarExport.objects.get(),
        reverse("hotel:calendars_calendarexport_changelist", urlconf="config.urls_tenant"),
    )
    address = f"http://hotel-a.localhost/calendar/{token_of(export)}.ics"
    assert address in client.get(url).content.decode()
    client.post(url, {"action": "renew", "_selected_action": [export.pk]})
    assert client.get(address).status_code == 404
    client.post(url, {"action": "revoke", "_selected_action": [export.pk]})
    assert CalendarExport.objects.get().revoked_at is not None


def test_front_desk_and_strangers_see_no_calendars(client_for, hotel_a, felix, property_a, place):
    feed = draft(property_a, place)
    export = CalendarExport(property=property_a.property, room_type=property_a.double)
    export_create(export=export, actor=TESTER)
    look = reverse("hotel:calendars_calendarfeed_look", urlconf="config.urls_tenant", args=[feed.pk])
    assert client_for(felix, hotel_a).get(look).status_code in {403, 404}
    assert client_for(None, hotel_a).get(look).status_code == 302


def test_the_overview_says_what_needs_somebody(client_for, hotel_a, mia, reads, place):
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    draft(feed.house, place, name="Another")
    FeedEvent.objects.update(problem="Something")
    CalendarFeed.objects.filter(state=FeedState.LIVE).update(last_good_at=timezone.now() - timedelta(days=1))
    page = client_for(mia, hotel_a).get("/hotel-admin/").content.decode()
    for words in ("stale calendar", "calendar event", "calendar is not live"):
        assert words in page
