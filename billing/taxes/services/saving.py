"""Saving taxes, rates and fees: the rules a table cannot state, each refusal with its field. Retired, never deleted."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from billing.taxes.enums import ChargeBasis, Component, PercentBase, Rounding, TaxBasis
from billing.taxes.models import Fee, Tax, TaxRate, TaxSettings
from billing.taxes.services.applying import overlap
from billing.taxes.wording import rate_sentence
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, retried
from pms.properties.models import Property

#: Above this a percentage is a typing mistake rather than a tax.
HIGHEST_PERCENT = 50
#: Beyond these years a date is a typing mistake.
YEARS = range(2000, 2101)


@retried
@transaction.atomic
def tax_save(*, tax: Tax, actor: Actor, rates: Sequence[TaxRate] | None = None) -> Tax:
    """Save a tax, and its rates where they are given, all or nothing. Retired or not, what was sold keeps its lines.

    Locks the property. Raises Invalid `no_component`, `unknown_component`, `amount_inside`, `not_per_night`,
    `not_on_top`, `no_tax_below`, `unknown_tax`, `inside_already`, `tax_cycle`, `code_taken`; Conflict `tax_needed` when
    another tax is counted on one that retires; what rates_save raises.
    """
    lock(Property.objects.filter(pk=tax.property_id))
    others = {other.code: other for other in Tax.objects.filter(property_id=tax.property_id).exclude(pk=tax.pk)}
    if tax.code in others:
        raise Invalid("code_taken", "The property has a tax with this code already.", field="code")
    _require_shape(tax)
    _require_below(tax, others)
    needing = [other for other in others.values() if other.retired_at is None and tax.code in other.on_top_of]
    if tax.retired_at is not None and needing:
        message = f"“{needing[0].name}” is counted on it: retire that first."
        raise Conflict("tax_needed", message, field="retired_at")
    if rates is not None:
        rates_require(tax=tax, rates=rates)
    before = Tax.objects.filter(pk=tax.pk).first()
    tax.save()
    _record("tax", tax, before, actor)
    if rates is not None:
        rates_save(tax=tax, rates=rates, actor=actor)
    return tax


def _require_shape(tax: Tax) -> None:
    if not tax.components:
        raise Invalid("no_component", "Say what the tax is counted on.", field="components")
    unknown = sorted(set(tax.components) - set(Component.values))
    if unknown:
        raise Invalid("unknown_component", f"Nothing is sold as “{unknown[0]}”.", field="components")
    is_percent = tax.basis == TaxBasis.PERCENT
    if tax.is_included and not is_percent:
        message = "Only a percentage can be inside the price; an amount is added to it."
        raise Invalid("amount_inside", message, field="is_included")
    if not is_percent and Component.ACCOMMODATION not in tax.components:
        message = "A tax per night is counted on the room: add accommodation."
        raise Invalid("not_per_night", message, field="components")
    if tax.on_top_of and (tax.is_included or not is_percent):
        message = "Only a percentage that is added to the price can be counted on other taxes."
        raise Invalid("not_on_top", message, field="on_top_of")
    if tax.percent_base == PercentBase.TAXES and not tax.on_top_of:
        message = "Name the taxes that this percentage is counted on."
        raise Invalid("no_tax_below", message, field="on_top_of")


def _require_below(tax: Tax, others: dict[str, Tax]) -> None:
    """Refuse taxes below that are not there, inside the price anyway, or counted on this one themselves."""
    for code in tax.on_top_of:
        below = others.get(code)
        if code == tax.code:
            raise Invalid("tax_cycle", "A tax cannot be counted on itself.", field="on_top_of")
        if below is None or below.retired_at is not None:
            raise Invalid("unknown_tax", f"The property has no tax “{code}”.", field="on_top_of")
        if below.is_included:
            message = f"“{below.name}” is inside the price: count on the price as entered instead."
            raise Invalid("inside_already", message, field="on_top_of")
    waiting = list(tax.on_top_of)
    seen: set[str] = set()
    while waiting:
        code = waiting.pop()
        if code == tax.code:
            message = "These taxes would be counted on each other: " + ", ".join([tax.code, *sorted(seen)]) + "."
            raise Invalid("tax_cycle", message, field="on_top_of")
        if code not in seen and code in others:
            seen.add(code)
            waiting += others[code].on_top_of


def rate_save(*, rate: TaxRate, actor: Actor) -> TaxRate:
    """Save one rate beside the others of its tax. Raises what rates_save raises."""
    others = [other for other in rate.tax.rates.all() if other.pk != rate.pk]
    rates_save(tax=rate.tax, rates=[*others, rate], actor=actor)
    return rate


@retried
@transaction.atomic
def rates_save(*, tax: Tax, rates: Sequence[TaxRate], actor: Actor) -> None:
    """Make rates those of the tax, all or none: new ones are added, changed ones saved, others removed.

    A shipped rate that is changed becomes the house's own. Locks the property. Raises Invalid with the place of the rate
    in its field ("rates-2-first"): `percent_missing`, `amount_missing`, `absurd_percent`, `absurd_day`,
    `days_reversed`, `slab_reversed`, `age_with_percent`, `no_nights`, `rates_overlap`.
    """
    lock(Property.objects.filter(pk=tax.property_id))
    rates_require(tax=tax, rates=rates)
    currency = tax.property.currency
    there = {rate.pk: rate for rate in tax.rates.all()}
    changes: dict[str, Any] = {}
    with connection.cursor() as cursor:
        # Two rates may trade places: the table looks once all are written.
        cursor.execute("SET CONSTRAINTS ex_tax_rate_overlap DEFERRED")
    for gone in there.keys() - {rate.pk for rate in rates}:
        changes[f"rate {len(changes) + 1}"] = [rate_sentence(there[gone], currency), None]
        there[gone].delete()
    for rate in rates:
        before = there.get(rate.pk)
        was = rate_sentence(before, currency) if before else None
        if before is not None and _same(before, rate):
            continue
        rate.tax, rate.is_shipped = tax, False
        rate.save()
        changes[f"rate {len(changes) + 1}"] = [was, rate_sentence(rate, currency)]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ex_tax_rate_overlap IMMEDIATE")
    if changes:
        audit_record(
            action="tax.rates_changed",
            subject_type="tax",
            subject_code=tax.code,
            property_code=tax.property.code,
            actor=actor,
            changes=changes,
        )
        event_publish(kind="taxes.changed", subject_type="property", subject_code=tax.property.code)


def rates_require(*, tax: Tax, rates: Sequence[TaxRate]) -> None:
    """Refuse rates that make no sense, alone or together; see rates_save."""
    for index, rate in enumerate(rates):
        _require_value(tax, rate, index)
        _require_days(rate, index)
        for other in rates[:index]:
            if overlap(rate, other):
                message = f"It holds on the same days, for the same price, as the rate from {other.first:%d %B %Y}."
                raise Invalid("rates_overlap", message, field=f"rates-{index}-first")


def _require_value(tax: Tax, rate: TaxRate, index: int) -> None:
    if tax.basis == TaxBasis.PERCENT:
        if rate.percent is None or rate.amount_minor is not None:
            raise Invalid("percent_missing", "This tax is a percentage.", field=f"rates-{index}-percent")
        if not 0 <= rate.percent <= HIGHEST_PERCENT:
            message = f"A tax is from 0 to {HIGHEST_PERCENT} per cent. Is there a slip of the pen?"
            raise Invalid("absurd_percent", message, field=f"rates-{index}-percent")
        if rate.age_from:
            message = "An age goes with an amount per person, not with a percentage."
            raise Invalid("age_with_percent", message, field=f"rates-{index}-age_from")
    elif rate.amount_minor is None or rate.amount_minor < 0 or rate.percent is not None:
        raise Invalid("amount_missing", "This tax is an amount, from 0 on.", field=f"rates-{index}-amount")
    if rate.price_until_minor is not None and rate.price_until_minor <= rate.price_from_minor:
        raise Invalid("slab_reversed", "A slab ends above where it begins.", field=f"rates-{index}-price_until")
    if rate.nights_cap == 0:
        raise Invalid(
            "no_nights", "It holds for one night at least; empty: for all.", field=f"rates-{index}-nights_cap"
        )


def _require_days(rate: TaxRate, index: int) -> None:
    for field, day in (("first", rate.first), ("last", rate.last)):
        if day is not None and day.year not in YEARS:
            message = f"The year is from {YEARS[0]} to {YEARS[-1]}."
            raise Invalid("absurd_day", message, field=f"rates-{index}-{field}")
    if rate.last is not None and rate.last < rate.first:
        raise Invalid("days_reversed", "The last day is before the first.", field=f"rates-{index}-last")


@retried
@transaction.atomic
def fee_save(*, fee: Fee, actor: Actor) -> Fee:
    """Save a fee. Locks the property.

    Raises Invalid `code_taken`, `unknown_component`, `no_value`, `absurd_percent`, `percent_per_night`,
    `age_without_persons`.
    """
    lock(Property.objects.filter(pk=fee.property_id))
    if Fee.objects.filter(property_id=fee.property_id, code=fee.code).exclude(pk=fee.pk).exists():
        raise Invalid("code_taken", "The property has a fee with this code already.", field="code")
    if fee.component not in Component.values:
        raise Invalid("unknown_component", f"Nothing is sold as “{fee.component}”.", field="component")
    if (fee.percent is None) == (fee.amount_minor is None):
        raise Invalid("no_value", "A fee is an amount or a percentage, one of the two.", field="amount")
    if fee.percent is not None and not 0 <= fee.percent <= HIGHEST_PERCENT:
        message = f"A fee is from 0 to {HIGHEST_PERCENT} per cent. Is there a slip of the pen?"
        raise Invalid("absurd_percent", message, field="percent")
    if fee.percent is not None and fee.basis != ChargeBasis.NIGHT:
        raise Invalid("percent_per_night", "A percentage is of each night's price: per night.", field="basis")
    if fee.age_from and fee.basis not in {ChargeBasis.PERSON, ChargeBasis.PERSON_NIGHT}:
        raise Invalid("age_without_persons", "An age goes with a fee per person.", field="age_from")
    before = Fee.objects.filter(pk=fee.pk).first()
    fee.save()
    _record("fee", fee, before, actor)
    return fee


@retried
@transaction.atomic
def settings_save(*, settings: TaxSettings, actor: Actor) -> TaxSettings:
    """Save how a property's taxes are rounded. Locks the property. Raises Invalid `settings_there`, `unknown_rounding`."""
    lock(Property.objects.filter(pk=settings.property_id))
    before = TaxSettings.objects.filter(property_id=settings.property_id).first()
    if before is not None and before.pk != settings.pk:
        message = "The property has tax settings already: change those."
        raise Invalid("settings_there", message, field="property")
    if settings.rounding not in Rounding.values:
        raise Invalid("unknown_rounding", f"Nothing is rounded by “{settings.rounding}”.", field="rounding")
    settings.save()
    was = before.rounding if before else None
    if was != settings.rounding:
        audit_record(
            action="tax_settings.changed",
            subject_type="tax_settings",
            subject_code=settings.property.code,
            property_code=settings.property.code,
            actor=actor,
            changes={"rounding": [was, settings.rounding]},
        )
        event_publish(kind="taxes.changed", subject_type="property", subject_code=settings.property.code)
    return settings


def _same(one: TaxRate, other: TaxRate) -> bool:
    names = [field.attname for field in TaxRate._meta.concrete_fields if field.name != "is_shipped"]
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _record(kind: str, row: Tax | Fee, before: Tax | Fee | None, actor: Actor) -> None:
    names = [field.attname for field in row._meta.concrete_fields if field.name not in {"id", "regime", "source"}]
    changes = {
        name: [getattr(before, name, None), getattr(row, name)]
        for name in names
        if before is None or getattr(before, name) != getattr(row, name)
    }
    if before is not None and not changes:
        return
    audit_record(
        action=f"{kind}.{'changed' if before else 'created'}",
        subject_type=kind,
        subject_code=row.code,
        property_code=row.property.code,
        actor=actor,
        changes=changes,
    )
    event_publish(kind="taxes.changed", subject_type="property", subject_code=row.property.code)
