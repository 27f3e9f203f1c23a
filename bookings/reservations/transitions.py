"""Which state may follow which, and the one function that asks."""

from collections.abc import Collection

from bookings.reservations.enums import Status
from pms.kernel.errors import Conflict

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.INQUIRY: frozenset({Status.HOLD, Status.PENDING, Status.CONFIRMED, Status.CANCELLED, Status.REJECTED}),
    Status.HOLD: frozenset({Status.PENDING, Status.CONFIRMED, Status.CANCELLED, Status.REJECTED, Status.FAILED}),
    Status.PENDING: frozenset({Status.CONFIRMED, Status.CANCELLED, Status.REJECTED, Status.FAILED}),
    Status.CONFIRMED: frozenset({Status.CHECKED_IN, Status.CANCELLED, Status.NO_SHOW}),
    Status.CHECKED_IN: frozenset({Status.CONFIRMED, Status.CHECKED_OUT}),
    Status.CHECKED_OUT: frozenset({Status.CHECKED_IN, Status.COMPLETED}),
    Status.COMPLETED: frozenset(),
    Status.CANCELLED: frozenset({Status.CONFIRMED}),
    Status.NO_SHOW: frozenset({Status.CONFIRMED}),
    Status.REJECTED: frozenset(),
    Status.FAILED: frozenset(),
}


def transition_check(current: str, to: Status, *, only_from: Collection[Status] = tuple(Status)) -> None:
    """Raise Conflict `transition_refused` unless a reservation may go from current to `to`.

    Several services end in the same state; `only_from` are the states that the one asking begins with. Without it a
    cancelled stay could be "confirmed" past the check that reinstating makes (T56).
    """
    if to not in TRANSITIONS[Status(current)] or Status(current) not in only_from:
        raise Conflict(
            "transition_refused",
            f"A reservation that is {Status(current).label.lower()} cannot become {to.label.lower()}.",
            current=current,
            to=to.value,
        )
