"""A deploy touches only what is behind."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pms.kernel.actors import Actor
from pms.tenants.migrating import stale_schemas
from pms.tenants.services import organization_create


def forget(schema, app):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = %s", [app])


def test_nothing_is_stale_at_first(hotel_a, hotel_b):
    assert stale_schemas(schemas=["public", "hotel_a", "hotel_b"]) == []


def test_one_lacking_migration_makes_a_schema_stale(hotel_a, hotel_b):
    forget("hotel_b", "rates")
    assert stale_schemas(schemas=["public", "hotel_a", "hotel_b"]) == ["hotel_b"]


def test_an_additional_migration_does_not(hotel_a):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO hotel_a.django_migrations (app, name, applied) VALUES ('gone', '0001', now())")
    assert stale_schemas(schemas=["hotel_a"]) == []


def test_a_schema_without_migrations_is_stale(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA grand_hotel")
    assert stale_schemas(schemas=["grand_hotel"]) == ["grand_hotel"]


def test_a_missing_schema_is_not_taken_for_migrated(db):
    with pytest.raises(RuntimeError, match="no schema called nowhere"):
        stale_schemas(schemas=["nowhere"])


def test_the_questions_are_as_many_for_many(hotel_a, hotel_b):
    counts = []
    for schemas in (["hotel_a"], ["public", "hotel_a", "hotel_b"]):
        with CaptureQueriesContext(connection) as asked:
            stale_schemas(schemas=schemas)
        counts.append(len([query for query in asked if not query["sql"].startswith("SET search_path")]))
    assert counts == [2, 2]


@pytest.mark.django_db(transaction=True)
def test_the_command_migrates_the_stale_alone(capsys):
    organization_create(slug="grand-hotel", name="Grand Hotel", actor=Actor.system("tests"))
    forget("grand_hotel", "housekeeping")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE grand_hotel.housekeeping_unitcondition CASCADE")
    call_command("migrate_schemas", verbosity=1, stdout=StringIO())
    said = capsys.readouterr().out
    assert "standard:grand_hotel" in said
    assert "hotel_a" not in said
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('grand_hotel.housekeeping_unitcondition') IS NOT NULL")
        assert cursor.fetchone() == (True,)
    assert stale_schemas(schemas=["public", "hotel_a", "grand_hotel"]) == []
    call_command("migrate_schemas", verbosity=1)
    assert "Nothing to migrate" in capsys.readouterr().out
