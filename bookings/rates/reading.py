"""From the bytes of a CSV or XLSX file to rows of named values; what they mean is for `understanding`. No database.

A file is a table: one header with the columns of COLUMNS in any order, then a row for each room type, plan and range of
dates. docs/rates-files.md is its specification.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import islice
from typing import Any, BinaryIO, NamedTuple
from warnings import catch_warnings, simplefilter
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

from bookings.rates.enums import PRICE, Limit
from pms.kernel.errors import Invalid

KEYS = ("room_type", "rate_plan", "from", "to", "weekdays")
VALUES = (PRICE, "currency", *(limit.value for limit in Limit))
COLUMNS = (*KEYS, *VALUES)
REQUIRED = ("room_type", "rate_plan", "from")

MAX_ROWS = 100_000
MAX_BYTES = 20 * 1024 * 1024
#: What an XLSX file, which is a ZIP archive, may hold unpacked.
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_ARCHIVE_ENTRIES = 2_000
#: Further to the right nobody has written anything for us.
MAX_COLUMNS = 64
LAST_SHEET_ROW = 1_048_576

ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: A spreadsheet runs a cell that begins so; with a quote before it, it is text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Value = str | Decimal | bool | date | None


class Formula(NamedTuple):
    """A cell that a spreadsheet computes; what it computed is not for us to trust."""

    text: str


class Broken(NamedTuple):
    """A cell that the spreadsheet itself shows as an error."""

    text: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of a file: its number as a spreadsheet shows it (the header is 1), and its cells by column name."""

    number: int
    cells: dict[str, "Value | Formula | Broken"]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that could be read. `decimal_comma` where the columns are parted by semicolons."""

    columns: tuple[str, ...]
    rows: Sequence[RawRow]
    decimal_comma: bool = False


def table_read(*, content: bytes, most_rows: int | None = None) -> Table:
    """Read a whole file, told by its first bytes; with `most_rows` only so many, to see whether there are more.

    Raises Invalid `file_empty`, `file_too_large`, `old_excel`, `not_a_table`, `not_utf8`, `header_missing`,
    `unknown_column`, `column_twice`, `column_missing`, `too_many_rows`.
    """
    if len(content) > MAX_BYTES:
        raise Invalid("file_too_large", f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.", field="file")
    if not content.strip():
        raise Invalid("file_empty", "The file is empty.", field="file")
    if content.startswith(OLD_EXCEL):
        raise Invalid("old_excel", "This is an old Excel file (.xls); save it as .xlsx or CSV.", field="file")
    decimal_comma = False
    if content.startswith(ZIP):
        records = _sheet_records(BytesIO(content))
    else:
        text = _text(content)
        decimal_comma = _is_parted_by_semicolons(text)
        records = _csv_records(text, ";" if decimal_comma else ",")
    filled = ((number, cells) for number, cells in records if any(cell not in {None, ""} for cell in cells))
    header = next(filled, None)
    if header is None:
        raise Invalid("file_empty", "The file is empty.", field="file")
    columns = _columns(header[1])
    rows = [
        RawRow(number, {name: cell for name, cell in zip(columns, cells, strict=False) if name})
        for number, cells in islice(_within(filled, len(columns)), most_rows or MAX_ROWS + 1)
    ]
    if len(rows) > MAX_ROWS:
        raise Invalid("too_many_rows", f"The file has more than {MAX_ROWS:,} rows; split it.", field="file")
    if not rows:
        raise Invalid("no_rows", "The file has a header and no rows.", field="file")
    return Table(tuple(name for name in columns if name), rows, decimal_comma)


def _within(records: Iterable[tuple[int, Sequence[Any]]], width: int) -> Iterator[tuple[int, Sequence[Any]]]:
    """Refuse a row that is wider than the header: nobody knows what its last cells are."""
    for number, cells in records:
        if any(cell not in {None, ""} for cell in cells[width:]):
            raise Invalid(
                "row_too_wide",
                f"Row {number} has more cells than the header has columns: a separator too many, or quotes missing.",
                field="file",
                row=number,
            )
        yield number, cells


def _columns(cells: Sequence[Any]) -> list[str]:
    """Return the names of the columns in their order, "" for one without a name."""
    names = [re.sub(r"[\s-]+", "_", str(cell or "").strip().lower()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    known = [name for name in names if name in COLUMNS]
    if not known:
        raise Invalid(
            "header_missing",
            f"The first row names the columns, such as {', '.join(COLUMNS[:6])}; this file begins with "
            f"“{str(cells[0] or '')[:40]}”.",
            field="file",
        )
    for name in names:
        if name not in COLUMNS:
            told = f"“{name[:40]}”" if name else "without a name"
            raise Invalid(
                "unknown_column",
                f"There is no column {told}. The columns are {', '.join(COLUMNS)}.",
                field="file",
                column=name,
            )
        if names.count(name) > 1:
            raise Invalid("column_twice", f"The column {name} is there twice.", field="file", column=name)
    for name in REQUIRED:
        if name not in names:
            raise Invalid("column_missing", f"The column {name} is missing.", field="file", column=name)
    if len(names) == len([name for name in names if name in KEYS]):
        raise Invalid("column_missing", "No column says what to set, such as price or stop_sell.", field="file")
    return names


def _text(content: bytes) -> str:
    if b"\x00" in content:
        raise Invalid("not_a_table", "This is neither a CSV nor an XLSX file.", field="file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            "not_utf8",
            f"The file is not UTF-8 (byte {error.start + 1:,}); save it as “CSV UTF-8”, or as XLSX.",
            field="file",
        ) from error


def _is_parted_by_semicolons(text: str) -> bool:
    header = next((line for line in text.splitlines() if line.strip()), "")
    return header.count(";") > header.count(",")


def _csv_records(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise Invalid(
            "not_a_table", f"Row {number + 1} cannot be read ({error}).", field="file", row=number + 1
        ) from error


def _sheet_records(file: BinaryIO) -> Iterator[tuple[int, Sequence[Value | Formula | Broken]]]:
    """Yield the rows of the first sheet, cell by cell as they are, formulas as formulas."""
    _guard_archive(file)
    try:
        # Openpyxl warns of styles and dates that do not matter here, or that come back as Broken.
        with catch_warnings():
            simplefilter("ignore")
            book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            width = _width(sheet)
            for number, cells in enumerate(sheet.iter_rows(max_col=width, max_row=LAST_SHEET_ROW), start=1):
                values = [None if cell.value is None else _cell_value(cell) for cell in cells]
                if any(value is not None for value in values):
                    yield number, values
    except Invalid:
        raise
    except Exception as error:  # a broken workbook breaks openpyxl anywhere: KeyError, ParseError, ...
        raise Invalid("not_a_table", "The file is not a readable XLSX workbook.", field="file") from error


def _width(sheet: Any) -> int:
    """Return how many columns to read: those of the header and one more, where a cell too many would stand."""
    for cells in sheet.iter_rows(max_col=MAX_COLUMNS, max_row=LAST_SHEET_ROW):
        filled = [place for place, cell in enumerate(cells, start=1) if cell.value is not None]
        if filled:
            return filled[-1] + 1
    return 1


def _guard_archive(file: BinaryIO) -> None:
    """Refuse an archive that unpacks to far more than a table needs, before anything is unpacked."""
    try:
        entries = ZipFile(file).infolist()
    except BadZipFile as error:
        raise Invalid("not_a_table", "The file is not a readable XLSX workbook.", field="file") from error
    if len(entries) > MAX_ARCHIVE_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Invalid(
            "file_too_large",
            f"The workbook unpacks to more than {MAX_UNPACKED_BYTES // 1024 // 1024} MB; nothing was read.",
            field="file",
        )
    if not any(entry.filename == "[Content_Types].xml" for entry in entries):
        raise Invalid("not_a_table", "This is a ZIP archive, but not an XLSX workbook.", field="file")


def _cell_value(cell: Any) -> Value | Formula | Broken:
    value = cell.value
    if cell.data_type == "f":
        return Formula(str(cell.coordinate))
    if cell.data_type == "e":
        return Broken(str(value))
    match value:
        case None | bool():
            found: Value | Formula | Broken = value
        case datetime():
            found = value.date() if value.time() == datetime.min.time() else Broken(f"{value:%Y-%m-%d %H:%M}")
        case date():
            found = value
        case int() | float():
            # A spreadsheet keeps 15 digits; what comes after them is noise of its binary numbers.
            found = Decimal(f"{value:.15g}")
        case _:
            found = str(value).strip()
    return found
