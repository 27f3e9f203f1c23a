"""How every change of a reservation is told: one audit row with what differs, one outbox event."""

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any

from billing.taxes.enums import Purpose
from bookings.reservations.models import Reservation, StayNight
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor

Snapshot = dict[str, Any]
#: What a new reservation is not told to have, unless it is something else.
USUAL: Snapshot = {"purpose": Purpose.LEISURE, "charges_minor": 0, "taxes_minor": 0, "cancellation_fee_minor": 0}


def snapshot(reservation: Reservation, nights: list[StayNight] | None = None) -> Snapshot:
    """Return what a change can change, as the audit and a preview show it; live nights are read unless given."""
    if nights is None:
        live = StayNight.objects.filter(reservation_id=reservation.pk, released_at=None)
        nights = list(live.select_related("unit").order_by("date"))
    return {
        "status": reservation.status,
        "arrival": reservation.arrival,
        "departure": reservation.departure,
        "room_type": reservation.room_type.code,
        "rate_plan": reservation.rate_plan.code,
        "rooms": rooms_of(nights),
        "adults": reservation.adults,
        "children": reservation.children,
        "infants": reservation.infants,
        "purpose": reservation.purpose,
        "total_minor": reservation.total_minor,
        "charges_minor": reservation.charges_minor,
        "taxes_minor": reservation.taxes_minor,
        "cancellation_fee_minor": reservation.cancellation_fee_minor,
        "unassigned_reason": reservation.unassigned_reason,
        "is_overbooked": reservation.is_overbooked,
        "unit_pinned": reservation.unit_pinned,
    }


def rooms_of(nights: list[StayNight]) -> str:
    """Return where the guest sleeps in words: "204", or "204 until 3 Dec, then 311"."""
    spells: list[tuple[str, date]] = []
    for number, group in groupby(nights, key=lambda night: night.unit.number if night.unit else "no room"):
        spells.append((number, list(group)[-1].date))
    if not spells:
        return ""
    words = [f"{number} until {last:%-d %b}" for number, last in spells[:-1]]
    return ", then ".join([*words, spells[-1][0]])


def tell(
    *,
    reservation: Reservation,
    kind: str,
    actor: Actor,
    before: Snapshot | None = None,
    reason: str = "",
    nights: list[StayNight] | None = None,
    further: Mapping[str, Any] | None = None,
) -> None:
    """Write the audit row (fields that differ from before, and `further` ones) and the event `reservation.<kind>`."""
    after = snapshot(reservation, nights)
    old = before or USUAL
    changes = {name: [old.get(name), value] for name, value in after.items() if old.get(name) != value}
    changes |= further or {}
    audit_record(
        action=f"reservation.{kind}",
        subject_type="reservation",
        subject_code=reservation.code,
        property_code=reservation.property.code,
        actor=actor,
        reason=reason,
        changes=changes,
    )
    first = min(reservation.arrival, old.get("arrival") or reservation.arrival)
    last = max(reservation.departure, old.get("departure") or reservation.departure)
    event_publish(
        kind=f"reservation.{kind}",
        subject_type="reservation",
        subject_code=reservation.code,
        payload={
            "booking": reservation.booking.code,
            "property": reservation.property.code,
            "status": reservation.status,
            "arrival": first,
            "departure": last,
            "room_types": sorted({reservation.room_type.code, old.get("room_type") or reservation.room_type.code}),
        },
    )
