"""Reads the hotel booking demand file: what a row says, which rows make no sense and why.

The file is the one published with Antonio, de Almeida and Nunes, "Hotel booking demand datasets", Data in Brief 22
(2019) 41-49, CC BY 4.0. Its columns are facts about one booking each; docs/import.md says how each is understood.
"""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final

from pms.kernel.errors import Invalid

from .countries import ALPHA2_BY_ALPHA3

COLUMNS: Final = (
    "hotel", "is_canceled", "lead_time", "arrival_date_year", "arrival_date_month", "arrival_date_week_number",
    "arrival_date_day_of_month", "stays_in_weekend_nights", "stays_in_week_nights", "adults", "children", "babies",
    "meal", "country", "market_segment", "distribution_channel", "is_repeated_guest", "previous_cancellations",
    "previous_bookings_not_canceled", "reserved_room_type", "assigned_room_type", "booking_changes", "deposit_type",
    "agent", "company", "days_in_waiting_list", "customer_type", "adr", "required_car_parking_spaces",
    "total_of_special_requests", "reservation_status", "reservation_status_date",
)  # fmt: skip
HOTELS: Final = ("City Hotel", "Resort Hotel")
MONTHS: Final = {
    "January": 1, "February": 2, "March": 3, "April": 4, "May": 5, "June": 6, "July": 7, "August": 8,
    "September": 9, "October": 10, "November": 11, "December": 12,
}  # fmt: skip
MEALS: Final = frozenset({"BB", "HB", "FB", "SC", "Undefined"})
DEPOSITS: Final = frozenset({"No Deposit", "Non Refund", "Refundable"})
CUSTOMER_TYPES: Final = frozenset({"Transient", "Transient-Party", "Contract", "Group"})
NOTHING: Final = frozenset({"", "NULL", "NA"})
MAX_NIGHTS: Final = 365
MAX_GUESTS: Final = 99
MAX_ROWS: Final = 2_000_000
ABSURD_ADR_MINOR: Final = 1_000_00
LARGE_PARTY: Final = 10

_WHOLE = re.compile(r"\d{1,5}")
_PRICE = re.compile(r"-?\d{1,7}(\.\d{1,12})?")
_TYPE = re.compile(r"[A-Z]")
_LABEL = re.compile(r"[A-Za-z][A-Za-z/ -]{0,39}")


class FinalStatus(StrEnum):
    """How a booking of the file ended."""

    CHECK_OUT = "Check-Out"
    CANCELED = "Canceled"
    NO_SHOW = "No-Show"


class Note(StrEnum):
    """What the reader saw in a row that it kept all the same; counted in the summary of the import."""

    CHILDREN_UNKNOWN = "children is NA, read as none"
    NO_COUNTRY = "without country"
    COUNTRY_CN = "country CN read as Canada"
    NO_ADULT = "children without an adult, the first counted as one"
    LARGE_PARTY = "more than ten guests in one room"
    ABSURD_PRICE = "a price per night above 1,000.00, kept as it is"
    FREE = "a price of zero, kept as complimentary"
    OTHER_TYPE = "stays in another room type than reserved"
    EARLY_STATUS = "left or missed before the last booked night, booked nights kept"


@dataclass(frozen=True, slots=True)
class BookingRow:
    """One booking of the file; dates are nights of the hotel, the price is per night in euro cents."""

    line: int
    external_id: str
    hotel: str
    status: FinalStatus
    status_on: date
    made_on: date
    arrival: date
    departure: date
    adults: int
    children: int
    babies: int
    meal: str
    country: str
    market_segment: str
    distribution_channel: str
    is_repeated_guest: bool
    reserved_type: str
    assigned_type: str
    booking_changes: int
    deposit_type: str
    agent: str
    company: str
    days_in_waiting_list: int
    customer_type: str
    adr_minor: int
    parking_spaces: int
    special_requests: int

    @property
    def nights(self) -> int:
        """Number of nights booked."""
        return (self.departure - self.arrival).days

    @property
    def happened(self) -> bool:
        """Whether the guest really came."""
        return self.status is FinalStatus.CHECK_OUT


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that makes no sense: its line in the file (the header is line 1), why, and its text."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class BookingFile:
    """A file read to its end: every row is either in rows or in rejects."""

    name: str
    fingerprint: str
    rows: tuple[BookingRow, ...]
    rejects: tuple[Reject, ...]
    notes: dict[Note, int]

    @property
    def total(self) -> int:
        """Rows of the file without its header."""
        return len(self.rows) + len(self.rejects)


class _Nonsense(Exception):
    """Why one row cannot be a booking."""


def read_bookings(path: Path) -> BookingFile:
    """Reads the whole file, plain or gzipped (told by its first bytes); raises Invalid with one sentence."""
    content = _content(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("not_utf8", f"{path.name} is not UTF-8 text: byte {error.start:,} cannot be read.") from None
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        _check_header(next(lines, []), path.name)
        rows, rejects, notes = _sort_out(lines)
    except csv.Error as error:
        raise Invalid("not_csv", f"{path.name} cannot be read as CSV near line {lines.line_num:,}: {error}.") from None
    if not rows and not rejects:
        raise Invalid("no_rows", f"{path.name} has the right header and no bookings below it.")
    if not rows:
        first = rejects[0]
        raise Invalid(
            "nothing_to_import",
            f"No row of {path.name} is a booking; the first, line {first.line}, is refused because {first.reason}.",
        )
    return BookingFile(path.name, hashlib.sha256(content).hexdigest(), tuple(rows), tuple(rejects), dict(notes))


def _content(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise Invalid("file_missing", f"There is no file {path}.") from None
    except IsADirectoryError:
        raise Invalid("file_is_directory", f"{path} is a directory, not a file of bookings.") from None
    except OSError as error:
        raise Invalid("file_unreadable", f"{path} cannot be read: {error.strerror or error}.") from None
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise Invalid("gzip_damaged", f"{path.name} is a damaged or truncated gzip file.") from None
    if not raw.strip():
        raise Invalid("file_empty", f"{path.name} is empty.")
    return raw


def _check_header(header: list[str], name: str) -> None:
    found = tuple(column.strip() for column in header)
    if found == COLUMNS:
        return
    missing = [column for column in COLUMNS if column not in found]
    strange = [column for column in found if column not in COLUMNS]
    if missing:
        detail = f"its first line has no column {missing[0]}"
    elif strange:
        detail = f"its first line has an unknown column {strange[0][:40]!r}"
    else:
        detail = "its columns are repeated or in another order"
    raise Invalid("wrong_header", f"{name} is not a hotel bookings file: {detail}.")


def _sort_out(lines: Iterator[list[str]]) -> tuple[list[BookingRow], list[Reject], Counter[Note]]:
    rows: list[BookingRow] = []
    rejects: list[Reject] = []
    notes: Counter[Note] = Counter()
    seen: Counter[str] = Counter()
    reader = _Reader(notes)
    before = 1
    for fields in lines:
        line, before = before + 1, lines.line_num  # type: ignore[attr-defined]
        if not fields:
            continue
        if len(rows) + len(rejects) >= MAX_ROWS:
            raise Invalid("too_many_rows", f"The file has more than {MAX_ROWS:,} bookings; import it in parts.")
        text = ",".join(fields)
        seen[text] += 1
        try:
            _check_one_line(line, before)
            rows.append(reader.row(fields, line, external_id(text, seen[text])))
        except _Nonsense as reason:
            rejects.append(Reject(line, str(reason), text[:2000]))
    return rows, rejects, notes


def _check_one_line(first: int, last: int) -> None:
    if last > first:
        raise _Nonsense(f"a quoted field runs on to line {last}")


def external_id(text: str, occurrence: int) -> str:
    """A row's stable name: its text and which of several equal rows it is (the file has 31,994 equal ones)."""
    return hashlib.sha256(f"{occurrence}:{text}".encode()).hexdigest()[:32]


class _Reader:
    """Turns fields into a booking, sharing equal strings and dates between 119,390 of them."""

    def __init__(self, notes: Counter[Note]) -> None:
        self.notes = notes
        self.prices: dict[str, int] = {}
        self.dates: dict[str, date] = {}
        self.words: dict[str, str] = {}

    def row(self, fields: list[str], line: int, name: str) -> BookingRow:
        """The booking in these fields; raises _Nonsense."""
        if len(fields) != len(COLUMNS):
            raise _Nonsense(f"it has {len(fields)} fields instead of {len(COLUMNS)}")
        cell = dict(zip(COLUMNS, map(str.strip, fields), strict=True))
        hotel = self._one_of(cell, "hotel", HOTELS)
        arrival = self._arrival(cell)
        nights = self._nights(cell)
        notes: list[Note] = []
        adults, children, babies = self._party(cell, notes)
        status, status_on = self._status(cell)
        adr_minor = self._price(cell, notes)
        if status is not FinalStatus.CANCELED and status_on < (
            arrival if status is FinalStatus.NO_SHOW else arrival + timedelta(days=nights)
        ):
            notes.append(Note.EARLY_STATUS)
        reserved, assigned = self._type(cell, "reserved_room_type"), self._type(cell, "assigned_room_type")
        if reserved != assigned:
            notes.append(Note.OTHER_TYPE)
        row = BookingRow(
            line=line,
            external_id=name,
            hotel=hotel,
            status=status,
            status_on=status_on,
            made_on=arrival - timedelta(days=_whole(cell, "lead_time")),
            arrival=arrival,
            departure=arrival + timedelta(days=nights),
            adults=adults,
            children=children,
            babies=babies,
            meal=self._one_of(cell, "meal", MEALS),
            country=self._country(cell, notes),
            market_segment=self._label(cell, "market_segment"),
            distribution_channel=self._label(cell, "distribution_channel"),
            is_repeated_guest=self._one_of(cell, "is_repeated_guest", ("0", "1")) == "1",
            reserved_type=reserved,
            assigned_type=assigned,
            booking_changes=_whole(cell, "booking_changes"),
            deposit_type=self._one_of(cell, "deposit_type", DEPOSITS),
            agent=self._number(cell, "agent"),
            company=self._number(cell, "company"),
            days_in_waiting_list=_whole(cell, "days_in_waiting_list"),
            customer_type=self._one_of(cell, "customer_type", CUSTOMER_TYPES),
            adr_minor=adr_minor,
            parking_spaces=_whole(cell, "required_car_parking_spaces"),
            special_requests=_whole(cell, "total_of_special_requests"),
        )
        self.notes.update(notes)
        return row

    def _arrival(self, cell: dict[str, str]) -> date:
        year, day = _whole(cell, "arrival_date_year"), _whole(cell, "arrival_date_day_of_month")
        month = MONTHS.get(cell["arrival_date_month"])
        if month is None:
            raise _Nonsense(f"arrival_date_month {_quoted(cell['arrival_date_month'])} is not a month")
        if not 1990 <= year <= 2100:
            raise _Nonsense(f"arrival_date_year {year} is out of reach")
        try:
            return date(year, month, day)
        except ValueError:
            raise _Nonsense(f"{day} {cell['arrival_date_month']} {year} is not a date") from None

    def _nights(self, cell: dict[str, str]) -> int:
        nights = _whole(cell, "stays_in_weekend_nights") + _whole(cell, "stays_in_week_nights")
        if nights == 0:
            raise _Nonsense("it has no nights")
        if nights > MAX_NIGHTS:
            raise _Nonsense(f"it has {nights} nights, more than a year")
        return nights

    def _party(self, cell: dict[str, str], notes: list[Note]) -> tuple[int, int, int]:
        adults, babies = _whole(cell, "adults"), _whole(cell, "babies")
        if cell["children"] == "NA":
            children = 0
            notes.append(Note.CHILDREN_UNKNOWN)
        else:
            children = _whole(cell, "children")
        guests = adults + children + babies
        if guests == 0:
            raise _Nonsense("it has no guests")
        if guests > MAX_GUESTS:
            raise _Nonsense(f"it has {guests} guests in one room")
        if adults == 0:
            notes.append(Note.NO_ADULT)
        if guests > LARGE_PARTY:
            notes.append(Note.LARGE_PARTY)
        return adults, children, babies

    def _status(self, cell: dict[str, str]) -> tuple[FinalStatus, date]:
        try:
            status = FinalStatus(cell["reservation_status"])
        except ValueError:
            raise _Nonsense(f"reservation_status {_quoted(cell['reservation_status'])} is unknown") from None
        cancelled = self._one_of(cell, "is_canceled", ("0", "1"))
        if (cancelled == "0") != (status is FinalStatus.CHECK_OUT):
            raise _Nonsense(f"is_canceled {cancelled} and reservation_status {status.value} contradict each other")
        text = cell["reservation_status_date"]
        if text not in self.dates:
            try:
                self.dates[text] = date.fromisoformat(text)
            except ValueError:
                raise _Nonsense(f"reservation_status_date {_quoted(text)} is not a date") from None
        return status, self.dates[text]

    def _price(self, cell: dict[str, str], notes: list[Note]) -> int:
        text = cell["adr"]
        if text not in self.prices:
            if _PRICE.fullmatch(text) is None:
                raise _Nonsense(f"adr {_quoted(text)} is not a price")
            self.prices[text] = int((Decimal(text) * 100).quantize(Decimal(1), ROUND_HALF_UP))
        minor = self.prices[text]
        if text.startswith("-") and minor != 0:
            raise _Nonsense(f"it has a negative price, {text}")
        if minor == 0:
            notes.append(Note.FREE)
        elif minor > ABSURD_ADR_MINOR:
            notes.append(Note.ABSURD_PRICE)
        return minor

    def _country(self, cell: dict[str, str], notes: list[Note]) -> str:
        code = cell["country"]
        if code in NOTHING:
            notes.append(Note.NO_COUNTRY)
            return ""
        if code == "CN":
            notes.append(Note.COUNTRY_CN)
            return "CA"
        if code not in ALPHA2_BY_ALPHA3:
            raise _Nonsense(f"country {_quoted(code)} is not an ISO 3166 code of three letters")
        return ALPHA2_BY_ALPHA3[code]

    def _type(self, cell: dict[str, str], column: str) -> str:
        if _TYPE.fullmatch(cell[column]) is None:
            raise _Nonsense(f"{column} {_quoted(cell[column])} is not a letter")
        return self._shared(cell[column])

    def _label(self, cell: dict[str, str], column: str) -> str:
        if _LABEL.fullmatch(cell[column]) is None:
            raise _Nonsense(f"{column} {_quoted(cell[column])} is not a name")
        return self._shared(cell[column])

    def _number(self, cell: dict[str, str], column: str) -> str:
        if cell[column] in NOTHING:
            return ""
        return self._shared(str(_whole(cell, column)))

    def _one_of(self, cell: dict[str, str], column: str, allowed: tuple[str, ...] | frozenset[str]) -> str:
        if cell[column] not in allowed:
            raise _Nonsense(f"{column} {_quoted(cell[column])} is unknown")
        return self._shared(cell[column])

    def _shared(self, word: str) -> str:
        return self.words.setdefault(word, word)


def _whole(cell: dict[str, str], column: str) -> int:
    if _WHOLE.fullmatch(cell[column]) is None or not cell[column].isascii():
        raise _Nonsense(f"{column} {_quoted(cell[column])} is not a whole number")
    return int(cell[column])


def _quoted(text: str) -> str:
    return repr(text[:40])
