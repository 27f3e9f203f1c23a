"""From the outbox to the subscribers: once each, in order, again after a failure, at last parked."""

from datetime import timedelta

import django_rq
import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from rq.serializers import JSONSerializer

from pms.events import jobs
from pms.events.jobs import deliver, relay, sweep
from pms.events.models import EventDelivery, OutboxEvent
from pms.events.selectors import backlog, parked_deliveries
from pms.events.services import delivery_retry, event_publish, events_pass_over
from pms.events.subscriptions import subscribe, subscribers_of, unsubscribe
from pms.kernel import jobs as kernel_jobs

HEARD: list[str] = []
REFUSED: set[str] = set()


def hear(event_id: str) -> None:
    """Remember the event's subject; refuse those in REFUSED."""
    code = OutboxEvent.objects.get(public_id=event_id).payload["number"]
    if code in REFUSED:
        raise ValueError(f"not {code}")
    HEARD.append(code)


@pytest.fixture(autouse=True)
def subscriber(in_tenant):
    HEARD.clear()
    REFUSED.clear()
    django_rq.get_queue("default", serializer=JSONSerializer).empty()
    subscribe("room.*", "listener", f"{__name__}.hear")
    yield
    unsubscribe("listener")


def publish(number, code="101", kind="room.painted"):
    return event_publish(kind=kind, subject_type="room", subject_code=code, payload={"number": number})


def deliveries():
    return list(EventDelivery.objects.order_by("event_id").values_list("pk", flat=True))


def test_it_works():
    publish("one")
    assert relay() == 1
    (delivery,) = deliveries()
    assert deliver(delivery) is True
    assert HEARD == ["one"]
    assert backlog() == type(backlog())(waiting=0, on_their_way=0, parked=0)


def test_it_is_delivered_once():
    publish("one")
    relay()
    (delivery,) = deliveries()
    deliver(delivery)
    assert deliver(delivery) is False
    assert HEARD == ["one"]


def test_relaying_again_finds_nothing():
    publish("one")
    assert relay() == 1
    assert relay() == 0
    assert len(deliveries()) == 1


def test_every_subscriber_gets_a_delivery_of_its_own():
    subscribe("*", "everything", f"{__name__}.hear")
    publish("one")
    publish("two", kind="guest.arrived")
    relay()
    unsubscribe("everything")
    found = EventDelivery.objects.values_list("event__kind", "subscriber").order_by("event_id", "subscriber")
    assert list(found) == [
        ("room.painted", "everything"),
        ("room.painted", "listener"),
        ("guest.arrived", "everything"),
    ]


def test_patterns_match_whole_kinds():
    assert [each.name for each in subscribers_of("room.painted")] == ["listener"]
    assert subscribers_of("bathroom.painted") == []
    assert subscribers_of("room") == []


def test_a_failure_is_kept_and_tried_again_later():
    REFUSED.add("one")
    publish("one")
    relay()
    (delivery,) = deliveries()
    assert deliver(delivery) is False
    row = EventDelivery.objects.get(pk=delivery)
    assert (row.attempts, row.last_error, row.delivered_at) == (1, "ValueError: not one", None)
    assert timezone.now() < row.next_attempt_at < timezone.now() + timedelta(seconds=10)
    assert deliver(delivery) is False, "it is not due yet"
    REFUSED.clear()
    with time_machine.travel(row.next_attempt_at + timedelta(seconds=1), tick=False):
        assert deliver(delivery) is True
    row.refresh_from_db()
    assert (row.attempts, row.last_error) == (2, "")


def test_it_is_parked_after_so_many_attempts():
    REFUSED.add("one")
    publish("one")
    relay()
    (delivery,) = deliveries()
    EventDelivery.objects.filter(pk=delivery).update(attempts=jobs.MAX_ATTEMPTS - 1)
    deliver(delivery)
    assert [row.pk for row in parked_deliveries()] == [delivery]
    assert sweep() == 0


def test_a_parked_delivery_is_taken_up_again():
    REFUSED.add("one")
    publish("one")
    relay()
    (delivery,) = deliveries()
    EventDelivery.objects.filter(pk=delivery).update(attempts=jobs.MAX_ATTEMPTS - 1)
    deliver(delivery)
    REFUSED.clear()
    row = delivery_retry(delivery=EventDelivery.objects.get(pk=delivery))
    assert (row.attempts, row.parked_at) == (0, None)
    assert deliver(delivery) is True
    done = EventDelivery.objects.get(pk=delivery)
    assert delivery_retry(delivery=done).delivered_at == done.delivered_at


def test_a_subscriber_that_left_is_parked_at_once():
    publish("one")
    relay()
    unsubscribe("listener")
    (delivery,) = deliveries()
    assert deliver(delivery) is False
    assert "listener" in parked_deliveries().get().last_error


def test_events_of_one_subject_arrive_in_order():
    publish("one")
    publish("two")
    publish("other", code="102")
    relay()
    one, two, other = deliveries()
    assert deliver(two) is False
    assert deliver(other) is True
    assert deliver(one) is True
    assert deliver(two) is True
    assert HEARD == ["other", "one", "two"]


def test_a_failing_event_holds_back_those_behind_it_until_it_is_parked():
    REFUSED.add("one")
    publish("one")
    publish("two")
    relay()
    one, two = deliveries()
    deliver(one)
    assert deliver(two) is False
    EventDelivery.objects.filter(pk=one).update(attempts=jobs.MAX_ATTEMPTS - 1, next_attempt_at=timezone.now())
    deliver(one)
    assert deliver(two) is True
    assert HEARD == ["two"]


def test_an_earlier_event_that_no_relay_has_taken_holds_back_as_well():
    one = publish("one")
    publish("two")
    relay()
    with connection.cursor() as cursor:  # as if another relay held it
        cursor.execute("ALTER TABLE events_outboxevent DISABLE TRIGGER tr_outboxevent_is_fact")
        cursor.execute("UPDATE events_outboxevent SET relayed_at = NULL WHERE id = %s", [one.pk])
        cursor.execute("DELETE FROM events_eventdelivery WHERE event_id = %s", [one.pk])
    (two,) = deliveries()
    assert deliver(two) is False
    relay()
    first, second = deliveries()
    assert (deliver(first), deliver(second)) == (True, True)
    assert HEARD == ["one", "two"]


def test_one_under_way_elsewhere_is_left_alone():
    publish("one")
    relay()
    (delivery,) = deliveries()
    EventDelivery.objects.filter(pk=delivery).update(attempts=1, next_attempt_at=timezone.now() + jobs.LEASE)
    assert deliver(delivery) is False
    with time_machine.travel(timezone.now() + jobs.LEASE + timedelta(seconds=1)):
        assert deliver(delivery) is True


def test_sweeping_enqueues_what_did_not_come(django_capture_on_commit_callbacks):
    publish("one")
    relay()
    queue = django_rq.get_queue("default", serializer=JSONSerializer)
    assert sweep() == 0, "the queue has it still"
    with (
        time_machine.travel(timezone.now() + jobs.GRACE + timedelta(seconds=1)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert sweep() == 1
    (job,) = queue.jobs
    assert job.args[:2] == ["pms.events.jobs.deliver", "hotel_a"]


def test_sweeping_leaves_a_long_queue_alone(monkeypatch, django_capture_on_commit_callbacks):
    """Whatever is due waits in it: a minute's sweep after the other would only lengthen it."""
    publish("one")
    relay()
    monkeypatch.setattr(kernel_jobs, "CROWDED", 0)
    with django_capture_on_commit_callbacks(execute=True):
        kernel_jobs.enqueue_in_tenant("pms.events.jobs.relay")
    with time_machine.travel(timezone.now() + jobs.GRACE + timedelta(seconds=1)):
        assert sweep() == 0


def test_what_is_passed_over_reaches_nobody():
    publish("one")
    assert events_pass_over() == 1
    assert (relay(), deliveries()) == (0, [])


def test_publishing_wakes_the_relay_once_per_transaction(django_capture_on_commit_callbacks):
    queue = django_rq.get_queue("default", serializer=JSONSerializer)
    with django_capture_on_commit_callbacks(execute=True):
        publish("one")
        publish("two")
    assert [job.args[0] for job in queue.jobs] == ["pms.events.jobs.relay"]
    with django_capture_on_commit_callbacks(execute=True):
        publish("three")
    assert queue.count == 1, "the one that waits will see it"
    relay()
    with django_capture_on_commit_callbacks(execute=True):
        publish("four")
    assert queue.count == 2


def test_what_is_rolled_back_was_never_said():
    with transaction.atomic():
        publish("one")
        transaction.set_rollback(True)
    assert relay() == 0
