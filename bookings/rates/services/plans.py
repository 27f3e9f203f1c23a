"""Rate plans: what they derive from, what depends on them, what is inside them and where they are sold."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from bookings.rates.enums import PRICE
from bookings.rates.models import PlanChannel, PlanComponent, RatePlan
from bookings.rates.services.saving import (
    amount_require,
    code_require_free,
    percent_require,
    rates_told,
    row_save,
    same_property_require,
    span_require,
)
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock
from pms.properties.models import Property

#: What of a plan its prices and its sale come from; a change of anything else is not told to channels.
_PRICING = frozenset(
    {
        "parent_id", "derive_percent", "derive_minor", "inherits", "components", "channels", "retired_at",
        "sale_first", "sale_last", "stay_first", "stay_last", "lead_days_min", "lead_days_max", "nights_min",
        "nights_max", "access_code",
    }
)  # fmt: skip


@transaction.atomic
def plan_save(
    *,
    plan: RatePlan,
    actor: Actor,
    components: Sequence[PlanComponent] | None = None,
    channels: Sequence[PlanChannel] | None = None,
) -> RatePlan:
    """Create or change a rate plan; with components or channels those are what it has afterwards.

    Locks the property: two plans cannot become each other's parent at once. Raises ValidationError, Invalid
    `code_taken`, `other_property`, `plan_cycle` (T23), `parent_retired`, `derived_from_nothing`, `absurd_percent`,
    `absurd_amount`, `span_reversed`, `default_retired`, `twice`; Conflict `default_taken`, `plan_in_use`.
    """
    place = plan.property
    lock(Property.objects.filter(pk=place.pk))
    code_require_free(plan)
    same_property_require(
        place, parent=plan.parent, cancellation_policy=plan.cancellation_policy, payment_terms=plan.payment_terms
    )
    _parent_require(plan)
    _windows_require(plan)
    _default_require(plan)
    if plan.retired_at is not None:
        _unused_require(plan)
    for index, component in enumerate(components or ()):
        amount_require(component.amount_minor, currency=place.currency, field=f"components-{index}-amount")
    for index, channel in enumerate(channels or ()):
        percent_require(channel.percent, field=f"channels-{index}-percent")
        amount_require(channel.amount_minor, currency=place.currency, field=f"channels-{index}-amount", signed=True)
    _once_require([row.component for row in components or ()], "component")
    _once_require([row.source for row in channels or ()], "channel")
    more: dict[str, list[Any]] = {}
    if components is not None:
        more |= _replaced("components", plan, components)
    if channels is not None:
        more |= _replaced("channels", plan, channels)
    changes = row_save(plan, subject="rate_plan", code=plan.code, property=place, actor=actor, told=False, more=more)
    _lists_write(plan, components, channels)
    if _PRICING & set(changes):
        rates_told(place, rate_plans=[plan], fields=sorted({PRICE, *plan.inherits} if plan.parent_id else {PRICE}))
    return plan


def dependents(plan: RatePlan) -> list[RatePlan]:
    """Return the plans on sale that take something from this one, nearest first; those of all depths."""
    if not plan.pk:
        return []
    rows = list(RatePlan.objects.filter(property=plan.property_id, retired_at=None))
    found: list[RatePlan] = []
    reached = {plan.pk}
    while layer := [row for row in rows if row.parent_id in reached and row.pk not in reached]:
        found += layer
        reached |= {row.pk for row in layer}
    return found


def _parent_require(plan: RatePlan) -> None:
    currency = plan.property.currency
    percent_require(plan.derive_percent, field="derive_percent")
    amount_require(plan.derive_minor, currency=currency, field="derive_amount", signed=True)
    if plan.parent is None:
        for field, value in (("derive_percent", plan.derive_percent), ("derive_amount", plan.derive_minor)):
            if Decimal(value):
                raise Invalid("derived_from_nothing", "Choose the plan whose price this changes.", field=field)
        return
    parents = {row.pk: row for row in RatePlan.objects.filter(property=plan.property_id)}
    chain, above = [plan], plan.parent_id
    while above in parents and parents[above] not in chain[1:]:
        chain.append(parents[above])
        if above == plan.pk:
            names = " from ".join(row.code for row in chain)
            raise Invalid(
                "plan_cycle",
                f"A plan cannot come from itself: {names}.",
                field="parent",
                chain=[row.code for row in chain],
            )
        above = parents[above].parent_id
    if plan.parent.retired_at is not None and plan.retired_at is None:
        raise Invalid("parent_retired", f"{plan.parent.name} is retired: nothing is derived from it.", field="parent")


def _windows_require(plan: RatePlan) -> None:
    span_require(plan.sale_first, plan.sale_last, field="sale_last")
    span_require(plan.stay_first, plan.stay_last, field="stay_last")
    least = "The most is less than the least."
    span_require(plan.lead_days_min, plan.lead_days_max, field="lead_days_max", sentence=least)
    span_require(plan.nights_min, plan.nights_max, field="nights_max", sentence=least)


def _default_require(plan: RatePlan) -> None:
    if not plan.is_default:
        return
    if plan.retired_at is not None:
        raise Invalid(
            "default_retired", "The default plan is on sale; make another the default first.", field="retired_at"
        )
    other = RatePlan.objects.filter(property=plan.property, is_default=True).exclude(pk=plan.pk).first()
    if other is not None:
        sentence = f"{other.name} ({other.code}) is the default plan; a property has one."
        raise Conflict("default_taken", sentence, field="is_default")


def _unused_require(plan: RatePlan) -> None:
    names = ", ".join(f"{row.name} ({row.code})" for row in dependents(plan))
    if names:
        sentence = f"These plans are derived from it: {names}. Retire them or give them another parent first."
        raise Conflict("plan_in_use", sentence, field="retired_at")


def _once_require(values: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            field = f"{what}s-{index}-{'component' if what == 'component' else 'source'}"
            raise Invalid("twice", f"Each {what} is listed once.", field=field)
        seen.add(value)


def _replaced(
    name: str, plan: RatePlan, rows: Sequence[PlanComponent] | Sequence[PlanChannel]
) -> dict[str, list[object]]:
    before = sorted(_said(row) for row in getattr(plan, name).all()) if plan.pk else []
    after = sorted(_said(row) for row in rows)
    return {} if before == after else {name: [before, after]}


def _said(row: PlanComponent | PlanChannel) -> str:
    if isinstance(row, PlanComponent):
        return f"{row.component} {row.amount_minor} {row.basis} from {row.age_from}"
    return (
        f"{row.source} {'open' if row.is_open else 'closed'} {Decimal(row.percent).normalize():f} % {row.amount_minor}"
    )


def _lists_write(
    plan: RatePlan, components: Sequence[PlanComponent] | None, channels: Sequence[PlanChannel] | None
) -> None:
    if components is not None:
        plan.components.all().delete()
        for component in components:
            component.pk, component.rate_plan = None, plan
            component.full_clean()
        PlanComponent.objects.bulk_create(components)
    if channels is not None:
        plan.channels.all().delete()
        for channel in channels:
            channel.pk, channel.rate_plan = None, plan
            channel.full_clean()
        PlanChannel.objects.bulk_create(channels)
