"""The rules that add to a price."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language

from billing.taxes.calculation import FeeRule, RateRule, TaxRule, TaxRules
from billing.taxes.enums import Component, Rounding, TaxBasis, TaxKind
from billing.taxes.models import Fee, Tax, TaxRate
from pms.kernel.prepared import Prepared
from pms.properties.models import Property

_TAX_FIELDS = (
    "code", "name", "kind", "basis", "components", "is_included", "percent_base", "on_top_of", "at_property",
    "exempt_purposes", "slab_per_person",
)  # fmt: skip
_RATE_FIELDS = (
    "first", "last", "percent", "amount_minor", "price_from_minor", "price_until_minor", "nights_cap", "age_from",
)  # fmt: skip
_FEE_FIELDS = ("code", "name", "component", "basis", "amount_minor", "percent", "age_from")
_RATES = Prepared(
    lambda properties, first, until: (
        TaxRate.objects.filter(Q(last=None) | Q(last__gte=first), tax__retired_at=None)
        .filter(tax__property_id__in=properties)
        .filter(first__lt=until)
        .order_by("tax__position", "tax__code", "first", "price_from_minor")
        .values_list(
            "tax_id",
            *_RATE_FIELDS,
            *(f"tax__{name}" for name in _TAX_FIELDS),
            "tax__property_id",
            "tax__property__tax_settings__rounding",
        )
    ),
    properties=list,
    first=date,
    until=date,
)
_FEES = Prepared(
    lambda properties: Fee.objects.filter(property_id__in=properties, retired_at=None).values_list(
        "property_id", *_FEE_FIELDS
    ),
    properties=list,
)


def rules_load(*, property: Property, first: date, until: date) -> TaxRules:
    """Return the taxes and fees of a property that hold on any day of [first, until). Two queries.

    Charges dated the departure (a late check-out) need `until` to be the day after it.
    """
    return rules_load_many(properties=[property], first=first, until=until)[property.pk]


def rules_load_many(*, properties: Sequence[Property], first: date, until: date) -> dict[int, TaxRules]:
    """Return, by property id, what `rules_load` returns, for all of them in two queries.

    Properties whose rows say the same share one value, and so what the calculator resolves for it once.
    """
    return rules_asked(properties=properties, first=first, until=until)()


def rules_asked(*, properties: Sequence[Property], first: date, until: date) -> Callable[[], dict[int, TaxRules]]:
    """Ask as `rules_load_many` does, and return what waits for it."""
    places = {place.pk: place for place in properties}
    rates_of = _RATES.ask(properties=list(places), first=first, until=until)
    fees_of = _FEES.ask(properties=list(places))

    def found() -> dict[int, TaxRules]:
        return _by_place(places, rates_of(), fees_of())

    return found


def _by_place(
    places: Mapping[int, Property], rate_rows: Sequence[tuple[Any, ...]], fee_rows: Sequence[tuple[Any, ...]]
) -> dict[int, TaxRules]:
    # Of no taxes at all there is nothing to round.
    roundings: dict[int, str | None] = {}
    rates: dict[int, list[tuple[Any, ...]]] = {key: [] for key in places}
    for _, *row, place_id, rounding in rate_rows:
        roundings[place_id] = rounding
        rates[place_id].append(tuple([tuple(value) if isinstance(value, list) else value for value in row]))
    fees: dict[int, list[tuple[Any, ...]]] = {key: [] for key in places}
    for place_id, *row in fee_rows:
        fees[place_id].append(tuple(row))
    shared: dict[tuple[Any, ...], TaxRules] = {}
    found: dict[int, TaxRules] = {}
    for key, place in places.items():
        said = (place.currency, roundings.get(key), tuple(rates[key]), tuple(fees[key]))
        if said not in shared:
            shared[said] = _rules(place, roundings.get(key), rates[key], fees[key])
        found[key] = shared[said]
    return found


def _rules(
    place: Property, rounding: str | None, rates: Sequence[tuple[Any, ...]], fees: Sequence[tuple[Any, ...]]
) -> TaxRules:
    taxes: dict[str, list[TaxRate]] = {}
    for row in rates:
        tax = Tax(property=place, **dict(zip(_TAX_FIELDS, row[len(_RATE_FIELDS) :], strict=True)))
        rate = TaxRate(tax=tax, **dict(zip(_RATE_FIELDS, row, strict=False)))
        taxes.setdefault(tax.code, []).append(rate)
    return TaxRules(
        currency=place.currency,
        rounding=Rounding(rounding or Rounding.LINE),
        taxes=tuple(tax_rule(rows[0].tax, rows) for rows in taxes.values()),
        fees=tuple(fee_rule(Fee(property=place, **dict(zip(_FEE_FIELDS, row, strict=True)))) for row in fees),
    )


def names_said(*, property_id: int) -> dict[tuple[str, str], str]:
    """Return the names of a property's taxes and fees in the active language, by ("tax" or "fee", code).

    Only those that somebody translated: what was sold keeps its own name besides (T45). No query in the language that
    rows are written in, else two.
    """
    language = get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return {}
    found: dict[tuple[str, str], str] = {}
    for kind, rows in (("tax", Tax.objects), ("fee", Fee.objects)):
        for code, texts in rows.filter(property=property_id).values_list("code", "texts"):
            if name := texts.get(language, {}).get("name"):
                found[kind, code] = name
    return found


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
