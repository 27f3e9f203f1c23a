from datetime import date

import pytest
from django.db import DataError, connection

from bookings.rates.models import DailyPrice, PriceRule
from pms.kernel.prepared import Prepared, together
from pms.kernel.tenancy import inside
from tests.conftest import TODAY


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
