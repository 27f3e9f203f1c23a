"""Fields and small pieces that forms of the desk share."""

from datetime import date
from typing import Any

from django import forms

from pms.kernel.errors import DomainError

OLDEST_CHILD = 17
MOST_CHILDREN = 10


class DateField(forms.DateField):
    """A calendar day, with the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**options)


class AgesField(forms.CharField):
    """Ages of children, as "6, 9"; a list of whole years from 0 to 17."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "6, 9", "autocomplete": "off"})
        )
        super().__init__(**options)

    def clean(self, value: Any) -> list[int]:
        """Return the ages."""
        ages = []
        for word in str(super().clean(value)).replace(",", " ").replace(";", " ").split():
            if not word.isdecimal() or int(word) > OLDEST_CHILD:
                raise forms.ValidationError(f"Write the age of each child in years, 0 to {OLDEST_CHILD}: 6, 9.")
            ages.append(int(word))
        if len(ages) > MOST_CHILDREN:
            raise forms.ValidationError(f"No room takes more than {MOST_CHILDREN} children.")
        return ages


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
