"""What can be done with a reservation at the desk, in one table: when, by whom, with which form, by which service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bookings.lifecycle import services
from bookings.rates.models import Extra
from bookings.reservations.enums import CHANGEABLE, EXPECTED, Status
from pms.frontdesk.forms import changing, charges, leaving, losing
from pms.frontdesk.forms import operations as forms
from pms.frontdesk.selectors.stays import Stay


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb on a reservation.

    `label` is on the button, `yes` on the button that does it; `done` is said afterwards, with {guest} and {room}.
    `states` and `when` say whether it makes sense at all; whether it is allowed now is the service's to say.
    """

    verb: str
    label: str
    yes: str
    done: str
    icon: str
    permission: str
    states: frozenset[Status]
    form: type[forms.OperationForm]
    run: Callable[..., Any]
    when: Callable[[Stay], bool] = lambda _stay: True
    key: str = ""
    is_dangerous: bool = False
    takes_version: bool = False
    lead: str = ""
    #: The verb that gives back exactly what was; offered in the message that says it is done.
    undo: str = ""

    @property
    def url_name(self) -> str:
        """The name of its address."""
        return f"desk:reservation-{self.verb}"

    def applies(self, stay: Stay) -> bool:
        """Whether it makes sense for a reservation as it is."""
        return stay.reservation.status in self.states and self.when(stay)


def _is_due(stay: Stay) -> bool:
    return stay.reservation.arrival <= stay.reservation.property.business_date < stay.reservation.departure


def _came_today(stay: Stay) -> bool:
    return stay.reservation.arrival >= stay.reservation.property.business_date


def _left_today(stay: Stay) -> bool:
    return stay.reservation.departure >= stay.reservation.property.business_date


def _has_arrived_date(stay: Stay) -> bool:
    return stay.reservation.arrival <= stay.reservation.property.business_date


def _has_room(stay: Stay) -> bool:
    return stay.unit is not None


def _lacks_room(stay: Stay) -> bool:
    return stay.unit is None or bool(stay.reservation.unassigned_reason)


def _can_shorten(stay: Stay) -> bool:
    row = stay.reservation
    return row.nights_count > 1 and (row.status != Status.CHECKED_IN or row.departure > row.property.business_date)


def _pin(*, pinned: bool) -> Callable[..., Any]:
    def run(**arguments: Any) -> Any:
        return services.reservation_pin(pinned=pinned, **arguments)

    return run


def _move(*, room_type: Any = None, **arguments: Any) -> Any:
    """Move; into a room of another type that is sold as such, it is a change at the price of that type."""
    if room_type is None:
        return services.reservation_move(**arguments)
    return services.reservation_modify(room_type=room_type, reprice=True, **arguments)


def _sells_extras(stay: Stay) -> bool:
    return Extra.objects.filter(property_id=stay.reservation.property_id, retired_at=None).exists()


def _has_charges(stay: Stay) -> bool:
    return stay.reservation.charges.filter(released_at=None).exists()


def _swap(*, reservation: Any, **arguments: Any) -> Any:
    return services.reservation_swap(first=reservation, **arguments)


CONFIRMED = frozenset({Status.CONFIRMED})
IN_HOUSE = frozenset({Status.CHECKED_IN})
OPEN = frozenset({Status.INQUIRY, Status.HOLD, Status.PENDING})

_TABLE = (
    Operation(
        "check-in", "Check in", "Check in", "{guest} is in {room}.", "log-in", "reservation.check_in", CONFIRMED,
        forms.CheckInForm, services.reservation_check_in, _is_due, key="i", takes_version=True, undo="undo-check-in",
    ),
    Operation(
        "check-out", "Check out", "Check out", "{guest} has left {room}.", "log-out", "reservation.check_in", IN_HOUSE,
        leaving.CheckOutForm, services.reservation_check_out, key="o", takes_version=True, undo="undo-check-out",
        lead="Nights still to come are free at once, and the room is dirty.",
    ),
    Operation(
        "confirm", "Confirm", "Confirm", "{guest} is confirmed.", "circle-check", "reservation.change", OPEN,
        forms.OperationForm, services.reservation_confirm, key="c",
    ),
    Operation(
        "assign", "Assign a room", "Assign", "{guest} has {room}.", "key-round", "reservation.change", CHANGEABLE,
        forms.AssignForm, services.reservation_assign, _lacks_room, key="a", takes_version=True, undo="unassign",
    ),
    Operation(
        "modify", "Change", "Change the stay", "The stay of {guest} is changed.", "pencil", "reservation.change",
        CHANGEABLE | {Status.INQUIRY}, changing.ModifyForm, services.reservation_modify, key="e", takes_version=True,
    ),
    Operation(
        "move", "Move", "Move", "{guest} has {room}.", "corner-up-right", "reservation.change", CHANGEABLE,
        forms.MoveForm, _move, _has_room, key="m", takes_version=True,
    ),
    Operation(
        "extend", "Extend", "Extend", "{guest} stays longer.", "calendar-plus", "reservation.change", CHANGEABLE,
        changing.ExtendForm, services.reservation_extend, takes_version=True,
    ),
    Operation(
        "shorten", "Shorten", "Shorten", "{guest} leaves sooner.", "calendar-x", "reservation.change", CHANGEABLE,
        changing.ShortenForm, services.reservation_shorten, _can_shorten, takes_version=True,
        lead="The nights given back are free at once.",
    ),
    Operation(
        "add-extra", "Add an extra", "Add it", "It is on the stay of {guest}.", "coffee", "reservation.change",
        CHANGEABLE, charges.AddExtraForm, services.charge_add, _sells_extras, takes_version=True,
    ),
    Operation(
        "remove-extra", "Take an extra off", "Take it off", "It is off the stay of {guest}.", "circle-x",
        "reservation.change", CHANGEABLE, charges.RemoveChargeForm, services.charge_remove, _has_charges,
        takes_version=True, lead="Its taxes go with it.",
    ),
    Operation(
        "swap", "Swap rooms", "Swap", "{guest} has {room}.", "arrow-left-right", "reservation.change", CHANGEABLE,
        forms.SwapForm, _swap, _has_room,
    ),
    Operation(
        "pin", "Promise the room", "Promise it", "{room} is promised to {guest}.", "pin", "reservation.change",
        CHANGEABLE, forms.OperationForm, _pin(pinned=True),
        lambda stay: stay.unit is not None and not stay.reservation.unit_pinned,
        lead="Nobody and nothing moves the stay to another room by itself.",
    ),
    Operation(
        "unpin", "Take the promise back", "Take it back", "{room} is no longer promised to {guest}.", "pin-off",
        "reservation.change", CHANGEABLE, forms.OperationForm, _pin(pinned=False),
        lambda stay: stay.reservation.unit_pinned,
    ),
    Operation(
        "unassign", "Take the room away", "Take it away", "{guest} has no room yet.", "door-open",
        "reservation.change", EXPECTED, forms.OperationForm, services.reservation_unassign, _has_room,
        lead="The stay remains sold by type, without a room.",
    ),
    Operation(
        "undo-check-in", "Undo the check-in", "Undo", "{guest} is expected again.", "undo-2",
        "reservation.check_in", IN_HOUSE, forms.OperationForm, services.reservation_undo_check_in, _came_today,
    ),
    Operation(
        "undo-check-out", "Undo the check-out", "Undo", "{guest} is in house again.", "undo-2",
        "reservation.check_in", frozenset({Status.CHECKED_OUT}), forms.OperationForm,
        services.reservation_undo_check_out, _left_today,
        lead="Nights that were given back stay free: extend the stay to have them again.",
    ),
    Operation(
        "no-show", "No-show", "Mark as no-show", "{guest} is a no-show.", "user-x", "reservation.cancel", CONFIRMED,
        losing.NoShowForm, services.reservation_no_show, _has_arrived_date, is_dangerous=True,
    ),
    Operation(
        "reject", "Reject", "Reject", "The booking of {guest} is rejected.", "circle-x", "reservation.cancel", OPEN,
        forms.ReasonForm, services.reservation_reject, is_dangerous=True,
    ),
    Operation(
        "cancel", "Cancel the reservation", "Cancel the reservation", "The reservation of {guest} is cancelled.", "ban",
        "reservation.cancel", frozenset({Status.INQUIRY, Status.HOLD, Status.PENDING, Status.CONFIRMED}),
        losing.CancelForm, services.reservation_cancel, is_dangerous=True, takes_version=True,
        lead="Its nights are free at once. It can be reinstated while there is room.",
    ),
    Operation(
        "reinstate", "Reinstate", "Reinstate", "{guest} is expected again.", "rotate-ccw", "reservation.cancel",
        frozenset({Status.CANCELLED, Status.NO_SHOW}), forms.OperationForm, services.reservation_reinstate,
        lead="At the prices it was sold at, if there is still a room.",
    ),
)  # fmt: skip

#: Verb -> operation, in the order in which they are offered.
OPERATIONS: dict[str, Operation] = {operation.verb: operation for operation in _TABLE}


@dataclass(frozen=True, slots=True)
class Offered:
    """What may be done now by somebody: the likeliest thing, what else is frequent, the rest, and what loses the stay."""

    primary: Operation | None
    frequent: tuple[Operation, ...]
    others: tuple[Operation, ...]
    dangerous: tuple[Operation, ...]


FREQUENT = frozenset({"assign", "move", "modify", "extend"})


def offered(*, stay: Stay, allows: Callable[[str], bool]) -> Offered:
    """Return the operations that make sense for a reservation and that `allows` grants."""
    possible = [row for row in _TABLE if row.applies(stay) and allows(row.permission)]
    primary = next((row for row in possible if row.verb == _likeliest(stay)), None)
    rest = [row for row in possible if row is not primary]
    return Offered(
        primary=primary,
        frequent=tuple(row for row in rest if row.verb in FREQUENT or row.verb in {"check-in", "check-out", "confirm"}),
        others=tuple(
            row
            for row in rest
            if not row.is_dangerous and row.verb not in FREQUENT | {"check-in", "check-out", "confirm"}
        ),
        dangerous=tuple(row for row in rest if row.is_dangerous),
    )


def _likeliest(stay: Stay) -> str:
    row = stay.reservation
    if row.status in OPEN:
        return "confirm"
    if row.status == Status.CONFIRMED:
        return "check-in" if _is_due(stay) else ("assign" if _lacks_room(stay) else "modify")
    if row.status == Status.CHECKED_IN:
        return "check-out" if row.departure <= row.property.business_date else "extend"
    return "reinstate"
