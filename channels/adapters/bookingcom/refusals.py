"""What Booking.com did not take of a message, and which spans that is about.

How errors stand in an answer is documented by their codes alone. So whatever carries a code or is called error or warning
is heard, and brought to its spans by everything that it names: room, rate, days, and what its code can be about.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from channels.adapters.base import Parcel, Refused, Sent, Span
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.calls import odd, ruid
from channels.adapters.bookingcom.xml import Element
from channels.adapters.values import day, identifier, text

TOO_LOW, TOO_HIGH = "PRICE_BELOW_MIN_PRICE", "PRICE_EXCEEDS_MAX_PRICE"
REPEATED = "WARN_DUPLICATE_DATES"
MOST_COMPLAINTS = 1000
_CODE = re.compile(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b", re.ASCII)
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b", re.ASCII)
_WORD = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error or warning: its code, its words, and what it names; '' and none where it names nothing."""

    code: str
    message: str
    room_id: str = ""
    rate_id: str = ""
    days: tuple[date, ...] = ()


def sent(parcel: Parcel, root: Element, *, is_refused: bool) -> Sent:
    """Return what became of a parcel by the answer. `is_refused`: nothing of it was taken, whatever the answer names.
    Raises ChannelError temporary for an answer that says neither that it was taken nor what was wrong."""
    complaints = list(islice(_complaints(root, parcel), MOST_COMPLAINTS))
    is_taken = next(xml.below(root, "ok", "Success"), None) is not None
    if not (complaints or is_taken or is_refused):
        raise odd()
    if next(xml.below(root, "Errors"), None) is not None and not is_taken:
        is_refused = True
    # More than anybody looks through: what is not named may be among them.
    is_refused = is_refused or len(complaints) == MOST_COMPLAINTS
    found, left = [], list(range(len(parcel.spans)))
    groups: dict[tuple[str, str, str, tuple[date, ...]], list[Complaint]] = {}
    for complaint in complaints:
        groups.setdefault((complaint.code, complaint.room_id, complaint.rate_id, complaint.days), []).append(complaint)
    for alike in groups.values():
        meant = _meant(parcel, alike[0], len(alike), left)
        gone = set(meant)
        left = [number for number in left if number not in gone]
        if meant:
            words = "; ".join(dict.fromkeys(complaint.message for complaint in alike))[:500]
            found.append(Refused(tuple(parcel.spans[number] for number in meant), alike[0].code, words))
    if is_refused and left:
        code = complaints[0].code if complaints else "refused"
        words = "; ".join(dict.fromkeys(complaint.message for complaint in complaints))[:500]
        spans = tuple(parcel.spans[number] for number in left)
        found.append(Refused(spans, code, words or "Booking.com gave no reason."))
    return Sent(tuple(found), reference=ruid(root))


def _complaints(root: Element, parcel: Parcel) -> Iterator[Complaint]:
    rooms = {span.room_id for span in parcel.spans}
    rates = {span.rate_id for span in parcel.spans} - {""}
    for node in xml.below(root, "error", "warning", "fault", "Error", "Warning"):
        said = xml.said(node) or xml.attribute(node, "ShortText", "string", "message") or xml.said(node, "message")
        words = text(said, 400) or "Booking.com gave no reason."
        coded = identifier(xml.attribute(node, "code", "name")) or xml.said(node, "code")
        named = _CODE.search(words)
        code = text(coded if _CODE.fullmatch(coded) or not named else named[0], 60) or "refused"
        tokens = _WORD.findall(words)
        yield Complaint(
            code,
            words,
            xml.attribute(node, "room_id", "roomid", "room") or next((one for one in tokens if one in rooms), ""),
            xml.attribute(node, "rate_id", "rateid", "rate") or next((one for one in tokens if one in rates), ""),
            tuple(_days(node, words)),
        )


def _days(node: Element, words: str) -> Iterator[date]:
    told = [xml.attribute(node, name) for name in ("date", "value", "from", "to")]
    for one in [*told, *_DAY.findall(words)]:
        if (found := day(one)) is not None:
            yield found


def _meant(parcel: Parcel, complaint: Complaint, count: int, left: list[int]) -> list[int]:
    """Return which of the spans that are left so many equal complaints are about: by each thing that is named, as far as
    something is left by it; by none of them, all."""
    spans, numbers = parcel.spans, list(left)
    tests: list[Callable[[Span], bool]] = []
    if complaint.room_id:
        tests.append(lambda span: span.room_id == complaint.room_id)
    if complaint.rate_id:
        tests.append(lambda span: span.rate_id == complaint.rate_id)
    elif complaint.room_id and not complaint.code.startswith("ROOM_"):
        tests.append(lambda span: not span.rate_id)
    if complaint.days:
        earliest, latest = min(complaint.days), max(complaint.days)
        tests.append(lambda span: span.first <= latest and earliest < span.until)
    tests.append(_subject(complaint.code))
    for test in tests:
        numbers = [number for number in numbers if test(spans[number])] or numbers
    if complaint.code in {TOO_LOW, TOO_HIGH}:
        return _outermost(parcel, numbers, count, complaint.code)
    if complaint.code == REPEATED:
        # The first occurrence was taken.
        return numbers[1:] or numbers
    return numbers


def _subject(code: str) -> Callable[[Span], bool]:
    """Return whether a span says anything of what a code is about."""
    if code.startswith("PRICE") or "OCCUPANCY" in code or "PRICING" in code:
        return lambda span: bool(span.prices)
    if "MIN_MAX" in code or "STAY" in code:
        return lambda span: any(
            told is not None for told in (span.min_stay_arrival, span.min_stay_through, span.max_stay)
        )
    return lambda span: bool(span.room_id)


def _outermost(parcel: Parcel, numbers: Iterable[int], count: int, code: str) -> list[int]:
    """Return the spans with the lowest (or highest) prices, as many as complaints, and all that ask no more than they."""
    priced = [number for number in numbers if parcel.spans[number].prices]
    sign = 1 if code == TOO_LOW else -1
    worst = {number: min(sign * price for price in parcel.spans[number].prices.values()) for number in priced}
    if not worst:
        return list(numbers)
    bound = sorted(worst.values())[min(count, len(worst)) - 1]
    return [number for number in priced if worst[number] <= bound]
