"""What is typed into the rates calendar: cells one by one, one day of one row, or many days at once."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from bookings.rates.changing import BOUNDS, MAX_PRICE_MAJOR, SWITCHES, Cell
from bookings.rates.enums import PRICE, Limit
from bookings.rates.quoting import DayLimits
from bookings.rates.selectors import rate_matrix
from pms.frontdesk.forms.fields import DateField, typed_decimal
from pms.frontdesk.rates.render import LETTERS, price_text
from pms.frontdesk.rates.selectors import PlanLine, Subject, TypeLine
from pms.kernel.dates import each_day
from pms.kernel.money import Money, exponent, round_half_up
from pms.properties.models import WEEKDAYS, Property

#: Cells that the page sends at once; an import takes more.
MAX_CELLS = 20_000
FIELD_OF = {letter: name for name, letter in LETTERS.items()} | {"p": PRICE}
LETTER_OF = {name: letter for letter, name in FIELD_OF.items()}
FIELDS = [(PRICE, "Price"), *Limit.choices]
#: Rows of dates in the bulk dialog.
RANGES = (1, 2, 3)
LONGEST_RANGE = 1465


class PriceField(forms.CharField):
    """An amount in major units as people write it: "129", "129.50", "129,50". Cleans to minor units, None when empty."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        self.currency = currency
        super().__init__(**options)

    def clean(self, value: Any) -> int | None:
        """Return minor units. Refuses what is negative, absurd, or has more decimals than the currency."""
        text = str(super().clean(value)).strip()
        return price_minor(text, self.currency) if text else None


def price_minor(text: str, currency: str) -> int:
    """Return an amount typed in major units as minor units. Raises ValidationError."""
    amount = typed_decimal(text)
    if amount < 0:
        raise forms.ValidationError("A price is never negative.", code="negative_price")
    if amount > MAX_PRICE_MAJOR:
        raise forms.ValidationError(f"No night costs more than {MAX_PRICE_MAJOR:,}.", code="absurd_price")
    decimals = exponent(currency)
    if amount != round(amount, decimals):
        how = f"at most {decimals} decimals" if decimals else "no decimals"
        raise forms.ValidationError(f"{currency} has {how}.", code="too_many_decimals")
    return Money.of(amount, currency).minor


def limit_value(limit: str, text: str) -> int:
    """Return the value of a restriction that is a number. Raises ValidationError with its bounds."""
    least, most = BOUNDS[Limit(limit)]
    if not text.strip().isdecimal() or not least <= int(text) <= most:
        raise forms.ValidationError(f"Write a whole number from {least} to {most:,}.", code="bad_value")
    return int(text)


class CellsForm(forms.Form):
    """The cells somebody wants: JSON `[[type, plan, "2026-12-04", letter, value], ...]`, codes empty for all.

    `seen` is the instant (UTC) at which the calendar was drawn. `confirm` repeats an unusual price.
    """

    cells = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(required=False, max_length=120)
    confirm = forms.CharField(required=False, max_length=40)

    def __init__(self, *args: Any, types: Sequence[TypeLine], plans: Sequence[PlanLine], **options: Any) -> None:
        super().__init__(*args, **options)
        self.types = {line.code: line.key for line in types}
        self.plans = {line.code: line.key for line in plans}

    def clean_cells(self) -> list[Cell]:
        """Return the cells. Values are judged by the service."""
        try:
            rows = json.loads(self.cleaned_data["cells"])
            if not isinstance(rows, list):
                raise TypeError
            cells = [self._cell(*row) for row in rows[: MAX_CELLS + 1]]
        except (TypeError, ValueError, KeyError):
            raise forms.ValidationError("The changes could not be read. Reload the page.", code="unreadable") from None
        if not cells:
            raise forms.ValidationError("Nothing is changed yet.", code="no_cells")
        if len(cells) > MAX_CELLS:
            raise forms.ValidationError(
                f"These are more than {MAX_CELLS:,} cells: choose fewer days, or import a file.", code="too_many_cells"
            )
        return cells

    def _cell(self, room_type: str, plan: str, day: str, letter: str, value: int | None) -> Cell:
        if value is not None and type(value) is not int:
            raise TypeError
        return Cell(
            self.types[room_type] if room_type else None,
            self.plans[plan] if plan else None,
            date.fromisoformat(day),
            FIELD_OF[letter],
            value,
        )

    def clean_seen(self) -> datetime:
        """Return when the calendar was drawn."""
        return seen_at(self.cleaned_data["seen"])


def seen_at(text: str) -> datetime:
    """Return the instant that a page was drawn; now, where it does not say."""
    try:
        seen = datetime.fromisoformat(text)
    except ValueError:
        return timezone.now()
    return seen if seen.tzinfo else timezone.now()


def cells_written(cells: Iterable[Cell], *, types: Sequence[TypeLine], plans: Sequence[PlanLine]) -> str:
    """Return cells as the JSON that CellsForm reads."""
    type_codes: dict[int | None, str] = {line.key: line.code for line in types} | {None: ""}
    plan_codes: dict[int | None, str] = {line.key: line.code for line in plans} | {None: ""}
    rows = [
        [type_codes[cell.room_type_id], plan_codes[cell.rate_plan_id], cell.date.isoformat(), LETTER_OF[cell.field],
         cell.value]
        for cell in cells
    ]  # fmt: skip
    return json.dumps(rows, separators=(",", ":"))


class DayForm(forms.Form):
    """What one row says about a day: its price (empty: computed) and its restrictions (empty: none of its own)."""

    until = DateField(label="The same through")

    def __init__(
        self,
        *args: Any,
        place: Property,
        subject: tuple[int | None, int | None],
        day: date,
        price: int | None,
        limits: DayLimits,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.subject, self.day, self.before = subject, day, {PRICE: price, **limits._asdict()}
        if None not in subject:
            text = "" if price is None else price_text(price, exponent(place.currency))
            self.fields[PRICE] = PriceField(
                currency=place.currency, required=False, initial=text, label=f"Price in {place.currency}",
            )  # fmt: skip
        for name, label in Limit.choices:
            if name in SWITCHES:
                self.fields[name] = forms.BooleanField(required=False, label=label, initial=bool(getattr(limits, name)))
            else:
                least, most = BOUNDS[Limit(name)]
                self.fields[name] = forms.IntegerField(
                    required=False, min_value=least, max_value=most, label=label, initial=getattr(limits, name)
                )
        self.fields["until"].initial = day
        self.order_fields([PRICE, *Limit.values, "until"])

    def clean_until(self) -> date:
        """Return the last day."""
        until: date = self.cleaned_data["until"]
        if until < self.day:
            raise forms.ValidationError("The last day is before the first.")
        if (until - self.day).days >= LONGEST_RANGE:
            raise forms.ValidationError("That is more than four years.")
        return until

    def cells(self) -> list[Cell]:
        """Return the fields that were changed, for every day through the last; every field for the days after the first."""
        days = list(each_day(self.day, self.cleaned_data["until"] + timedelta(days=1)))
        found = []
        for name in self.fields:
            if name == "until":
                continue
            value = self.cleaned_data[name]
            value = (1 if value else None) if name in SWITCHES else value
            before = self.before.get(name)
            if value == (before or None if name in SWITCHES else before):
                continue
            found += [Cell(*self.subject, day, name, value) for day in days]
        return found


class BulkForm(forms.Form):
    """Many days, types and plans at once: one field, set or changed by so much."""

    HOW = [("set", "Set to"), ("percent", "Change by per cent"), ("amount", "Change by an amount"), ("clear", "Clear")]
    LEVELS = [
        ("pair", "Each plan of each type"),
        ("type", "The room types, for every plan"),
        ("plan", "The plans, for every type"),
        ("house", "The whole house"),
    ]
    ROUND = [("", "As it comes"), ("1", "1"), ("5", "5"), ("10", "10")]

    weekdays = forms.TypedMultipleChoiceField(
        label="On", choices=[(number, name[:3]) for number, name in WEEKDAYS], coerce=int,
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose a day of the week."},
    )  # fmt: skip
    room_types = forms.MultipleChoiceField(label="Room types", required=False, widget=forms.CheckboxSelectMultiple)
    plans = forms.MultipleChoiceField(label="Rate plans", required=False, widget=forms.CheckboxSelectMultiple)
    field = forms.ChoiceField(label="What", choices=FIELDS, initial=PRICE)
    how = forms.ChoiceField(label="How", choices=HOW, initial="set")
    value = forms.CharField(
        label="Value", required=False, max_length=16,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    round_to = forms.ChoiceField(label="Rounded to", choices=ROUND, required=False)
    level = forms.ChoiceField(label="Restrictions are of", choices=LEVELS, initial="pair", required=False)
    #: What is waiting in the calendar already, as CellsForm reads it.
    pending = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, place: Property, types: Sequence[TypeLine], plans: Sequence[PlanLine], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.place, self.types, self.plan_lines = place, types, plans
        for number in RANGES:
            self.fields[f"first_{number}"] = DateField(label="From", required=number == 1)
            self.fields[f"last_{number}"] = DateField(label="Through", required=number == 1)
        self.fields["room_types"].choices = [(line.code, line.name) for line in types]  # type: ignore[attr-defined]
        self.fields["plans"].choices = [(line.code, line.name) for line in plans]  # type: ignore[attr-defined]
        self.fields["weekdays"].initial = [number for number, _ in WEEKDAYS]

    @property
    def more_ranges(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """The second and the third range of dates."""
        for number in RANGES[1:]:
            yield self[f"first_{number}"], self[f"last_{number}"]

    def clean(self) -> dict[str, Any]:
        """Bring dates, level and value together."""
        cleaned = super().clean() or {}
        cleaned["days"] = self._days(cleaned)
        if self.errors:
            return cleaned
        if cleaned["field"] == PRICE:
            cleaned["level"] = "pair"
        level = cleaned["level"] or "pair"
        if level in {"pair", "type"} and not cleaned["room_types"]:
            self.add_error("room_types", "Choose a room type.")
        if level in {"pair", "plan"} and not cleaned["plans"]:
            self.add_error("plans", "Choose a rate plan.")
        try:
            cleaned["number"] = self._number(cleaned)
        except forms.ValidationError as error:
            self.add_error("value", error)
        if not cleaned["days"]:
            self.add_error("weekdays", "No day of these dates is one of these days of the week.")
        return cleaned

    def _days(self, cleaned: Mapping[str, Any]) -> list[date]:
        days: set[date] = set()
        for number in RANGES:
            first, last = cleaned.get(f"first_{number}"), cleaned.get(f"last_{number}")
            if (first is None) != (last is None) and number > 1:
                self.add_error(f"last_{number}" if last is None else f"first_{number}", "Give both dates, or neither.")
            if first is None or last is None:
                continue
            if last < first:
                self.add_error(f"last_{number}", "The last day is before the first.")
            elif (last - first).days >= LONGEST_RANGE:
                self.add_error(f"last_{number}", "That is more than four years.")
            else:
                days.update(each_day(first, last + timedelta(days=1)))
        wanted = set(cleaned.get("weekdays", ()))
        return sorted(day for day in days if day.isoweekday() in wanted)

    def _number(self, cleaned: Mapping[str, Any]) -> int | Decimal | None:
        """Return the value: minor units for a price, the percentage for one, None for clearing."""
        name, how, text = cleaned["field"], cleaned["how"], cleaned.get("value", "")
        if how == "clear":
            return None
        if how != "set" and name != PRICE:
            raise forms.ValidationError("A restriction is set or cleared; only a price is changed by so much.")
        if name in SWITCHES:
            return 1
        if not text:
            raise forms.ValidationError("Say how much.", code="required")
        if name != PRICE:
            return limit_value(name, text)
        if how == "set":
            return price_minor(text, self.place.currency)
        change = typed_decimal(text)
        if how == "percent":
            if not -100 <= change <= 1000:
                raise forms.ValidationError("From 100 % less to 1,000 % more.")
            return change
        return Money.of(change, self.place.currency).minor

    def cells(self) -> list[Cell]:
        """Return the cells that are wished. Reads the prices of now when they are changed by so much."""
        cleaned = self.cleaned_data
        types = [line.key for line in self.types if line.code in cleaned["room_types"]]
        plans = [line.key for line in self.plan_lines if line.code in cleaned["plans"]]
        everything: dict[str, list[Subject]] = {
            "pair": [(kind, plan) for kind in types for plan in plans],
            "type": [(kind, None) for kind in types],
            "plan": [(None, plan) for plan in plans],
            "house": [(None, None)],
        }
        subjects = everything[cleaned["level"] or "pair"]
        days, name, number = cleaned["days"], cleaned["field"], cleaned["number"]
        if len(days) * len(subjects) > MAX_CELLS:
            self.add_error(None, f"These are more than {MAX_CELLS:,} cells: choose fewer days, or import a file.")
            return []
        if cleaned["how"] in {"percent", "amount"}:
            return list(self._changed(types, plans, days, number))
        return [Cell(*subject, day, name, number) for subject in subjects for day in days]

    def _changed(
        self, types: Sequence[int], plans: Sequence[int], days: Sequence[date], by: int | Decimal
    ) -> Iterator[Cell]:
        """Yield the prices of now changed by so much; a night without a price stays without."""
        prices = rate_matrix(
            property=self.place,
            first=days[0],
            until=days[-1] + timedelta(days=1),
            rate_plan_ids=plans,
            room_type_ids=types,
            at=timezone.now(),
        )
        step = int(self.cleaned_data["round_to"] or 0) * 10 ** exponent(self.place.currency)
        wanted = set(days)
        for (kind, plan), known in prices.items():
            for cell in known:
                if cell.price_minor is None or cell.date not in wanted:
                    continue
                change = by if self.cleaned_data["how"] == "amount" else Decimal(cell.price_minor) * by / 100
                minor = max(round_half_up(cell.price_minor + Decimal(change)), 0)
                if step:
                    minor = round_half_up(Decimal(minor) / step) * step
                yield Cell(kind, plan, cell.date, PRICE, minor)
