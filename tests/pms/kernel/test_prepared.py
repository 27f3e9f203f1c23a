from datetime import date, timedelta

import pytest
from django.db import DataError, connection
from psycopg.types.range import Range

from bookings.availability.models import InventoryDay, Occupancy
from bookings.rates.models import DailyPrice, PriceRule
from bookings.reservations.models import Reservation
from pms.audit.models import AuditEvent
from pms.kernel.dates import night_range
from pms.kernel.prepared import Prepared, PreparedRows, insert, insert_all, insert_if_new, together
from pms.kernel.tenancy import inside
from tests.conftest import TODAY
from tests.house import book


def test_a_query_is_compiled_once_and_asked_with_any_values(property_a, property_other, django_assert_num_queries):
    for house, price in ((property_a, 1), (property_other, 2)):
        DailyPrice.objects.create(rate_plan=house.rate_plan, room_type=house.double, date=TODAY, price_minor=price)
    built = []

    def build(plan, day):
        built.append(1)
        return DailyPrice.objects.filter(rate_plan_id=plan, date=day).values_list("price_minor", "all_in")

    prepared = Prepared(build, plan=int, day=date)
    with django_assert_num_queries(3):
        assert prepared.rows(plan=property_a.rate_plan.pk, day=TODAY) == [(1, False)]
        assert prepared.rows(plan=property_other.rate_plan.pk, day=TODAY) == [(2, False)]
        assert prepared.rows(plan=property_other.rate_plan.pk, day=date(2020, 1, 1)) == []
    assert built == [1]


def test_words_are_parameters_and_constants_stay(property_a):
    PriceRule.objects.create(property=property_a.property, kind="single", amount_minor=-5)
    prepared = Prepared(
        lambda kind: PriceRule.objects.filter(kind=kind, first=0, amount_minor__lt=0).values_list("amount_minor"),
        kind=str,
    )
    assert prepared.rows(kind="single") == [(-5,)]
    assert prepared.rows(kind="child") == []


def test_a_parameter_without_a_place_is_a_mistake(in_tenant):
    prepared = Prepared(
        lambda **given: DailyPrice.objects.filter(date=given["day"]).values_list("pk"), plan=int, day=date
    )
    with pytest.raises(ValueError, match="no place for plan"):
        prepared.rows(plan=1, day=TODAY)


def test_questions_asked_together_are_answered_each_with_its_own(property_a, property_other):
    for house, price in ((property_a, 1), (property_other, 2)):
        DailyPrice.objects.create(rate_plan=house.rate_plan, room_type=house.double, date=TODAY, price_minor=price)
    prepared = Prepared(lambda plan: DailyPrice.objects.filter(rate_plan_id=plan).values_list("price_minor"), plan=int)
    with together():
        first, second = (prepared.ask(plan=house.rate_plan.pk) for house in (property_a, property_other))
        assert (second(), first()) == ([(2,)], [(1,)])


@pytest.mark.django_db(transaction=True)
def test_a_question_that_fails_leaves_the_organization_s_tables_where_they_are(hotel_a):
    """A failure takes back what was said in the same breath: the schema must have been said before."""
    prepared = Prepared(lambda plan: DailyPrice.objects.filter(rate_plan_id=plan).values_list("price_minor"), plan=int)
    with inside(hotel_a.schema_name):
        connection.set_schema(hotel_a.schema_name)  # said with the next question alone
        with pytest.raises(DataError), together():
            prepared.ask(plan="none")()
        with connection.cursor() as cursor:
            cursor.execute("SHOW search_path")
            assert hotel_a.schema_name in cursor.fetchone()[0]


def test_days_and_ranges_are_parameters_too(property_a):
    for offset in range(3):
        DailyPrice.objects.create(
            rate_plan=property_a.rate_plan,
            room_type=property_a.double,
            date=TODAY + timedelta(offset),
            price_minor=offset,
        )
    prices = Prepared(lambda days: DailyPrice.objects.filter(date__in=days).values_list("price_minor"), days=list[date])
    assert sorted(prices.rows(days=[TODAY, TODAY + timedelta(2)])) == [(0,), (2,)]
    assert prices.rows(days=[]) == []
    book(property_a, 2, 4)
    taken = Prepared(
        lambda nights: Occupancy.objects.filter(nights__overlap=nights).values_list("active"), nights=Range
    )
    first = TODAY + timedelta(3)
    assert taken.rows(nights=night_range(first, first + timedelta(1))) == [(True,)]
    assert taken.rows(nights=night_range(first + timedelta(1), first + timedelta(2))) == []


def test_whole_rows_come_as_the_orm_reads_them(property_a):
    stay = book(property_a, 2, 4)
    rows = PreparedRows(Reservation, lambda code: Reservation.objects.filter(code=code), code=str)
    found = rows.first(code=stay.code)
    names = [field.attname for field in Reservation._meta.concrete_fields]
    assert found is not None
    assert [getattr(found, name) for name in names] == [getattr(stay, name) for name in names]
    found.notes = "Changed"
    found.save(update_fields=["notes"])
    assert [row.notes for row in rows.all(code=stay.code)] == ["Changed"]
    assert rows.first(code="none") is None


def test_a_row_is_inserted_as_the_orm_saves_it(in_tenant):
    """Whatever is left out, empty or JSON, and with what PostgreSQL computes."""
    for changes, user in (({}, None), ({"name": [None, "Greta"]}, 7)):
        facts = {"action": "test", "subject_type": "guest", "actor_kind": "system", "actor_user_id": user}
        mine = insert(AuditEvent(**facts, changes=changes))
        theirs = AuditEvent.objects.create(**facts, changes=changes)
        left = [field.attname for field in AuditEvent._meta.concrete_fields if field.attname not in {"id", "at"}]
        rows = AuditEvent.objects.filter(pk__in=[mine.pk, theirs.pk]).values_list(*left)
        assert rows[0] == rows[1]
        assert not mine._state.adding


def test_an_inserted_row_has_what_postgresql_computes(property_a):
    day = InventoryDay(room_type=property_a.double, date=date(2020, 1, 1), capacity=3, sold=1)
    assert insert(day).free == 2


def test_many_rows_are_inserted_in_one_query(property_a, django_assert_num_queries):
    rows = [InventoryDay(room_type=property_a.double, date=date(2020, 1, day), capacity=day) for day in (1, 2, 3)]
    with django_assert_num_queries(1):
        assert [day.free for day in insert_all(rows)] == [1, 2, 3]
    assert {row.pk: row.capacity for row in rows} == dict(
        InventoryDay.objects.filter(date__year=2020).values_list("pk", "capacity")
    )
    with django_assert_num_queries(0):
        assert insert_all([]) == []


def test_a_row_that_is_there_already_is_not_inserted(property_a):
    first, second = (InventoryDay(room_type=property_a.double, date=date(2020, 1, 1), capacity=1) for _ in range(2))
    assert (insert_if_new(first), insert_if_new(second)) == (True, False)
    assert second.pk is None
