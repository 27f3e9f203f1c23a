"""import_rates and export_rates: dry run unless told otherwise, and there and back changes nothing."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bookings.rates.enums import ChangeState
from bookings.rates.models import DailyPrice, RateChange
from tests.bookings.rates.files import as_csv, as_xlsx
from tests.conftest import TODAY
from tests.house import House

DAY = TODAY + timedelta(days=10)


def run(command: str, path: Path, *arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(command, str(path), "--schema", "hotel_a", "--property", "LIS", *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path, property_a: House) -> Path:
    """A file with one price."""
    path = tmp_path / "prices.xlsx"
    path.write_bytes(as_xlsx(["DBL", "BAR", DAY, "", "", 120, "EUR", ""]))
    return path


def test_it_checks_and_saves_nothing_unless_told(file: Path) -> None:
    assert run("import_rates", file) == "1 rows, 1 values, 1 of them change.\n"
    assert RateChange.objects.count() == 0
    assert run("import_rates", file, "--draft").endswith("Change 1 of LIS is kept as a draft.\n")
    assert (RateChange.objects.get().state, DailyPrice.objects.count()) == (ChangeState.DRAFT, 0)
    assert run("import_rates", file, "--publish", title="May").endswith("Change 2 of LIS is published.\n")
    assert (RateChange.objects.first().title, DailyPrice.objects.get().price_minor) == ("May", 12_000)


def test_it_lists_rows_with_errors_and_fails(file: Path) -> None:
    file.write_bytes(as_csv(["DBL", "BAR", DAY, "", "", "x", "", ""], ["NO", "BAR", DAY, "", "", "1", "", ""]))
    out = StringIO()
    with pytest.raises(CommandError, match=r"2 of 2 rows have errors; nothing was saved\."):
        call_command("import_rates", str(file), "--schema", "hotel_a", "--property", "LIS", "--publish", stdout=out)
    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == ["row 2, price", "row 3, room_type"]
    assert RateChange.objects.count() == 0


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_there_and_back_changes_nothing(file: Path, tmp_path: Path, name: str) -> None:
    run("import_rates", file, "--publish")
    out = tmp_path / name
    assert run("export_rates", out, "--from", TODAY.isoformat()).startswith(f"{name}: 2026-11-20 to 2027-11-19")
    assert run("import_rates", out) == "1 rows, 1 values, 0 of them change.\n"


@pytest.mark.parametrize("command", ["import_rates", "export_rates"])
def test_they_say_what_is_not_there(file: Path, tmp_path: Path, command: str) -> None:
    with pytest.raises(CommandError, match="There is no property XXX in hotel_a"):
        call_command(command, str(file), "--schema", "hotel_a", "--property", "XXX")
    with pytest.raises(CommandError):
        run("import_rates", tmp_path / "nothing.csv")
    with pytest.raises(CommandError, match="The last day is before the first"):
        run("export_rates", tmp_path / "x.csv", "--from", "2027-01-02", "--to", "2027-01-01")
