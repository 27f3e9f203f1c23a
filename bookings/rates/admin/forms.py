"""What the forms of rates share: rows that belong to a rate plan, and prices that are asked about twice."""

from typing import ClassVar

from django import forms
from unfold.widgets import UnfoldBooleanSwitchWidget

from pms.properties.admin_forms import RetirableForm, RowForm, amount_field, boxes_field

__all__ = ["RatesForm", "RetirableForm", "amount_field", "boxes_field", "confirmed_field"]


def confirmed_field() -> forms.BooleanField:
    """Return the box that is shown when a price looks wrong."""
    return forms.BooleanField(label="Yes, I mean it", required=False, widget=UnfoldBooleanSwitchWidget)


class RatesForm(RowForm):
    """A form of a row of a property, or of a rate plan's."""

    owners: ClassVar[tuple[str, ...]] = ("property", "rate_plan")
