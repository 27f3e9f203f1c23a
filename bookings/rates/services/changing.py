"""Every edit of prices and restrictions as a version: drafted, published, rolled back."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from bookings.rates.changing import Cell, CellMoved, RollBackPreview
from bookings.rates.enums import ChangeState
from bookings.rates.models import RateChange, RatePlan
from bookings.rates.services.cells import cells_apply, cells_expect, cells_moved, cells_store
from bookings.rates.services.judging import Names, cells_require, field_label
from bookings.rates.services.previewing import followers
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, retried
from pms.kernel.text import clean_text
from pms.properties.models import Property


@retried
@transaction.atomic
def change_draft(*, property: Property, cells: Sequence[Cell], title: str, actor: Actor) -> RateChange:
    """Keep an edit as a draft: its cells that differ from what is set now, with both values. Changes no price.

    Locks the property. Raises Invalid `title_missing`, `no_cells`, `too_many_cells`, or the fault of the first
    offending cell with all of them in its context; `nothing_changes` when everything is set as wished already.
    """
    title = clean_text(title, field="title", most=120)
    if not title:
        raise Invalid("title_missing", "Give the change a title.", field="title")
    cells_require(property=property, cells=cells, names=Names(property))
    lock(Property.objects.filter(pk=property.pk))
    newest = RateChange.objects.filter(property=property).aggregate(number=Max("number"))["number"]
    change = RateChange.objects.create(
        property=property,
        number=(newest or 0) + 1,
        title=title,
        made_by=actor.label[:120],
        made_at=timezone.now(),
    )
    count, first, last = cells_store(change_id=change.pk, property_id=property.pk, cells=cells)
    if not count:
        raise Invalid("nothing_changes", "Everything is set like this already.")
    change.cells_count, change.first, change.last = count, first, last
    change.save(update_fields=["cells_count", "first", "last"])
    _audit(change, "rates.drafted", actor, before=None)
    return change


@retried
@transaction.atomic
def change_publish(*, change: RateChange, actor: Actor, expect_before: bool = True) -> RateChange:
    """Make a draft's cells the prices and restrictions, all or none. Idempotent.

    Locks the property, then the change: two publishes at one property wait for each other. Raises Conflict
    `rolled_back`; `changed_meanwhile` with `moved` in its context when a cell is not what it was when the draft was
    made. Without `expect_before` such a cell is overwritten, and what it held is noted for rolling back.
    """
    change = _locked(change)
    if change.state == ChangeState.PUBLISHED:
        return change
    if change.state == ChangeState.ROLLED_BACK:
        raise Conflict("rolled_back", f"Change {change.number} was rolled back; make a new one.")
    if expect_before:
        _refuse_moved(change, "changed_meanwhile", "before", "as when the draft was made")
    else:
        cells_expect(change_id=change.pk, property_id=change.property_id)
    cells_apply(change_id=change.pk, property_id=change.property_id, column="after")
    change.state, change.published_at = ChangeState.PUBLISHED, timezone.now()
    change.save(update_fields=["state", "published_at"])
    _audit(change, "rates.published", actor, before=ChangeState.DRAFT)
    _tell(change)
    return change


def rates_change(*, property: Property, cells: Sequence[Cell], title: str, actor: Actor) -> RateChange:
    """Draft and publish in one transaction. Raises what change_draft raises."""
    return _at_once(property=property, cells=cells, title=title, actor=actor)


@retried
@transaction.atomic
def _at_once(*, property: Property, cells: Sequence[Cell], title: str, actor: Actor) -> RateChange:
    change = change_draft(property=property, cells=cells, title=title, actor=actor)
    return change_publish(change=change, actor=actor)


def change_roll_back_preview(*, change: RateChange) -> RollBackPreview:
    """Return how many cells rolling back would put back, and which hold another value since."""
    moved = cells_moved(change_id=change.pk, property_id=change.property_id, expected="after")
    return RollBackPreview(cells=change.cells_count - len(moved), moved=tuple(moved.values()))


@retried
@transaction.atomic
def change_roll_back(*, change: RateChange, actor: Actor, leave_moved: bool = False) -> RateChange:
    """Put back what a published change replaced. Idempotent. Locks the property, then the change.

    Raises Conflict `not_published`; `changed_since` with `moved` in its context when cells hold another value since
    than the change wrote, unless `leave_moved`: those then stay as they are; `nothing_to_put_back` when all of them do.
    """
    change = _locked(change)
    if change.state == ChangeState.ROLLED_BACK:
        return change
    if change.state == ChangeState.DRAFT:
        raise Conflict("not_published", f"Change {change.number} is a draft: there is nothing to take back.")
    if not leave_moved:
        _refuse_moved(change, "changed_since", "after", "as this change set it")
    moved = cells_moved(change_id=change.pk, property_id=change.property_id, expected="after")
    if len(moved) == change.cells_count:
        raise Conflict("nothing_to_put_back", "Every cell of this change has been changed since.")
    cells_apply(change_id=change.pk, property_id=change.property_id, column="before", leaving=list(moved))
    change.state, change.rolled_back_at = ChangeState.ROLLED_BACK, timezone.now()
    change.save(update_fields=["state", "rolled_back_at"])
    _audit(change, "rates.rolled_back", actor, before=ChangeState.PUBLISHED, left=len(moved))
    _tell(change)
    return change


@transaction.atomic
def change_discard(*, change: RateChange, actor: Actor) -> None:
    """Throw a draft away. Locks the property, then the change. Raises Conflict `not_a_draft`."""
    change = _locked(change)
    if change.state != ChangeState.DRAFT:
        raise Conflict("not_a_draft", f"Change {change.number} was published: it can be rolled back, not thrown away.")
    _audit(change, "rates.discarded", actor, before=ChangeState.DRAFT)
    change.delete()


def moved_sentence(*, moved: Iterable[CellMoved], names: Names, expectation: str) -> str:
    """Return the first moved cell in words, and how many more there are."""
    rows = list(moved)
    first = rows[0]
    cell = Cell(first.room_type_id, first.rate_plan_id, first.date, first.field, first.current)
    more = f" {len(rows) - 1:,} more cells have changed, too." if len(rows) > 1 else ""
    return (
        f"{field_label(first.field)} of {names.place(cell)} is {names.value(first.field, first.current)} now, not "
        f"{names.value(first.field, first.expected)} {expectation}.{more}"
    )


def _locked(change: RateChange) -> RateChange:
    lock(Property.objects.filter(pk=change.property_id))
    rows = lock(RateChange.objects.filter(pk=change.pk).select_related("property"))
    if not rows:
        raise Conflict("no_such_change", "This change has been thrown away.")
    return rows[0]


def _refuse_moved(change: RateChange, code: str, expected: str, expectation: str) -> None:
    moved = cells_moved(change_id=change.pk, property_id=change.property_id, expected=expected)
    if moved:
        sentence = moved_sentence(moved=moved.values(), names=Names(change.property), expectation=expectation)
        raise Conflict(code, sentence, moved=tuple(moved.values()))


def _audit(change: RateChange, action: str, actor: Actor, *, before: ChangeState | None, left: int = 0) -> None:
    audit_record(
        action=action,
        subject_type="rate_change",
        subject_code=f"{change.property.code}/{change.number}",
        property_code=change.property.code,
        actor=actor,
        changes={
            "state": [before, change.state],
            "title": [None, change.title],
            "cells": [None, change.cells_count],
            "days": [None, [change.first, change.last]],
        }
        | ({"left_as_they_are": [None, left]} if left else {}),
    )


def _tell(change: RateChange) -> None:
    """Publish `rates.changed`: what a channel has to send again. A cell without type or plan means all of them."""
    cells = change.cells.order_by()
    plans = {plan.pk: plan for plan in RatePlan.objects.filter(property=change.property)}
    kinds = dict(change.property.room_types.values_list("pk", "code"))
    touched_kinds: set[int | None] = set(cells.values_list("room_type_id", flat=True).distinct())
    touched_plans: set[int | None] = set(cells.values_list("rate_plan_id", flat=True).distinct())
    fields = sorted(cells.values_list("field", flat=True).distinct())
    named = set(plans) if None in touched_plans else {key for key in touched_plans if key is not None}
    derived = {key for field in fields for key in followers(plans=plans, of=named, field=field)} - named
    event_publish(
        kind="rates.changed",
        subject_type="property",
        subject_code=change.property.code,
        payload={
            "property": change.property.code,
            "change": change.number,
            "state": change.state,
            "room_types": sorted(code for key, code in kinds.items() if None in touched_kinds or key in touched_kinds),
            "rate_plans": sorted(plans[key].code for key in named),
            "derived_plans": sorted(plans[key].code for key in derived),
            "first": change.first,
            "last": change.last,
            "fields": fields,
        },
    )
