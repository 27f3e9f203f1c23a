"""How tests write price files, and read what we write."""

import csv
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook, load_workbook

HEAD = ["room_type", "rate_plan", "from", "to", "weekdays", "price", "currency", "stop_sell"]


def as_csv(*rows: list[Any], head: list[str] | None = None, delimiter: str = ",") -> bytes:
    """Return a CSV file; a header of HEAD unless another is given."""
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(HEAD if head is None else head)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def as_xlsx(*rows: list[Any], head: list[str] | None = None) -> bytes:
    """Return the same as a workbook."""
    book = Workbook()
    sheet = book.active
    sheet.append(HEAD if head is None else head)
    for row in rows:
        sheet.append([None if cell == "" else cell for cell in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def read_back(content: bytes) -> list[tuple[Any, ...]]:
    """Return the values of the first sheet as openpyxl, which did not write it, reads them."""
    sheet = load_workbook(BytesIO(content), read_only=True).worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    return [tuple(cell.date() if hasattr(cell, "date") else cell for cell in row) for row in rows]
