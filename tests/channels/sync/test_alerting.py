"""People hear of a channel that fails once, and once that it works again; of a guest without a room at once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from channels.connections.enums import State
from channels.sync.cases import case_open
from channels.sync.enums import CaseKind
from channels.sync.jobs import alert_people
from channels.sync.models import Standing
from pms.events.models import OutboxEvent
from tests.channels.house import make_connection


@pytest.fixture
def live(property_a):
    property_a.property.email = "desk@casa-lisboa.test"
    property_a.property.save()
    row = make_connection(property_a)
    now = timezone.now()
    Standing.objects.create(connection=row, send_at=now, pull_at=now, sent_at=now, pulled_at=now)
    return row


def change(**fields):
    Standing.objects.update(**fields)


FAILING = {"failures": 5, "error_words": "Out of order"}


def test_it_works(live):
    assert (alert_people(), mail.outbox) == (0, [])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (FAILING, "5 messages in a row were not taken: Out of order"),
        ({"pull_failures": 6, "error_words": "No answer"}, "could not be read 6 times in a row: No answer"),
        ({"locked_out_at": timezone.now(), "error_words": "Wrong key"}, "The channel refuses our keys: Wrong key"),
        ({"pulled_at": timezone.now() - timedelta(minutes=45)}, "Bookings were last read "),
    ],
)
def test_one_mail_when_it_goes_down(live, fields, words):
    change(**fields)
    assert [alert_people(), alert_people()] == [1, 0]
    letter = mail.outbox[0]
    assert (letter.to, letter.subject) == (["desk@casa-lisboa.test"], "Casa Lisboa: Channex needs you")
    assert words in letter.body
    assert "/desk/channels/" in letter.body


def test_one_mail_when_it_works_again(live):
    change(**FAILING)
    alert_people()
    change(failures=0)
    assert [alert_people(), alert_people()] == [1, 0]
    assert mail.outbox[1].body.startswith("Channex works again.")
    kinds = OutboxEvent.objects.filter(kind__startswith="channel.").order_by("pk").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["channel.down", "channel.up"]


def test_a_few_failures_are_none(live):
    change(failures=4)
    assert alert_people() == 0


@pytest.mark.parametrize("state", [State.PAUSED, State.DRAFT])
def test_whoever_paused_it_knows(live, state):
    live.state = state
    live.save()
    change(**FAILING)
    assert alert_people() == 0


def test_a_guest_without_a_room_is_told_once(live):
    case_open(
        connection=live, kind=CaseKind.OVERBOOKED, subject="1", words="No double is left for Greta.", now=timezone.now()
    )
    assert [alert_people(), alert_people()] == [1, 0]
    assert "No double is left for Greta." in mail.outbox[0].body


def test_a_house_without_an_address_is_noted_all_the_same(live, property_a):
    property_a.property.email = ""
    property_a.property.save()
    change(**FAILING)
    assert alert_people() == 0
    assert Standing.objects.get().alerted_at is not None
