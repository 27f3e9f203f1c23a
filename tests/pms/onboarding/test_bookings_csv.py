"""The booking file: what is read, what is refused and how it says so."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from pms.kernel.errors import Invalid
from pms.onboarding.bookings_csv import COLUMNS, FinalStatus, Note, read_bookings

GOOD = {
    "hotel": "City Hotel", "is_canceled": "0", "lead_time": "10", "arrival_date_year": "2016",
    "arrival_date_month": "February", "arrival_date_week_number": "9", "arrival_date_day_of_month": "28",
    "stays_in_weekend_nights": "1", "stays_in_week_nights": "2", "adults": "2", "children": "1", "babies": "0",
    "meal": "BB", "country": "PRT", "market_segment": "Online TA", "distribution_channel": "TA/TO",
    "is_repeated_guest": "0", "previous_cancellations": "0", "previous_bookings_not_canceled": "0",
    "reserved_room_type": "A", "assigned_room_type": "D", "booking_changes": "0", "deposit_type": "No Deposit",
    "agent": "9", "company": "NULL", "days_in_waiting_list": "0", "customer_type": "Transient", "adr": "75.125",
    "required_car_parking_spaces": "0", "total_of_special_requests": "1", "reservation_status": "Check-Out",
    "reservation_status_date": "2016-03-02",
}  # fmt: skip
HEADER = ",".join(COLUMNS)


def line(**changes: str) -> str:
    return ",".join((GOOD | changes)[column] for column in COLUMNS)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "bookings.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def test_a_row_is_read_in_nights_and_cents(tmp_path: Path) -> None:
    """T8: a file that counts nights is made half-open once, at the border, over a leap day too."""
    row = read_bookings(written(tmp_path, line())).rows[0]
    assert (row.made_on, row.arrival, row.departure) == (date(2016, 2, 18), date(2016, 2, 28), date(2016, 3, 2))
    assert (row.line, row.nights, row.adr_minor, row.country) == (2, 3, 7513, "PT")
    assert (row.reserved_type, row.assigned_type, row.agent, row.company) == ("A", "D", "9", "")
    assert row.status is FinalStatus.CHECK_OUT


def test_gzip_is_told_by_its_bytes_and_reads_the_same(tmp_path: Path) -> None:
    plain = written(tmp_path, line())
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_bookings(packed).rows == read_bookings(plain).rows
    assert read_bookings(packed).fingerprint == read_bookings(plain).fingerprint


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"stays_in_weekend_nights": "0", "stays_in_week_nights": "0"}, "it has no nights"),
        ({"adults": "0", "children": "NA", "babies": "0"}, "it has no guests"),
        ({"adr": "-6.38"}, "it has a negative price, -6.38"),
        ({"adr": "nan"}, "adr 'nan' is not a price"),
        ({"arrival_date_month": "Brumaire"}, "arrival_date_month 'Brumaire' is not a month"),
        ({"arrival_date_day_of_month": "31"}, "31 February 2016 is not a date"),
        ({"arrival_date_year": "20160"}, "arrival_date_year 20160 is out of reach"),
        ({"lead_time": "-1"}, "lead_time '-1' is not a whole number"),
        ({"adults": "two"}, "adults 'two' is not a whole number"),
        ({"adults": "500"}, "it has 501 guests in one room"),
        ({"stays_in_week_nights": "500"}, "it has 501 nights, more than a year"),
        ({"hotel": "Otto's"}, 'hotel "Otto\'s" is unknown'),
        ({"is_canceled": "1"}, "is_canceled 1 and reservation_status Check-Out contradict each other"),
        ({"reservation_status": "Lost"}, "reservation_status 'Lost' is unknown"),
        ({"reservation_status_date": "02/03/2016"}, "reservation_status_date '02/03/2016' is not a date"),
        ({"country": "XX"}, "country 'XX' is not an ISO 3166 code of three letters"),
        ({"assigned_room_type": ""}, "assigned_room_type '' is not a letter"),
        ({"company": "x"}, "company 'x' is not a whole number"),
    ],
)
def test_nonsense_is_refused_with_its_line_and_reason(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    file = read_bookings(written(tmp_path, line(), line(**changes), line()))
    assert [(reject.line, reject.reason) for reject in file.rejects] == [(3, reason)]
    assert [row.line for row in file.rows] == [2, 4]
    assert file.total == 3


def test_rows_of_another_shape_are_refused(tmp_path: Path) -> None:
    quoted = line(hotel='"City\nHotel"')
    file = read_bookings(written(tmp_path, line() + ",x", quoted, "", line()))
    assert [(r.line, r.reason) for r in file.rejects] == [
        (2, "it has 33 fields instead of 32"),
        (3, "a quoted field runs on to line 4"),
    ]
    assert [row.line for row in file.rows] == [6]


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"children": "NA"}, Note.CHILDREN_UNKNOWN),
        ({"country": "NULL"}, Note.NO_COUNTRY),
        ({"country": "CN"}, Note.COUNTRY_CN),
        ({"adults": "0"}, Note.NO_ADULT),
        ({"adults": "40"}, Note.LARGE_PARTY),
        ({"adr": "5400"}, Note.ABSURD_PRICE),
        ({"adr": "0"}, Note.FREE),
        ({"reservation_status_date": "2016-02-28"}, Note.EARLY_STATUS),
    ],
)
def test_what_is_odd_is_kept_and_noted(tmp_path: Path, changes: dict[str, str], note: Note) -> None:
    """T24: zero is a real price."""
    file = read_bookings(written(tmp_path, line(**changes)))
    assert (len(file.rows), file.notes) == (1, {Note.OTHER_TYPE: 1, note: 1})


def test_equal_rows_have_their_own_stable_ids(tmp_path: Path) -> None:
    first = read_bookings(written(tmp_path, line(), line(), line(adr="80"))).rows
    again = read_bookings(written(tmp_path, line(adr="80"), line(), line())).rows
    assert len({row.external_id for row in first}) == 3
    assert {row.external_id for row in first} == {row.external_id for row in again}


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        read_bookings(path)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ("file_empty", "b.csv is empty.")),
        (b"\xef\xbb\xbf" + HEADER.encode(), ("no_rows", "b.csv has the right header and no bookings below it.")),
        (b"name,price\n", ("wrong_header", "b.csv is not a hotel bookings file: its first line has no column hotel.")),
        (
            HEADER.encode() + b",extra\n",
            ("wrong_header", "b.csv is not a hotel bookings file: its first line has an unknown column 'extra'."),
        ),
        (
            ",".join(reversed(COLUMNS)).encode(),
            ("wrong_header", "b.csv is not a hotel bookings file: its columns are repeated or in another order."),
        ),
        (HEADER.encode() + b"\n\xff", ("not_utf8", f"b.csv is not UTF-8 text: byte {len(HEADER) + 1} cannot be read.")),
        (gzip.compress(b"x" * 5000, mtime=0)[:-9], ("gzip_damaged", "b.csv is a damaged or truncated gzip file.")),
        (b"\x1f\x8brubbish", ("gzip_damaged", "b.csv is a damaged or truncated gzip file.")),
        (
            (HEADER + "\nx\n").encode(),
            (
                "nothing_to_import",
                "No row of b.csv is a booking; the first, line 2, is refused because it has 1 fields instead of 32.",
            ),
        ),
    ],
)
def test_a_wrong_file_ends_in_one_sentence(tmp_path: Path, content: bytes, expected: tuple[str, str]) -> None:
    path = tmp_path / "b.csv"
    path.write_bytes(content)
    assert refusal(path) == expected


def test_an_endless_field_ends_in_one_sentence(tmp_path: Path) -> None:
    path = written(tmp_path, '"' + "x" * 200_000)
    assert refusal(path)[0] == "not_csv"


def test_no_file_and_a_directory_end_in_one_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv")[0] == "file_missing"
    assert refusal(tmp_path)[0] == "file_is_directory"
