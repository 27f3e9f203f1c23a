"""Price files at work: dry run, overlaps, saving all or nothing, long files by a job."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tenants.utils import schema_context

from bookings.rates.enums import ChangeState, FileState
from bookings.rates.jobs import sweep_files, work_on_file
from bookings.rates.models import DailyPrice, RateChange, RateFile, RateFileRow, Restriction
from bookings.rates.services import Cell, file_receive, file_save, importing, rates_change
from bookings.rates.services.importing import file_check
from pms.audit.models import AuditEvent
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from tests.bookings.rates.files import as_csv, as_xlsx
from tests.conftest import TODAY
from tests.house import TESTER, House, refused

DAY = TODAY + timedelta(days=10)


pytestmark = pytest.mark.usefixtures("own_storage")


def row(
    *, first: Any = DAY, last: Any = "", price: Any = "", stop: Any = "", kind: str = "DBL", days: str = ""
) -> list[Any]:
    return [kind, "BAR", first, last, days, price, "", stop]


def received(house: House, *rows: list[Any], name: str = "May.csv", actor: Actor = TESTER) -> RateFile:
    return file_receive(property=house.property, name=name, content=as_csv(*rows), actor=actor)


def report(file: RateFile) -> list[tuple[int, str, int, int, str]]:
    return list(file.rows.values_list("number", "outcome", "cells", "changed", "column"))


def save(file: RateFile, *, publish: bool = True) -> RateFile:
    return file_save(file=file, title="May", publish=publish, actor=TESTER)


def later(day: Any, days: int) -> Any:
    return day + timedelta(days=days)


def test_the_dry_run_reports_each_row_and_writes_no_price(property_a: House) -> None:
    rates_change(
        property=property_a.property,
        cells=[Cell(property_a.double.pk, property_a.rate_plan.pk, DAY, "price", 12_000)],
        title="Before",
        actor=TESTER,
    )
    file = received(
        property_a,
        row(price=120),
        row(first=later(DAY, 1), last=later(DAY, 3), price=130, stop="no"),
        row(first=later(DAY, 5)),
    )
    assert (file.state, file.rows_count, file.ok_count, file.unchanged_count, file.fault_count) == (
        FileState.CHECKED, 3, 1, 2, 0,
    )  # fmt: skip
    assert report(file) == [(2, "unchanged", 1, 0, ""), (3, "ok", 6, 6, ""), (4, "unchanged", 0, 0, "")]
    assert (file.preview["cells"], file.preview["differing"]) == (7, 6)
    assert file.preview["by_field"] == {"price": 3, "stop_sell": 3}
    assert DailyPrice.objects.count() == 1
    assert RateChange.objects.count() == 1


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_file_becomes_a_published_change(property_a: House, write: Any) -> None:
    content = write(row(last=later(DAY, 1), price=120.5, days="Mon-Sun"), row(price="", stop="yes", kind="*"))
    file = save(file_receive(property=property_a.property, name="May", content=content, actor=TESTER))
    assert (file.state, file.message) == (FileState.SAVED, "")
    assert file.change is not None
    assert (file.change.state, file.change.title, file.change.cells_count) == (ChangeState.PUBLISHED, "May", 3)
    assert list(DailyPrice.objects.order_by("date").values_list("date", "price_minor")) == [
        (DAY, 12_050),
        (later(DAY, 1), 12_050),
    ]
    restriction = Restriction.objects.get()
    assert (restriction.room_type, restriction.rate_plan, restriction.stop_sell) == (None, property_a.rate_plan, True)


def test_a_file_becomes_a_draft(property_a: House) -> None:
    file = save(received(property_a, row(price=120)), publish=False)
    assert file.change is not None
    assert file.change.state == ChangeState.DRAFT
    assert DailyPrice.objects.count() == 0
    assert save(file).change == file.change


def test_two_rows_that_say_different_things_name_each_other(property_a: House) -> None:
    """Both are told, with one cell they quarrel about; rows that say the same are one."""
    file = received(
        property_a,
        row(last=later(DAY, 5), price=120),
        row(first=later(DAY, 7), price=120),
        row(first=later(DAY, 5), last=later(DAY, 9), price=130),
        row(first=later(DAY, 5), price=130, kind="STE"),
    )
    assert list(file.rows.values_list("number", "outcome", "column", "message")) == [
        (2, "fault", "price", "Row 4 says something else: Price of DBL, BAR, 5 December 2026."),
        (3, "fault", "price", "Row 4 says something else: Price of DBL, BAR, 7 December 2026."),
        (
            4,
            "fault",
            "price",
            (
                "Row 2 says something else: Price of DBL, BAR, 5 December 2026. "
                "Row 3 says something else: Price of DBL, BAR, 7 December 2026."
            ),
        ),
        (5, "ok", "", "STE, BAR, 2026-12-05: price 130.00"),
    ]
    assert report(received(property_a, row(price=120), row(price=120))) == [
        (2, "ok", 1, 1, ""),
        (3, "unchanged", 1, 0, ""),
    ]


def test_rows_with_faults_are_reported_and_nothing_is_saved(property_a: House, property_other: House) -> None:
    file = received(
        property_a,
        row(price=100),
        row(first=later(TODAY, -1), price=100),
        row(first=later(TODAY, 120 + 366), price=100),
        row(first=later(DAY, 1), price=-1),
        row(first=later(DAY, 2), price=10_000_001),
        row(first=later(DAY, 3), price="=1+1"),
        row(kind="NONE", price=1),
    )
    assert [(number, column) for number, outcome, _, _, column in report(file) if outcome == "fault"] == [
        (3, "from"), (4, "from"), (5, "price"), (6, "price"), (7, "price"), (8, "room_type"),
    ]  # fmt: skip
    assert (file.ok_count, file.fault_count, file.preview) == (1, 6, {})
    with refused("rows_with_faults"):
        save(file)
    assert (RateChange.objects.count(), DailyPrice.objects.count()) == (0, 0)


def test_a_file_that_makes_no_sense_says_why(property_a: House) -> None:
    file = file_receive(property=property_a.property, name="x", content=b"a,b\n1,2\n", actor=TESTER)
    assert (file.state, file.message[:31]) == (FileState.REFUSED, "The first row names the columns")
    with refused("not_checked"):
        save(file)
    for content, code in ((b"", "file_empty"), (bytes(20 * 1024 * 1024 + 1), "file_too_large")):
        with refused(code):
            file_receive(property=property_a.property, name="x", content=content, actor=TESTER)
    assert RateFile.objects.count() == 1


def test_more_than_a_million_things_are_refused(property_a: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings.rates.services.checking.MAX_CELLS", 3)
    assert received(property_a, row(last=later(DAY, 2), price=1)).state == FileState.CHECKED
    file = received(property_a, row(last=later(DAY, 2), price=1), row(kind="STE", price=1))
    assert file.message == "With row 3 the file says more than 3 things; split it."


def test_retired_types_and_plans_cannot_be_named(property_a: House) -> None:
    property_a.double.retired_at = timezone.now()
    property_a.double.save(update_fields=["retired_at"])
    assert report(received(property_a, row(price=1)))[0][4] == "room_type"


def test_a_file_without_news_is_not_saved(property_a: House) -> None:
    save(received(property_a, row(price=120)))
    with refused("nothing_changes"):
        save(received(property_a, row(price=120)))
    with refused("title_missing"):
        file_save(file=received(property_a, row(price=121)), title=" ", publish=True, actor=TESTER)


def test_what_became_wrong_since_the_dry_run_is_reported_and_not_saved(property_a: House) -> None:
    file = received(property_a, row(first=TODAY, price=120), row(price=120))
    property_a.property.business_date = later(TODAY, 1)
    property_a.property.save(update_fields=["business_date"])
    file = save(file)
    assert (file.state, file.fault_count, file.change) == (FileState.CHECKED, 1, None)
    assert DailyPrice.objects.count() == 0


def test_what_refuses_the_change_stands_in_the_file(property_a: House) -> None:
    file = received(property_a, row(price=120))
    save(received(property_a, row(price=120)))
    file = save(file)
    assert (file.state, file.message) == (FileState.CHECKED, "Everything is set like this already.")


@pytest.fixture
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every file is a long one; return those that were given to the queue."""
    keys: list[int] = []
    monkeypatch.setattr(importing, "INLINE_ROWS", 1)
    monkeypatch.setattr(importing, "enqueue_in_tenant", lambda _path, file_id: keys.append(file_id))
    return keys


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_long_file_is_worked_on_by_a_job(property_a: House, enqueued: list[int], write: Any) -> None:
    content = write(row(price=120), row(first=later(DAY, 1), price=121), row(first=later(DAY, 2), price=122))
    file = file_receive(property=property_a.property, name="long", content=content, actor=TESTER)
    assert (file.state, enqueued) == (FileState.WAITING, [file.pk])
    work_on_file(file.pk)
    work_on_file(file.pk)
    file.refresh_from_db()
    assert (file.state, file.rows_count) == (FileState.CHECKED, 3)
    assert save(file).state == FileState.SAVING
    assert enqueued == [file.pk, file.pk]
    work_on_file(file.pk)
    work_on_file(file.pk)
    file.refresh_from_db()
    assert (file.state, RateChange.objects.count(), DailyPrice.objects.count()) == (FileState.SAVED, 1, 3)
    trail = AuditEvent.objects.filter(action="rates.published")
    assert list(trail.values_list("actor_label", flat=True)) == ["tests"]
    work_on_file(0)


def test_one_works_on_a_file_at_a_time(property_a: House, enqueued: list[int]) -> None:
    file = received(property_a, row(price=1), row(first=later(DAY, 1), price=1), row(first=later(DAY, 2), price=1))
    RateFile.objects.update(claimed_at=timezone.now())
    assert file_check(file=file).state == FileState.WAITING
    RateFile.objects.update(claimed_at=timezone.now() - timedelta(minutes=11))
    assert file_check(file=file).state == FileState.CHECKED


def test_the_sweep_takes_up_what_waits(property_a: House, enqueued: list[int]) -> None:
    """A queue may forget; what stopped a worker for a day is left alone."""
    file = received(property_a, row(price=1), row(first=later(DAY, 1), price=1), row(first=later(DAY, 2), price=1))
    enqueued.clear()
    now = timezone.now()

    def swept(**when: Any) -> list[int]:
        enqueued.clear()
        RateFile.objects.filter(pk=file.pk).update(**when)
        sweep_files()
        return list(enqueued)

    assert swept() == []
    assert swept(made_at=now - timedelta(minutes=2)) == [file.pk]
    assert swept(claimed_at=now) == []
    assert swept(claimed_at=now - timedelta(minutes=11)) == [file.pk]
    assert swept(made_at=now - timedelta(days=2)) == []


def test_old_files_go_with_their_report_and_content(property_a: House) -> None:
    file, young = received(property_a, row(price=120)), received(property_a, row(price=121))
    RateFile.objects.filter(pk=file.pk).update(made_at=timezone.now() - timedelta(days=31))
    sweep_files()
    assert list(RateFile.objects.all()) == [young]
    assert set(RateFileRow.objects.values_list("file", flat=True)) == {young.pk}
    assert not default_storage.exists(str(file.content.name))
    assert default_storage.exists(str(young.content.name))


def test_a_file_keeps_to_its_organization_and_its_name_is_no_path(
    property_a: House, hotel_b: Any, own_storage: Any
) -> None:
    file = received(property_a, row(price=120), name="../../etc/passwd\x00")
    assert file.name == "../../etc/passwd"
    assert file.content.path == str(own_storage / "hotel_a" / "rates" / f"{file.code}.bin")
    with schema_context(hotel_b.schema_name):
        assert RateFile.objects.count() == 0
        assert not default_storage.exists(str(file.content.name))


def test_it_is_refused_in_words(property_a: House) -> None:
    with pytest.raises(Invalid) as caught:
        file_receive(property=property_a.property, name="x" * 20_000, content=b"x", actor=TESTER)
    assert caught.value.field == "file"
