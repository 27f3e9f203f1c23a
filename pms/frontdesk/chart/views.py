"""The tape chart's page and its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from bookings.availability.selectors import TypeAvailability, availability
from pms.frontdesk.chart.layout import LaneRow, Row, UnitRow, of_type, relatives_of, rows_filled, rows_of
from pms.frontdesk.chart.rates import ChartRates, chart_rates
from pms.frontdesk.chart.render import DayHead, Painter, day_heads
from pms.frontdesk.chart.selectors import Bar, Group, chart_bars, chart_groups, chart_unassigned
from pms.frontdesk.chart.window import Choice, Window, choices, window_of, window_remember
from pms.frontdesk.desk import Desk, DeskRequest, desk_page, url_or_empty

#: Rows of the first answer: a tall screen of them. The rest follows in one request.
FIRST_ROWS = 44
#: From so many units on, all bars of the property are read rather than those of the units.
MANY_UNITS = 200
EN_DASH = "\u2013"


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything read for one window, before rows are drawn. `every_group` disregards the filter by type."""

    window: Window
    every_group: Sequence[Group]
    groups: Sequence[Group]
    availability: Mapping[int, TypeAvailability]
    waiting: Sequence[Bar]
    rows: Sequence[Row]
    rates: ChartRates | None = None

    @property
    def has_units(self) -> bool:
        """Whether there is anything to draw."""
        return any(group.units for group in self.groups)


def chart_read(*, desk: Desk, window: Window) -> Chart:
    """Read structure, availability and what waits for a unit, in four queries; in the rates mode prices as well."""
    place = desk.property.pk
    every_group = chart_groups(property_id=place, first=window.first, until=window.until)
    if window.room_type == "first" and every_group:
        window = replace(window, room_type=every_group[0].line.code)
    groups = of_type(every_group, window.room_type) if window.room_type else every_group
    waiting = chart_unassigned(property_id=place, first=min(window.first, window.today))
    return Chart(
        window=window,
        every_group=every_group,
        groups=groups,
        availability=availability(property_id=place, first=window.first, until=window.until, now=timezone.now()),
        waiting=waiting,
        rows=rows_of(groups, waiting, first=window.first, until=window.until),
        rates=_rates(desk, window) if window.rates else None,
    )


def _rates(desk: Desk, window: Window) -> ChartRates | None:
    if not desk.allows("rates.view"):
        return None
    return chart_rates(
        place=desk.property,
        first=window.first,
        until=window.until,
        plan_code=window.plan,
        at=timezone.now(),
        explain=reverse("desk:price-explainer"),
    )


def rows_painted(chart: Chart, *, desk: Desk, begin: int, end: int | None) -> SafeString:
    """Return rows [begin, end) of the chart as HTML, with the bars of their units. One query."""
    window = chart.window
    rows = chart.rows[begin:end]
    relatives = relatives_of([unit for group in chart.every_group for unit in group.units])
    drawn = [row.unit.key for row in rows if isinstance(row, UnitRow)]
    keys = {key for unit in drawn for key in (unit, *relatives.get(unit, ()))}
    bars = chart_bars(
        property_id=desk.property.pk,
        first=window.first,
        until=window.until,
        units=None if len(keys) > MANY_UNITS else keys,
    )
    painter = Painter(
        window=window,
        availability=chart.availability,
        may_change=desk.allows("reservation.change"),
        href=f"{reverse('desk:chart')}reservations/",
        rates=chart.rates,
    )
    filled = rows_filled(rows, bars, relatives, first=window.first, until=window.until)
    return mark_safe(painter.paint(filled, start=begin + 2))  # noqa: S308 - every word is escaped in render.py


@gzip_page
@vary_on_headers("HX-Request", "Sec-CH-UA-Mobile")
@require_safe
@desk_page("desk.view")
def chart(request: DeskRequest) -> HttpResponse:
    """Show the chart: its head and the first screen of rows."""
    desk = request.desk
    read = chart_read(desk=desk, window=window_of(request, today=desk.property.business_date))
    window = read.window
    heads = day_heads(window, read.availability, [group.line.key for group in read.groups])
    months, year = window_title(heads)
    shown = len(read.rows) if request.GET.get("rows") == "all" else min(len(read.rows), FIRST_ROWS)
    context = {
        "chart": read,
        "window": window,
        "heads": heads,
        "months": months,
        "year": year,
        "rows": rows_painted(read, desk=desk, begin=0, end=shown),
        "remaining": range(len(read.rows) - shown),
        "rest_url": f"{reverse('desk:chart_rows')}{window.address()}&after={shown}",
        "everything_url": f"{window.address()}&rows=all",
        "rows_url": f"{reverse('desk:chart_rows')}{window.address()}",
        "new_url": url_or_empty("desk:new") if desk.allows("reservation.create") else "",
        "may_change": desk.allows("reservation.change"),
        "may_see_rates": desk.allows("rates.view"),
        "plans": _plans(read),
        **waiting_counts(read),
        **choices(window, [(group.line.code, group.line.name) for group in read.every_group]),
    }
    only_part = request.htmx.target == "chart-page"
    response = render(request, f"frontdesk/chart.html{'#page' if only_part else ''}", context)
    window_remember(response, request, window)
    return response


def _plans(read: Chart) -> list[Choice]:
    """Return the plans whose prices can be shown, in the rates mode."""
    if read.rates is None:
        return []
    shown = read.rates.plan
    return [Choice(plan.name, read.window.address(plan=plan.code), plan == shown) for plan in read.rates.plans]


@gzip_page
@require_safe
@desk_page("desk.view")
def chart_rows(request: DeskRequest) -> HttpResponse:
    """Answer the rows that the first answer left out, or (without `after`) all of them and the counts in the toolbar."""
    desk = request.desk
    read = chart_read(desk=desk, window=window_of(request, today=desk.property.business_date))
    after = request.GET.get("after", "")
    begin = int(after) if after.isdecimal() else 0
    response = HttpResponse(rows_painted(read, desk=desk, begin=begin, end=None))
    if not after:
        counts = render(request, "frontdesk/chart.html#counts", {**waiting_counts(read), "only_counts": True})
        response.write(counts.content)
    return response


def waiting_counts(read: Chart) -> dict[str, object]:
    """Return how many stays from the business date on have no room, and where they are listed."""
    upcoming = [bar for bar in read.waiting if bar.departure > read.window.today]
    return {
        "unassigned": sum(not bar.overbooked for bar in upcoming),
        "overbooked": sum(bar.overbooked for bar in upcoming),
        "waiting_url": url_or_empty("desk:unassigned") or _first_lane(read),
    }


def _first_lane(read: Chart) -> str:
    """Return a link to the first lane of reservations without a unit, here or where the first of them begins."""
    for row in read.rows:
        if isinstance(row, LaneRow):
            return f"#unassigned-{row.line.code}"
    return read.window.address(first=min(bar.arrival for bar in read.waiting)) if read.waiting else ""


def window_title(heads: Sequence[DayHead]) -> tuple[str, str]:
    """Return the span of days as people write it and, apart, the year it ends in."""
    first, last = heads[0].day, heads[-1].day
    year = f" {first.year}" if first.year != last.year else ""
    begins = str(first.day) if (first.year, first.month) == (last.year, last.month) else _written(first)
    return f"{begins}{year} {EN_DASH} {_written(last)}", str(last.year)


def _written(day: date) -> str:
    return f"{day.day} {day:%b}"
