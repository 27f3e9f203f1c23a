"""Audit changes as people read them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from bookings.reservations.enums import Status
from pms.kernel.money import Money

#: Field -> its name on the timeline. A field that is not here is told by its own name; None is not told at all.
NAMES: dict[str, str | None] = {
    "status": "Status",
    "arrival": "Arrival",
    "departure": "Departure",
    "room_type": "Room type",
    "rate_plan": "Rate plan",
    "rooms": "Room",
    "total_minor": "Nights",
    "charges_minor": "Extras and fees",
    "taxes_minor": "Taxes on top",
    "waived_fee_minor": "Fee waived",
    "overridden": "Rule overridden",
    "prices_by_hand": "Prices named by hand",
    "unassigned_reason": "No room because",
    "is_overbooked": "Overbooked",
    "unit_pinned": "Pinned",
    "special_requests": "Special requests",
    "arrival_time": "Comes at",
    "version": None,
    "checked_in_at": None,
    "checked_out_at": None,
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a field was and is, in words; either may be empty."""

    name: str
    before: str
    after: str


def sentences(*, changes: dict[str, Any], currency: str) -> tuple[Sentence, ...]:
    """Return the changes {field: [before, after]} of an audit row in words; amounts are minor units of currency."""
    told = []
    for field, change in changes.items():
        name = NAMES.get(field, field.replace("_minor", "").replace("_", " ").capitalize())
        if name is None or not isinstance(change, list) or len(change) != 2:
            continue
        before, after = (in_words(field, value, currency) for value in change)
        if before != after:
            told.append(Sentence(name=name, before=before, after=after))
    return tuple(told)


def in_words(field: str, value: Any, currency: str) -> str:
    """Return one value of an audit row as a person would say it."""
    if value is None or value in ("", [], {}):
        return ""
    words = str(value)
    if isinstance(value, bool):
        words = "yes" if value else "no"
    elif field.endswith("_minor") and isinstance(value, int):
        words = str(Money(value, currency))
    elif field == "status" and value in Status.values:
        words = str(Status(value).label)
    elif isinstance(value, list):
        words = ", ".join(str(part) for part in value)
    elif field in {"arrival", "departure"}:
        words = f"{date.fromisoformat(words):%a %-d %b %Y}"
    return words
