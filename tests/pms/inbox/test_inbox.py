"""What comes for an organization is proved, stored once and handled inside it; nothing is lost, nothing handled twice."""

from datetime import timedelta

import django_rq
import pytest
from django.db.models import F
from django_tenants.utils import schema_context
from rq.serializers import JSONSerializer

from pms.inbox import registry
from pms.inbox.enums import MessageStatus
from pms.inbox.jobs import GRACE, LEASE, MAX_ATTEMPTS, handle, sweep
from pms.inbox.models import InboundMessage
from pms.inbox.registry import Source
from pms.inbox.selectors import messages_here, parked_messages
from pms.inbox.services import endpoint_close, endpoint_open, message_retry
from pms.kernel.jobs import run_in_tenant
from tests.pms.inbox import bell

BELL = "tests.pms.inbox.bell"
TRUE = {"x-bell-signature": "true"}


@pytest.fixture
def endpoint(in_tenant, monkeypatch):
    """The address of the bell of hotel_a."""
    bell.heard.clear()
    bell.trouble.clear()
    monkeypatch.setattr(registry, "_sources", {})
    registry.register("bell", Source(verify=f"{BELL}.verify", handle=f"{BELL}.handle", route=f"{BELL}.route"))
    return endpoint_open(provider="bell", account="front")


def ring(client, endpoint, body="1 ring", headers=TRUE, **extra):
    """Send one message to the bell's address."""
    return client.post(
        f"/hooks/bell/{extra.pop('token', endpoint.token)}/",
        body,
        content_type="text/plain",
        headers=headers,
    )


def queued():
    """Return the messages that wait in the queue."""
    queue = django_rq.get_queue("default", serializer=JSONSerializer)
    return [job.args[2]["message_id"] for job in queue.jobs if job.args[0] == "pms.inbox.jobs.handle"]


def test_it_works(client_for, endpoint, django_capture_on_commit_callbacks):
    django_rq.get_connection("default").flushdb()
    with django_capture_on_commit_callbacks(execute=True):
        answer = ring(client_for(), endpoint)
    assert (answer.status_code, answer.json()) == (200, {"received": True, "new": True})
    (message,) = messages_here()
    assert (message.kind, message.status, queued()) == ("ring", "waiting", [str(message.public_id)])
    assert handle(str(message.public_id)) is True
    assert bell.heard == [("front", b"1 ring")]
    message.refresh_from_db()
    assert (message.status, message.attempts) == (MessageStatus.HANDLED, 1)
    assert handle(str(message.public_id)) is False


def test_address_answers_on_its_own_organizations_host_too(client_for, hotel_a, hotel_b, endpoint):
    assert ring(client_for(None, hotel_a), endpoint).status_code == 200
    assert ring(client_for(None, hotel_b), endpoint, "2 ring").status_code == 404


def test_without_proof_nothing_is_stored(client_for, endpoint, caplog):
    answer = ring(client_for(), endpoint, headers={})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    assert InboundMessage.objects.count() == 0


@pytest.mark.parametrize("path", ["/hooks/bell/unknown/", "/hooks/organ/{}/", "/hooks/bell/connected/"])
def test_unknown_address_is_not_there(client_for, endpoint, path):
    answer = client_for().post(path.format(endpoint.token), "1 ring", content_type="text/plain", headers=TRUE)
    assert answer.status_code == 404


def test_closed_address_is_not_there(client_for, endpoint):
    assert endpoint_close(provider="bell", account="front") == 1
    assert ring(client_for(), endpoint).status_code == 404


def test_address_takes_nothing_but_post(client_for, endpoint):
    assert client_for().get(f"/hooks/bell/{endpoint.token}/").status_code == 405


def test_shared_address_finds_the_account(client_for, endpoint):
    endpoint_open(provider="bell", account="front", external_account="acct_1")
    assert ring(client_for(), endpoint, "1 ring acct_2", token="connected").status_code == 404
    assert ring(client_for(), endpoint, "1 ring acct_1", token="connected").status_code == 200
    assert messages_here().get().endpoint == endpoint


def test_same_message_again_is_one_message(client_for, endpoint):
    answers = [ring(client_for(), endpoint).json()["new"] for _ in range(3)]
    message = messages_here().get()
    assert (answers, message.deliveries, message.conflicts) == ([True, False, False], 3, 0)


def test_same_id_with_another_content_is_an_alarm(client_for, endpoint):
    """T59."""
    ring(client_for(), endpoint)
    assert ring(client_for(), endpoint, "1 ring louder").status_code == 200
    message = messages_here().get()
    assert (bytes(message.body), message.conflicts) == (b"1 ring", 1)


def test_unknown_kind_is_stored_and_ignored(client_for, endpoint):
    ring(client_for(), endpoint, "1 cough")
    message = messages_here().get()
    assert message.status == MessageStatus.IGNORED
    assert handle(str(message.public_id)) is False
    assert bell.heard == []


def test_failure_is_tried_again_and_parked_at_last(client_for, endpoint):
    ring(client_for(), endpoint)
    message = messages_here().get()
    bell.trouble += [ValueError("the rope broke") for _ in range(MAX_ATTEMPTS)]
    for _ in range(MAX_ATTEMPTS):
        assert handle(str(message.public_id)) is False
        assert handle(str(message.public_id)) is False, "not due yet"
        InboundMessage.objects.update(next_attempt_at=F("received_at"))
    message.refresh_from_db()
    assert (message.status, message.error) == (MessageStatus.PARKED, "ValueError: the rope broke")
    assert parked_messages().get() == message
    message_retry(message=message)
    assert handle(str(message.public_id)) is True


def test_sweep_finds_what_the_queue_forgot(client_for, endpoint, django_capture_on_commit_callbacks):
    ring(client_for(), endpoint)
    django_rq.get_connection("default").flushdb()
    assert sweep() == 0, "the sweep gives the queue a moment"
    InboundMessage.objects.update(next_attempt_at=F("next_attempt_at") - GRACE - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep() == 1
    assert queued() == [str(messages_here().get().public_id)]


def test_worker_that_was_killed_leaves_a_lease_behind(client_for, endpoint):
    ring(client_for(), endpoint)
    message = messages_here().get()
    bell.trouble.append(SystemExit())
    with pytest.raises(SystemExit):
        handle(str(message.public_id))
    assert handle(str(message.public_id)) is False, "the lease is not over"
    InboundMessage.objects.update(next_attempt_at=F("next_attempt_at") - LEASE)
    assert handle(str(message.public_id)) is True


def test_job_of_another_organization_does_not_see_it(client_for, endpoint):
    ring(client_for(), endpoint)
    message = messages_here().get()
    assert run_in_tenant("pms.inbox.jobs.handle", "hotel_b", {"message_id": str(message.public_id)}) is False
    with schema_context("hotel_b"):
        assert messages_here().count() == 0


# --- providers that wait for what became of it ------------------------------------------------------


@pytest.fixture
def answering(endpoint):
    registry.register("bell", Source(verify=f"{BELL}.verify", handle=f"{BELL}.handle", answer=f"{BELL}.answer"))
    return endpoint


def test_who_waits_is_answered_once_it_is_handled(client_for, answering, django_capture_on_commit_callbacks):
    """Nothing is put into the queue for it; sent again it is answered and not handled again."""
    django_rq.get_connection("default").flushdb()
    with django_capture_on_commit_callbacks(execute=True):
        first, again = ring(client_for(), answering), ring(client_for(), answering)
    assert [(each.status_code, each.content) for each in (first, again)] == [(200, b"heard 1")] * 2
    (message,) = messages_here()
    assert (message.status, message.deliveries, queued()) == (MessageStatus.HANDLED, 2, [])


def test_what_fails_while_somebody_waits_is_stored_and_swept_up(client_for, answering):
    bell.trouble.append(RuntimeError("not now"))
    assert ring(client_for(), answering).status_code == 500
    message = messages_here().get()
    assert (message.status, message.attempts) == (MessageStatus.WAITING, 1)
    InboundMessage.objects.update(next_attempt_at=F("received_at") - GRACE)
    assert sweep() == 1
    assert handle(str(message.public_id)) is True


def test_without_an_answer_of_its_own_everybody_gets_the_same(client_for, answering):
    assert ring(client_for(), answering, "3 cough").json() == {"received": True, "new": True}


def test_only_what_may_be_kept_is_stored(client_for, endpoint):
    ring(client_for(), endpoint, "4 ring secret")
    assert bytes(messages_here().get().body) == b"4 ring ***"
