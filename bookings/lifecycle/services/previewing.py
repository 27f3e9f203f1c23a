"""What a change would do, before the yes: the change itself, run for real and rolled back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from billing.taxes.enums import Purpose
from bookings.lifecycle.telling import Snapshot, snapshot
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.kernel.errors import DomainError, Invalid
from pms.kernel.locking import dry_run, retried
from pms.kernel.money import Money

LABELS = {
    "status": "Status",
    "arrival": "Arrival",
    "departure": "Departure",
    "rooms": "Room",
    "room_type": "Sold as",
    "rate_plan": "Rate",
    "adults": "Adults",
    "children": "Children",
    "infants": "Infants",
    "unit_pinned": "Room promised",
    "purpose": "Travels for",
    "grand_total_minor": "Total",
    "cancellation_fee_minor": "Cancellation fee",
}
#: What a total is made of, told where more than the nights differs.
AMOUNTS = {"total_minor": "Nights", "charges_minor": "Extras and fees", "taxes_minor": "Taxes on top"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would differ, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What an operation would change, or why it would be refused. `price_delta` is None where the price stays.

    It is the difference of the whole price; `price_parts` splits it into nights, extras and fees, and taxes on top, where
    more than the nights differs.
    """

    changes: tuple[Change, ...] = ()
    price_delta: Money | None = None
    price_parts: tuple[tuple[str, Money], ...] = ()
    warnings: tuple[str, ...] = ()
    refusal: DomainError | None = None
    alternatives: tuple[str, ...] = field(default=())

    @property
    def possible(self) -> bool:
        """Whether the operation would go through and change something."""
        return self.refusal is None and bool(self.changes)


@retried
def preview(*, reservation: Reservation, operation: Callable[[], object]) -> Preview:
    """Run operation on reservation, note what differs, and roll everything back.

    The same code decides as in the deed, so the answer can only differ when somebody else was faster. Locks what the
    operation locks, for as long as it runs.
    """
    before = snapshot(reservation)
    try:
        with dry_run():
            operation()
            row = Reservation.objects.select_related("property", "room_type", "rate_plan", "guest").get(
                pk=reservation.pk
            )
            after = snapshot(row)
    except DomainError as refusal:
        return Preview(refusal=refusal, alternatives=tuple(refusal.context.get("alternatives", ())))
    except ValidationError as error:
        return Preview(refusal=Invalid("invalid", " ".join(error.messages)))
    return _compare(before, after, row)


def _compare(before: Snapshot, after: Snapshot, row: Reservation) -> Preview:
    for shot in (before, after):
        shot["grand_total_minor"] = sum(shot[name] for name in AMOUNTS)
    changes = tuple(
        Change(label, _words(name, before[name], row.currency), _words(name, after[name], row.currency))
        for name, label in LABELS.items()
        if before[name] != after[name]
    )
    difference = after["grand_total_minor"] - before["grand_total_minor"]
    parts = {name: after[name] - before[name] for name in AMOUNTS}
    warnings = []
    if after["is_overbooked"]:
        warnings.append("The stay remains overbooked.")
    if after["unassigned_reason"] and not before["unassigned_reason"]:
        warnings.append(f"It will have no room: {after['unassigned_reason']}.")
    return Preview(
        changes=changes,
        price_delta=Money(difference, row.currency) if difference else None,
        price_parts=tuple((AMOUNTS[name], Money(part, row.currency)) for name, part in parts.items() if part)
        if parts["total_minor"] != difference
        else (),
        warnings=tuple(warnings),
    )


def _words(name: str, value: Any, currency: str) -> str:
    if name in {"arrival", "departure"}:
        return f"{value:%a %-d %b %Y}"
    if name == "status":
        return str(Status(value).label)
    if name == "purpose":
        return str(Purpose(value).label)
    if name.endswith("_minor"):
        return str(Money(value, currency))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "no room"
