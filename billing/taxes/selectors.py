"""The rules that add to a price."""

from datetime import date

from django.db.models import F, Q

from billing.taxes.calculation import FeeRule, RateRule, TaxRule, TaxRules
from billing.taxes.enums import Component, Rounding, TaxBasis, TaxKind
from billing.taxes.models import Fee, Tax, TaxRate
from pms.properties.models import Property


def rules_load(*, property: Property, first: date, until: date) -> TaxRules:
    """Return the taxes and fees of a property that hold on any day of [first, until). Two queries.

    Charges dated the departure (a late check-out) need `until` to be the day after it.
    """
    found = (
        TaxRate.objects.filter(Q(last=None) | Q(last__gte=first), tax__property=property, tax__retired_at=None)
        .filter(first__lt=until)
        .select_related("tax")
        .annotate(rounding=F("tax__property__tax_settings__rounding"))
        .order_by("tax__position", "tax__code", "first", "price_from_minor")
    )
    rates: dict[int, list[TaxRate]] = {}
    rounding = None  # of no taxes at all there is nothing to round
    for rate in found:
        rates.setdefault(rate.tax_id, []).append(rate)
        rounding = rate.rounding
    return TaxRules(
        currency=property.currency,
        rounding=Rounding(rounding or Rounding.LINE),
        taxes=tuple(tax_rule(rows[0].tax, rows) for rows in rates.values()),
        fees=tuple(fee_rule(fee) for fee in Fee.objects.filter(property=property, retired_at=None)),
    )


def tax_rule(tax: Tax, rates: list[TaxRate]) -> TaxRule:
    """Return a tax as the calculator takes it."""
    return TaxRule(
        code=tax.code,
        name=tax.name,
        kind=TaxKind(tax.kind),
        basis=TaxBasis(tax.basis),
        components=frozenset(tax.components),
        included=tax.is_included,
        percent_base=tax.percent_base,
        on_top_of=tuple(tax.on_top_of),
        at_property=tax.at_property,
        exempt_purposes=frozenset(tax.exempt_purposes),
        rates=tuple(
            RateRule(
                first=rate.first,
                last=rate.last,
                percent=rate.percent,
                amount_minor=rate.amount_minor,
                price_from_minor=rate.price_from_minor,
                price_until_minor=rate.price_until_minor,
                nights_cap=rate.nights_cap,
                age_from=rate.age_from,
            )
            for rate in rates
        ),
        slab_per_person=tax.slab_per_person,
    )


def fee_rule(fee: Fee) -> FeeRule:
    """Return a fee as the calculator takes it."""
    return FeeRule(
        code=fee.code,
        name=fee.name,
        component=Component(fee.component),
        basis=fee.basis,
        amount_minor=fee.amount_minor,
        percent=fee.percent,
        age_from=fee.age_from,
    )
