"""Rows of named values as CSV or XLSX, in pieces while they come: a file of any length costs no memory. No database."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import islice
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from bookings.rates.reading import FORMULA

Cell = str | int | Decimal | bool | date | None
Row = Mapping[str, Cell]

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows in one piece.
PIECE = 500
#: Day 0 of a spreadsheet.
EPOCH = date(1899, 12, 30)

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_CONTENT}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_CONTENT}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_CONTENT}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="Rates" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Style 1 is a date, 2 is the header.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
        '</fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}


def csv_pieces(*, columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a CSV file: UTF-8 with BOM, commas, dates as 2027-05-03, yes and no; nothing in it runs in a spreadsheet."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    yield "\ufeff".encode()
    for piece in _in_pieces(rows):
        writer.writerows([_csv_cell(row.get(name)) for name in columns] for row in piece)
        yield _taken(buffer)
    yield _taken(buffer)


def xlsx_pieces(*, columns: Sequence[str], rows: Iterable[Row], sheet_name: str = "Rates") -> Iterator[bytes]:
    """Yield an XLSX file of one sheet called `sheet_name`; dates are dates, numbers numbers, and text is text whatever it begins with."""
    sink = _Sink()
    letters = [_letter(place) for place in range(len(columns))]
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for name, content in _PARTS.items():
            archive.writestr(name, _HEAD + content.replace('name="Rates"', f'name="{escape(sheet_name)}"'))
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            head = "".join(
                f'<c r="{letter}1" s="2" t="inlineStr"><is><t>{escape(name)}</t></is></c>'
                for letter, name in zip(letters, columns, strict=True)
            )
            sheet.write(
                f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
                '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
                f'<cols><col min="1" max="{len(columns)}" width="14" customWidth="1"/></cols><sheetData>'
                f'<row r="1">{head}</row>'.encode()
            )
            number = 1
            for piece in _in_pieces(rows):
                for row in piece:
                    number += 1
                    cells = [(letter, row.get(name)) for letter, name in zip(letters, columns, strict=True)]
                    sheet.write(_sheet_row(number, cells).encode())
                yield sink.take()
            sheet.write(b"</sheetData></worksheet>")
    yield sink.take()


class _Sink:
    """Where the archive is written: what has come since it was last taken."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        """Keep a piece."""
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        """Return what has come and forget it."""
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken


def _in_pieces(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while piece := list(islice(iterator, PIECE)):
        yield piece


def _taken(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _csv_cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case str():
            return f"'{value}" if value.startswith(FORMULA) else value
    return str(value)


def _sheet_row(number: int, cells: Sequence[tuple[str, Cell]]) -> str:
    written = "".join(_sheet_cell(f"{letter}{number}", value) for letter, value in cells if value is not None)
    return f'<row r="{number}">{written}</row>'


def _sheet_cell(place: str, value: Cell) -> str:
    match value:
        case bool():
            return f'<c r="{place}" t="inlineStr"><is><t>{"yes" if value else "no"}</t></is></c>'
        case int() | Decimal():
            return f'<c r="{place}"><v>{value}</v></c>'
        case date():
            return f'<c r="{place}" s="1"><v>{(value - EPOCH).days}</v></c>'
    shown = escape("".join(letter for letter in str(value) if letter >= " " or letter in "\t\n"))
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _letter(place: int) -> str:
    """Return the name of a column: A to Z, AA, ..."""
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)
