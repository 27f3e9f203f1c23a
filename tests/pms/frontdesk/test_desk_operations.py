"""What can be done with a reservation at the desk: every operation, its refusals, who may, and lost updates."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.urls import reverse

from bookings.availability.enums import ClosureKind
from bookings.availability.models import Closure
from bookings.availability.services import closure_create
from bookings.lifecycle.services import (
    charge_add,
    reservation_cancel,
    reservation_check_in,
    reservation_check_out,
    reservation_no_show,
    reservation_pin,
    reservation_unassign,
)
from bookings.rates.models import Extra
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.access.models import Grant, Role
from pms.audit.models import AuditEvent
from pms.frontdesk.operations import OPERATIONS
from pms.frontdesk.selectors.reservation import reservation_get, stay_of
from pms.housekeeping.enums import Condition
from pms.housekeeping.services import unit_condition_set
from tests.pms.frontdesk.desk_cast import SYSTEM, TODAY, book, day

HTMX = {"hx-request": "true"}
#: Nobody has paid: the guest leaves all the same.
LATER = {"unpaid_reason": "Company pays"}


@pytest.fixture
def desk(client_for, felix, property_a, in_tenant):
    return client_for(felix, in_tenant)


def url(verb, row):
    return reverse(f"desk:reservation-{verb}", args=[row.code])


def done(desk, verb, row, **given):
    """Do it as a browser without JavaScript does, and return the reservation as it is then."""
    answer = desk.post(url(verb, row), {"version": row.version, **given})
    assert answer.status_code == 303, answer.content.decode()[:4000]
    assert answer["Location"] == f"/desk/reservations/{row.code}/"
    return Reservation.objects.get(pk=row.pk)


def rooms(row):
    return [night.unit.number if night.unit else "" for night in row.nights.filter(released_at=None)]


# --- Each operation -----------------------------------------------------------------------------------------


def test_check_in_and_undo(desk, property_a):
    row = done(desk, "check-in", book(property_a, unit="101"))
    assert row.status == Status.CHECKED_IN
    assert done(desk, "undo-check-in", row).status == Status.CONFIRMED


def test_check_in_takes_the_best_room_when_there_is_none(desk, property_a):
    row = reservation_unassign(reservation=book(property_a), actor=SYSTEM)
    assert rooms(done(desk, "check-in", row)) != [""]


def test_check_out_makes_the_room_dirty_and_can_be_undone(desk, property_a):
    """T51: nights still to come are free at once."""
    row = reservation_check_in(reservation=book(property_a, unit="101", nights=3), actor=SYSTEM)
    row = done(desk, "check-out", row, **LATER)
    assert (row.status, row.departure) == (Status.CHECKED_OUT, day(1))
    property_a.units["101"].refresh_from_db()
    assert property_a.units["101"].condition.condition == Condition.DIRTY
    assert done(desk, "undo-check-out", row).status == Status.CHECKED_IN


def test_confirm_an_option(desk, property_a):
    row = book(property_a, status=Status.HOLD, hold_minutes=60)
    assert done(desk, "confirm", row).status == Status.CONFIRMED


def test_assign_the_best_fit_or_the_one_chosen(desk, property_a):
    row = reservation_unassign(reservation=book(property_a), actor=SYSTEM)
    assert rooms(done(desk, "assign", row, unit="")) in (["101"] * 2, ["102"] * 2, ["103"] * 2)
    other = reservation_unassign(reservation=book(property_a, last_name="Moreau"), actor=SYSTEM)
    other = done(desk, "assign", other, unit="103", pin="on")
    assert (rooms(other), other.unit_pinned) == (["103"] * 2, True)


def test_unassign_pin_and_unpin(desk, property_a):
    row = done(desk, "pin", book(property_a, unit="101"))
    assert row.unit_pinned
    row = done(desk, "unpin", row)
    assert not row.unit_pinned
    assert rooms(done(desk, "unassign", row)) == ["", ""]


def test_move_whole_and_from_a_night_on(desk, property_a):
    """T52: past nights stay with the old room."""
    row = done(desk, "move", book(property_a, unit="101", nights=3), unit="102")
    assert rooms(row) == ["102"] * 3
    row = done(desk, "move", row, unit="103", from_night=day(2).isoformat())
    assert rooms(row) == ["102", "102", "103"]


def test_move_to_another_type_keeps_what_was_sold(desk, property_a):
    """T53: the type sold and the type slept in are two things."""
    row = done(desk, "move", book(property_a, unit="101"), unit="201", room_type="STE")
    assert (row.room_type, row.total_minor, rooms(row)) == (property_a.double, 20_000, ["201"] * 2)


def test_move_offers_only_what_is_free(desk, property_a):
    row = book(property_a, unit="101")
    book(property_a, last_name="Moreau", unit="102")
    form = desk.get(url("move", row)).context["form"]
    assert [gap.unit.number for gap in form.gaps] == ["103"]


def test_swap(desk, property_a):
    """T54: one atomic exchange."""
    row, other = book(property_a, unit="101"), book(property_a, last_name="Moreau", unit="102")
    form = desk.get(url("swap", row)).context["form"]
    assert [night.reservation for night in form.candidates] == [other]
    assert rooms(done(desk, "swap", row, other=other.code)) == ["102"] * 2
    assert rooms(other) == ["101"] * 2


def test_modify_keeps_the_price_of_nights_sold(desk, property_a):
    """T29: kept nights keep their price."""
    row = book(property_a, unit="101")
    property_a.rate_plan.base_prices.update(price_minor=15_000)
    given = {
        "arrival": day(0).isoformat(),
        "departure": day(3).isoformat(),
        "adults": 1,
        "child_ages": "6",
        "infants": 1,
        "room_type": "DBL",
        "rate_plan": "BAR",
    }
    row = done(desk, "modify", row, **given)
    assert (row.adults, row.children, row.infants) == (1, 1, 1)
    assert [night.price_minor for night in row.nights.order_by("date")] == [10_000, 10_000, 15_000]
    row = done(desk, "modify", row, **given, reprice="on")
    assert row.total_minor == 45_000


def test_modify_tells_children_by_birthday_and_forgets_it_with_another_age(desk, property_a):
    """T33: the form begins with what is known, and only what differs is changed."""
    given = {"arrival": day(0), "departure": day(2), "adults": 1, "room_type": "DBL", "rate_plan": "BAR"}
    row = done(desk, "modify", book(property_a, unit="101"), **given, child_ages="2.1.2019")
    assert desk.get(url("modify", row)).context["form"]["child_ages"].value() == "2019-01-02"
    assert row.occupants.filter(kind="child").values_list("age", "born_on").get() == (7, date(2019, 1, 2))
    row = done(desk, "modify", row, **given, child_ages="8")
    assert row.occupants.filter(kind="child").values_list("age", "born_on").get() == (8, None)


def test_extend_and_shorten(desk, property_a):
    row = done(desk, "extend", book(property_a, unit="101"), departure=day(4).isoformat())
    assert row.departure == day(4)
    assert done(desk, "shorten", row, departure=day(1).isoformat()).departure == day(1)


def test_cancel_with_a_reason_and_reinstate(desk, property_a):
    row = done(desk, "cancel", book(property_a), reason="Illness")
    assert (row.status, row.end_reason) == (Status.CANCELLED, "Illness")
    assert done(desk, "reinstate", row).status == Status.CONFIRMED


def test_no_show_keeps_the_nights_unless_told(desk, property_a):
    """T49: the remaining nights are released only by decision."""
    kept = done(desk, "no-show", book(property_a, unit="101"))
    assert (kept.status, rooms(kept)) == (Status.NO_SHOW, ["101"] * 2)
    assert rooms(done(desk, "no-show", book(property_a, last_name="Moreau"), release_nights="on")) == []


def test_reject_an_inquiry(desk, property_a):
    row = book(property_a, status=Status.INQUIRY)
    assert done(desk, "reject", row, reason="Full that week").status == Status.REJECTED


# --- Refusals -----------------------------------------------------------------------------------------------


def seen(row):
    """Return the reservation as its page sees it."""
    found = reservation_get(code=row.code, property_ids=[row.property_id])
    assert found is not None
    return stay_of(reservation=found)


def refused(desk, verb, row, **given):
    """Try it, and return what the form says; nothing may have changed."""
    before = Reservation.objects.filter(pk=row.pk).values().get()
    answer = desk.post(url(verb, row), {"version": row.version, **given})
    assert answer.status_code == 422
    assert Reservation.objects.filter(pk=row.pk).values().get() == before
    return answer.context["form"]


def test_cancel_without_a_reason(desk, property_a):
    assert "reason" in refused(desk, "cancel", book(property_a), reason=" ").errors


def test_move_into_a_taken_room_names_who_is_there(desk, property_a):
    row = book(property_a, unit="101")
    book(property_a, last_name="Moreau", unit="102")
    (sentence,) = refused(desk, "move", row, unit="102").non_field_errors()
    assert "Moreau" in sentence


@pytest.mark.parametrize("number", ["", "999", "'"])
def test_move_to_no_room(desk, property_a, number):
    assert refused(desk, "move", book(property_a, unit="101"), unit=number).errors


def test_extend_beyond_the_rooms_offers_alternatives(desk, property_a):
    """T12: the refusal names the rule and what there is instead."""
    row = book(property_a, unit="101")
    for number, name in (("101", "Aalto"), ("102", "Berg"), ("103", "Costa")):
        book(property_a, last_name=name, unit=number, arrival=2)
    form = refused(desk, "extend", row, departure=day(3).isoformat())
    assert form.errors
    assert any("Suite" in line for line in form.alternatives)


def test_a_stay_keeps_a_night(desk, property_a):
    """T3: no stay without a night."""
    assert refused(desk, "shorten", book(property_a), departure=day(0).isoformat()).errors["departure"]


@pytest.mark.parametrize("ages", ["eighteen", "2026-13-01", "2000-01-01", "18", "-1", "1 2 3 4 5 6 7 8 9 10 11"])
def test_ages_that_make_no_sense(desk, property_a, ages):
    row = book(property_a)
    given = {"arrival": TODAY, "departure": day(2), "adults": 2, "infants": 0, "room_type": "DBL", "rate_plan": "BAR"}
    assert "child_ages" in refused(desk, "modify", row, **given, child_ages=ages).errors


def test_a_dirty_room_needs_a_reason_and_the_right_to_give_one(client_for, mia, felix, property_a, in_tenant):
    """T55: overriding is a permission of its own, and leaves its reason."""
    unit_condition_set(unit=property_a.units["101"], condition=Condition.DIRTY, actor=SYSTEM)
    row = book(property_a, unit="101")
    clerk, manager = client_for(felix, in_tenant), client_for(mia, in_tenant)
    assert refused(clerk, "check-in", row).non_field_errors()
    assert refused(clerk, "check-in", row, override_reason="Guest insists").non_field_errors()
    assert "override_reason" in refused(manager, "check-in", row).errors
    shown = [client.get(url("check-in", row)) for client in (clerk, manager)]
    assert [answer.context["form"].is_blocked for answer in shown] == [True, False]
    assert [">Check in</button>" in answer.content.decode() for answer in shown] == [False, True]
    assert done(manager, "check-in", row, override_reason="Guest insists").status == Status.CHECKED_IN
    assert AuditEvent.objects.get(action="reservation.checked_in").reason == "Guest insists"


@pytest.mark.parametrize("verb", sorted(OPERATIONS))
def test_somebody_was_faster(desk, property_a, verb):
    """No update is lost: who looked at an older reservation is asked to look again."""
    row = _ready_for(verb, property_a)
    Reservation.objects.filter(pk=row.pk).update(version=row.version + 1)
    form = refused(desk, verb, row, **_given(verb, property_a, row))
    assert "Please look again." in " ".join(form.non_field_errors())


def _given(verb, house, row):
    others = {
        "cancel": {"reason": "Illness"},
        "reject": {"reason": "Full"},
        "move": {"unit": "102"},
        "add-extra": {"extra": "PARK", "quantity": 1},
        "remove-extra": {"charge": "extra:PARK"},
        "extend": {"departure": row.departure + timedelta(days=1)},
        "shorten": {"departure": row.departure - timedelta(days=1)},
        "swap": {"other": Reservation.objects.exclude(pk=row.pk).values_list("code", flat=True).first() or ""},
        "modify": {
            "arrival": row.arrival,
            "departure": row.departure,
            "adults": 1,
            "infants": 0,
            "room_type": "DBL",
            "rate_plan": "BAR",
        },
    }
    return others.get(verb, {})


def _ready_for(verb, house):
    """Return a reservation for which the verb makes sense."""
    if verb in {"confirm", "reject"}:
        return book(house, status=Status.HOLD, hold_minutes=60)
    row = book(house, unit="101")
    if verb in {"add-extra", "remove-extra"}:
        Extra.objects.create(property=house.property, code="PARK", name="Parking", price_minor=1_000)
    if verb == "remove-extra":
        return charge_add(reservation=row, extra="PARK", actor=SYSTEM)
    if verb == "swap":
        book(house, last_name="Moreau", unit="102")
    prepared: dict[str, Callable[..., Reservation]] = {
        "check-out": reservation_check_in,
        "undo-check-in": reservation_check_in,
        "assign": reservation_unassign,
        "unpin": lambda **options: reservation_pin(pinned=True, **options),
        "reinstate": lambda **options: reservation_cancel(reason="Illness", **options),
        "undo-check-out": lambda **options: reservation_check_out(
            reservation=reservation_check_in(**options), actor=SYSTEM, unpaid_reason="Pays later"
        ),
    }
    return prepared[verb](reservation=row, actor=SYSTEM) if verb in prepared else row


# --- What is offered ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", sorted(OPERATIONS))
def test_what_is_offered_is_possible(desk, property_a, verb):
    """No dead buttons: each operation is offered where it makes sense, and its page says so."""
    row = _ready_for(verb, property_a)
    stay = seen(row)
    assert OPERATIONS[verb].applies(stay)
    for headers in ({}, HTMX):
        answer = desk.get(url(verb, row), headers=headers)
        assert answer.status_code == 200
        found = answer.context["preview"]
        assert found is None or found.refusal is None


def test_a_cancelled_stay_offers_only_its_return(desk, property_a):
    row = reservation_cancel(reservation=book(property_a), reason="Illness", actor=SYSTEM)
    stay = seen(row)
    assert [verb for verb, operation in OPERATIONS.items() if operation.applies(stay)] == ["reinstate"]


def test_preview_changes_nothing(desk, property_a):
    row = book(property_a, unit="101")
    answer = desk.post(url("extend", row), {"departure": day(4).isoformat(), "preview": "1", "version": row.version})
    assert (answer.status_code, answer.context["preview"].price_delta.minor) == (200, 20_000)
    row.refresh_from_db()
    assert row.departure == day(2)


def test_htmx_gets_a_toast_and_the_event(desk, property_a):
    row = book(property_a, unit="101")
    answer = desk.post(url("check-in", row), {"version": row.version}, headers=HTMX)
    told = json.loads(answer["HX-Trigger"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert told["toast"]["message"] == "Greta Lindqvist is in 101."
    assert told["reservation:changed"] == {"code": row.code, "verb": "check-in"}


def test_back_to_where_it_was_opened_but_never_elsewhere(desk, property_a):
    row = book(property_a, unit="101")
    answer = desk.post(url("check-in", row), {"next": "https://evil.example/"})
    assert answer["Location"] == f"/desk/reservations/{row.code}/"
    assert desk.post(url("check-out", row), LATER | {"next": "/desk/today/"})["Location"] == "/desk/today/"


# --- Who may ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", sorted(OPERATIONS))
def test_housekeeping_does_none_of_it(client_for, hana, property_a, in_tenant, verb):
    row = _ready_for(verb, property_a)
    before = Reservation.objects.filter(pk=row.pk).values().get()
    client = client_for(hana, in_tenant)
    assert client.get(url(verb, row)).status_code == 403
    assert client.post(url(verb, row), {"version": row.version}).status_code == 403
    assert Reservation.objects.filter(pk=row.pk).values().get() == before


def test_a_right_elsewhere_is_no_right_here(client_for, felix, property_a, property_other, in_tenant):
    """The permission is asked at the reservation's property."""
    Grant.objects.filter(user=felix).update(property_code="POR")
    Grant.objects.create(user=felix, role=Role.objects.get(code="housekeeping"), property_code="LIS")
    row = book(property_a, unit="101")
    client = client_for(felix, in_tenant)
    assert client.get(reverse("desk:reservation", args=[row.code])).status_code == 200
    assert client.post(url("check-in", row)).status_code == 403


# --- Notes, profiles, rooms, night audit --------------------------------------------------------------------


def test_details_are_kept_and_told(desk, property_a):
    row = book(property_a)
    given = {"notes": "Knows the owner", "special_requests": "Cot", "tags": "Quiet, VIP", "arrival_time": "22:30"}
    assert desk.post(url("details", row), given).status_code == 303
    row.refresh_from_db()
    assert (row.notes, row.special_requests, row.tags, str(row.arrival_time)) == (
        "Knows the owner",
        "Cot",
        ["quiet", "vip"],
        "22:30:00",
    )
    assert desk.post(url("details", row), {"tags": "x" * 40}).status_code == 422


def test_profile_of_the_guest(desk, property_a):
    row = book(property_a)
    given = {"first_name": "Greta", "last_name": "Lindqvist", "email": "g@example.com", "country": "se", "is_vip": "on"}
    assert desk.post(url("guest", row), given).status_code == 303
    row.guest.refresh_from_db()
    assert (row.guest.email, row.guest.country, row.guest.is_vip) == ("g@example.com", "SE", True)
    assert desk.post(url("guest", row), {**given, "email": "no"}).status_code == 422


def test_condition_of_a_room(client_for, hana, property_a, in_tenant):
    client = client_for(hana, in_tenant)
    address = reverse("desk:room-condition", args=["101"])
    assert client.post(address, {"condition": "dirty"}).status_code == 303
    part = client.post(address, {"condition": "inspected"}, headers=HTMX).content.decode()
    assert 'id="room-101"' in part
    property_a.units["101"].refresh_from_db()
    assert property_a.units["101"].condition.condition == Condition.INSPECTED
    assert client.post(address, {"condition": "spotless"}).status_code == 404
    assert client.post(reverse("desk:room-condition", args=["999"]), {"condition": "clean"}).status_code == 404


def test_closing_a_room_shows_who_is_in_the_way(desk, property_a):
    """T14: a room somebody has is not closed before they are moved."""
    row = book(property_a, unit="101")
    given = {"first": TODAY, "until": day(3), "kind": ClosureKind.OUT_OF_ORDER, "reason": "Leak"}
    address = reverse("desk:room-close", args=["101"])
    answer = desk.post(address, {**given, "preview": "1"})
    assert [taken.reservation for taken in answer.context["plan"].in_the_way] == [row]
    assert desk.post(address, given).status_code == 422
    assert desk.post(reverse("desk:room-close", args=["102"]), given).status_code == 303
    assert desk.post(reverse("desk:room-close", args=["103"]), {**given, "until": TODAY}).status_code == 422
    assert Closure.objects.get().unit.number == "102"


def test_opening_a_room_again(desk, property_a):
    closure = closure_create(
        unit=property_a.units["101"], first=TODAY, until=day(3), kind=ClosureKind.OWNER, reason="Owner", actor=SYSTEM
    )
    address = reverse("desk:closure-release", args=[closure.code])
    assert desk.get(address).status_code == 200
    assert desk.post(address).status_code == 303
    closure.refresh_from_db()
    assert closure.released_at is not None


def test_housekeeping_closes_no_room(client_for, hana, property_a, in_tenant):
    client = client_for(hana, in_tenant)
    assert client.get(reverse("desk:room-close", args=["101"])).status_code == 403


def test_night_audit_closes_the_day_once(desk, property_a, time_machine):
    """T57: a date that is closed already is not closed again."""
    row = book(property_a)
    time_machine.move_to("2026-11-20T23:30:00+00:00", tick=True)
    for _ in range(2):
        answer = desk.post("/desk/night-audit/", {"business_date": TODAY.isoformat(), "release_no_shows": "on"})
        assert answer.status_code == 303
    row.refresh_from_db()
    property_a.property.refresh_from_db()
    assert (row.status, property_a.property.business_date) == (Status.NO_SHOW, day(1))


def test_night_audit_waits_for_departures(desk, property_a, time_machine):
    row = reservation_check_in(reservation=book(property_a, nights=1), actor=SYSTEM)
    Reservation.objects.filter(pk=row.pk).update(arrival=day(-1), departure=TODAY)
    time_machine.move_to("2026-11-20T23:30:00+00:00", tick=True)
    answer = desk.post("/desk/night-audit/", {"business_date": TODAY.isoformat()})
    assert answer.status_code == 422
    assert "Greta Lindqvist" in answer.context["form"].non_field_errors()[0]


def test_no_show_needs_nobody_to_have_left(desk, property_a):
    row = reservation_no_show(reservation=book(property_a), actor=SYSTEM)
    assert desk.get(f"/desk/reservations/{row.code}/").status_code == 200


def test_undo_is_offered_where_it_gives_back_what_was(desk, property_a):
    row = book(property_a, unit="101")
    told = json.loads(desk.post(url("check-in", row), headers=HTMX)["HX-Trigger"])
    assert told["toast"]["undo"]["url"] == url("undo-check-in", row)
    row.refresh_from_db()
    assert told["toast"]["undo"]["values"] == {"version": row.version}
    # A night that was given up would not come back: no undo.
    assert "undo" not in json.loads(desk.post(url("check-out", row), LATER, headers=HTMX)["HX-Trigger"])["toast"]


def test_a_type_without_a_free_room_offers_no_button(desk, property_a):
    row = book(property_a, unit="101")
    for number, name in (("102", "Aalto"), ("103", "Berg")):
        book(property_a, last_name=name, unit=number)
    assert desk.get(url("move", row)).context["form"].is_blocked
    assert not desk.get(url("move", row), {"room_type": "STE"}).context["form"].is_blocked


def test_the_room_of_a_later_arrival_is_nobodys_worry_yet(desk, property_a):
    reservation_check_in(reservation=book(property_a, last_name="Kovacs", unit="101"), actor=SYSTEM)
    row = book(property_a, unit="101", arrival=5)
    assert "still in" not in desk.get(f"/desk/reservations/{row.code}/").content.decode()
