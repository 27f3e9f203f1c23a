"""What a rate plan's own fields refuse: for whom it is sold, when it is booked and stayed, how early, how long. Pure."""

from collections.abc import Iterator
from datetime import date

from bookings.rates.enums import Source
from bookings.rates.quoting import Refusal
from bookings.rates.snapshot import PlanFacts
from bookings.rates.stays import Stay
from bookings.rates.told import counted, day_name


def of_plan(stay: Stay, plan: PlanFacts) -> Iterator[Refusal]:
    """Yield what refuses. For whom a plan is sold is not asked again of a stay that it was sold for."""
    if stay.kept is None:
        yield from _for_whom(stay, plan)
    if stay.asked:
        yield from _windows(stay, plan)
    least, most = plan.lead_days_min, plan.lead_days_max
    if stay.arrival_changed and not _within(stay.lead_days, least, most):
        bound, word = _bound(stay.lead_days, least, most)
        message = f"{plan.name} is booked {word} {counted(bound, 'day')} before arrival, not {stay.lead_days}."
        yield _refused(plan, "plan_lead_time", message, stay.arrival, bound)
    least, most = plan.nights_min, plan.nights_max
    if stay.dates_changed and not _within(stay.length, least, most):
        bound, word = _bound(stay.length, least, most)
        message = f"{plan.name} is for stays of {word} {counted(bound, 'night')}, not {stay.length}."
        yield _refused(plan, "plan_nights", message, stay.arrival, bound)


def _for_whom(stay: Stay, plan: PlanFacts) -> Iterator[Refusal]:
    if plan.retired:
        yield _refused(plan, "retired", f"{plan.name} is no longer sold.", None, None)
    if plan.access_code and not stay.attended and plan.access_code.casefold() != stay.access_code.strip().casefold():
        yield _refused(plan, "access_code", f"{plan.name} is sold only with its access code.", None, None)
    if plan.channel is not None and not plan.channel.is_open:
        source = Source(stay.source)
        yield _refused(plan, "channel_closed", f"{plan.name} is not sold at {source.label}.", None, source.value)


def _windows(stay: Stay, plan: PlanFacts) -> Iterator[Refusal]:
    for code, days, first, last, verb in (
        ("sale_window", (stay.sale_on,), plan.sale_first, plan.sale_last, "booked"),
        ("stay_window", stay.asked, plan.stay_first, plan.stay_last, "stayed"),
    ):
        for day in days:
            if first is not None and day < first:
                message = f"{plan.name} can be {verb} from {day_name(first)} on, not on {day_name(day)}."
                yield _refused(plan, code, message, day, first.isoformat())
                break
            if last is not None and day > last:
                message = f"{plan.name} can be {verb} up to {day_name(last)}, not on {day_name(day)}."
                yield _refused(plan, code, message, day, last.isoformat())
                break


def _within(number: int, least: int | None, most: int | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


def _bound(number: int, least: int | None, most: int | None) -> tuple[int, str]:
    if least is not None and number < least:
        return least, "at least"
    return most or 0, "at most"


def _refused(plan: PlanFacts, code: str, message: str, day: date | None, value: int | str | None) -> Refusal:
    return Refusal(code, message, date=day, value=value, where="rate_plan", subject=plan.code)
