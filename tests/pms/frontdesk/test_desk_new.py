"""A new booking at the desk: happy paths, refusals, what is offered and at what price."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.taxes.models import Fee, Tax, TaxRate
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice, Extra, Promotion, RatePlan, Restriction
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from pms.audit.models import AuditEvent
from pms.frontdesk.selectors.money import TIMES
from pms.housekeeping.enums import Condition
from pms.housekeeping.services import unit_condition_set
from pms.properties.models import RoomType
from tests.pms.frontdesk.desk_cast import SYSTEM, TODAY, book, day


@pytest.fixture
def desk(client_for, felix, property_a, in_tenant):
    return client_for(felix, in_tenant)


def rooms(row):
    return [night.unit.number if night.unit else "" for night in row.nights.filter(released_at=None)]


STAY = {
    "arrival": TODAY.isoformat(),
    "departure": day(2).isoformat(),
    "adults": 2,
    "infants": 0,
    "source": "phone",
    "purpose": "leisure",
}


def offers(desk, **stay):
    """Return what the page offers, by the name the form gives it."""
    return desk.get("/desk/new/", STAY | stay).context["found"].by_key()


def new(desk, **given):
    """Send the new booking form with a double for two nights from today, at the totals that the page shows."""
    stay = {name: value for name, value in given.items() if name in STAY or name in ASKED or name[:6] == "extra:"}
    page = desk.get("/desk/new/", STAY | stay)
    found = page.context["found"]
    shown = {f"shown:{key}": plan.offer.total_minor for key, plan in found.by_key().items()} if found else {}
    return desk.post(
        "/desk/new/",
        {
            "request_key": page.context["form"]["request_key"].value(),
            **STAY,
            "rooms:DBL:BAR": 1,
            "last_name": "Lindqvist",
            "kind": "confirmed",
            "hold_minutes": 60,
            **shown,
            **given,
        },
    )


#: What else belongs to the stay and changes its price.
ASKED = ("child_ages", "promo_code", "access_code", "unit", "anyway", "price")


def test_new_booking(desk, property_a):
    answer = new(desk, first_name="Greta", special_requests="Cot")
    row = Reservation.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/desk/reservations/{row.code}/")
    assert (row.guest.full_name, row.special_requests, row.nights_count, row.status) == (
        "Greta Lindqvist",
        "Cot",
        2,
        Status.CONFIRMED,
    )


def test_child_is_told_by_age_or_by_day_of_birth(desk, property_a):
    """T33: a birthday decides on every night, and says how old the child is on arrival."""
    new(desk, adults=1, child_ages="2014-11-21", **{"rooms:DBL:BAR": 1})
    (child,) = Reservation.objects.get().occupants.filter(kind="child")
    assert (child.age, child.born_on) == (11, date(2014, 11, 21))
    explain = desk.get("/desk/new/", {"adults": 1, "child_ages": "5; 21.11.2014"}).context["found"].types[0]
    assert "child_ages=5%2C+2014-11-21" in explain.plans[0].explain


def test_sent_twice_it_is_one_booking(desk, property_a):
    key = "6f1b7e1e-7a8e-4f57-9d0e-2f4f6f1b7e1e"
    assert new(desk, request_key=key)["Location"] == new(desk, request_key=key)["Location"]
    assert Booking.objects.count() == 1


def test_several_rooms_are_one_booking(desk, property_a):
    answer = new(desk, **{"rooms:DBL:BAR": 2, "rooms:STE:BAR": 1})
    booking = Booking.objects.get()
    assert answer["Location"] == f"/desk/bookings/{booking.code}/"
    assert booking.reservations.count() == 3


def test_walk_in_is_in_house_at_once(desk, property_a):
    assert desk.get("/desk/new/?walk_in=1").context["stay"]["source"].value() == Source.WALK_IN
    new(desk, source="walk_in", check_in="on")
    assert Reservation.objects.get().status == Status.CHECKED_IN


def test_walk_in_into_a_dirty_room_is_booked_and_says_why(desk, property_a):
    for unit in property_a.units.values():
        unit_condition_set(unit=unit, condition=Condition.DIRTY, actor=SYSTEM)
    answer = new(desk, source="walk_in", check_in="on")
    row = Reservation.objects.get()
    assert (row.status, answer["Location"]) == (Status.CONFIRMED, f"/desk/reservations/{row.code}/check-in/")


def test_option_lasts_as_long_as_asked(desk, property_a):
    new(desk, kind="hold", hold_minutes=240)
    row = Reservation.objects.get()
    assert row.status == Status.HOLD
    assert row.hold is not None
    assert abs((row.hold.expires_at - row.made_at).total_seconds() - 240 * 60) < 30


def test_room_of_the_chart_is_given_and_promised(desk, property_a):
    page = desk.get("/desk/new/", {"unit": "201", "arrival": day(3).isoformat(), "departure": day(5).isoformat()})
    assert page.context["counts"] == {"STE:BAR": 1}
    new(desk, unit="102", pin="on")
    row = Reservation.objects.get()
    assert (rooms(row), row.unit_pinned) == (["102"] * 2, True)


def test_known_guest_is_taken_not_made_again(desk, property_a):
    guest = book(property_a, unit="101").guest
    new(desk, guest=str(guest.code), last_name="")
    assert Reservation.objects.filter(guest=guest).count() == 2


def test_finding_a_guest_without_javascript_books_nothing(desk, property_a):
    guest = book(property_a, unit="101").guest
    answer = new(desk, find="1")
    assert answer.status_code == 200
    assert answer.context["known"] == [guest]
    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"last_name": ""}, "last_name"),
        ({"email": "greta@"}, "email"),
        ({"rooms:DBL:BAR": 0}, "__all__"),
        ({"rooms:DBL:BAR": 4}, "__all__"),
        ({"rooms:XXX:BAR": 1, "rooms:DBL:BAR": 0}, "__all__"),
        ({"guest": "6f1b7e1e-7a8e-4f57-9d0e-2f4f6f1b7e1e"}, "guest"),
        ({"adults": 9}, "__all__"),
        ({"country": "Z"}, "country"),
    ],
)
def test_new_booking_refused(desk, property_a, given, field):
    answer = new(desk, **given)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    "given",
    [
        {"departure": TODAY.isoformat()},
        {"arrival": day(-1).isoformat()},
        {"adults": 0},
        {"child_ages": "x"},
        {"child_ages": "2019-02-30"},
        {"child_ages": "2008-11-20"},
        {"child_ages": "2026-12-24"},
        {"source": "fax"},
    ],
)
def test_stay_that_makes_no_sense(desk, property_a, given):
    answer = new(desk, **given)
    assert answer.status_code == 422
    assert answer.context["stay"].errors
    assert Booking.objects.count() == 0


def test_offers_say_price_rooms_left_and_why_not(desk, property_a):
    """T9: what is left is the least over the nights; a party that does not fit is told so, and where to look."""
    book(property_a, unit="101", arrival=1)
    book(property_a, last_name="Moreau", unit="102", arrival=2)
    found = desk.get("/desk/new/", STAY | {"departure": day(3).isoformat(), "adults": 3}).context["found"]
    assert [(row.room_type.code, row.left, row.plans[0].total.minor) for row in found.types] == [("STE", 2, 75_000)]
    assert [(row.room_type.code, row.key) for row in found.not_sold] == [("DBL", "")]
    assert offers(desk, departure=day(3).isoformat())["DBL:BAR"].offer.available == 1


def test_no_price_is_not_a_price_of_nothing(desk, property_a):
    """T24: a night without a price is not sold, and a price of nothing is."""
    property_a.rate_plan.base_prices.filter(room_type=property_a.suite).delete()
    property_a.rate_plan.base_prices.update(price_minor=0)
    found = desk.get("/desk/new/", STAY).context["found"]
    assert {key: plan.total.minor for key, plan in found.by_key().items()} == {"DBL:BAR": 0}
    assert [row.room_type.code for row in found.not_sold] == ["STE"]
    new(desk)
    assert Reservation.objects.get().grand_total_minor == 0


# --- What was shown is what is sold -------------------------------------------------------------------------


def test_price_that_changed_meanwhile_is_refused_and_shown(desk, property_a):
    """The price on the screen is the price sold: a change in between is said, and nothing is booked."""
    answer = new(desk, **{"shown:DBL:BAR": 19_000})
    assert answer.status_code == 422
    assert answer.context["form"].errors["__all__"] == [
        (
            "Double, Best available rate costs €200.00 now, not €190.00 as shown. Nothing is booked yet: look at the "
            "new price, then book again."
        )
    ]
    assert Booking.objects.count() == 0
    assert answer.context["chosen"][0].sheet.total.minor == 20_000


def test_price_that_was_never_shown_is_refused(desk, property_a):
    answer = new(desk, **{"shown:DBL:BAR": ""})
    assert (answer.status_code, Booking.objects.count()) == (422, 0)


def test_price_panel_comes_line_for_line(desk, property_a):
    """Taxes inside and on top, an extra, a fee: the panel's sums are those of the quote."""
    place = property_a.property
    Fee.objects.create(property=place, code="CLEAN", name="Cleaning", amount_minor=2_500)
    Extra.objects.create(property=place, code="PARK", name="Parking", basis="night", price_minor=1_000)
    vat = Tax.objects.create(property=place, code="VAT", name="VAT", components=["accommodation"])
    TaxRate.objects.create(tax=vat, first=day(-400), percent=6)
    city = Tax.objects.create(
        property=place, code="CITY", name="City tax", kind="city_tax", basis="person_night", is_included=False,
        components=["accommodation"], at_property=True,
    )  # fmt: skip
    TaxRate.objects.create(tax=city, first=day(-400), amount_minor=200)
    page = desk.get("/desk/new/", STAY | {"extra:PARK": 1})
    sheet = page.context["chosen"][0].sheet
    assert (sheet.room.minor, sheet.total.minor) == (20_000, 20_000 + 2_500 + 2_000 + 800)
    assert {row.name: row.amount.minor for row in sheet.charges} == {"Cleaning": 2_500, "Parking": 2_000}
    assert [(row.name, row.how, row.amount.minor, row.at_property) for row in sheet.added] == [
        ("City tax", f"4 {TIMES} €2.00", 800, True)
    ]
    assert [(row.name, row.how, row.amount.minor) for row in sheet.included] == [("VAT", "6 %", 1_132)]
    new(desk, **{"extra:PARK": 1})
    assert Reservation.objects.get().grand_total_minor == sheet.total.minor


def test_panel_alone_follows_the_number_of_rooms(desk, property_a):
    answer = desk.get(
        "/desk/new/",
        STAY | {"rooms:DBL:BAR": 2, "rooms:STE:BAR": 1},
        headers={"HX-Request": "true", "HX-Target": "price"},
    )
    assert next(template.name for template in answer.templates) == "frontdesk/_price.html"
    assert answer.context["sums"]["total"].minor == 2 * 20_000 + 50_000


def test_promo_code_is_sold_and_a_wrong_one_is_said(desk, property_a):
    Promotion.objects.create(property=property_a.property, code="MAY", name="May", percent=10)
    assert offers(desk, promo_code="MAY")["DBL:BAR"].total.minor == 18_000
    new(desk, promo_code="MAY")
    row = Reservation.objects.get()
    assert (row.total_minor, row.promotion.code) == (18_000, "MAY")
    found = desk.get("/desk/new/", STAY | {"promo_code": "JUNE"}).context["found"]
    assert (found.types, [row.code for row in found.about_all]) == ((), ["promo_unknown"])


def test_purpose_is_asked_only_where_a_tax_asks(desk, property_a):
    """T33: a purpose that exempts from a tax matters; elsewhere nobody is asked why they travel."""
    assert b'<select name="purpose"' not in desk.get("/desk/new/").content
    city = Tax.objects.create(
        property=property_a.property, code="CITY", name="City tax", basis="person_night", is_included=False,
        components=["accommodation"], exempt_purposes=["business"],
    )  # fmt: skip
    TaxRate.objects.create(tax=city, first=day(-400), amount_minor=200)
    assert b'<select name="purpose"' in desk.get("/desk/new/").content
    assert offers(desk)["DBL:BAR"].total.minor - offers(desk, purpose="business")["DBL:BAR"].total.minor == 800


# --- Against the rules, and at another price ----------------------------------------------------------------


@pytest.fixture
def boss(client_for, mia, property_a, in_tenant):
    """A manager at the desk, who may override."""
    return client_for(mia, in_tenant)


def closed(property_a, **limits):
    return Restriction.objects.create(property=property_a.property, date=TODAY, **limits)


def test_rule_refuses_and_names_itself(desk, property_a):
    """T18, T21: the desk is refused by the rule, and told which; without the right there is nothing to press."""
    closed(property_a, room_type=property_a.double, min_stay_arrival=3)
    page = desk.get("/desk/new/", STAY)
    (row,) = page.context["found"].not_sold
    assert (row.room_type.code, row.key, len(row.reasons)) == ("DBL", "DBL:BAR", 1)
    assert b"Sell anyway" not in page.content
    assert desk.get("/desk/new/", STAY | {"anyway": "DBL:BAR"}).status_code == 403
    assert (new(desk).status_code, Booking.objects.count()) == (422, 0)


def test_manager_sells_anyway_with_a_reason(boss, property_a):
    closed(property_a, room_type=property_a.double, min_stay_arrival=3)
    page = boss.get("/desk/new/", STAY | {"anyway": "DBL:BAR"})
    assert b"Sell anyway" not in page.content
    assert page.context["found"].deal.found.total.minor == 20_000
    assert page.context["counts"] == {"DBL:BAR": 1}
    answer = new(boss, anyway="DBL:BAR")
    assert answer.context["deal"].form.errors == {"override_reason": ["Say why: the reason is kept with the booking."]}
    new(boss, anyway="DBL:BAR", override_reason="Regular guest")
    row = Reservation.objects.get()
    told = AuditEvent.objects.get(subject_code=row.code, action="reservation.created")
    assert (row.total_minor, told.reason) == (20_000, "Regular guest")


def test_nobody_overrides_a_house_that_is_full(boss, property_a):
    for unit in ("101", "102", "103"):
        book(property_a, unit=unit, last_name=f"Guest{unit}")
    found = boss.get("/desk/new/", STAY | {"anyway": "DBL:BAR"}).context["found"]
    assert [row.key for row in found.not_sold] == [""]
    assert (found.deal.found, found.deal.refusal) == (None, "Double is sold out on 20 November 2026.")


def test_manager_names_a_price_for_each_night(boss, property_a):
    given = {"anyway": "DBL:BAR", "price": "80 95.50", "override_reason": "Complaint settled"}
    assert offers(boss, **given)["DBL:BAR"].total.minor == 17_550
    new(boss, **given)
    row = Reservation.objects.get()
    assert [night.price_minor for night in row.nights.order_by("date")] == [8_000, 9_550]


@pytest.mark.parametrize("price", ["x", "-5", "95 95 95", "95.123", "1e9", "NaN"])
def test_price_that_makes_no_sense(boss, property_a, price):
    answer = new(boss, anyway="DBL:BAR", price=price, override_reason="Regular guest")
    assert answer.status_code == 422
    assert list(answer.context["deal"].form.errors) == ["price"]
    assert Booking.objects.count() == 0


# --- Instead ------------------------------------------------------------------------------------------------


def test_what_could_be_instead_keeps_the_guest(desk, property_a):
    """A button of the form, so that it works without JavaScript: the stay changes, what was typed stays."""
    for unit in ("101", "102", "103", "201", "202"):
        kind = property_a.suite if unit[0] == "2" else property_a.double
        book(property_a, unit=unit, last_name=f"Guest{unit}", room_type=kind, nights=1)
    found = desk.get("/desk/new/", STAY | {"departure": day(1).isoformat()}).context["found"]
    assert found.types == ()
    other = found.alternatives[0]
    answer = new(desk, departure=day(1).isoformat(), instead=other.value, **{"rooms:DBL:BAR": 1})
    assert answer.status_code == 200
    assert answer.context["stay"].cleaned_data["arrival"] == other.arrival
    assert answer.context["form"]["last_name"].value() == "Lindqvist"
    assert list(answer.context["counts"].values()) == [1]


def test_new_booking_asks_as_often_for_many_types_as_for_few(desk, property_a):
    """Loading is a fixed number of queries, whatever there is to sell."""

    def asked():
        with CaptureQueriesContext(connection) as queries:
            desk.get("/desk/new/", STAY)
        return len(queries)

    asked()
    few = asked()
    for number in range(3):
        kind = RoomType.objects.create(property=property_a.property, code=f"T{number}", name=f"Type {number}")
        plan = RatePlan.objects.create(property=property_a.property, code=f"P{number}", name=f"Plan {number}")
        BasePrice.objects.create(room_type=kind, rate_plan=plan, price_minor=9_000)
        Extra.objects.create(property=property_a.property, code=f"E{number}", name=f"Extra {number}", price_minor=500)
    assert asked() == few
