"""What every save of rates shares: one place that writes a row, audits what changed and tells it; and what is absurd."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db.models import Model, Q

from bookings.rates.changing import MAX_PRICE_MAJOR
from bookings.rates.models import RatePlan
from bookings.rates.services.previewing import followers
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.money import Money
from pms.properties.models import Property, RoomType

Row = TypeVar("Row", bound=Model)

#: Percentages that somebody may mean: from a twentieth of the price to six times of it.
LEAST_PERCENT, MOST_PERCENT = Decimal(-95), Decimal(500)
#: A price so many times above or below all others of its plan is asked about again.
UNLIKELY_FACTOR = 10


def code_require_free(row: Any) -> None:
    """Raise Invalid `code_taken` when another row of the property has the code, whatever its case."""
    rows = type(row)._default_manager.filter(property=row.property, code__iexact=row.code).exclude(pk=row.pk)
    other = rows.first()
    if other is not None:
        raise Invalid("code_taken", f"{other.name} has the code {other.code} already.", field="code")


def same_property_require(property: Property, **rows: Any) -> None:
    """Raise Invalid `other_property` at the field whose row belongs to another property; None passes."""
    for field, row in rows.items():
        if row is not None and row.property_id != property.pk:
            raise Invalid("other_property", f"{row} belongs to another property than {property.name}.", field=field)


def span_require(first: Any, last: Any, *, field: str, sentence: str = "The last day is before the first.") -> None:
    """Raise Invalid `span_reversed` at `field` when both ends are given and the last comes before the first."""
    if first is not None and last is not None and last < first:
        raise Invalid("span_reversed", sentence, field=field)


def percent_require(percent: Decimal | None, *, field: str, least: Decimal = LEAST_PERCENT) -> None:
    """Raise Invalid `absurd_percent` for what nobody means: a price nearly given away, or more than six times of it."""
    if percent is not None and not least <= percent <= MOST_PERCENT:
        raise Invalid(
            "absurd_percent", f"Between {least:f} and {MOST_PERCENT:f} per cent make sense here.", field=field
        )


def amount_require(amount_minor: int | None, *, currency: str, field: str, signed: bool = False) -> None:
    """Raise Invalid `negative_amount` or `absurd_amount` at `field`. Minor units of `currency`."""
    if amount_minor is None:
        return
    if amount_minor < 0 and not signed:
        raise Invalid("negative_amount", "An amount is 0 or more.", field=field)
    most = Money.of(MAX_PRICE_MAJOR, currency)
    if abs(amount_minor) > most.minor:
        raise Invalid("absurd_amount", f"More than {most} is never meant.", field=field)


def likely_require(price_minor: int, *, others: Sequence[int], currency: str, field: str, confirmed: bool) -> None:
    """Raise Conflict `unlikely_price` when a price is far from all `others` and nobody confirmed it."""
    if confirmed or not others:
        return
    least, most = min(others), max(others)
    if price_minor > UNLIKELY_FACTOR * most or price_minor * UNLIKELY_FACTOR < least:
        span = str(Money(least, currency)) if least == most else f"{Money(least, currency)} to {Money(most, currency)}"
        sentence = f"The other prices of this plan are {span}. Tick “Yes, I mean it” if this one is right."
        raise Conflict("unlikely_price", sentence, field=field)


def row_save(
    row: Row,
    *,
    subject: str,
    code: str,
    property: Property,
    actor: Actor,
    told: bool = True,
    more: dict[str, list[Any]] | None = None,
) -> dict[str, list[Any]]:
    """Write a row and audit what changed as `<subject>.created` or `.changed`; return the changes, {} for none.

    `more` are changes of what belongs to the row ("tiers"). With `told` the event has the name of the audit's action.
    Raises ValidationError.
    """
    _clean(row)
    before = _columns(row) if row.pk else None
    row.save()
    changes = {
        name: [before[name] if before else None, value]
        for name, value in (_columns(row) or {}).items()
        if before is None or before[name] != value
    } | (more or {})
    if changes:
        kind = f"{subject}.{'changed' if before else 'created'}"
        recorded(kind, code=code, property=property, actor=actor, changes=changes, told=told)
    return changes


def recorded(
    kind: str, *, code: str, property: Property, actor: Actor, changes: dict[str, Any], told: bool = True
) -> None:
    """Write the audit of a change and, with `told`, its event: "rate_plan.changed" of "LIS/BAR"."""
    subject, place = kind.split(".", maxsplit=1)[0], f"{property.code}/{code}"[:64]
    audit_record(
        action=kind,
        subject_type=subject,
        subject_code=place,
        property_code=property.code,
        actor=actor,
        changes=changes,
    )
    if told:
        event_publish(kind=kind, subject_type=subject, subject_code=place, payload={"fields": sorted(changes)})


def rates_told(
    property: Property,
    *,
    room_types: Iterable[RoomType] | None = None,
    rate_plans: Iterable[RatePlan] | None = None,
    first: date | None = None,
    last: date | None = None,
    fields: Sequence[str] = ("price",),
) -> None:
    """Publish `rates.changed`, as a change of days does: None are all types, all plans, every day."""
    plans = {plan.pk: plan for plan in RatePlan.objects.filter(property=property)}
    named = set(plans) if rate_plans is None else {plan.pk for plan in rate_plans}
    derived = {key for field in fields for key in followers(plans=plans, of=named, field=field)} - named
    kinds = property.room_types.all() if room_types is None else room_types
    event_publish(
        kind="rates.changed",
        subject_type="property",
        subject_code=property.code,
        payload={
            "property": property.code,
            "room_types": sorted({kind.code for kind in kinds}),
            "rate_plans": sorted(plans[key].code for key in named if key in plans),
            "derived_plans": sorted(plans[key].code for key in derived),
            "first": first,
            "last": last,
            "fields": sorted(fields),
        },
    )


def either(one: Any) -> list[Any] | None:
    """Return the row as a list of one, or None for all of them."""
    return None if one is None else [one]


def fits(field: str, value: Any) -> Q:
    """Return the condition that a nullable column is exactly value."""
    return Q(**{f"{field}__isnull": True}) if value is None else Q(**{field: value})


def _clean(row: Model) -> None:
    """Raise ValidationError for what the row's fields and constraints refuse.

    Overlaps are left to the services, which name the other row, and to the database: Django compares the column of
    an exclusion with itself when it stands inside a function, and would find an overlap between any two properties.
    """
    row.full_clean(validate_constraints=False)
    for constraint in row._meta.constraints:
        if not isinstance(constraint, ExclusionConstraint):
            constraint.validate(type(row), row)


def _columns(row: Model) -> dict[str, Any]:
    found = type(row)._default_manager.filter(pk=row.pk).values().first()
    return {name: _printed(value) for name, value in (found or {}).items() if name != "id"}


def _printed(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
