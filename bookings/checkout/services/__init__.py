"""What can be done on the way from an offer to a paid booking."""

from bookings.checkout.services.detailing import Details, checkout_details_set, checkout_extras_set
from bookings.checkout.services.ending import checkout_expire, checkout_release
from bookings.checkout.services.paying import checkout_book, checkout_pay, checkout_payments_let_go, payment_way
from bookings.checkout.services.settling import checkout_return, checkout_settle
from bookings.checkout.services.starting import RoomChoice, checkout_hold, checkout_renew, checkout_retake

__all__ = [
    "Details",
    "RoomChoice",
    "checkout_book",
    "checkout_details_set",
    "checkout_expire",
    "checkout_extras_set",
    "checkout_hold",
    "checkout_pay",
    "checkout_payments_let_go",
    "checkout_release",
    "checkout_renew",
    "checkout_retake",
    "checkout_return",
    "checkout_settle",
    "payment_way",
]
