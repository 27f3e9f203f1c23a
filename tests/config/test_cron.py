"""The clock wakes every organization, once per interval however many schedulers run."""

from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import Any

import django_rq
import pytest
from django.db import OperationalError
from redis.exceptions import RedisError
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from config import cron
from config.cron import SCHEDULE, Clock, Entry, keep_ticking, wake


@pytest.mark.parametrize("entry", SCHEDULE, ids=lambda entry: entry.path)
def test_every_entry_names_a_job(entry: Entry) -> None:
    module, name = entry.path.rsplit(".", 1)
    assert callable(getattr(import_module(module), name))


def clock(ticks: list[str]) -> Clock:
    clock = Clock(django_rq.get_connection("default"))
    tick = partial(ticks.append, "tick")
    tick.__module__, tick.__name__ = __name__, "tick"  # type: ignore[attr-defined]
    clock.register(tick, "default", name="tick", interval=60)
    return clock


def test_two_schedulers_wake_an_entry_once_per_interval(time_machine: Any) -> None:
    time_machine.move_to("2026-11-20T12:00:00Z", tick=False)
    ticks: list[str] = []
    one, two = clock(ticks), clock(ticks)
    one.connection.delete("innkeep:clock:tick")
    one.enqueue_jobs()
    two.enqueue_jobs()
    one.enqueue_jobs()
    assert ticks == ["tick"]

    time_machine.shift(timedelta(minutes=1))
    one.connection.delete("innkeep:clock:tick")  # Redis counts its own seconds
    two.enqueue_jobs()
    one.enqueue_jobs()
    assert ticks == ["tick", "tick"]


@pytest.mark.django_db
def test_waking_enqueues_the_job_for_every_organization(django_capture_on_commit_callbacks: Any) -> None:
    """Of the organizations in the clock's own queue, where nothing waits that a guest waits for."""
    prompt, clocked = (
        django_rq.get_queue(name, connection=django_rq.get_connection("default"), serializer=JSONSerializer)
        for name in ("default", "clock")
    )
    prompt.empty()
    clocked.empty()
    with django_capture_on_commit_callbacks(execute=True):
        wake(Entry("pms.accounts.jobs.clear_sessions", timedelta(days=1), public_too=True))
    assert sorted(job.args[1] for job in clocked.jobs) == ["hotel_a", "hotel_b"]
    assert [job.args[:2] for job in prompt.jobs] == [["pms.accounts.jobs.clear_sessions", "public"]]
    assert {job.args[0] for job in clocked.jobs} == {"pms.accounts.jobs.clear_sessions"}
    prompt.empty()
    clocked.empty()


def test_the_clock_outlives_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    troubles: list[Exception] = [RedisError("away"), OperationalError("away")]
    starts: list[int] = []

    def start(_clock: Clock) -> None:
        starts.append(1)
        if troubles:
            raise troubles.pop()

    monkeypatch.setattr(Clock, "start", start)
    monkeypatch.setattr(cron, "RETRY_SECONDS", 0)
    keep_ticking(clock([]))
    assert len(starts) == 3


def test_a_clock_that_waits_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_clock: Clock) -> None:
        raise RedisError("away")

    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        raise StopRequested

    monkeypatch.setattr(Clock, "start", start)
    monkeypatch.setattr(cron, "sleep", sleep)
    keep_ticking(clock([]))
    assert waits == [cron.RETRY_SECONDS]
