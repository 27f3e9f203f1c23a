"""What a channel means by its events: whose calendar it is, what is a stay, what a closed night, what says neither.

From real feeds: Airbnb says which is which, and gives its rolling blocks a new UID every day; Booking.com says "CLOSED -
Not available" of stays and closed nights alike, and its UIDs and first days drift; Vrbo writes in the owner's language and
knows tentative stays; others write three events for each stay.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from channels.adapters.ical.reading import Calendar, Event
from channels.adapters.ical.wording import ARRIVALS, CLOSED, DEPARTURES, RESERVED, TENTATIVE, begins_with

#: Airbnb's own numbers of bookings, in the address of the booking or behind the guest's name.
_AIRBNB_CODE = re.compile(r"(?:details/|code=|\()(HM[A-Z0-9]{4,12})\b", re.IGNORECASE)
_AIRBNB_STAYS, _AIRBNB_BLOCKS = "1418fb94e984-", "6fec1092d3fa-"
_NAME_AND_CODE = re.compile(r"^(.*?)\s*\(HM[A-Z0-9]{4,12}\)$", re.IGNORECASE)
#: Vrbo numbers blocks by their dates, stays by a UUID.
_VRBO_BLOCK = re.compile(r"^[\d-]+$")
_TRIPADVISOR = re.compile(r"^tripadvisor[^:]*:\s*(.*)$", re.IGNORECASE)
MOST_NAME = 80
DAY = timedelta(days=1)


class Dialect(StrEnum):
    """Whose calendar it is, by what it says of itself."""

    AIRBNB = "airbnb"
    BOOKINGCOM = "bookingcom"
    VRBO = "vrbo"
    GOOGLE = "google"
    OTHER = "other"


class Kind(StrEnum):
    """What an event takes the nights for."""

    STAY = "stay"
    CLOSED = "closed"
    #: The calendar does not say; whoever set the feed up decides.
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one event means. `uid` is empty where it is no identity; `name` and `reference` where the calendar tells them."""

    uid: str
    first: date
    until: date
    kind: Kind
    name: str = ""
    reference: str = ""
    is_tentative: bool = False

    @property
    def nights(self) -> int:
        """How many nights it takes."""
        return (self.until - self.first).days


def dialect_of(calendar: Calendar) -> Dialect:
    """Return whose calendar it is."""
    product = calendar.product.casefold()
    uids = {event.uid.rpartition("@")[2].casefold() for event in calendar.events[:20]}
    for word, dialect in (
        ("airbnb", Dialect.AIRBNB),
        ("booking.com", Dialect.BOOKINGCOM),
        ("homeaway", Dialect.VRBO),
        ("vrbo", Dialect.VRBO),
        ("google", Dialect.GOOGLE),
    ):
        if word in product or any(word in uid for uid in uids):
            return dialect
    return Dialect.OTHER


def entries_of(calendar: Calendar, dialect: Dialect) -> list[Entry]:
    """Return what the events of a calendar mean, in order of their nights. What is cancelled or free takes none."""
    taking = [event for event in calendar.events if event.status != "CANCELLED" and not event.transparent]
    read = {
        Dialect.AIRBNB: _airbnb,
        Dialect.BOOKINGCOM: _bookingcom,
        Dialect.VRBO: _vrbo,
        Dialect.GOOGLE: _plain,
        Dialect.OTHER: _plain,
    }[dialect]
    entries = (read(event) for event in _without_marks(taking))
    return sorted((replace(entry, name=_name(entry.name)) for entry in entries), key=_in_order)


def _in_order(entry: Entry) -> tuple[date, date, str]:
    return entry.first, entry.until, entry.uid


def _airbnb(event: Event) -> Entry:
    code = _AIRBNB_CODE.search(event.description) or _AIRBNB_CODE.search(event.summary)
    named = _NAME_AND_CODE.match(event.summary)
    if event.uid.startswith(_AIRBNB_BLOCKS) or not (
        code or event.uid.startswith(_AIRBNB_STAYS) or begins_with(event.summary, RESERVED) is not None
    ):
        return _entry(event, Kind.CLOSED)
    return _entry(
        event,
        Kind.STAY,
        name=named[1] if named else "",
        reference=code[1].upper() if code else "",
    )


def _bookingcom(event: Event) -> Entry:
    entry = _plain(event)
    # A stay and a closed night are called the same, and the UID of both is another one every day.
    return replace(entry, uid="", kind=Kind.UNCLEAR if entry.kind is Kind.CLOSED else entry.kind)


def _vrbo(event: Event) -> Entry:
    if begins_with(event.summary, CLOSED) is not None or (_VRBO_BLOCK.match(event.uid) and not _is_stay(event)):
        return _entry(event, Kind.CLOSED)
    # A word nobody knows here is a guest in some language, rather than nobody.
    entry = _plain(event)
    return replace(entry, kind=Kind.STAY, name=entry.name if _is_stay(event) else event.summary.partition(" - ")[2])


def _is_stay(event: Event) -> bool:
    return any(begins_with(event.summary, words) is not None for words in (RESERVED, TENTATIVE))


def _plain(event: Event) -> Entry:
    if begins_with(event.summary, CLOSED) is not None or "not available" in event.summary.casefold():
        return _entry(event, Kind.CLOSED)
    tentative = begins_with(event.summary, TENTATIVE)
    if tentative is not None:
        return _entry(event, Kind.STAY, name=tentative, is_tentative=True)
    stay = begins_with(event.summary, RESERVED)
    tripadvisor = _TRIPADVISOR.match(event.summary)
    if tripadvisor:
        stay = tripadvisor[1]
    if stay is not None:
        return _entry(event, Kind.STAY, name=stay, is_tentative=event.status == "TENTATIVE")
    return _entry(event, Kind.UNCLEAR, name=event.summary, is_tentative=event.status == "TENTATIVE")


def _entry(event: Event, kind: Kind, *, name: str = "", reference: str = "", is_tentative: bool = False) -> Entry:
    return Entry(
        uid=event.uid,
        first=event.first,
        until=event.until,
        kind=kind,
        name=name,
        reference=reference,
        is_tentative=is_tentative,
    )


def _name(text: str) -> str:
    """Return a guest's name on one line; something without a letter is none."""
    name = " ".join(text.split())[:MOST_NAME].strip()
    return name if any(character.isalpha() for character in name) else ""


def _without_marks(events: list[Event]) -> Iterable[Event]:
    """Return the events without those that only mark the day somebody comes or leaves.

    An arrival whose stay is there, and every departure, take no night of their own. An arrival and a departure without
    a stay between them are one stay; an arrival alone is its one night.
    """
    arrivals = {event: name for event in events if (name := _marked(event, ARRIVALS)) is not None}
    departures = {event: name for event in events if (name := _marked(event, DEPARTURES)) is not None}
    if not arrivals and not departures:
        return events
    stays = [event for event in events if event not in arrivals and event not in departures]
    begun = {event.first for event in stays}
    leaving = sorted(departures, key=lambda event: event.first)
    for event, name in arrivals.items():
        if event.first in begun:
            continue
        left = next((out for out in leaving if departures[out] == name and out.first > event.first), None)
        stays.append(replace(event, until=left.first if left else event.until, summary=f"Reserved: {name}"))
    return stays


def _marked(event: Event, words: tuple[str, ...]) -> str | None:
    return begins_with(event.summary, words) if event.until - event.first <= DAY else None
