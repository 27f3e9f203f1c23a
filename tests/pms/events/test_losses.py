"""Redis may forget everything and a worker may die at any moment: every event still arrives."""

import subprocess
import textwrap
import time
from datetime import timedelta
from pathlib import Path

import django_rq
import pytest
from django.db.models import F
from django_tenants.utils import schema_context

from pms.events import jobs
from pms.events.models import EventDelivery, OutboxEvent
from pms.events.services import event_publish
from pms.events.subscriptions import subscribe, unsubscribe
from pms.kernel.jobs import enqueue_for_every_tenant
from tests.workers import kill_tree, worker_start

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

SUBSCRIBER = """
    import os, time
    from pathlib import Path

    HERE = Path(__file__).parent

    def hear(event_id):
        with (HERE / "heard").open("a") as heard:
            heard.write(event_id + "\\n")
        if (HERE / "slow").exists():
            time.sleep(60)
"""
WORKER = """
    import django
    django.setup()
    import django_rq
    from pms.events.subscriptions import subscribe
    subscribe("room.*", "listener", "losses_subscriber.hear")
    django_rq.get_worker("clock", "default").work(burst=True, logging_level="WARNING")
"""


@pytest.fixture
def place(tmp_path):
    """A directory with a subscriber that writes down what it hears."""
    (tmp_path / "losses_subscriber.py").write_text(textwrap.dedent(SUBSCRIBER))
    subscribe("room.*", "listener", "losses_subscriber.hear")
    django_rq.get_connection("default").flushdb()
    yield tmp_path
    unsubscribe("listener")


def worker(place: Path) -> subprocess.Popen[bytes]:
    """Start a real worker that the subscriber listens in."""
    return worker_start(WORKER, place)


def work(place: Path) -> None:
    """Let a worker do what the queue holds."""
    assert worker(place).wait(timeout=120) == 0


def heard(place: Path) -> list[str]:
    """Return the events that arrived, as often as they did."""
    return (place / "heard").read_text().split() if (place / "heard").exists() else []


def publish(count: int) -> list[str]:
    """Publish so many events of as many rooms; return their ids."""
    with schema_context("hotel_a"):
        return [
            str(event_publish(kind="room.painted", subject_type="room", subject_code=str(number)).public_id)
            for number in range(count)
        ]


def grow_older(by: timedelta) -> None:
    """Let time pass for what is on its way."""
    with schema_context("hotel_a"):
        EventDelivery.objects.update(next_attempt_at=F("next_attempt_at") - by)


def tick() -> None:
    """Do what the scheduler does every minute."""
    enqueue_for_every_tenant("pms.events.jobs.sweep")


def test_it_works(place):
    events = publish(3)
    work(place)
    assert sorted(heard(place)) == sorted(events)


def test_redis_forgets_before_the_relay(place):
    events = publish(3)
    django_rq.get_connection("default").flushdb()
    work(place)
    assert heard(place) == []
    tick()
    work(place)
    assert sorted(heard(place)) == sorted(events)


def test_redis_forgets_between_relay_and_delivery(place):
    events = publish(3)
    with schema_context("hotel_a"):
        jobs.relay()
    django_rq.get_connection("default").flushdb()
    tick()
    work(place)
    assert heard(place) == [], "the sweep gives the queue a moment"
    grow_older(jobs.GRACE + timedelta(seconds=1))
    tick()
    work(place)
    assert sorted(heard(place)) == sorted(events)


def test_a_worker_is_killed_in_the_middle(place):
    (place / "slow").touch()
    (event,) = publish(1)
    process = worker(place)
    deadline = time.monotonic() + 60
    while not heard(place) and time.monotonic() < deadline:
        time.sleep(0.1)
    kill_tree(process)
    assert heard(place) == [event]
    with schema_context("hotel_a"):
        row = EventDelivery.objects.get()
        assert (row.attempts, row.delivered_at) == (1, None)
    (place / "slow").unlink()
    django_rq.get_connection("default").flushdb()
    tick()
    work(place)
    assert heard(place) == [event], "the lease is not over"
    grow_older(jobs.LEASE + jobs.GRACE)
    tick()
    work(place)
    assert heard(place) == [event, event]
    with schema_context("hotel_a"):
        assert EventDelivery.objects.get().delivered_at is not None
        assert OutboxEvent.objects.filter(relayed_at=None).count() == 0
