"""The audit is append-only, and says who, what, and what it was before."""

from datetime import date
from decimal import Decimal

import pytest
import structlog
from django.db import DatabaseError, connection, transaction

from pms.audit.models import AuditEvent
from pms.audit.selectors import audit_log, audit_of
from pms.audit.services import audit_record


@pytest.fixture
def row(in_tenant, actor):
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        return audit_record(
            action="room.paint",
            subject_type="room",
            subject_code="101",
            property_code="GRAND",
            actor=actor,
            reason="Spring",
            changes={"on": [None, date(2026, 4, 1)], "cost": [Decimal(0), Decimal("12.50")]},
        )


def test_it_keeps_who_and_what(row, felix):
    kept = AuditEvent.objects.get(pk=row.pk)
    assert (kept.actor_kind, kept.actor_label, kept.actor_user_id) == ("user", "Felix", felix.pk)
    assert (kept.request_id, kept.reason) == ("r-1", "Spring")
    assert kept.changes == {"on": [None, "2026-04-01"], "cost": ["0", "12.50"]}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_auditevent SET reason = 'x'", "DELETE FROM audit_auditevent", "TRUNCATE audit_auditevent"],
)
def test_the_database_refuses_to_change_it(row, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_model_refuses_as_well(row):
    row.reason = "Autumn"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.save()


def test_a_subject_shows_its_own_newest_first(row, actor):
    later = audit_record(action="room.air", subject_type="room", subject_code="101", actor=actor)
    audit_record(action="room.paint", subject_type="room", subject_code="102", actor=actor)
    assert [each.pk for each in audit_of(subject_type="room", subject_code="101")] == [later.pk, row.pk]


def test_the_log_keeps_to_the_properties(row, actor):
    audit_record(action="role.save", subject_type="role", subject_code="x", actor=actor)
    assert [each.pk for each in audit_log(property_codes=frozenset({"GRAND"}))] == [row.pk]
    assert audit_log(property_codes=frozenset({"OTHER"})).count() == 0
    assert audit_log(property_codes=None).count() == AuditEvent.objects.count()


def test_long_names_are_cut_rather_than_refused(in_tenant, actor):
    from dataclasses import replace

    kept = audit_record(
        action="x", subject_type="room", subject_code="1", actor=replace(actor, label="x" * 300, user_agent="y" * 999)
    )
    assert (len(kept.actor_label), len(kept.user_agent)) == (160, 256)
