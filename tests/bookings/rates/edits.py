"""Edits of prices in one line: what tests of versions begin with."""

from datetime import date, timedelta

from bookings.rates.models import DailyPrice, RateChange
from bookings.rates.services import Cell, rates_change
from tests.conftest import TODAY
from tests.house import TESTER, House

DAY = TODAY + timedelta(days=10)


def price(house: House, value: int | None, day: date = DAY) -> Cell:
    return Cell(house.double.pk, house.rate_plan.pk, day, "price", value)


def limit(house: House, field: str, value: int | None, day: date = DAY, **names: int | None) -> Cell:
    pair = {"room_type_id": house.double.pk, "rate_plan_id": house.rate_plan.pk} | names
    return Cell(pair["room_type_id"], pair["rate_plan_id"], day, field, value)


def change(house: House, *cells: Cell) -> RateChange:
    return rates_change(property=house.property, cells=cells, title="Test", actor=TESTER)


def prices() -> dict[date, int]:
    return dict(DailyPrice.objects.values_list("date", "price_minor"))
