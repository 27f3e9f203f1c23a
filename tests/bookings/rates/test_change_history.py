"""Versions of prices as a property: what is published is set and no more, what is rolled back is as before (T27)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.rates.models import DailyPrice, Restriction
from bookings.rates.services import Cell, change_roll_back
from pms.kernel.errors import Invalid
from tests.bookings.rates.edits import DAY, change
from tests.house import TESTER, House

FIELDS = ("price", "min_stay_arrival", "max_stay", "closed_to_arrival", "stop_sell", "quota")
SWITCHED = ("closed_to_arrival", "stop_sell")


def drawn_cells() -> st.SearchStrategy[list[tuple[str, str | None, bool, int, int | None]]]:
    """Return cells as (field, type, whether a plan is named, day, value), each place once."""
    return st.lists(
        st.tuples(
            st.sampled_from(FIELDS),
            st.sampled_from(["double", "suite", None]),
            st.booleans(),
            st.integers(0, 3),
            st.one_of(st.none(), st.integers(0, 3)),
        ),
        min_size=1,
        max_size=14,
        unique_by=lambda cell: cell[:4],
    )


def as_cells(house: House, drawn: list[tuple[str, str | None, bool, int, int | None]]) -> list[Cell]:
    cells = []
    for field, kind, has_plan, day, value in drawn:
        if field == "price" and (kind is None or not has_plan):
            continue
        if value is not None:
            value = value % 2 if field in SWITCHED else value + 1  # noqa: PLW2901
        cells.append(
            Cell(
                getattr(house, kind).pk if kind else None,
                house.rate_plan.pk if has_plan else None,
                DAY + timedelta(days=day),
                field,
                value,
            )
        )
    return cells


def everything() -> tuple[Any, Any]:
    return (
        sorted(DailyPrice.objects.values_list("room_type", "rate_plan", "date", "price_minor", "all_in")),
        sorted(Restriction.objects.values_list(*(f.name for f in Restriction._meta.fields if f.name != "id")), key=str),
    )


def wanted_of(rows: Sequence[Cell], before: dict[Any, int | None]) -> dict[Any, int]:
    """Return, naively, what is set once the cells are: by place, without what says nothing."""
    found = before | {cell[:4]: cell.value for cell in rows}
    return {place: value for place, value in found.items() if value is not None}


def stored() -> dict[Any, int]:
    """Return every value that is set, by place."""
    found: dict[Any, int] = {
        (kind, plan, day, "price"): value
        for kind, plan, day, value in DailyPrice.objects.values_list("room_type", "rate_plan", "date", "price_minor")
    }
    for row in Restriction.objects.all():
        for field in FIELDS[1:]:
            if (value := getattr(row, field)) is not None:
                found[row.room_type_id, row.rate_plan_id, row.date, field] = int(value)
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(first=drawn_cells(), second=drawn_cells())
def test_publish_then_roll_back_is_as_before(first: Any, second: Any, property_a: House) -> None:
    """T27: and in between exactly the cells given are set, nothing beside them."""
    with transaction.atomic():
        values: dict[Any, int] = {}
        for drawn in (first, second):
            cells, before = as_cells(property_a, drawn), everything()
            try:
                made = change(property_a, *cells)
            except Invalid as nothing:
                if nothing.code not in {"nothing_changes", "no_cells"}:
                    raise
                continue
            values = wanted_of(cells, dict(values))
            assert stored() == values
            after = everything()
            change_roll_back(change=made, actor=TESTER)
            assert everything() == before
            again = change(property_a, *cells)
            assert everything() == after
            assert again.cells_count == made.cells_count
        transaction.set_rollback(True)
