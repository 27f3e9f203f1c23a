"""Exported files: what they say, that they run nothing, and that reading them again changes nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.rates.enums import Limit
from bookings.rates.exporting import Wanted, export_rows
from bookings.rates.models import RatePlan
from bookings.rates.reading import COLUMNS, table_read
from bookings.rates.services import Cell, rates_change
from bookings.rates.services.checking import table_check
from bookings.rates.writing import csv_pieces, xlsx_pieces
from pms.properties.models import RoomType
from tests.bookings.rates.files import read_back
from tests.conftest import TODAY
from tests.house import TESTER, House

DAY = TODAY + timedelta(days=10)
FIELDS = ("price", *(limit.value for limit in Limit))
CRLF = "\r\n"
WRITERS = [csv_pieces, xlsx_pieces]


def wanted(house: House, **options: Any) -> Wanted:
    given: dict[str, Any] = {"first": TODAY, "last": TODAY + timedelta(days=60), "fields": FIELDS} | options
    return Wanted(place=house.property, **given)


def written(write: Any, choice: Wanted) -> bytes:
    return b"".join(write(columns=choice.columns, rows=export_rows(wanted=choice)))


def something(house: House) -> list[Cell]:
    pair = (house.double.pk, house.rate_plan.pk)
    return [
        Cell(*pair, DAY, "price", 12_050),
        Cell(*pair, DAY, "stop_sell", 0),
        Cell(house.suite.pk, house.rate_plan.pk, DAY, "price", 0),
        Cell(house.suite.pk, None, DAY, "min_stay_through", 3),
        Cell(None, None, DAY, "closed_to_arrival", 1),
        Cell(None, house.rate_plan.pk, DAY, "quota", 0),
    ]


def change(house: House, cells: list[Cell]) -> None:
    rates_change(property=house.property, cells=cells, title="Test", actor=TESTER)


def test_a_csv_says_what_is_set(property_a: House) -> None:
    change(property_a, something(property_a))
    choice = wanted(property_a, fields=("price", "closed_to_arrival", "stop_sell", "quota"))
    assert written(csv_pieces, choice).decode() == "\ufeff" + CRLF.join(
        [
            "room_type,rate_plan,from,to,weekdays,price,currency,closed_to_arrival,stop_sell,quota",
            "*,*,2026-11-30,2026-11-30,,,,yes,,",
            "*,BAR,2026-11-30,2026-11-30,,,,,,0",
            "DBL,BAR,2026-11-30,2026-11-30,,120.50,EUR,,no,",
            "STE,BAR,2026-11-30,2026-11-30,,0.00,EUR,,,",
            "",
        ]
    )


def test_a_workbook_says_the_same_with_real_dates_and_numbers(property_a: House) -> None:
    change(property_a, something(property_a))
    rows = read_back(written(xlsx_pieces, wanted(property_a, fields=("price", "stop_sell"))))
    assert rows == [
        ("room_type", "rate_plan", "from", "to", "weekdays", "price", "currency", "stop_sell"),
        ("DBL", "BAR", DAY, DAY, None, 120.5, "EUR", "no"),
        ("STE", "BAR", DAY, DAY, None, 0, "EUR"),
    ]


def test_what_is_chosen_is_all_there_is(property_a: House, property_other: House) -> None:
    change(property_a, something(property_a))
    change(property_other, [Cell(property_other.double.pk, property_other.rate_plan.pk, DAY, "price", 1)])

    def rows(**options: Any) -> list[tuple[Any, Any]]:
        return [(row["room_type"], row["rate_plan"]) for row in export_rows(wanted=wanted(property_a, **options))]

    assert rows(room_types=[property_a.suite]) == [("STE", "*"), ("STE", "BAR")]
    assert rows(rate_plans=[property_a.rate_plan]) == [("*", "BAR"), ("DBL", "BAR"), ("STE", "BAR")]
    assert rows(first=DAY + timedelta(days=1)) == []
    assert rows(last=DAY, first=DAY, fields=("quota",)) == [("*", "BAR")]
    assert rows(fields=("lead_days_max",)) == []


def test_every_day_gives_a_row_to_fill_in(property_a: House) -> None:
    change(property_a, something(property_a))
    choice = wanted(property_a, first=DAY, last=DAY + timedelta(days=1), fields=("price",), every_day=True)
    assert [(row["room_type"], row["from"], row.get("price")) for row in export_rows(wanted=choice)] == [
        ("DBL", DAY, Decimal("120.50")),
        ("DBL", DAY + timedelta(days=1), None),
        ("STE", DAY, Decimal("0.00")),
        ("STE", DAY + timedelta(days=1), None),
    ]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("every_day", [False, True])
def test_reading_an_export_changes_nothing(property_a: House, write: Any, every_day: bool) -> None:
    change(property_a, something(property_a))
    content = written(write, wanted(property_a, every_day=every_day))
    checked = table_check(property=property_a.property, table=table_read(content=content))
    assert {row.outcome for row in checked.rows} == {"unchanged"}
    assert len(checked.cells) == len(something(property_a))


cells = st.builds(
    lambda field, value, day, kind, plan: (field, value, day, kind, plan),
    field=st.sampled_from(FIELDS),
    value=st.integers(0, 700),
    day=st.integers(0, 50),
    kind=st.sampled_from(["double", "suite", None]),
    plan=st.booleans(),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(drawn=st.lists(cells, min_size=1, max_size=25), write=st.sampled_from(WRITERS))
def test_whatever_is_set_comes_back_unchanged(drawn: list[Any], write: Any, property_a: House) -> None:
    house = property_a
    chosen: dict[Any, Cell] = {}
    for field, value, day, kind, plan in drawn:
        room_type = getattr(house, kind).pk if kind else None
        rate_plan = house.rate_plan.pk if plan else None
        if field == "price" and (room_type is None or rate_plan is None):
            continue
        switch = field in {"closed_to_arrival", "closed_to_departure", "stop_sell"}
        number = value % 2 if switch else max(value, 1)
        cell = Cell(room_type, rate_plan, TODAY + timedelta(days=day), field, number)
        chosen[cell[:4]] = cell
    if not chosen:
        return
    with transaction.atomic():
        change(house, list(chosen.values()))
        checked = table_check(property=house.property, table=table_read(content=written(write, wanted(house))))
        assert sorted(checked.cells, key=str) == sorted(chosen.values(), key=str)
        assert {row.outcome for row in checked.rows} == {"unchanged"}
        transaction.set_rollback(True)


@pytest.mark.parametrize("write", WRITERS)
def test_nothing_in_a_file_runs_in_a_spreadsheet(property_a: House, write: Any) -> None:
    """A code that went past its validator is text, and is found again when the file comes back."""
    RatePlan.objects.filter(pk=property_a.rate_plan.pk).update(code="=CMD()")
    RoomType.objects.filter(pk=property_a.double.pk).update(code="@A<&>")
    change(property_a, something(property_a)[:1])
    content = written(write, wanted(property_a, fields=("price",)))
    if write is csv_pieces:
        assert "\n'@A<&>,'=CMD(),2026-11-30" in content.decode()
    else:
        assert read_back(content)[1][:2] == ("@A<&>", "=CMD()")
    if write is csv_pieces:
        checked = table_check(property=property_a.property, table=table_read(content=content))
        assert [row.outcome for row in checked.rows] == ["unchanged"]


def test_files_come_in_pieces() -> None:
    taken = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal taken
        for number in range(2_000):
            taken = number
            yield {"room_type": "DBL", "from": date(2027, 5, 3), "price": Decimal(number)}

    for write in WRITERS:
        pieces = write(columns=COLUMNS, rows=rows())
        next(pieces)
        next(pieces)
        assert taken < 1_100
        rest = b"".join(pieces)
        assert taken == 1_999
        assert len(rest) > 1_000


def test_an_empty_export_is_a_header() -> None:
    assert read_back(b"".join(xlsx_pieces(columns=("a", "b"), rows=[]))) == [("a", "b")]
    assert b"".join(csv_pieces(columns=("a", "b"), rows=[])).decode() == "\ufeffa,b\r\n"


def test_the_number_of_queries_depends_on_the_types_alone(property_a: House) -> None:
    def spent() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(export_rows(wanted=wanted(property_a)))
        return len(queries)

    before = spent()
    change(property_a, something(property_a))
    RatePlan.objects.create(property=property_a.property, code="NRF", name="Saver")
    assert spent() == before
