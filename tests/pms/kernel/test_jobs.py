"""Jobs enter their organization first, and the queue is never more than a wake-up."""

import django_rq
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from pms.kernel import jobs
from pms.kernel.jobs import (
    enqueue_for_every_tenant,
    enqueue_in_tenant,
    live_schemas,
    run_in_tenant,
    wake_in_tenant,
    woken,
)
from pms.kernel.tenancy import current_schema, is_public

SEEN: list[tuple[str, str]] = []
HERE = f"{__name__}.look"


def look(word: str = "") -> str:
    """Remember where it ran."""
    SEEN.append((current_schema(), word))
    return current_schema()


@pytest.fixture(autouse=True)
def empty():
    SEEN.clear()
    django_rq.get_connection("default").flushdb()


@pytest.fixture
def queue():
    return django_rq.get_queue("default")


def test_a_job_runs_in_its_schema_and_comes_back(hotel_a):
    assert run_in_tenant(HERE, "hotel_a", {"word": "hello"}) == "hotel_a"
    assert SEEN == [("hotel_a", "hello")]
    assert is_public()


def test_a_job_may_run_on_the_public_schema(db):
    assert run_in_tenant(HERE, "public", {}) == "public"


def test_a_job_of_an_organization_that_is_gone_does_nothing(db):
    assert run_in_tenant(HERE, "gone", {}) is None
    assert SEEN == []


def test_a_job_that_fails_comes_back_as_well(hotel_a):
    with pytest.raises(TypeError):
        run_in_tenant(HERE, "hotel_a", {"unknown": 1})
    assert is_public()


def test_it_is_enqueued_on_commit_as_json(in_tenant, queue, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        enqueue_in_tenant(HERE, word="hello")
        assert queue.count == 0
    (job,) = queue.jobs
    assert job.args == [HERE, "hotel_a", {"word": "hello"}]
    assert job.func_name == "pms.kernel.jobs.run_in_tenant"


def test_what_is_rolled_back_is_not_enqueued(in_tenant, queue, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        enqueue_in_tenant(HERE)
        transaction.set_rollback(True)
    assert queue.count == 0


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_is_away_hurts_nobody(monkeypatch, caplog):
    monkeypatch.setattr(settings, "REDIS_URL", "unix:///nowhere/redis.sock")
    connection.set_schema("hotel_a")
    with transaction.atomic():
        enqueue_in_tenant(HERE)
        wake_in_tenant(HERE)
    woken(HERE)
    connection.set_schema_to_public()


def test_waking_is_coalesced_until_somebody_woke(in_tenant, queue, django_capture_on_commit_callbacks):
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            wake_in_tenant(HERE)
            wake_in_tenant(HERE)
    assert queue.count == 1
    woken(HERE)
    transaction.on_commit(lambda: None)  # the test's own transaction goes on: what came before is over
    with django_capture_on_commit_callbacks(execute=True):
        wake_in_tenant(HERE)
    assert queue.count == 2


def test_organizations_are_woken_apart(hotel_a, hotel_b, queue, django_capture_on_commit_callbacks):
    for organization in (hotel_a, hotel_b):
        with django_capture_on_commit_callbacks(execute=True):
            connection.set_tenant(organization)
            wake_in_tenant(HERE)
    connection.set_schema_to_public()
    assert [job.args[1] for job in queue.jobs] == ["hotel_a", "hotel_b"]


def test_suspended_organizations_are_left_in_peace(hotel_a, hotel_b, queue, django_capture_on_commit_callbacks):
    hotel_b.suspended_at = timezone.now()
    hotel_b.save(update_fields=["suspended_at"])
    assert live_schemas() == ["hotel_a"]
    with django_capture_on_commit_callbacks(execute=True):
        enqueue_for_every_tenant(HERE)
    clocked = django_rq.get_queue("clock", connection=queue.connection)
    assert [job.args[1] for job in clocked.jobs] == ["hotel_a"]
    assert queue.count == 0, "what the clock wakes stands before nobody"


def test_the_worker_speaks_json_alone():
    from config.rq import Worker

    worker = Worker(["default"], connection=django_rq.get_connection("default"))
    assert worker.serializer is jobs.JSONSerializer
    assert settings.RQ["WORKER_CLASS"] == "config.rq.Worker"
