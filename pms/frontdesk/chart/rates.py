"""The rates mode: what a night costs, what is left and what restricts it, in the line of each room type.

Read only in that mode; the chart without it asks nothing of prices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

from bookings.availability.selectors import TypeAvailability
from bookings.rates.models import RatePlan
from bookings.rates.quoting import DayCell, DayLimits
from bookings.rates.selectors import rate_matrix
from pms.kernel.money import Money, exponent
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class ChartRates:
    """The plan that is shown, all plans to choose from, and its days by room type."""

    plan: RatePlan
    plans: tuple[RatePlan, ...]
    cells: Mapping[int, Sequence[DayCell]]
    currency: str
    #: The address of the price explainer, which each price opens.
    explain: str

    def paint(self, parts: list[str], *, key: int, code: str, known: TypeAvailability | None) -> None:
        """Append the cells of one room type's line."""
        for index, cell in enumerate(self.cells.get(key, ())):
            left = known.sellable[index] if known else None
            parts.append(self._cell(cell, code, left))

    def _cell(self, cell: DayCell, code: str, left: int | None) -> str:
        marks = marks_of(cell.limits)
        closed = bool(cell.limits.stop_sell)
        price = "\N{EN DASH}" if cell.price_minor is None else short_price(cell.price_minor, self.currency)
        sentence = ", ".join(
            [
                f"{cell.date.day} {cell.date:%b}",
                "no price" if cell.price_minor is None else str(Money(cell.price_minor, self.currency)),
                *([f"{left} left"] if left is not None else ["not on sale"]),
                *(words for _, words in marks),
            ]
        )
        look = "closed" if closed else "none" if cell.price_minor is None else ""
        level = "" if left is None or left > 2 else " full" if left <= 0 else " low"
        until = cell.date + timedelta(days=1)
        href = (
            f"{self.explain}?room_type={code}&amp;rate_plan={self.plan.code}"
            f"&amp;arrival={cell.date.isoformat()}&amp;departure={until.isoformat()}"
        )
        shown = "".join(f"<i>{mark}</i>" for mark, _ in marks)
        words = escape(sentence)
        return (
            f'<span role="gridcell" class="rate {look}{level}"><a href="{href}" aria-label="{words}" title="{words}">'
            f"<b>{price}</b><small>{'' if left is None else left}</small>"
            f"<em>{shown}</em></a></span>"
        )


def marks_of(limits: DayLimits) -> list[tuple[str, str]]:
    """Return what restricts a day, each as a short mark and in words."""
    least = max(limits.min_stay_arrival or 0, limits.min_stay_through or 0)
    found = [
        (limits.stop_sell, "\N{MULTIPLICATION SIGN}", "closed"),
        (limits.closed_to_arrival, "CTA", "closed to arrival"),
        (limits.closed_to_departure, "CTD", "closed to departure"),
        (least > 1, f"{least}+", f"at least {least} nights"),
        (limits.max_stay, f"\N{LESS-THAN OR EQUAL TO}{limits.max_stay}", f"at most {limits.max_stay} nights"),
        (limits.quota is not None, f"Q{limits.quota}", f"quota {limits.quota}"),
        (limits.lead_hours_min, f"{limits.lead_hours_min}h", f"booked at least {limits.lead_hours_min} hours ahead"),
        (limits.lead_days_max, f"{limits.lead_days_max}d", f"booked at most {limits.lead_days_max} days ahead"),
    ]
    return [(mark, words) for holds, mark, words in found if holds]


def short_price(minor: int, currency: str) -> str:
    """Return an amount without its currency, and without decimals where there are none: 92, 82.80."""
    whole, rest = divmod(minor, 10 ** exponent(currency))
    return f"{whole:,}" if not rest else f"{Money(minor, currency).amount:,f}"


def chart_rates(
    *, place: Property, first: date, until: date, plan_code: str, at: datetime, explain: str
) -> ChartRates | None:
    """Return the days [first, until) of the plan named, else of the default one; None where there is no plan.

    A fixed number of queries: the plans, and those of the matrix.
    """
    plans = tuple(RatePlan.objects.filter(property=place, retired_at=None).order_by("-is_default", "position", "code"))
    if not plans:
        return None
    plan = next((row for row in plans if row.code == plan_code), plans[0])
    matrix = rate_matrix(property=place, first=first, until=until, rate_plan_ids=[plan.pk], at=at)
    cells = {type_id: row for (type_id, plan_id), row in matrix.items() if plan_id == plan.pk}
    return ChartRates(plan=plan, plans=plans, cells=cells, currency=place.currency, explain=explain)
