"""Telling Booking.com about a guest: who did not come, and cards that cannot be charged."""

from collections.abc import Mapping
from typing import Any

from channels.adapters.base import ChannelError, Receipt, Wire
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.calls import SECURE, call, understood
from channels.adapters.enums import Trouble
from channels.adapters.values import identifier

PATH = "/hotels/xml/reporting"
#: What we report, and what it is called there.
KINDS = {
    "no_show": "is_no_show",
    "invalid_card": "cc_is_invalid",
    "cancel_invalid_card": "cancel_reservation_invalid_cc",
}


def report(wire: Wire, *, what: str, booking: Receipt, details: Mapping[str, Any]) -> None:
    """Report a guest. `details` of a no-show: `waived_fees` (nothing is charged). Raises ChannelError refused for what is
    not reported, or not now: a no-show from the day of arrival on, a cancellation once the card was reported."""
    kind = KINDS.get(what)
    number = identifier(booking.booking_id)
    if kind is None or not number:
        raise ChannelError(Trouble.REFUSED, "no_such_report", f"Booking.com takes no report called {what!r}.")
    asked = xml.request()
    xml.put(asked, "reservation_id", number)
    told = {"waived_fees": "yes" if details.get("waived_fees") is True else "no"} if what == "no_show" else {}
    xml.put(asked, "report", kind, **told)
    understood(call(wire, "POST", PATH, what=what, host=SECURE, body=xml.written(asked)), "ok", "response", "reporting")
