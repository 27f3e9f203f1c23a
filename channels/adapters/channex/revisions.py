"""Booking revisions: fetched until there are no more, acknowledged one by one; and reports about their guests."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from channels.adapters.base import Acknowledged, ChannelError, Letter, Receipt, Wire
from channels.adapters.channex.calls import MOST_PAGES, PAGE, call, page_query
from channels.adapters.channex.values import currency, flag, identifier, major, mapping, sequence, whole
from channels.adapters.enums import Trouble

KIND = "booking_revision"
REPORTS = {"no_show": "no_show", "invalid_card": "invalid_card", "cancel_invalid_card": "cancel_due_invalid_card"}


def fetch(wire: Wire) -> Iterator[Letter]:
    """Yield each revision that is not acknowledged, oldest first.

    The feed is a queue and no list: what is acknowledged while we read moves the rest to the front. Where it became
    shorter we begin at its front again, and it ends where a page brings nothing new, for what is kept but not yet
    acknowledged is on it still.
    """
    seen: set[str] = set()
    page, before = 1, None
    for _ in range(MOST_PAGES):
        content = call(wire, "GET", "/booking_revisions/feed", what="bookings", query=_query(wire, page))
        items = sequence(content.get("data"))
        letters = {letter.key or _digest(letter.body): letter for letter in map(_letter, items) if letter is not None}
        new = [key for key in letters if key not in seen]
        seen.update(new)
        for key in new:
            if _is_ours(wire, letters[key]):
                yield letters[key]
        total = whole(mapping(content.get("meta")).get("total"), most=10**8)
        if page > 1 and total is not None and before is not None and total < before:
            page = 1
        elif not new or (total is None and len(items) < PAGE) or (total is not None and page * PAGE >= total):
            return
        else:
            page += 1
        before = total


def _query(wire: Wire, page: int) -> dict[str, str | int]:
    return page_query(wire, page) | {"order[inserted_at]": "asc"}


def _letter(item: object) -> Letter | None:
    attributes = mapping(mapping(item).get("attributes"))
    key = identifier(mapping(item).get("id"), 128) or identifier(attributes.get("id"), 128)
    return Letter(json.dumps(item, default=str).encode(), KIND, key)


def _is_ours(wire: Wire, letter: Letter) -> bool:
    """Whether a revision is of this property: a key may open several, and each has a connection of its own."""
    hotel = mapping(mapping(json.loads(letter.body)).get("attributes")).get("property_id")
    return hotel is None or hotel == wire.access.account


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()


def acknowledge(wire: Wire, receipts: Sequence[Receipt]) -> Acknowledged:
    """Acknowledge one by one; saying it twice does no harm (T65). One that Channex does not know is refused in its
    words. Raises ChannelError where not a single one came through for a reason of the line's."""
    noted: list[str] = []
    refused: dict[str, str] = {}
    for place, receipt in enumerate(receipts):
        try:
            call(wire, "POST", f"/booking_revisions/{_in_path(receipt.revision)}/ack", what="acknowledgement")
        except ChannelError as error:
            if error.trouble == Trouble.REFUSED:
                refused[receipt.revision] = error.message
            elif error.trouble == Trouble.LOCKED_OUT or not (noted or refused):
                raise
            else:
                return Acknowledged(tuple(noted), tuple(left.revision for left in receipts[place:]), refused)
        else:
            noted.append(receipt.revision)
    return Acknowledged(tuple(noted), (), refused)


def report(wire: Wire, *, what: str, booking: Receipt, details: Mapping[str, Any]) -> None:
    """Report a guest. `details` of a no-show: `waived_fees` (nothing is charged), and `fee_minor` with `currency` where
    the site asks for the amount (Expedia). Booking.com and Expedia take reports; others answer that they do not."""
    path = REPORTS.get(what)
    if path is None:
        raise ChannelError(Trouble.REFUSED, "no_such_report", f"Channex takes no report called {what!r}.")
    address = f"/bookings/{_in_path(booking.booking_id)}/{path}"
    if what != "no_show":
        call(wire, "POST", address, what=what, body=b"")
        return
    content: dict[str, Any] = {"waived_fees": flag(details.get("waived_fees")) is True}
    fee = whole(details.get("fee_minor"), most=999_999_999)
    if fee is not None:
        content["penalty_amount"] = major(fee, currency(details.get("currency")) or wire.access.currency)
    call(wire, "POST", address, what=what, content={"no_show_report": content})


def _in_path(number: str) -> str:
    """Return a name as one step of a path, whatever stands in it."""
    if number in {"", ".", ".."}:
        raise ChannelError(Trouble.REFUSED, "no_such_name", "Nothing at Channex has an empty name.")
    return quote(number, safe="")
