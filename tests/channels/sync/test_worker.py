"""The channel worker finds who is due in every organization, and gives each its turn once."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from channels.sync.due import pulls_due, schemas_due, sends_due, standings_make
from channels.sync.models import Mark, Standing
from channels.sync.worker import Worker
from tests.channels.house import make_connection


def test_a_connection_is_due_when_something_is_marked_and_its_pause_is_over(property_a):
    row = make_connection(property_a)
    standings_make()
    now = timezone.now()
    assert (sends_due(now=now), pulls_due(now=now)) == ([], [row.pk])
    Mark.objects.create(connection=row, asked_at=now)
    assert sends_due(now=now) == [row.pk]
    Standing.objects.update(send_at=now + timedelta(minutes=1))
    assert sends_due(now=now) == []
    Standing.objects.update(send_at=now, locked_out_at=now)
    assert (sends_due(now=now), pulls_due(now=now)) == ([], [])


def test_one_question_finds_the_organizations_that_are_due(property_a):
    assert schemas_due(schemas=["hotel_a", "hotel_b"]) == []
    make_connection(property_a)
    assert schemas_due(schemas=["hotel_a", "hotel_b"]) == ["hotel_a"]
    assert connection.schema_name == "hotel_a"


@pytest.mark.django_db(transaction=True)
def test_the_worker_gives_a_connection_its_turn_and_survives_what_fails(property_a, settings, monkeypatch):
    from channels.sync import worker

    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": "http://127.0.0.1:9/api/v1"}
    make_connection(property_a)
    turns = []

    def fails(connection_id, *, hands):
        turns.append((connection.schema_name, connection_id))
        raise MemoryError

    monkeypatch.setattr(worker, "pull", fails)
    house = Worker(threads=2)
    until = time.monotonic() + 10
    while not turns and time.monotonic() < until:
        house.look()
        time.sleep(0.05)
    house.look()
    assert turns[0][0] == "hotel_a"
