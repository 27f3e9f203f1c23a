"""People hear once that a calendar is not read any more, and once that it is again."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from channels.calendars.enums import Channel
from channels.calendars.jobs import alert_people
from channels.calendars.services import feed_go_live, feed_pause
from pms.events.models import OutboxEvent
from tests.channels.adapters.ical.calendars import AIRBNB
from tests.house import TESTER


@pytest.fixture
def reader(reads, property_a):
    property_a.property.email = "desk@casa-lisboa.test"
    property_a.property.save()
    made = reads(Channel.AIRBNB)
    assert made.read(product=AIRBNB) == "taken"
    return made


def later(**span):
    return time_machine.travel(timezone.now() + timedelta(**span), tick=True)


def fail(reader, times=2):
    reader.place.status = 404
    assert [reader.fetch() for _ in range(times)] == ["failed"] * times


def test_it_works(reader):
    assert (alert_people(), mail.outbox) == (0, [])


def test_one_mail_when_it_fails_for_two_hours(reader):
    with later(minutes=90):
        fail(reader)
        assert alert_people() == 0
    with later(minutes=121):
        assert [alert_people(), alert_people()] == [1, 0]
    letter = mail.outbox[0]
    assert (letter.to, letter.subject) == (["desk@casa-lisboa.test"], "Casa Lisboa: The calendar Airbnb 101 needs you")
    assert "It was last read 2 hours ago, and 2 tries since then failed." in letter.body
    assert reader.feed.problem in letter.body
    assert "/hotel-admin/calendars/calendarfeed/" in letter.body
    assert reader.place.address not in letter.body


def test_its_owner_may_want_to_hear_earlier(reader):
    reader.feed.stale_hours = 1
    reader.feed.save()
    with later(minutes=70):
        fail(reader)
        assert alert_people() == 1


def test_one_failure_is_none(reader):
    with later(hours=3):
        fail(reader, times=1)
        assert alert_people() == 0


def test_one_mail_when_it_is_read_again(reader):
    with later(hours=3):
        fail(reader)
        alert_people()
        reader.place.status = 200
        assert reader.fetch() in {"taken", "unchanged"}
        assert [alert_people(), alert_people()] == [1, 0]
    assert mail.outbox[1].body.startswith("The calendar Airbnb 101 works again.")
    kinds = OutboxEvent.objects.filter(kind__in=["calendar_feed.down", "calendar_feed.up"]).order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["calendar_feed.down", "calendar_feed.up"]


def test_nobody_reading_it_is_told_when_it_is_stale(reader):
    with later(hours=5):
        assert alert_people() == 0
    with later(hours=7):
        assert alert_people() == 1
    assert "nobody has tried since: the worker does not run" in mail.outbox[0].body


def test_one_that_was_never_read_says_so(reads, property_a):
    property_a.property.email = "desk@casa-lisboa.test"
    property_a.property.save()
    made = reads(Channel.AIRBNB)
    fail(made)
    with later(hours=3):
        assert alert_people() == 1
    assert "It was never read, and 2 tries since then failed." in mail.outbox[0].body


def test_a_paused_one_is_left_alone_and_its_return_is_no_alarm(reader):
    feed_pause(feed=reader.feed, actor=TESTER)
    with later(days=3):
        assert alert_people() == 0
        feed_go_live(feed=reader.feed, actor=TESTER)
        assert alert_people() == 0
