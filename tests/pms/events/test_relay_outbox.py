"""`manage.py relay_outbox` relays every organization's outbox."""

from django.core.management import call_command
from django_tenants.utils import schema_context

from pms.events.management.commands.relay_outbox import relay_everywhere, waiting_schemas
from pms.events.models import OutboxEvent
from pms.events.services import event_publish


def publish(schema):
    with schema_context(schema):
        event_publish(kind="room.painted", subject_type="room", subject_code="101")


def test_only_organizations_with_something_waiting_are_entered(hotel_a, hotel_b):
    publish("hotel_b")
    assert waiting_schemas(schemas=["hotel_a", "hotel_b"]) == ["hotel_b"]
    assert relay_everywhere() == 1
    assert waiting_schemas(schemas=["hotel_a", "hotel_b"]) == []


def test_no_organization_at_all_is_no_error(db):
    assert waiting_schemas(schemas=[]) == []


def test_the_command_says_how_much(hotel_a, hotel_b, capsys):
    publish("hotel_a")
    publish("hotel_b")
    call_command("relay_outbox")
    assert capsys.readouterr().out == "Relayed 2 events.\n"
    for schema in ("hotel_a", "hotel_b"):
        with schema_context(schema):
            assert OutboxEvent.objects.filter(relayed_at=None).count() == 0
