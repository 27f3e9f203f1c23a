"""What is set, as rows of a price file: manual prices and restrictions. Reading such a file changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bookings.rates.changing import SWITCHES
from bookings.rates.enums import PRICE, Limit
from bookings.rates.models import DailyPrice, RatePlan, Restriction
from bookings.rates.reading import KEYS
from bookings.rates.understanding import EVERY
from bookings.rates.writing import Cell, Row
from pms.kernel.money import Money
from pms.properties.models import Property, RoomType


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export: days [first, last], both included, and fields. No types or no plans means all of them.

    What holds for every type or every plan (written *) comes along when none is chosen. `every_day` gives a row for
    each type, plan and day, set or not, to be filled in.
    """

    place: Property
    first: date
    last: date
    fields: Sequence[str]
    room_types: Sequence[RoomType] = ()
    rate_plans: Sequence[RatePlan] = ()
    every_day: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file, in the order of the format."""
        fields = [limit.value for limit in Limit if limit.value in self.fields]
        return (*KEYS, *((PRICE, "currency") if PRICE in self.fields else ()), *fields)


def export_rows(*, wanted: Wanted) -> Iterator[Row]:
    """Yield the rows by type, plan and date; two queries, and two more for each type."""
    live = {"property": wanted.place, "retired_at": None}
    types = list(wanted.room_types or RoomType.objects.filter(**live))
    plans = list(wanted.rate_plans or RatePlan.objects.filter(**live))
    general_plan = [] if wanted.rate_plans else [None]
    for kind in [*([] if wanted.room_types else [None]), *types]:
        stored = _stored(wanted, kind)
        for plan in [*general_plan, *plans]:
            key = plan.pk if plan else None
            if wanted.every_day and kind is not None and plan is not None:
                length = (wanted.last - wanted.first).days + 1
                days = [wanted.first + timedelta(days=index) for index in range(length)]
            else:
                days = sorted(day for other, day in stored if other == key)
            names = {"room_type": kind.code if kind else EVERY, "rate_plan": plan.code if plan else EVERY}
            for day in days:
                yield {**names, "from": day, "to": day, **stored.get((key, day), {})}


def _stored(wanted: Wanted, kind: RoomType | None) -> dict[tuple[int | None, date], dict[str, Cell]]:
    """Return what is set for a type (None: for every type), by plan and date."""
    found: dict[tuple[int | None, date], dict[str, Cell]] = {}
    span = (wanted.first, wanted.last)
    currency = wanted.place.currency
    if PRICE in wanted.fields and kind is not None:
        prices = DailyPrice.objects.filter(room_type=kind, date__range=span)
        for plan, day, minor in prices.values_list("rate_plan_id", "date", "price_minor"):
            found[plan, day] = {PRICE: Money(minor, currency).amount, "currency": currency}
    limits = [limit for limit in Limit if limit.value in wanted.fields]
    if limits:
        rows = Restriction.objects.filter(property=wanted.place, room_type=kind, date__range=span)
        for plan, day, *values in rows.values_list("rate_plan_id", "date", *(limit.value for limit in limits)):
            said = {
                limit.value: bool(value) if limit in SWITCHES else value
                for limit, value in zip(limits, values, strict=True)
                if value is not None
            }
            if said:
                found.setdefault((plan, day), {}).update(said)
    return found
