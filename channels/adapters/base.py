"""What every channel can do, in words that are no channel's own.

An adapter knows no model and no database: it gets frozen values, returns frozen values, and raises nothing but
ChannelError. Money is minor units of the connection's currency unless a currency stands beside it; nights are dates of
the property, spans are half-open [first, until) and turned into the channel's form at its border alone (T8); instants
are UTC. It speaks HTTP through the `Wire` it is given and no other way, so that each exchange is timed, kept and masked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from bookings.rates.enums import Source
from channels.adapters.enums import Delivery, Told, Trouble
from guests.profiles.enums import Collector


class ChannelError(Exception):
    """A channel refused, did not answer, or answered what nobody can read; `wait` is what it asked for itself."""

    def __init__(self, trouble: Trouble, code: str, message: str, *, wait: timedelta | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.trouble = trouble
        self.code = code
        self.message = message
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Question:
    """A field that a connection asks for: in the wizard, checked before anything is stored."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""
    #: What may be chosen, (value, label); empty: any text.
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    #: Nobody types it: it comes when the hotel agrees on the channel's own page (`Agreeing`).
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is always so about a channel, for the engine, the wizard and the help beside it.

    `proven` says in one honest sentence what the adapter has met so far. `rounds_per_minute`: so many rounds of messages
    may be sent to one property in a minute, 0 where no limit is known; `gather_seconds`: how long changes wait for others
    to go with them. `letters_together`: so many are kept and acknowledged in one go, one where the channel hands out the next
    only after that. `keeps_min_stay`: which of "arrival", "through" it understands.
    """

    label: str
    proven: str
    source: Source
    delivery: Delivery
    credentials: tuple[Question, ...]
    settings: tuple[Question, ...] = ()
    days_ahead: int = 500
    rounds_per_minute: int = 0
    gather_seconds: float = 0.0
    pull_seconds: int = 60
    letters_together: int = 1
    reads_back: bool = True
    keeps_min_stay: frozenset[str] = frozenset({"arrival", "through"})
    keeps_prices_per_guest: bool = True
    most_rooms: int = 254
    #: What it may be told of a guest (`Adapter.report`), and of bookings sold by whom; none named: by anybody.
    reports: frozenset[str] = frozenset()
    reports_of: frozenset[Source] = frozenset()
    #: What the channel's own number is of, as people there say it.
    account_word: str = "hotel"

    @property
    def agrees(self) -> bool:
        """Whether keys come by agreeing on the channel's own page."""
        return any(question.agreed for question in self.credentials)


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one connection: where, with what, as which hotel. Secrets never show in a repr."""

    account: str
    currency: str
    time_zone: str
    base_url: str
    today: date
    settings: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Wire(Protocol):
    """The one way to a channel. Times out, limits sizes, keeps what was said with secrets and cards masked."""

    access: Access

    def call(
        self,
        method: str,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Answer:
        """Return the answer, whatever its status; `url` may begin with "/" below the access's base. `what` names the
        call in the log ("availability"). Raises ChannelError temporary where no whole answer came."""
        ...

    def renew(self, ask: Callable[["Wire"], Mapping[str, str]]) -> None:
        """Have the keys of `access` renewed by `ask`, once for all who speak to the connection, and stored before they are
        used; `access` has them afterwards, or those that somebody else renewed meanwhile. Raises what `ask` raises;
        ChannelError temporary where somebody else takes too long."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelRate:
    """A rate of the channel's own list.

    `guests`: for how many it takes a price each; none where it takes one for the room, whoever comes.
    """

    rate_id: str
    name: str
    guests: tuple[int, ...] = ()
    read_only: bool = False
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ChannelRoom:
    """A room of the channel's own list, with the rates that are sold for it."""

    room_id: str
    name: str
    max_guests: int = 0
    rates: tuple[ChannelRate, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive days [first, until) of a room (`rate_id` empty: its count) or of a rate, all told the same.

    None and an empty mapping are not told at all: one restriction never resets another (T27). `prices` by number of
    guests, 0 where the rate takes one price for the room; minimum stays of 1 and a maximum of 0 mean none.
    """

    room_id: str
    rate_id: str
    first: date
    until: date
    rooms: int | None = None
    prices: Mapping[int, int] = field(default_factory=dict)
    min_stay_arrival: int | None = None
    min_stay_through: int | None = None
    max_stay: int | None = None
    closed_to_arrival: bool | None = None
    closed_to_departure: bool | None = None
    closed: bool | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes in one message; `body` is what is sent, made by the adapter without the network."""

    what: str
    spans: tuple[Span, ...]
    body: bytes = field(repr=False)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Spans of a parcel that the channel did not take, with its words; the others were taken."""

    spans: tuple[Span, ...]
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a parcel: everything not refused was taken. `reference` is the channel's own number for it."""

    refused: tuple[Refused, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it was read, before anybody looked into it. `key` is the channel's name for it, where it has one."""

    body: bytes = field(repr=False)
    kind: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who booked or stays, as far as the channel says it."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    language: str = ""
    city: str = ""
    street: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class VirtualCard:
    """A card that the channel pays with: never its number. It can be charged from `from_day` on (T40)."""

    from_day: date | None = None
    until_day: date | None = None
    amount_minor: int | None = None
    last4: str = ""


@dataclass(frozen=True, slots=True)
class SoldRoom:
    """One room of a channel's booking. `room_ref` is the channel's name for this very stay, never its position.

    `prices` are what the channel sold each night for, taxes inside as it counts them; an unknown room or rate is told as
    it came, empty where the channel names none.
    """

    room_ref: str
    room_id: str
    rate_id: str
    arrival: date
    departure: date
    adults: int = 1
    child_ages: tuple[int, ...] = ()
    infants: int = 0
    guest: Person | None = None
    prices: Mapping[date, int] = field(default_factory=dict)
    total_minor: int | None = None
    requests: str = ""
    #: The rate that it is computed from, to be taken where `rate_id` is linked to none.
    parent_rate_id: str = ""


@dataclass(frozen=True, slots=True)
class SoldBooking:
    """One message about one booking, brought to one shape.

    `revision` names the message, `order` says which of two is newer (compared as text of one length or as instants in
    ISO form). `is_whole`: rooms that it does not name are cancelled (T63). A cancellation may come without rooms.
    `total_minor` and prices are in `currency`, which may be another one than the property's.
    """

    booking_id: str
    revision: str
    order: str
    told: Told
    currency: str
    rooms: tuple[SoldRoom, ...] = ()
    is_whole: bool = True
    channel: str = ""
    source: Source | None = None
    made_at: datetime | None = None
    booker: Person = field(default_factory=Person)
    total_minor: int | None = None
    commission_minor: int | None = None
    cancellation_fee_minor: int | None = None
    collector: Collector = Collector.PROPERTY
    virtual_card: VirtualCard | None = None
    card_last4: str = ""
    notes: str = ""
    warnings: tuple[str, ...] = ()
    #: What the adapter needs to acknowledge it.
    receipt: Mapping[str, str] = field(default_factory=dict)
    #: The number that the guest was given, where it is another one than `booking_id`.
    number: str = ""

    @property
    def is_payout(self) -> bool:
        """Whether its amounts are what the channel pays out: it collects, and nothing is owed beyond (T44)."""
        return self.collector == Collector.SELLER and self.commission_minor == 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a letter says. `faults` are parts nobody could read, in words: they are shown, the rest is applied."""

    bookings: tuple[SoldBooking, ...] = ()
    faults: tuple[str, ...] = ()
    #: Facts that are no booking ("sync_error", "message", ...): kind and words, for the log and the people.
    notices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A booking message that is applied here, for the channel to be told so. `our_number` is the booking's code."""

    booking_id: str
    revision: str
    our_number: str
    told: Told
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Which revisions the channel noted, and what it said about the others. `again`: read anew and try once more."""

    noted: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


class Adapter(Protocol):
    """One channel. All functions may be called any number of times; none keeps anything between two calls."""

    facts: Facts

    def rooms(self, wire: Wire) -> tuple[ChannelRoom, ...]:
        """Return the channel's rooms and rates: what the wizard maps. Proves the credentials as well."""
        ...

    def parcels(self, access: Access, spans: Sequence[Span]) -> list[Parcel]:
        """Return the fewest messages that the channel's limits allow, in the order in which they are to be sent. Pure."""
        ...

    def send(self, wire: Wire, parcel: Parcel) -> Sent:
        """Send one message and read the answer to its end: a 200 may refuse parts of it."""
        ...

    def read_back(self, wire: Wire, *, rooms: Sequence[ChannelRoom], first: date, until: date) -> list[Span]:
        """Return what the channel shows for [first, until), a span for each day or run of days; empty where `facts`
        say that it cannot be read."""
        ...

    def fetch(self, wire: Wire, *, since: datetime | None, broken_off: bool = False) -> Iterator[Letter]:
        """Yield what the channel has for us, one letter at a time: each is kept before the next is asked for.

        `since`: when it was last read to the end. `broken_off`: it was read after that, and nobody knows how far.
        """
        ...

    def masked(self, body: bytes) -> bytes:
        """Return a letter without card numbers and codes, however broken it is: this is what is stored."""
        ...

    def read(self, access: Access, letter: Letter) -> Reading:
        """Return what a letter says. Hostile input raises ChannelError refused, and nothing else. Pure."""
        ...

    def acknowledge(self, wire: Wire, receipts: Sequence[Receipt]) -> Acknowledged:
        """Say that these are kept here. Called after the commit, again where nobody knows whether it arrived (T65)."""
        ...

    def triggered(self, access: Access, body: bytes, headers: Mapping[str, str]) -> "Trigger":
        """Return what a webhook message asks for, once it is proved. Raises ChannelError locked_out for one that is not."""
        ...

    def report(self, wire: Wire, *, what: str, booking: Receipt, details: Mapping[str, Any]) -> None:
        """Tell the channel about a guest: `what` is "no_show", "invalid_card", "cancel_invalid_card". Raises
        ChannelError refused where the channel takes no such report."""
        ...


class Agreeing(Protocol):
    """What an adapter has besides, whose `facts.agrees`: its keys come from a page of the channel's (OAuth 2, RFC 6749)."""

    def authorize_address(self, access: Access, *, redirect_uri: str, state: str) -> str:
        """Return the page on which the hotel agrees; it leads back to `redirect_uri` with `state` and `code` or `error`.
        Raises ChannelError locked_out where our own client is not known yet."""
        ...

    def exchanged(self, wire: Wire, *, code: str, redirect_uri: str) -> Mapping[str, str]:
        """Return the keys that a code is good for, once, by the names of their questions. Raises ChannelError."""
        ...


@dataclass(frozen=True, slots=True)
class Trigger:
    """A proved webhook message: an id to know it again by, its kind, whether it has anything pulled, or is a letter."""

    message_id: str
    kind: str
    fingerprint: bytes = field(repr=False)
    pull: bool = True
    letter: Letter | None = None
    is_known: bool = True


@runtime_checkable
class Proving(Protocol):
    """What an adapter has besides whose webhook messages are proved by what is not kept with them: a header, a password."""

    def proof(self, access: Access, body: bytes) -> Mapping[str, str]:
        """Return the headers that prove a message which was proved when it came, as it was kept. Pure."""
        ...


@runtime_checkable
class Answering(Protocol):
    """What an adapter has besides where its channel waits for our number when it sends a booking by itself."""

    def answered(self, body: bytes, *, our_number: str) -> bytes:
        """Return what says that the booking of a proved message is kept here under our number. Pure."""
        ...

    def fault(self, words: str) -> bytes:
        """Return what says, with status 500, that it is not, so that the channel sends it again. Pure."""
        ...
