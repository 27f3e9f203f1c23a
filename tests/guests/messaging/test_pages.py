"""The back office's pages of messages, and the desk's."""

from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from bookings.reservations.models import Booking
from guests.messaging.jobs import send
from guests.messaging.models import Message, MessageTemplate, Question
from guests.messaging.services import question_ask
from pms.accounts.models import User
from tests.guests.messaging.test_listening import GRETA, booked
from tests.house import House

TEMPLATES = "/hotel-admin/messaging/messagetemplate/"


@pytest.fixture
def asked(house: House, hear_all: Any) -> Question:
    booking = booked(house, source="phone")
    question = question_ask(booking=booking, text="Is there a <lift>?", actor=GRETA)
    hear_all()
    return question


def test_template_is_saved_and_a_bad_one_refused_at_its_field(
    client_for: Any, mia: User, house: House, hotel_a: Any
) -> None:
    client = client_for(mia, hotel_a)
    form = {"kind": "confirmation", "language": "lt", "subject": "Labas", "body": "{{nobody}}", "is_active": "on"}
    refused = client.post(f"{TEMPLATES}add/", form)
    assert "There is no variable {{nobody}} in this mail." in refused.content.decode()
    assert MessageTemplate.objects.count() == 0
    assert client.post(f"{TEMPLATES}add/", form | {"body": "{{guest}}"}).status_code == 302
    row = MessageTemplate.objects.get()
    page = client.get(f"{TEMPLATES}{row.pk}/change/").content.decode()
    assert "{{manage_url}}" in page
    assert f"{TEMPLATES}preview/confirmation/lt/" in page
    assert "Greta Lindqvist" in client.get(f"{TEMPLATES}preview/confirmation/lt/").content.decode()


def test_built_in_text_is_where_one_begins(client_for: Any, mia: User, house: House, hotel_a: Any) -> None:
    page = client_for(mia, hotel_a).get(f"{TEMPLATES}add/?kind=thanks&language=de").content.decode()
    assert "vielen Dank, dass Sie unser Gast waren" in page


def test_test_goes_to_whoever_asks(client_for: Any, mia: User, house: House, hotel_a: Any) -> None:
    row = MessageTemplate.objects.create(kind="thanks", language="de", subject="Danke {{guest}}", body="{{stay}}")
    client_for(mia, hotel_a).post(TEMPLATES, {"action": "test", "_selected_action": [row.pk]})
    send(message_id=str(Message.objects.get().public_id))
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["mia@hotel-a.test"], "[Probe] Danke Greta Lindqvist")


@pytest.mark.parametrize("path", ["preview/confirmation/xx/", "preview/nothing/en/"])
def test_preview_of_nothing_is_not_there(client_for: Any, mia: User, house: House, hotel_a: Any, path: str) -> None:
    assert client_for(mia, hotel_a).get(TEMPLATES + path).status_code == 404


def test_preview_is_refused_to_who_may_not_write(client_for: Any, felix: User, house: House, hotel_a: Any) -> None:
    assert client_for(felix, hotel_a).get(f"{TEMPLATES}preview/confirmation/en/").status_code == 403


def test_parked_messages_are_replayed_by_whoever_knows_the_guests(
    client_for: Any, felix: User, asked: Question, hotel_a: Any
) -> None:
    Message.objects.update(status="parked", attempts=4)
    ticked = list(Message.objects.values_list("pk", flat=True))
    url = "/hotel-admin/messaging/message/"
    client_for(felix, hotel_a).post(url, {"action": "replay", "_selected_action": ticked})
    assert set(Message.objects.values_list("status", "attempts")) == {("queued", 0)}


def test_booking_shows_questions_and_messages(client_for: Any, felix: User, asked: Question, hotel_a: Any) -> None:
    client = client_for(felix, hotel_a)
    page = client.get(reverse("desk:booking", args=[asked.booking.code])).content.decode()
    assert "Is there a &lt;lift&gt;?" in page
    assert "is confirmed" in page
    assert client.post(reverse("desk:question-answered", args=[asked.code])).status_code == 303
    asked.refresh_from_db()
    assert asked.answered_by == "Felix"


def queries(client: Any, url: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_questions_cost_the_same_at_one_and_three(client_for: Any, felix: User, asked: Question, hotel_a: Any) -> None:
    client, url = client_for(felix, hotel_a), reverse("desk:questions")
    one = queries(client, url)
    for text in ("Two?", "Three?"):
        question_ask(booking=asked.booking, text=text, actor=GRETA)
    assert queries(client, url) == one
    assert "Three?" in client.get(url).content.decode()


def test_who_may_not_change_bookings_answers_nothing(
    client_for: Any, hana: User, asked: Question, hotel_a: Any
) -> None:
    assert client_for(hana, hotel_a).post(reverse("desk:question-answered", args=[asked.code])).status_code == 403


def test_other_organization_sees_no_question(client_for: Any, otto: User, asked: Question, hotel_b: Any) -> None:
    from django_tenants.utils import schema_context

    client = client_for(otto, hotel_b)
    url = reverse("desk:question-answered", args=[asked.code])
    with schema_context("hotel_b"):
        assert client.post(url).status_code in {403, 404}
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_question_rules(house: House) -> None:
    from guests.messaging.services.asking import MOST_OPEN
    from tests.house import refused

    booking: Booking = booked(house, source="phone")
    with refused("text_missing"):
        question_ask(booking=booking, text="  ", actor=GRETA)
    with refused("text_too_long"):
        question_ask(booking=booking, text="x" * 4001, actor=GRETA)
    for number in range(MOST_OPEN):
        question_ask(booking=booking, text=f"Question {number}", actor=GRETA)
    with refused("too_many_questions"):
        question_ask(booking=booking, text="One more", actor=GRETA)
