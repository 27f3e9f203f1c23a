"""What can be done with a reservation, each as one function, one transaction, one audit row and one event."""

from bookings.lifecycle.services.auditing import NightAuditReport, night_audit, night_audit_plan
from bookings.lifecycle.services.changing import (
    reservation_details_set,
    reservation_extend,
    reservation_modify,
    reservation_shorten,
)
from bookings.lifecycle.services.charging import charge_add, charge_remove
from bookings.lifecycle.services.commissioning import (
    booking_collector_set,
    reservation_commission_set,
    reservation_fee_set,
)
from bookings.lifecycle.services.creating import booking_create, room_add
from bookings.lifecycle.services.holding import booking_confirm, booking_guest_set, hold_extras_set, hold_renew
from bookings.lifecycle.services.leaving import (
    hold_expire,
    reservation_cancel,
    reservation_no_show,
    reservation_reinstate,
    reservation_reject,
)
from bookings.lifecycle.services.naming import booking_invoice_to_set, reservation_guests_set
from bookings.lifecycle.services.packing import Reassignment, assign_waiting, reassign
from bookings.lifecycle.services.placing import (
    reservation_assign,
    reservation_move,
    reservation_pin,
    reservation_swap,
    reservation_unassign,
)
from bookings.lifecycle.services.previewing import Change, Preview, preview
from bookings.lifecycle.services.requests import RoomRequest, is_here_already, party_made
from bookings.lifecycle.services.staying import (
    reservation_check_in,
    reservation_check_out,
    reservation_confirm,
    reservation_undo_check_in,
    reservation_undo_check_out,
)

__all__ = [
    "Change",
    "NightAuditReport",
    "Preview",
    "Reassignment",
    "RoomRequest",
    "assign_waiting",
    "booking_collector_set",
    "booking_confirm",
    "booking_create",
    "booking_guest_set",
    "booking_invoice_to_set",
    "charge_add",
    "charge_remove",
    "hold_expire",
    "hold_extras_set",
    "hold_renew",
    "is_here_already",
    "night_audit",
    "night_audit_plan",
    "party_made",
    "preview",
    "reassign",
    "reservation_assign",
    "reservation_cancel",
    "reservation_check_in",
    "reservation_check_out",
    "reservation_commission_set",
    "reservation_confirm",
    "reservation_details_set",
    "reservation_extend",
    "reservation_fee_set",
    "reservation_guests_set",
    "reservation_modify",
    "reservation_move",
    "reservation_no_show",
    "reservation_pin",
    "reservation_reinstate",
    "reservation_reject",
    "reservation_shorten",
    "reservation_swap",
    "reservation_unassign",
    "reservation_undo_check_in",
    "reservation_undo_check_out",
    "room_add",
]
