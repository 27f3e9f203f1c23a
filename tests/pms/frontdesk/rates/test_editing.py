"""Changing prices and restrictions from the calendar: preview, save, undo, conflicts, the bulk form, one day's form."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.rates.models import DailyPrice, RateChange, RatePlan, Restriction
from bookings.rates.services import Cell, rates_change
from bookings.reservations.models import StayNight
from pms.access.models import Grant
from tests.house import TESTER
from tests.pms.frontdesk.desk_cast import book, day

SEEN_BEFORE = (timezone.now() - timedelta(days=1)).isoformat()


@pytest.fixture
def desk(client_for, mia, property_a, in_tenant):
    return client_for(mia, in_tenant)


def cells(*rows):
    """Return rows of (type, plan, days from today, letter, value) as the page sends them."""
    return json.dumps(
        [[kind, plan, day(offset).isoformat(), letter, value] for kind, plan, offset, letter, value in rows]
    )


def post(client, verb, wanted, **more):
    return client.post(f"/desk/rates/{verb}/", {"cells": wanted, "seen": timezone.now().isoformat(), **more})


def prices(house):
    """Return the manual prices of doubles by days from today."""
    rows = DailyPrice.objects.filter(room_type=house.double, rate_plan=house.rate_plan).order_by("date")
    return {(row.date - day(0)).days: row.price_minor for row in rows}


# --- Preview ------------------------------------------------------------------------------------------------


def test_preview_says_what_is_touched_and_changes_nothing(desk, property_a):
    """T28: what was sold keeps its price, and the preview says so."""
    book(property_a, arrival=1, nights=2)
    post(desk, "save", cells(("DBL", "BAR", 3, "p", 11_100)))
    answer = post(desk, "preview", cells(*(("DBL", "BAR", offset, "p", 12_900) for offset in (1, 2, 3))))
    found = answer.context["found"]
    assert (found.differing, found.reservations, found.nights) == (3, 1, 2)
    assert [(line.place, line.field, line.days, line.before, line.value) for line in answer.context["told"]] == [
        ("Double, Best available rate", "Price", "21 \N{EN DASH} 23 Nov", "€100.00 \N{EN DASH} €111.00", "€129.00")
    ]
    page = answer.content.decode()
    assert "1 stay lies in these nights. What was sold keeps its price." in page
    assert "Website" in page
    assert prices(property_a) == {3: 11_100}


def test_preview_parts_runs_at_gaps_values_rows_and_fields(desk, property_a):
    wanted = cells(
        ("DBL", "BAR", 1, "p", 1), ("DBL", "BAR", 2, "p", 2), ("DBL", "BAR", 4, "p", 2), ("STE", "", 2, "n", 3),
        ("", "", 2, "s", 1), ("DBL", "BAR", 5, "p", None),
    )  # fmt: skip
    told = post(desk, "preview", wanted).context["told"]
    assert [(line.place, line.days, line.value) for line in told] == [
        ("All types, all plans", "22 Nov", "yes"),
        ("Double, Best available rate", "21 Nov", "€0.01"),
        ("Double, Best available rate", "22 Nov", "€0.02"),
        ("Double, Best available rate", "24 Nov", "€0.02"),
        ("Double, Best available rate", "25 Nov", "as computed"),
        ("Suite, all plans", "22 Nov", "3"),
    ]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("", "This field is required."),
        ("{", "The changes could not be read."),
        ("{}", "The changes could not be read."),
        ("[]", "Nothing is changed yet."),
        ("[[1]]", "The changes could not be read."),
        ('[["NO","BAR","2026-11-21","p",1]]', "The changes could not be read."),
        ('[["DBL","BAR","20261-11-21","p",1]]', "The changes could not be read."),
        ('[["DBL","BAR","2026-11-21","z",1]]', "The changes could not be read."),
        ('[["DBL","BAR","2026-11-21","p","1"]]', "The changes could not be read."),
        ('[["DBL","BAR","2026-11-21","p",true]]', "The changes could not be read."),
        ('[["DBL","BAR","2026-11-21","p",-1]]', "is negative; a price is 0 or more"),
        ('[["DBL","BAR","2026-11-01","p",1]]', "what is over stays as it was"),
        ('[["DBL","","2026-11-21","p",1]]', "needs a room type and a rate plan"),
        ('[["DBL","BAR","2026-11-21","n",0]]', "1 to 730 can be set"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(desk, property_a, wanted, sentence):
    for verb in ("preview", "save"):
        answer = post(desk, verb, wanted)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert RateChange.objects.count() == 0


def test_too_many_cells_are_refused(desk, monkeypatch):
    monkeypatch.setattr("pms.frontdesk.rates.forms.MAX_CELLS", 1)
    answer = post(desk, "preview", cells(("DBL", "BAR", 1, "p", 1), ("DBL", "BAR", 2, "p", 1)))
    assert answer.status_code == 422
    assert "These are more than 1 cells" in answer.content.decode()


# --- Save and undo ------------------------------------------------------------------------------------------


def test_save_is_one_change_and_undo_takes_it_back(desk, property_a):
    Restriction.objects.create(property=property_a.property, room_type=property_a.double, date=day(1), quota=2)
    wanted = cells(("DBL", "BAR", 1, "p", 12_900), ("DBL", "", 1, "n", 2), ("DBL", "", 1, "q", None))
    answer = desk.post(
        "/desk/rates/save/", {"cells": wanted, "seen": timezone.now().isoformat(), "title": "Fair"},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    told = json.loads(answer["HX-Trigger"])
    assert told["toast"]["message"] == "3 cells are saved."
    assert told["rates:changed"] == {"number": 1}
    change = RateChange.objects.get()
    assert (change.title, change.made_by, change.cells_count) == ("Fair", "Mia", 3)
    row = Restriction.objects.get(room_type=property_a.double, date=day(1))
    assert (prices(property_a), row.min_stay_arrival, row.quota) == ({1: 12_900}, 2, None)
    undo = told["toast"]["undo"]
    assert desk.post(undo["url"], undo["values"]).status_code == 303
    assert prices(property_a) == {}
    assert Restriction.objects.get(room_type=property_a.double, date=day(1)).quota == 2


def test_save_keeps_the_price_of_what_was_sold(desk, property_a):
    """T28."""
    book(property_a, arrival=1, nights=2)
    assert post(desk, "save", cells(("DBL", "BAR", 1, "p", 12_900))).status_code == 303
    assert list(StayNight.objects.order_by("date").values_list("price_minor", flat=True)) == [10_000, 10_000]


def test_change_without_a_title_says_what_it_is(desk, property_a):
    post(desk, "save", cells(("DBL", "BAR", 1, "p", 12_900), ("DBL", "BAR", 2, "p", 12_900)))
    assert RateChange.objects.get().title == "Price: 2 cells, 21 \N{EN DASH} 22 Nov"


@pytest.mark.parametrize(("minor", "typed"), [(1_999, "19.99"), (50_100, "501")])
def test_absurd_price_is_typed_again(desk, property_a, minor, typed):
    """Below 20 % or above 500 % of the usual price."""
    wanted = cells(("DBL", "BAR", 1, "p", minor))
    assert f"Type {typed} to say" in post(desk, "preview", wanted).content.decode()
    for said in ("", "20"):
        answer = post(desk, "save", wanted, confirm=said)
        assert answer.status_code == 422
        assert f"Type {typed} to say that this price is meant." in answer.content.decode()
    assert prices(property_a) == {}
    assert post(desk, "save", wanted, confirm=typed).status_code == 303
    assert prices(property_a) == {1: minor}


@pytest.mark.parametrize("minor", [2_000, 50_000])
def test_price_at_the_edge_is_not_absurd(desk, property_a, minor):
    assert post(desk, "save", cells(("DBL", "BAR", 1, "p", minor))).status_code == 303


def test_cells_that_somebody_changed_meanwhile_are_shown_before_they_are_replaced(desk, property_a):
    theirs = [Cell(property_a.double.pk, property_a.rate_plan.pk, day(offset), "price", 11_000) for offset in (1, 2)]
    rates_change(property=property_a.property, cells=theirs, title="Concert", actor=TESTER)
    wanted = cells(("DBL", "BAR", 1, "p", 12_900), ("DBL", "BAR", 5, "p", 12_900))
    answer = post(desk, "save", wanted, seen=SEEN_BEFORE)
    assert answer.status_code == 422
    assert [(row.change.title, row.cells) for row in answer.context["meanwhile"]] == [("Concert", 1)]
    assert prices(property_a) == {1: 11_000, 2: 11_000}
    assert post(desk, "save", wanted, seen=answer.context["seen"]).status_code == 303
    assert prices(property_a) == {1: 12_900, 2: 11_000, 5: 12_900}


def test_change_of_other_cells_meanwhile_is_no_conflict(desk, property_a):
    theirs = [Cell(property_a.double.pk, property_a.rate_plan.pk, day(1), "price", 11_000)]
    rates_change(property=property_a.property, cells=theirs, title="Concert", actor=TESTER)
    assert post(desk, "save", cells(("DBL", "BAR", 1, "n", 2)), seen=SEEN_BEFORE).status_code == 303


def test_undo_of_what_was_changed_since_is_refused_in_words(desk, property_a):
    for minor in (12_900, 13_900):
        post(desk, "save", cells(("DBL", "BAR", 1, "p", minor)))
    answer = desk.post("/desk/rates/undo/", {"number": 1})
    assert answer.status_code == 409
    assert prices(property_a) == {1: 13_900}


@pytest.mark.parametrize("number", ["", "7", "x", "9" * 30])
def test_undo_of_nothing_is_not_there(desk, number):
    assert desk.post("/desk/rates/undo/", {"number": number}).status_code == 404


def test_panel_tells_who_changed_what(desk, property_a):
    post(desk, "save", cells(("DBL", "BAR", 1, "p", 12_900)), title="Fair <b>")
    page = desk.get("/desk/rates/").content.decode()
    assert "Fair &lt;b&gt;" in page
    assert 'name="number" value="1"' in page
    desk.post("/desk/rates/undo/", {"number": 1})
    page = desk.get("/desk/rates/").content.decode()
    assert "taken back" in page
    assert 'name="number" value="1"' not in page


def test_nothing_is_saved_at_another_property(client_for, mia, property_a, property_other, in_tenant):
    Grant.objects.filter(user=mia).update(property_code="POR")
    client = client_for(mia, in_tenant)
    assert post(client, "save", cells(("DBL", "BAR", 1, "p", 12_900))).status_code == 303
    assert prices(property_a) == {}
    assert prices(property_other) == {1: 12_900}
    assert client.post("/desk/rates/save/?property=LIS", {"cells": "[]"}).status_code == 404


# --- Many days ----------------------------------------------------------------------------------------------


def bulk(client, **fields):
    asked = {
        "first_1": day(0), "last_1": day(13), "weekdays": list(range(1, 8)), "room_types": ["DBL"], "plans": ["BAR"],
        "field": "price", "how": "set", "value": "129", "level": "pair", **fields,
    }  # fmt: skip
    return client.post("/desk/rates/bulk/", asked)


def wished(answer):
    """Return the cells that the preview carries on, as (type, plan, days from today, letter, value)."""
    assert answer.status_code == 200
    rows = json.loads(answer.context["cells"])
    days = {day(offset).isoformat(): offset for offset in range(60)}
    return [(kind, plan, days[text], letter, value) for kind, plan, text, letter, value in rows]


def test_bulk_sets_a_price_by_weekday_and_saves_without_javascript(desk, property_a):
    """20 November 2026 is a Friday."""
    answer = bulk(desk, weekdays=[5, 6])
    assert [row[2] for row in wished(answer)] == [0, 1, 7, 8]
    desk.post("/desk/rates/save/", {"cells": answer.context["cells"], "seen": answer.context["seen"]})
    assert prices(property_a) == {0: 12_900, 1: 12_900, 7: 12_900, 8: 12_900}


def test_bulk_takes_several_ranges(desk, property_a):
    answer = bulk(desk, last_1=day(1), first_2=day(1), last_2=day(2), first_3=day(9), last_3=day(9))
    assert [row[2] for row in wished(answer)] == [0, 1, 2, 9]


@pytest.mark.parametrize(
    ("how", "value", "round_to", "expected"),
    [
        ("percent", "10", "", 11_132),
        ("percent", "-10", "1", 9_100),
        ("percent", "12.5", "5", 11_500),
        ("amount", "-5.50", "", 9_570),
        ("amount", "-500", "", 0),
    ],
)
def test_bulk_changes_prices_by_so_much(desk, property_a, how, value, round_to, expected):
    DailyPrice.objects.create(
        room_type=property_a.double, rate_plan=property_a.rate_plan, date=day(0), price_minor=10_120
    )
    answer = bulk(desk, last_1=day(0), how=how, value=value, round_to=round_to)
    assert wished(answer) == [("DBL", "BAR", 0, "p", expected)]


def test_bulk_leaves_nights_without_a_price_alone(desk, property_a):
    """T24: ten per cent more than no price is no price."""
    property_a.rate_plan.base_prices.all().delete()
    answer = bulk(desk, how="percent", value="10")
    assert answer.status_code == 422
    assert "None of these days has a price" in answer.content.decode()


@pytest.mark.parametrize(
    ("level", "subjects"),
    [("pair", [("DBL", "BAR")]), ("type", [("DBL", "")]), ("plan", [("", "BAR")]), ("house", [("", "")])],
)
def test_bulk_writes_restrictions_where_asked(desk, property_a, level, subjects):
    answer = bulk(desk, last_1=day(0), field="min_stay_arrival", value="3", level=level)
    assert wished(answer) == [(*subject, 0, "n", 3) for subject in subjects]


def test_bulk_price_belongs_to_pairs_whatever_the_level(desk, property_a):
    assert wished(bulk(desk, last_1=day(0), level="house")) == [("DBL", "BAR", 0, "p", 12_900)]


def test_bulk_clears_and_switches(desk, property_a):
    assert wished(bulk(desk, last_1=day(0), how="clear", value="")) == [("DBL", "BAR", 0, "p", None)]
    answer = bulk(desk, last_1=day(0), field="stop_sell", value="", level="type")
    assert wished(answer) == [("DBL", "", 0, "s", 1)]


def test_bulk_joins_what_waits_in_the_calendar(desk, property_a):
    pending = cells(("DBL", "BAR", 0, "p", 1), ("STE", "BAR", 0, "p", 2))
    answer = bulk(desk, last_1=day(0), pending=pending)
    assert wished(answer) == [("DBL", "BAR", 0, "p", 12_900), ("STE", "BAR", 0, "p", 2)]


@pytest.mark.parametrize(
    ("fields", "place", "sentence"),
    [
        ({"value": "-5"}, "value", "A price is never negative."),
        ({"value": ""}, "value", "Say how much."),
        ({"value": "12,345"}, "value", "EUR has at most 2 decimals."),
        ({"value": "1000000000"}, "value", "No night costs more than 10,000,000."),
        ({"value": "NaN"}, "value", "Write a number, such as 129 or 129.50."),
        ({"how": "percent", "value": "-101"}, "value", "From 100 % less to 1,000 % more."),
        ({"field": "quota", "how": "percent"}, "value", "A restriction is set or cleared; only a price is changed by so much."),
        ({"field": "max_stay", "value": "0"}, "value", "Write a whole number from 1 to 730."),
        ({"room_types": []}, "room_types", "Choose a room type."),
        ({"plans": []}, "plans", "Choose a rate plan."),
        ({"weekdays": []}, "weekdays", "Choose a day of the week."),
        ({"last_1": day(0), "weekdays": [1]}, "weekdays", "No day of these dates is one of these days of the week."),
        ({"last_1": day(-1)}, "last_1", "The last day is before the first."),
        ({"last_1": day(2000)}, "last_1", "That is more than four years."),
        ({"first_2": day(3)}, "last_2", "Give both dates, or neither."),
        ({"room_types": ["NO"]}, "room_types", "Select a valid choice. NO is not one of the available choices."),
    ],
)  # fmt: skip
def test_bulk_refuses_at_the_field(desk, property_a, fields, place, sentence):
    answer = bulk(desk, **fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors[place] == [sentence]


def test_bulk_of_too_many_cells_is_refused(desk, monkeypatch):
    monkeypatch.setattr("pms.frontdesk.rates.forms.MAX_CELLS", 13)
    answer = bulk(desk)
    assert answer.status_code == 422
    assert "These are more than 13 cells" in answer.content.decode()


def test_bulk_starts_with_what_was_selected(desk, property_a):
    query = f"?first={day(3)}&last={day(4)}&type=STE&plan=BAR&field=quota"
    form = desk.get(f"/desk/rates/bulk/{query}").context["form"]
    assert (form["first_1"].value(), form["last_1"].value()) == (str(day(3)), str(day(4)))
    assert (form["room_types"].value(), form["plans"].value(), form["field"].value()) == (["STE"], ["BAR"], "quota")


# --- One day ------------------------------------------------------------------------------------------------


def day_form(client, room_type="DBL", plan="BAR", offset=1, **fields):
    address = f"/desk/rates/cell/?type={room_type}&plan={plan}&date={day(offset)}"
    return client.post(address, {"until": day(offset), **fields}) if fields else client.get(address)


def test_day_shows_its_price_and_what_its_row_says(desk, property_a):
    DailyPrice.objects.create(
        room_type=property_a.double, rate_plan=property_a.rate_plan, date=day(1), price_minor=12_950
    )
    Restriction.objects.create(property=property_a.property, room_type=property_a.double, date=day(1), stop_sell=True)
    form = day_form(desk).context["form"]
    assert (form["price"].value(), form["stop_sell"].value()) == ("129.50", False)
    form = day_form(desk, plan="").context["form"]
    assert "price" not in form.fields
    assert form["stop_sell"].value() is True


def test_day_sends_only_what_was_changed_through_the_last_day(desk, property_a):
    Restriction.objects.create(
        property=property_a.property, room_type=property_a.double, rate_plan=property_a.rate_plan, date=day(1),
        min_stay_arrival=2, closed_to_arrival=True,
    )  # fmt: skip
    answer = day_form(desk, price="129,50", min_stay_arrival="2", until=day(2))
    assert wished(answer) == [
        ("DBL", "BAR", 1, "p", 12_950), ("DBL", "BAR", 2, "p", 12_950),
        ("DBL", "BAR", 1, "a", None), ("DBL", "BAR", 2, "a", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "place", "sentence"),
    [
        ({"price": "-1"}, "price", "A price is never negative."),
        ({"price": "much"}, "price", "Write a number, such as 129 or 129.50."),
        ({"max_stay": "0"}, "max_stay", "Ensure this value is greater than or equal to 1."),
        ({"until": day(0)}, "until", "The last day is before the first."),
        ({"until": day(1)}, "__all__", "Nothing is changed yet."),
    ],
)
def test_day_refuses_at_the_field(desk, property_a, fields, place, sentence):
    answer = day_form(desk, **fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors[place] == [sentence]


@pytest.mark.parametrize("query", ["", "?type=NO&date=2026-11-21", "?type=DBL&date=x", "?type=DBL&date=2026-11-01"])
def test_day_that_is_not_there(desk, property_a, query):
    assert desk.get(f"/desk/rates/cell/{query}").status_code == 404


def test_currency_without_decimals_and_with_three(client_for, mia, property_a, in_tenant):
    """T36."""
    client = client_for(mia, in_tenant)
    for currency, typed, minor in (("JPY", "12900", 12_900), ("BHD", "12.345", 12_345)):
        property_a.property.currency = currency
        property_a.property.save()
        assert wished(day_form(client, price=typed)) == [("DBL", "BAR", 1, "p", minor)]
    assert day_form(client, price="1.2345").context["form"].errors["price"] == ["BHD has at most 3 decimals."]


def test_derived_plan_takes_a_price_of_its_own(desk, property_a):
    RatePlan.objects.create(
        property=property_a.property, code="NRF", name="Saver", parent=property_a.rate_plan, derive_percent=-10
    )
    answer = day_form(desk, plan="NRF")
    assert answer.context["computed"] == "90"
    assert wished(bulk(desk, last_1=day(0), plans=["NRF"], how="amount", value="1")) == [("DBL", "NRF", 0, "p", 9_100)]
