"""The mail provider's reports, through the shared inbox."""

import hmac
import json
from hashlib import sha256
from typing import Any

import pytest

from guests.messaging.enums import MessageStatus
from guests.messaging.models import BouncingAddress, Message
from guests.messaging.selectors import bounce_url
from pms.inbox.jobs import handle
from pms.inbox.models import InboundMessage
from tests.guests.messaging.test_listening import booked
from tests.house import House

SECRET = "shared with the provider"


@pytest.fixture
def report(house: House, hear_all: Any, settings: Any, client_for: Any) -> Any:
    """Return report(**facts): what the provider sends about the confirmation of a booking."""
    settings.MAIL_WEBHOOK_SECRET = SECRET
    booked(house, source="phone")
    (message,) = hear_all()
    Message.objects.filter(pk=message.pk).update(provider_id="pm-1", status="sent", sent_at="2026-11-20T12:00:00Z")
    address = "/" + bounce_url().split("/", 3)[3]

    def send(secret: str = SECRET, **facts: Any) -> Any:
        known = {"event_id": "e1", "event_type": "bounced", "message_id": "pm-1", "recipient": "greta@example.test"}
        body = json.dumps(known | {"description": "550 no such user"} | facts).encode()
        signature = hmac.new(secret.encode(), body, sha256).hexdigest()
        headers = {"x-mail-signature": signature}
        return client_for().post(address, body, content_type="application/json", headers=headers)

    return send


def handled() -> None:
    for row in InboundMessage.objects.filter(status="waiting"):
        assert handle(message_id=str(row.public_id))


def test_bounce_marks_the_message(report: Any) -> None:
    assert report().status_code == report().status_code == 200
    handled()
    message = Message.objects.get()
    assert (message.status, message.error) == (MessageStatus.BOUNCED, "550 no such user")
    assert BouncingAddress.objects.get().email == "greta@example.test"


def test_our_own_id_in_the_metadata_will_do(report: Any) -> None:
    report(message_id="", metadata={"public_id": str(Message.objects.get().public_id)})
    handled()
    assert Message.objects.get().status == MessageStatus.BOUNCED


@pytest.mark.parametrize("kind", ["delivered", "deferred", "opened"])
def test_what_is_no_bounce_changes_nothing(report: Any, kind: str) -> None:
    assert report(event_type=kind).status_code == 200
    assert InboundMessage.objects.get().status == "ignored"
    assert Message.objects.get().status == MessageStatus.SENT


def test_unproved_report_is_refused(report: Any, settings: Any) -> None:
    assert report(secret="guessed").status_code == 400
    settings.MAIL_WEBHOOK_SECRET = ""
    assert report(secret="").status_code == 400
    assert InboundMessage.objects.count() == 0


def test_report_that_names_nobody_is_refused(report: Any) -> None:
    assert report(recipient="").status_code == 400
