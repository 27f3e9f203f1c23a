"""One call to Booking.com: the right host, the key on the way out, what each status means on the way back."""

import re
from collections.abc import Mapping
from datetime import timedelta

from channels.adapters.base import Access, Answer, ChannelError, Wire
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.tokens import authorization, forget
from channels.adapters.bookingcom.xml import Element
from channels.adapters.enums import Trouble
from channels.adapters.values import text, whole

#: Prices, counts and content; the other takes what may hold cards. Where reports belong no document at hand says.
SUPPLY = "https://supply-xml.booking.com"
SECURE = "https://secure-supply-xml.booking.com"
#: No limit is documented with a pause of its own: a minute, as limits count by the minute.
PAUSE = timedelta(minutes=1)
LONGEST_PAUSE_SECONDS = 3600
_BUSY = frozenset({408, 423, 425})
_RUID = re.compile(r"RUID:\s*\[([^\]\s]{1,400})\]")


def call(
    wire: Wire,
    method: str,
    path: str,
    *,
    what: str,
    host: str = SUPPLY,
    body: bytes | None = None,
    query: Mapping[str, str | int] | None = None,
    version: str = "",
) -> Answer:
    """Return the answer to a call, whatever it says, with a new token where the old one was not taken any more. Raises
    ChannelError locked_out, limited or temporary by its status; 200 and the refusals of 4xx come back."""
    address = where(wire.access, host, path)
    for is_last in (False, True):
        opened = authorization(wire)
        headers = {"authorization": opened, "accept": "application/xml"}
        if version:
            headers["accept-version"] = version
        if body is not None:
            headers["content-type"] = "application/xml; charset=UTF-8"
        answer = wire.call(method, address, what=what, headers=headers, body=body, query=query)
        if answer.status == 401 and not is_last and forget(wire.access, opened):
            continue
        break
    _judge(answer)
    return answer


def where(access: Access, host: str, path: str) -> str:
    """Return the address of a path: at its real host, or below the one base that stands in for all of them."""
    return path if access.base_url else host + path


def _judge(answer: Answer) -> None:
    status = answer.status
    if status == 429:
        asked = whole(answer.headers.get("retry-after"), most=LONGEST_PAUSE_SECONDS) or 0
        wait = max(PAUSE, timedelta(seconds=asked))
        raise ChannelError(Trouble.LIMITED, "too_many_requests", "Too many calls for now.", wait=wait)
    if status in {401, 403}:
        raise ChannelError(Trouble.LOCKED_OUT, f"status_{status}", words(answer) or "The account does not open it.")
    if status in _BUSY or not 200 <= status < 500 or 300 <= status < 400:
        raise ChannelError(Trouble.TEMPORARY, f"status_{status}", f"Booking.com answered {status}.")


def understood(answer: Answer, *names: str) -> Element:
    """Return the root of a good answer, which has one of these names. Raises ChannelError: refused for a refusal,
    temporary for what is none of the interface's answers."""
    if answer.status >= 400:
        raise ChannelError(Trouble.REFUSED, f"status_{answer.status}", words(answer) or "Booking.com gave no reason.")
    root = readable(answer)
    raise_for_fault(root, refusals=True)
    if xml.tag(root) not in names:
        raise odd()
    return root


def readable(answer: Answer) -> Element:
    """Return the root of an answer. Raises ChannelError temporary where nobody can read it."""
    try:
        return xml.parsed(answer.body)
    except ChannelError as error:
        raise odd() from error


def odd() -> ChannelError:
    return ChannelError(Trouble.TEMPORARY, "odd_answer", "Booking.com answered something that is not of its interface.")


def raise_for_fault(root: Element, *, refusals: bool = False) -> None:
    """Raise ChannelError for a fault that came with a good status: its code is the status that is meant. A fault that
    refuses what was said is left to the caller, unless `refusals` are raised as well."""
    fault = next(xml.below(root, "fault"), None)
    if fault is None:
        return
    code = whole(xml.attribute(fault, "code"), most=99_999) or 0
    message = text(xml.attribute(fault, "string") or xml.said(fault), 500) or "Booking.com gave no reason."
    if code in {401, 403}:
        raise ChannelError(Trouble.LOCKED_OUT, f"fault_{code}", message)
    if code == 429:
        raise ChannelError(Trouble.LIMITED, "fault_429", message, wait=PAUSE)
    if 500 <= code < 600:
        raise ChannelError(Trouble.TEMPORARY, f"fault_{code}", message)
    if refusals:
        raise ChannelError(Trouble.REFUSED, f"fault_{code}", message)


def words(answer: Answer) -> str:
    """Return what an answer of failure says, '' where nobody can read it."""
    try:
        root = xml.parsed(answer.body)
    except ChannelError:
        return ""
    found = [
        xml.attribute(node, "string") or xml.said(node) or xml.attribute(node, "ShortText")
        for node in xml.below(root, "fault", "error", "Error", "message")
    ]
    return "; ".join(dict.fromkeys(text(part, 300) for part in found if part))[:500]


def ruid(root: Element) -> str:
    """Return Booking.com's own number for an answer, by which its support finds it; '' where it gave none."""
    found = _RUID.search(xml.comments(root))
    return found[1] if found else ""
