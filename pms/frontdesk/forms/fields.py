"""Fields and small pieces that forms of the desk share."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms

from billing.taxes.enums import Purpose
from billing.taxes.party import Party
from bookings.lifecycle.services import party_made
from pms.kernel.errors import DomainError, Invalid
from pms.kernel.money import Money, exponent

OLDEST_CHILD = 17
MOST_CHILDREN = 10
BIRTH_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")
#: An age in years, or a day of birth.
Child = int | date
#: Beyond every amount that somebody at a desk means, in any currency.
MOST_MAJOR = Decimal(10) ** 10
WRITTEN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


class DateField(forms.DateField):
    """A calendar day, with the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**options)


class AgesField(forms.CharField):
    """Children, as "6, 2019-05-03": of each the age in whole years from 0 to 17, or the day of birth, ISO or 3.5.2019."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget",
            forms.TextInput(
                attrs={
                    "placeholder": "6, 2019-05-03",
                    "title": "The age of each child in years, or the day of birth",
                    "autocomplete": "off",
                }
            ),
        )
        super().__init__(**options)

    def clean(self, value: Any) -> list[Child]:
        """Return each child's age or day of birth."""
        children = [_child(word) for word in str(super().clean(value)).replace(",", " ").replace(";", " ").split()]
        if len(children) > MOST_CHILDREN:
            raise forms.ValidationError(f"No room takes more than {MOST_CHILDREN} children.")
        return children


def _child(word: str) -> Child:
    if word.isascii() and word.isdecimal() and int(word) <= OLDEST_CHILD:
        return int(word)
    for pattern in BIRTH_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(word, pattern).date()  # noqa: DTZ007 - a day has no zone
    raise forms.ValidationError(
        f"Write the age of each child in years, 0 to {OLDEST_CHILD}, or the day of birth: 6, 2019-05-03."
    )


def ages_and_births(children: Iterable[Child]) -> tuple[tuple[int, ...], tuple[date | None, ...]]:
    """Return ages and days of birth as services take them; whoever makes the party counts the ages that are born."""
    rows = list(children)
    return (
        tuple(0 if isinstance(child, date) else child for child in rows),
        tuple(child if isinstance(child, date) else None for child in rows),
    )


def party_or_error(form: forms.Form, *, arrival: date | None, purpose: Purpose) -> Party | None:
    """Return the party of a form with adults, child_ages and infants; a child too old on arrival is an error at its field."""
    given = form.cleaned_data
    if arrival is None or given.get("adults") is None or "child_ages" not in given:
        return None
    ages, births = ages_and_births(given["child_ages"])
    try:
        return party_made(
            adults=given["adults"],
            child_ages=ages,
            infants=given.get("infants") or 0,
            child_births=births,
            purpose=purpose,
            arrival=arrival,
        )
    except Invalid as refusal:
        form.add_error("child_ages", refusal.message)
        return None


class AmountField(forms.CharField):
    """An amount in major units as people write it: "129", "129.50", "129,50". Cleans to minor units, None when empty."""

    def __init__(self, *, currency: str = "EUR", **options: Any) -> None:
        options.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "amount"})
        )
        self.currency = currency
        super().__init__(**options)

    def clean(self, value: Any) -> int | None:
        """Return minor units. Refuses what is negative, absurd, or has more decimals than the currency."""
        text = str(super().clean(value)).strip()
        return amount_minor(text, self.currency) if text else None


def amount_minor(text: str, currency: str) -> int:
    """Return an amount typed in major units as minor units. Raises ValidationError."""
    amount = typed_decimal(text)
    if amount < 0:
        raise forms.ValidationError("Write it without a minus.", code="negative")
    if amount >= MOST_MAJOR:
        raise forms.ValidationError("That is more than any bill.", code="absurd")
    decimals = exponent(currency)
    if amount != round(amount, decimals):
        how = f"at most {decimals} decimals" if decimals else "no decimals"
        raise forms.ValidationError(f"{currency} has {how}.", code="too_many_decimals")
    return Money.of(amount, currency).minor


def amount_text(minor: int, currency: str) -> str:
    """Return an amount as a form shows it and takes it back: "129.50", with the currency's own decimals."""
    return f"{Money(minor, currency).amount:.{exponent(currency)}f}"


def typed_decimal(text: str) -> Decimal:
    """Return a number as people write it, with a point or a comma. Raises ValidationError `not_a_number`."""
    written = text.replace("\u2212", "-").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    # Decimal itself also reads "1e3", "1_0" and "NaN", which nobody at a desk means.
    if not WRITTEN_NUMBER.fullmatch(written):
        raise forms.ValidationError("Write a number, such as 129 or 129.50.", code="not_a_number")
    return Decimal(written)


def country_code(text: str) -> str:
    """Return the two letters of a country in capitals, or nothing. Raises ValidationError for anything else."""
    code = text.strip().upper()
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise forms.ValidationError("Two letters: PT, DE, LT.")
    return code


def show_refusal(form: forms.Form, error: DomainError) -> None:
    """Add a service's refusal to a form: at the field it concerns if the form shows it, else above all fields."""
    field = error.field if error.field in form.fields else None
    if field is not None and form.fields[field].widget.is_hidden:
        field = None
    form.add_error(field, error.message)


def day_or(text: str | None, otherwise: date) -> date:
    """Return the ISO date in text, or otherwise where there is none or it makes no sense."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return otherwise
