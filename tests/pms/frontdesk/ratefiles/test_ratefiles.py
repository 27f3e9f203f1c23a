"""Pages of versions, import and export of prices: what they show, who may open them, what they ask of the database."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.rates.enums import ChangeState, FileState
from bookings.rates.models import DailyPrice, RateChange, RateFile
from bookings.rates.services import Cell, change_draft, file_receive, importing, rates_change
from pms.access.models import Grant
from pms.audit.models import AuditEvent
from pms.frontdesk.ratefiles.telling import days_told
from tests.bookings.rates.files import as_csv, read_back
from tests.conftest import TODAY
from tests.house import TESTER, House

DAY = TODAY + timedelta(days=10)

pytestmark = pytest.mark.usefixtures("own_storage")


@pytest.fixture
def desk(client_for: Callable[..., Any], mia: Any, property_a: House, in_tenant: Any) -> Any:
    """Mia, the manager, at the desk of property_a."""
    return client_for(mia, in_tenant)


def cells(house: House, price: int = 12_000, days: int = 3) -> list[Cell]:
    pair = (house.double.pk, house.rate_plan.pk)
    return [Cell(*pair, DAY + timedelta(days=index), "price", price) for index in range(days)]


def change(house: House, price: int = 12_000, title: str = "Fair", **options: Any) -> RateChange:
    return rates_change(property=house.property, cells=cells(house, price, **options), title=title, actor=TESTER)


def draft(house: House, price: int = 12_000) -> RateChange:
    return change_draft(property=house.property, cells=cells(house, price), title="Fair", actor=TESTER)


def prices() -> set[int]:
    return set(DailyPrice.objects.values_list("price_minor", flat=True))


def row(price: Any = 120, first: Any = DAY, **options: Any) -> list[Any]:
    return [options.get("kind", "DBL"), "BAR", first, "", "", price, "", ""]


def upload(*rows: list[Any], name: str = "May.csv") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, as_csv(*rows))}


def received(house: House, *rows: list[Any]) -> RateFile:
    return file_receive(property=house.property, name="May.csv", content=as_csv(*rows), actor=TESTER)


# --- Versions -----------------------------------------------------------------------------------------------


def test_the_list_shows_and_filters_versions(desk: Any, property_a: House, property_other: House) -> None:
    change(property_a, title="Web Summit")
    draft(property_a, 13_000)
    change(property_other)

    def numbers(query: str = "") -> list[int]:
        return [each.number for each in desk.get(f"/desk/rates/changes/{query}").context["page"].object_list]

    assert numbers() == [2, 1]
    assert numbers("?state=draft") == [2]
    assert numbers("?q=summit") == [1]
    assert numbers("?q=%00") == [2, 1]
    assert numbers("?state=rolled_back") == []
    assert numbers("?property=POR") == [1]


def test_a_version_shows_its_cells_as_ranges(desk: Any, property_a: House) -> None:
    change(property_a, 9_000, days=2)
    change(property_a, 12_000, days=4)
    lines = desk.get("/desk/rates/changes/2/").context["lines"]
    assert [(line.days, line.count, line.before, line.after) for line in lines] == [
        ("30 Nov \N{EN DASH} 1 Dec 2026", 2, "€90.00", "€120.00"),
        ("2\N{EN DASH}3 Dec 2026", 2, "nothing", "€120.00"),
    ]
    assert {(line.room_type, line.rate_plan, line.field) for line in lines} == {("DBL", "BAR", "Price")}


def test_a_draft_is_published_or_thrown_away(desk: Any, mia: Any, property_a: House) -> None:
    draft(property_a)
    answer = desk.get("/desk/rates/changes/1/")
    assert answer.context["preview"]["differing"] == 3
    answer = desk.post("/desk/rates/changes/1/publish/")
    assert (answer.status_code, answer["Location"]) == (303, "/desk/rates/changes/1/")
    assert prices() == {12_000}
    assert desk.post("/desk/rates/changes/1/discard/").status_code == 422
    draft(property_a, 13_000)
    assert desk.post("/desk/rates/changes/2/discard/")["Location"] == "/desk/rates/changes/"
    assert RateChange.objects.count() == 1
    assert [row.actor_user_id for row in AuditEvent.objects.filter(action="rates.published")] == [mia.pk]


def test_what_changed_meanwhile_is_shown_and_may_be_overwritten(desk: Any, property_a: House) -> None:
    draft(property_a)
    change(property_a, 9_000, days=1)
    answer = desk.post("/desk/rates/changes/1/publish/")
    assert answer.status_code == 422
    (line,) = answer.context["moved"]
    assert (line.where, line.expected, line.current) == ("DBL, BAR, 30 November 2026", "nothing", "€90.00")
    assert prices() == {9_000}
    assert desk.post("/desk/rates/changes/1/publish/", {"over": "1"}).status_code == 303
    assert prices() == {12_000}


def test_rolling_back_is_shown_before_it_is_done(desk: Any, property_a: House) -> None:
    change(property_a)
    change(property_a, 9_000, days=1)
    answer = desk.get("/desk/rates/changes/1/roll-back/")
    assert (answer.context["preview"].cells, len(answer.context["moved"]), answer.context["more"]) == (2, 1, 0)
    assert desk.post("/desk/rates/changes/1/roll-back/").status_code == 422
    assert desk.post("/desk/rates/changes/1/roll-back/", {"leave": "1"}).status_code == 303
    assert prices() == {9_000}
    assert RateChange.objects.get(number=1).state == ChangeState.ROLLED_BACK
    assert "It was rolled back" in desk.get("/desk/rates/changes/1/roll-back/").content.decode()


def test_a_long_version_comes_in_pages(desk: Any, property_a: House) -> None:
    pair = (property_a.double.pk, property_a.rate_plan.pk)
    many = [Cell(*pair, TODAY + timedelta(days=index), "price", 10_000 + index) for index in range(130)]
    rates_change(property=property_a.property, cells=many, title="Many", actor=TESTER)
    lines = desk.get("/desk/rates/changes/1/?page=2").context["lines"]
    assert [line.after for line in lines] == [f"€{(10_000 + index) / 100:.2f}" for index in range(100, 130)]


# --- Import -------------------------------------------------------------------------------------------------


def test_a_file_is_checked_then_published(desk: Any, property_a: House) -> None:
    answer = desk.post("/desk/rates/import/", upload(row(), row(first=DAY + timedelta(days=1))))
    assert answer.status_code == 303
    page = desk.get(answer["Location"])
    assert (page.context["file"].ok_count, page.context["outcome"], page.context["may_save"]) == (2, "ok", 2)
    assert prices() == set()
    answer = desk.post(f"{answer['Location']}save/", {"title": "May prices", "publish": "1"})
    assert answer["Location"] == "/desk/rates/changes/1/"
    assert prices() == {12_000}
    assert RateChange.objects.get().title == "May prices"
    assert [file.name for file in desk.get("/desk/rates/import/").context["recent"]] == ["May.csv"]


def test_a_file_is_kept_as_a_draft(desk: Any, property_a: House) -> None:
    file = received(property_a, row())
    desk.post(f"/desk/rates/import/{file.code}/save/", {"title": "Later"})
    assert RateChange.objects.get().state == ChangeState.DRAFT
    assert prices() == set()


def test_rows_with_errors_are_told_and_cannot_be_saved(desk: Any, property_a: House) -> None:
    file = received(property_a, row(), row("=1+1", first=DAY + timedelta(days=1)))
    page = desk.get(f"/desk/rates/import/{file.code}/")
    assert (page.context["outcome"], page.context["may_save"]) == ("fault", False)
    assert [each.number for each in page.context["page"].object_list] == [3]
    everything = desk.get(f"/desk/rates/import/{file.code}/?rows=all").context["page"].object_list
    assert [each.number for each in everything] == [2, 3]
    answer = desk.post(f"/desk/rates/import/{file.code}/save/", {"title": "x", "publish": "1"})
    assert answer.status_code == 422
    assert RateChange.objects.count() == 0


def test_the_report_runs_nothing_in_a_spreadsheet(desk: Any, property_a: House) -> None:
    file = received(property_a, row(), row("=1+1", first=DAY + timedelta(days=1)))
    answer = desk.get(f"/desk/rates/import/{file.code}/report/")
    assert b"".join(answer.streaming_content).decode("utf-8-sig").splitlines() == [
        "row,outcome,cells,changes,column,message",
        '2,Changes something,1,1,,"DBL, BAR, 2026-11-30: price 120.00"',
        "3,Error,0,0,price,“=1+1” is a formula; write its value in its place.",
    ]


@pytest.mark.parametrize(("content", "sentence"), [(b"", "The file is empty."), (None, "Choose a file.")])
def test_a_form_without_a_file_says_so(desk: Any, property_a: House, content: bytes | None, sentence: str) -> None:
    given = {} if content is None else {"file": SimpleUploadedFile("x.csv", content)}
    answer = desk.post("/desk/rates/import/", given)
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == [sentence]
    assert RateFile.objects.count() == 0


def test_a_title_is_asked_for(desk: Any, property_a: House) -> None:
    file = received(property_a, row())
    answer = desk.post(f"/desk/rates/import/{file.code}/save/", {"title": ""})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["title"]


def test_a_long_file_shows_that_it_is_worked_on(desk: Any, property_a: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "INLINE_ROWS", 0)
    monkeypatch.setattr(importing, "enqueue_in_tenant", lambda *_args, **_arguments: None)
    answer = desk.post("/desk/rates/import/", upload(row(), row(first=DAY + timedelta(days=1))))
    page = desk.get(answer["Location"]).content.decode()
    assert 'hx-trigger="every 2s"' in page
    importing.file_check(file=RateFile.objects.get())
    assert 'hx-trigger="every 2s"' not in desk.get(answer["Location"]).content.decode()
    assert desk.post(f"{answer['Location']}save/", {"title": "May"})["Location"] == answer["Location"]
    assert RateFile.objects.get().state == FileState.SAVING


def test_a_file_of_another_property_is_shown_as_its_own(desk: Any, property_a: House, property_other: House) -> None:
    file = received(property_other, row())
    assert desk.get(f"/desk/rates/import/{file.code}/").context["place"] == property_other.property
    assert list(desk.get("/desk/rates/import/").context["recent"]) == []


# --- Export -------------------------------------------------------------------------------------------------


def test_an_export_holds_what_was_chosen_and_is_audited(desk: Any, property_a: House) -> None:
    change(property_a)
    chosen = f"first={TODAY}&last={DAY}&field=price&room_type=DBL&rows=set"
    answer = desk.get(f"/desk/rates/export/file/?{chosen}&format=csv")
    assert answer["Content-Disposition"] == 'attachment; filename="rates-LIS-2026-11-20-2026-11-30.csv"'
    assert b"".join(answer.streaming_content).decode("utf-8-sig").splitlines() == [
        "room_type,rate_plan,from,to,weekdays,price,currency",
        "DBL,BAR,2026-11-30,2026-11-30,,120.00,EUR",
    ]
    told = AuditEvent.objects.get(action="rates.exported")
    assert told.changes["room_types"] == [None, ["DBL"]]
    assert told.changes["rate_plans"] == [None, "all"]
    workbook = desk.get(f"/desk/rates/export/file/?{chosen}&format=xlsx")
    assert read_back(b"".join(workbook.streaming_content))[1] == ("DBL", "BAR", DAY, DAY, None, 120, "EUR")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"last": "2026-11-19"}, "last"),
        ({"last": "2036-11-19"}, "last"),
        ({"first": "x"}, "first"),
        ({"field": "name"}, "field"),
        ({"field": ""}, "field"),
        ({"room_type": "NONE"}, "room_type"),
        ({"format": "pdf"}, "format"),
    ],
)
def test_an_export_that_makes_no_sense_says_why(
    desk: Any, property_a: House, wrong: dict[str, str], field: str
) -> None:
    given = {"first": TODAY, "last": DAY, "field": "price", "rows": "set", "format": "csv"} | wrong
    answer = desk.get("/desk/rates/export/file/", given)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert AuditEvent.objects.filter(action="rates.exported").count() == 0


# --- Who may, and what it costs -----------------------------------------------------------------------------

PAGES = ("changes/", "changes/1/", "changes/1/roll-back/", "import/", "export/")


def test_who_sees_prices_may_export_them_and_who_manages_them_do_the_rest(
    client_for: Callable[..., Any], felix: Any, hana: Any, property_a: House, in_tenant: Any
) -> None:
    change(property_a)

    def opened(person: Any) -> set[str]:
        client = client_for(person, in_tenant)
        answers = {page: client.get(f"/desk/rates/{page}").status_code for page in PAGES}
        assert set(answers.values()) <= {200, 403}
        return {page for page, status in answers.items() if status == 200}

    assert (opened(felix), opened(hana)) == ({"export/"}, set())
    tabs = client_for(felix, in_tenant).get("/desk/rates/export/").context["tabs"]
    assert [tab.label for tab in tabs] == ["Calendar", "Export"]


def test_prices_are_managed_where_the_permission_is_held(
    desk: Any, mia: Any, property_a: House, property_other: House
) -> None:
    change(property_other)
    file = received(property_other, row())
    Grant.objects.filter(user=mia).update(property_code="LIS")
    assert desk.get("/desk/rates/changes/1/").status_code == 404
    assert desk.get("/desk/rates/changes/1/?property=POR").status_code == 404
    assert desk.get(f"/desk/rates/import/{file.code}/").status_code == 404
    assert desk.post(f"/desk/rates/import/{file.code}/save/", {"title": "x"}).status_code == 404


def test_another_organization_has_none_of_it(
    client_for: Callable[..., Any], otto: Any, hotel_b: Any, property_a: House
) -> None:
    file = received(property_a, row())
    stranger = client_for(otto, hotel_b)
    for path in (f"import/{file.code}/", f"import/{file.code}/report/"):
        assert stranger.get(f"/desk/rates/{path}").status_code in {403, 404}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_the_same_with_one_row_and_with_three(desk: Any, property_a: House, page: str) -> None:
    def spent() -> int:
        desk.get(f"/desk/rates/{page}")
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(f"/desk/rates/{page}").status_code == 200
        return len(queries)

    change(property_a, days=1)
    received(property_a, row())
    before = spent()
    for price in (13_000, 14_000):
        change(property_a, price, days=5)
        received(property_a, row(price))
    assert spent() == before


def test_a_report_costs_the_same_with_one_row_and_with_three(desk: Any, property_a: House) -> None:
    def spent(*rows: list[Any]) -> int:
        file = received(property_a, *rows)
        desk.get(f"/desk/rates/import/{file.code}/")
        with CaptureQueriesContext(connection) as queries:
            desk.get(f"/desk/rates/import/{file.code}/")
        return len(queries)

    assert spent(row()) == spent(row(), row(first=DAY + timedelta(days=1)), row(first=DAY + timedelta(days=2)))


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2027-05-03", "2027-05-03", "3 May 2027"),
        ("2027-05-03", "2027-05-09", "3\N{EN DASH}9 May 2027"),
        ("2027-05-31", "2027-06-01", "31 May \N{EN DASH} 1 Jun 2027"),
        ("2026-12-31", "2027-01-01", "31 Dec 2026 \N{EN DASH} 1 Jan 2027"),
    ],
)
def test_days_are_told_as_short_as_they_can_be(first: str, last: str, told: str) -> None:

    assert days_told(date.fromisoformat(first), date.fromisoformat(last)) == told
