"""Forms of the back office over rows of a property: amounts in major units, boxes, retiring by a tick, lists of rows."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldBooleanSwitchWidget,
)

from pms.kernel.errors import DomainError
from pms.kernel.money import Money, exponent
from pms.properties.models import Property


def amount_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DecimalField:
    """Return a field for an amount as people write it: 129.50."""
    return forms.DecimalField(
        label=label,
        required=required,
        max_digits=14,
        decimal_places=3,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=help_text,
    )


def boxes_field(
    label: str, choices: Any, *, help_text: str = "", coerce: Any = str, initial: Any = None
) -> forms.TypedMultipleChoiceField:
    """Return a field of boxes to tick; `initial` are those ticked for a new row."""
    return forms.TypedMultipleChoiceField(
        label=label,
        choices=choices,
        coerce=coerce,
        initial=initial,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=help_text,
    )


class RowForm(forms.ModelForm[Any]):
    """A form whose rules live in the service: of its own it only reads and writes amounts in the property's currency.

    `amounts` maps a field in major units to the row's column in minor ones. `owner` is the row whose list it is in.
    `owners` are the fields that lead to a property, or to a row of one.
    """

    amounts: ClassVar[Mapping[str, str]] = {}
    owners: ClassVar[tuple[str, ...]] = ("property",)

    def __init__(self, *args: Any, owner: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        if "description" in self.fields:
            self.fields["description"].widget.attrs["rows"] = 3
        for field, column in self.amounts.items():
            minor, currency = getattr(self.instance, column), self.currency()
            if field in self.fields and minor is not None and currency and (self.instance.pk or minor):
                self.initial.setdefault(field, Money(minor, currency).amount)
        for name, value in self.initial.items():
            if isinstance(value, Decimal) and name not in self.amounts:
                self.initial[name] = f"{value.normalize():f}"

    def currency(self, cleaned: Mapping[str, Any] | None = None) -> str:
        """Return the currency of the row's property; empty while nobody has chosen one."""
        typed = [(cleaned or {}).get(name) for name in self.owners]
        known = [getattr(self.instance, name, None) for name in self.owners] if self.instance.pk else []
        for row in (*typed[:1], self.owner, *typed[1:], self.instance, *known):
            if isinstance(row, Property):
                return row.currency
            if row is not None and getattr(row, "property_id", None):
                return str(row.property.currency)
        return ""

    def clean(self) -> dict[str, Any]:
        """Turn amounts into minor units; more decimals than the currency has are refused, not rounded away."""
        cleaned: dict[str, Any] = super().clean() or {}
        currency = self.currency(cleaned)
        for field, column in self.amounts.items():
            if field not in cleaned or not currency:
                continue
            value: Decimal | None = cleaned[field]
            if value is None:
                setattr(self.instance, column, self._meta.model._meta.get_field(column).get_default())
                continue
            if value != round(value, exponent(currency)):
                self.add_error(field, f"{currency} has {exponent(currency) or 'no'} decimals.")
                continue
            setattr(self.instance, column, Money.of(value, currency).minor)
        return cleaned

    def validate_unique(self) -> None:
        """Leave it to the service, which says it at the field."""

    def _update_errors(self, errors: ValidationError) -> None:
        """Leave constraints to the service, which says at which field and what stands in the way."""
        of_fields = {field: said for field, said in errors.error_dict.items() if field != NON_FIELD_ERRORS}
        if of_fields:
            super()._update_errors(ValidationError(of_fields))  # type: ignore[misc]


class RetirableForm(RowForm):
    """A form with a box that retires its row."""

    retired_at = forms.BooleanField(
        label="Retired",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="No longer sold. What was sold stays as it is.",
    )

    def clean_retired_at(self) -> Any:
        """Return when it was retired: before, now, or not."""
        return (self.instance.retired_at or timezone.now()) if self.cleaned_data["retired_at"] else None


class RowFormSet(PaginationInlineFormSet):
    """A list inside a form. What the service refuses about a row comes back at that row."""

    refusal: ClassVar[DomainError | None] = None

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Give each row the row whose list this is."""
        return {**super().get_form_kwargs(index), "owner": self.instance}

    def kept_forms(self) -> list[Any]:
        """Return the forms that were filled in and not ticked for removal, in their order."""
        return [
            form for form in self.forms if (form.instance.pk or form.has_changed()) and form not in self.deleted_forms
        ]

    def kept_rows(self) -> list[Any]:
        """Return the rows the list has when this is saved."""
        return [form.instance for form in self.kept_forms()]

    def clean(self) -> None:
        """Say at a row what the service refused about it."""
        if self.refusal is None:
            return
        _, _, rest = (self.refusal.field or "").partition("-")
        index, _, field = rest.partition("-")
        kept = self.kept_forms()
        if index.isdigit() and int(index) < len(kept) and field in kept[int(index)].fields:
            kept[int(index)].add_error(field, self.refusal.message)
        else:
            raise forms.ValidationError(self.refusal.message)
