"""Applying a shipped rule set to a property: its taxes, rates and usual fees become the property's own rows.

What the house made itself stays: taxes and fees that came from no rule set, and rates it added or changed. A shipped rate
that would overlap one of them is left out and said so. Taxes of another rule set are retired.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing.taxes.enums import PercentBase, Rounding
from billing.taxes.models import Fee, Tax, TaxRate, TaxSettings
from billing.taxes.regimes import REGIMES
from billing.taxes.regimes.regime import Rate, Regime, RegimeFee, RegimeTax
from billing.taxes.wording import rate_sentence
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import dry_run, lock, retried
from pms.kernel.money import Money
from pms.properties.models import Property

_RATE_FIELDS = (
    "first",
    "last",
    "percent",
    "amount_minor",
    "price_from_minor",
    "price_until_minor",
    "nights_cap",
    "age_from",
)


@dataclass(frozen=True, slots=True)
class RegimeChange:
    """One thing that applying a rule set does. `verb`: "add", "change", "retire", "remove" or "keep"."""

    verb: str
    subject: str
    what: str


def regime_preview(*, property: Property, regime: str, category: str = "") -> list[RegimeChange]:
    """Return what regime_apply would do, by doing it and taking it back. Raises what regime_apply raises."""
    found = _regime(property, regime, category)
    changes: list[RegimeChange] = []
    with dry_run():
        changes += _apply(property, found, category or first_category(found))
    return changes


@retried
@transaction.atomic
def regime_apply(*, property: Property, regime: str, category: str = "", actor: Actor) -> list[RegimeChange]:
    """Make a shipped rule set the taxes of a property, and return what changed; nothing the second time.

    `category` is one of the rule set's; its first where none is given. Locks the property. Raises Invalid
    `unknown_regime`, `unknown_category`; Conflict `other_currency`.
    """
    found = _regime(property, regime, category)
    changes = list(_apply(property, found, category or first_category(found)))
    done = [change for change in changes if change.verb != "keep"]
    if done:
        audit_record(
            action="taxes.regime_applied",
            subject_type="tax_settings",
            subject_code=property.code,
            property_code=property.code,
            actor=actor,
            changes={
                "regime": [None, found.code],
                **{f"{change.verb} {change.subject}": [None, change.what] for change in done},
            },
        )
        event_publish(kind="taxes.changed", subject_type="property", subject_code=property.code)
    return changes


def _regime(place: Property, code: str, category: str) -> Regime:
    regime = REGIMES.get(code)
    if regime is None:
        raise Invalid("unknown_regime", f"There is no rule set “{code}”.", field="regime")
    if category and category not in dict(regime.categories):
        raise Invalid("unknown_category", f"{regime.name} has no category “{category}”.", field="category")
    if regime.currency != place.currency:
        raise Conflict(
            "other_currency",
            f"{regime.name} is in {regime.currency}, the property's prices are in {place.currency}.",
            field="regime",
        )
    return regime


def first_category(regime: Regime) -> str:
    """Return the category that is taken where nobody chooses; empty where there are none."""
    return regime.categories[0][0] if regime.categories else ""


def _apply(place: Property, regime: Regime, category: str) -> Iterator[RegimeChange]:
    lock(Property.objects.filter(pk=place.pk))
    taxes = {tax.code: tax for tax in Tax.objects.filter(property=place)}
    for position, wanted in enumerate(regime.taxes):
        tax = taxes.get(wanted.code)
        if tax is not None and not tax.regime:
            yield RegimeChange("keep", tax.code, f"“{tax.name}” is the house's own tax with this code.")
            continue
        if tax is None:
            tax = Tax(property=place, code=wanted.code)
        yield from _tax(tax, tax_values(regime, wanted, position))
        yield from _rates(place, category, wanted, tax)
    names = {wanted.code for wanted in regime.taxes}
    yield from _retire([tax for tax in taxes.values() if tax.code not in names])
    fees = {fee.code: fee for fee in Fee.objects.filter(property=place)}
    for position, fee in enumerate(regime.fees):
        yield from _fee(place, regime, fee, position, fees.get(fee.code))
    yield from _retire([fee for fee in fees.values() if fee.code not in {wanted.code for wanted in regime.fees}])
    yield from _settings(place, regime, category)


def _tax(tax: Tax, values: dict[str, Any]) -> Iterator[RegimeChange]:
    is_new = tax.pk is None
    changed = _differing(tax, values)
    if is_new:
        tax.save()
        yield RegimeChange("add", tax.code, tax.name)
    elif changed:
        tax.save(update_fields=changed)
        yield RegimeChange("change", tax.code, f"{tax.name}: {_spelled(changed)}")


def _rates(place: Property, category: str, wanted: RegimeTax, tax: Tax) -> Iterator[RegimeChange]:
    """Take back shipped rates that are no longer in the rule set, then add those that are new."""
    there = list(tax.rates.all())
    new = [rate_of(tax, rate, category, place.currency) for rate in wanted.rates]
    keys = {_key(rate) for rate in new}
    for rate in there:
        if rate.is_shipped and _key(rate) not in keys:
            yield RegimeChange("remove", tax.code, rate_sentence(rate, place.currency))
            rate.delete()
    own = [rate for rate in there if not rate.is_shipped]
    known = {_key(rate) for rate in there}
    for rate in new:
        if _key(rate) in known:
            continue
        if any(overlap(rate, other) for other in own):
            kept = f"{rate_sentence(rate, place.currency)}: left out, a rate of the house holds then."
            yield RegimeChange("keep", tax.code, kept)
            continue
        rate.save()
        yield RegimeChange("add", tax.code, rate_sentence(rate, place.currency))


def _fee(place: Property, regime: Regime, wanted: RegimeFee, position: int, fee: Fee | None) -> Iterator[RegimeChange]:
    values: dict[str, Any] = {
        "name": wanted.name,
        "component": wanted.component.value,
        "basis": wanted.basis.value,
        "percent": Decimal(wanted.percent),
        "amount_minor": None,
        "position": position,
        "regime": regime.code,
        "retired_at": None,
    }
    if fee is not None and not fee.regime:
        yield RegimeChange("keep", fee.code, f"“{fee.name}” is the house's own fee with this code.")
    elif fee is None:
        Fee.objects.create(property=place, code=wanted.code, **values)
        yield RegimeChange("add", wanted.code, f"{wanted.name}: {wanted.percent}%")
    elif changed := _differing(fee, values):
        fee.save(update_fields=changed)
        yield RegimeChange("change", fee.code, f"{fee.name}: {_spelled(changed)}")


def _retire(rows: Sequence[Tax | Fee]) -> Iterator[RegimeChange]:
    """Retire what another rule set, or an older edition of this one, has brought."""
    for row in rows:
        if row.regime and row.retired_at is None:
            row.retired_at = timezone.now()
            row.save(update_fields=["retired_at"])
            yield RegimeChange("retire", row.code, row.name)


def _settings(place: Property, regime: Regime, category: str) -> Iterator[RegimeChange]:
    settings, _ = TaxSettings.objects.get_or_create(property=place)
    values = {
        "regime": regime.code,
        "regime_version": regime.read_on,
        "category": category,
        "rounding": regime.rounding.value,
    }
    if changed := _differing(settings, values):
        settings.save(update_fields=changed)
        rounded = Rounding(regime.rounding).label
        named = f", {dict(regime.categories)[category]}" if category else ""
        text = f"{regime.name}{named}, read on {regime.read_on:%d %B %Y}; rounded: {rounded}"
        yield RegimeChange("change", "Settings", text)


def tax_values(regime: Regime, wanted: RegimeTax, position: int) -> dict[str, Any]:
    """Return the fields of the Tax that a tax of a rule set becomes."""
    sources = "\n".join(f"{source.title}: {source.address}" for source in regime.sources)
    return {
        "name": wanted.name,
        "kind": wanted.kind.value,
        "basis": wanted.basis.value,
        "components": [component.value for component in wanted.components],
        "is_included": wanted.included,
        "percent_base": PercentBase(wanted.percent_base).value,
        "on_top_of": list(wanted.on_top_of),
        "slab_per_person": wanted.slab_per_person,
        "at_property": wanted.at_property,
        "exempt_purposes": [purpose.value for purpose in wanted.exempt],
        "position": position,
        "source": f"{sources}\nRead on {regime.read_on:%d %B %Y}. {regime.notes}",
        "regime": regime.code,
        "retired_at": None,
    }


def rate_of(tax: Tax, wanted: Rate, category: str, currency: str) -> TaxRate:
    """Return the unsaved TaxRate that a rate of a rule set becomes."""
    percent = wanted.percent if wanted.percent is None or isinstance(wanted.percent, str) else wanted.percent[category]
    amount = wanted.amount if wanted.amount is None or isinstance(wanted.amount, str) else wanted.amount[category]

    def minor(value: str | None) -> int | None:
        return None if value is None else Money.of(value, currency).minor

    return TaxRate(
        tax=tax,
        first=wanted.first,
        last=wanted.last,
        percent=None if percent is None else Decimal(percent),
        amount_minor=minor(amount),
        price_from_minor=minor(wanted.price_from) or 0,
        price_until_minor=minor(wanted.price_until),
        nights_cap=wanted.nights_cap,
        age_from=wanted.age_from,
        is_shipped=True,
    )


def overlap(one: TaxRate, other: TaxRate) -> bool:
    """Return whether two rates of a tax hold on the same day for the same price."""
    days = (one.last is None or one.last >= other.first) and (other.last is None or other.last >= one.first)
    prices = (one.price_until_minor is None or one.price_until_minor > other.price_from_minor) and (
        other.price_until_minor is None or other.price_until_minor > one.price_from_minor
    )
    return days and prices


def _key(rate: TaxRate) -> tuple[Any, ...]:
    return tuple(getattr(rate, field) for field in _RATE_FIELDS)


def _differing(row: Any, values: dict[str, Any]) -> list[str]:
    """Set values on row and return the names of those that differ."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _spelled(names: Sequence[str]) -> str:
    return ", ".join("back in use" if name == "retired_at" else name.replace("_", " ") for name in names)
