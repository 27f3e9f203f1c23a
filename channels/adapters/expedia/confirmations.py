"""Confirming bookings with our number (BC): it releases the next message of each. A warning means: not stored."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils import timezone

from channels.adapters.base import Access, Acknowledged, ChannelError, Receipt, Wire
from channels.adapters.enums import Told, Trouble
from channels.adapters.expedia.calls import call, number_of, request, words_of
from channels.adapters.values import text
from channels.adapters.xml import attribute, below, put, written

#: So many numbers a message takes.
TOGETHER = 10
MOST_NUMBER = 50
#: A newer message waits to be retrieved; Expedia is busy.
_AGAIN = frozenset({10102, 10105})
_TYPES = {Told.NEW: "Book", Told.MODIFIED: "Modify", Told.CANCELLED: "Cancel"}
#: In a receipt's details: it was pushed, and answered there and then.
PUSHED = "pushed"


def asked(access: Access, receipts: Sequence[Receipt], *, now: datetime) -> bytes:
    """Return the message that confirms these."""
    root = request(access, "BC/2007/09", "BookingConfirmRQ")
    box = put(root, "BookingConfirmNumbers")
    for receipt in receipts:
        put(
            box,
            "BookingConfirmNumber",
            bookingID=receipt.booking_id,
            bookingType=_type(receipt),
            confirmNumber=receipt.our_number[:MOST_NUMBER],
            confirmTime=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    return written(root)


def _type(receipt: Receipt) -> str:
    told = receipt.details.get("type", "")
    return told if told in _TYPES.values() else _TYPES[receipt.told]


def acknowledge(wire: Wire, receipts: Sequence[Receipt]) -> Acknowledged:
    """Confirm ten at a time; again with the same number does no harm (T65).

    An error refuses the whole message: then each is confirmed by itself. Raises ChannelError where not a single one came
    through for a reason of the line's.
    """
    said = _Said()
    waiting: list[Receipt] = []
    for receipt in receipts:
        if receipt.details.get("way") == PUSHED:
            # The answer to the push was the confirmation.
            said.noted.append(receipt.revision)
        elif not (receipt.booking_id.isascii() and receipt.booking_id.isdigit() and receipt.our_number.strip()):
            said.refused[receipt.revision] = (
                "Expedia's numbers of bookings have digits alone, and ours must not be empty."
            )
        else:
            waiting.append(receipt)
    groups = list(_groups(waiting))
    for place, group in enumerate(groups):
        try:
            _confirm(wire, group, said)
        except ChannelError as error:
            if error.trouble == Trouble.LOCKED_OUT or not (said.noted or said.refused or said.again):
                raise
            said.again += [receipt.revision for left in groups[place:] for receipt in left]
            break
    return Acknowledged(tuple(said.noted), tuple(said.again), said.refused)


class _Said:
    """What is known so far."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.again: list[str] = []
        self.refused: dict[str, str] = {}


def _groups(receipts: Sequence[Receipt]) -> Iterator[list[Receipt]]:
    """Yield them ten at a time; two messages of one booking never go together, for a warning may not say which it means."""
    left = list(receipts)
    while left:
        group: list[Receipt] = []
        names: set[str] = set()
        for receipt in list(left):
            if len(group) < TOGETHER and receipt.booking_id not in names:
                group.append(receipt)
                names.add(receipt.booking_id)
                left.remove(receipt)
        yield group


def _confirm(wire: Wire, group: Sequence[Receipt], said: _Said) -> None:
    body = asked(wire.access, group, now=timezone.now())
    try:
        answer = call(wire, "/eqc/bc", body, what="confirmation", answered="BookingConfirmRS")
    except ChannelError as error:
        if error.trouble is not Trouble.REFUSED:
            raise
        if len(group) == 1:
            said.refused[group[0].revision] = error.message
            return
        for receipt in group:
            _confirm(wire, [receipt], said)
        return
    warnings = [(number_of(node), attribute(node, "bookingID"), words_of(node)) for node in below(answer, "Warning")]
    for receipt in group:
        about = [
            (number, words)
            for number, booking, words in warnings
            if booking == receipt.booking_id or (not booking and (len(group) == 1 or receipt.booking_id in words))
        ]
        # A warning that names nobody may mean anybody.
        nameless = [number for number, booking, words in warnings if not booking and not _names_one(group, words)]
        if not about and not nameless:
            said.noted.append(receipt.revision)
        elif not about or any(number in _AGAIN for number, _ in about):
            said.again.append(receipt.revision)
        else:
            said.refused[receipt.revision] = text("; ".join(f"{number} {words}" for number, words in about), 500)


def _names_one(group: Sequence[Receipt], words: str) -> bool:
    return len(group) == 1 or any(receipt.booking_id in words for receipt in group)
