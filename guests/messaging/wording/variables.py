"""What a template may name, and what each name stands for."""

from collections.abc import Mapping

from guests.messaging.enums import STAFF, Kind

COMMON: Mapping[str, str] = {
    "guest": "The guest's whole name",
    "first_name": "The guest's first name",
    "hotel": "The property's name",
    "organization": "The organization's name as guests see it",
    "booking": "The booking's code",
    "arrival": "The first day, with its weekday",
    "departure": "The last day, with its weekday",
    "check_in_time": "From when rooms are ready",
    "check_out_time": "Until when rooms are the guest's",
    "address": "Street and place of the property",
    "phone": "The property's telephone",
    "email": "The property's e-mail",
    "total": "What the booking costs with everything",
    "balance": "What is still to be paid; empty when nothing is",
    "policy": "The cancellation terms as sold, in sentences",
    "requests": "What the guest asked for when booking",
    "house_rules": "The property's house rules",
    "manage_url": "The address of the guest's own booking page (a button)",
    "site_url": "The address of the organization's site (a button)",
    "stay": "A table of the stay; alone between empty lines",
}
MONEY_MOVED: Mapping[str, str] = {"amount": "The amount it is about"}
OF_STAFF: Mapping[str, str] = {
    "guest_email": "The guest's e-mail",
    "desk_url": "The address of the booking at the desk (a button)",
}
OF_KIND: Mapping[Kind, Mapping[str, str]] = {
    Kind.CANCELLATION: {"fee": "The cancellation fee; empty when there is none"},
    Kind.STAFF_CANCELLATION: {"fee": "The cancellation fee; empty when there is none"},
    Kind.PAYMENT_RECEIVED: MONEY_MOVED,
    Kind.PAYMENT_FAILED: MONEY_MOVED,
    Kind.PAYMENT_DUE: {**MONEY_MOVED, "due_on": "The day it is due"},
    Kind.PAYMENT_OVERDUE: {**MONEY_MOVED, "due_on": "The day it was due"},
    Kind.STAFF_PAYMENT_FAILED: {**MONEY_MOVED, "reason": "Why, as the provider says"},
    Kind.STAFF_REFUND_LEFT: {**MONEY_MOVED, "reason": "Why, as the provider says; empty where it was not asked"},
    Kind.ROOM_LOST: MONEY_MOVED,
    Kind.STAFF_ROOM_LOST: MONEY_MOVED,
    Kind.OVERPAID: MONEY_MOVED,
    Kind.STAFF_OVERPAID: {**MONEY_MOVED, "returned": "What of it goes back by itself; empty where nothing does"},
    Kind.WELCOME: {"room_number": "The number of the room"},
    Kind.ABANDONED: {"resume_url": "Where the guest goes on with the booking (a button)"},
    Kind.QUESTION_RECEIVED: {"question": "What the guest asked"},
    Kind.STAFF_QUESTION: {"question": "What the guest asked"},
}


def variables(kind: Kind) -> dict[str, str]:
    """Return the names a template of kind may use, with what they stand for."""
    staff = OF_STAFF if kind in STAFF else {}
    return {**COMMON, **OF_KIND.get(kind, {}), **staff}
