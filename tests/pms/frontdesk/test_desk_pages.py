"""The pages that are read: board, lists, bookings, a stay, search, rooms, night audit; who may see them; their queries."""

import csv
import io

import pytest
from django.db import connection
from django.urls import reverse

from bookings.availability.enums import ClosureKind
from bookings.availability.services import closure_create
from bookings.lifecycle.services import reservation_cancel, reservation_check_in
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from guests.profiles.enums import Collector, CompanyKind
from guests.profiles.models import Company
from guests.profiles.selectors import guests_matching
from pms.access.models import Grant
from pms.audit.models import AuditEvent
from pms.housekeeping.enums import Condition
from pms.housekeeping.services import unit_condition_set
from tests.pms.frontdesk.desk_cast import SYSTEM, TODAY, book, day

LISTS = (
    "today",
    "arrivals",
    "departures",
    "in_house",
    "unassigned",
    "bookings",
    "rooms",
    "night-audit",
    "new",
    "search",
)


@pytest.fixture
def desk(client_for, felix, property_a, in_tenant):
    return client_for(felix, in_tenant)


def text_of(answer) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


# --- What they show -----------------------------------------------------------------------------------------


def test_board_sorts_the_day(desk, property_a):
    book(property_a, last_name="Lindqvist", unit="101", special_requests="Cot, please")
    book(property_a, last_name="Moreau", unit="102")
    unit_condition_set(unit=property_a.units["102"], condition=Condition.DIRTY, actor=SYSTEM)
    leaving = book(property_a, last_name="Kovacs", unit="103", nights=1)
    reservation_check_in(reservation=leaving, actor=SYSTEM)
    answer = desk.get("/desk/today/")
    context = answer.context
    assert [stay.reservation.guest.last_name for stay in context["arrivals"]] == ["Lindqvist", "Moreau"]
    assert [stay.readiness for stay in context["arrivals"]] == ["ready", "dirty"]
    assert [stay.reservation.guest.last_name for stay in context["not_ready"]] == ["Moreau"]
    assert (context["counts"].arrivals, context["counts"].arrivals_left, context["counts"].in_house) == (3, 2, 1)
    assert "Cot, please" in text_of(answer)


def test_stay_tells_its_commission_and_who_takes_the_money(desk, property_a):
    """T44: the share, what it is of, what a loss leaves of it."""
    agency = Company.objects.create(
        code="TUI", kind=CompanyKind.AGENCY, name="Tui", commission_percent=15, collector=Collector.SELLER
    )
    text = text_of(desk.get(f"/desk/reservations/{book(property_a, agency=agency).code}/"))
    assert "15 % of: the nights as priced; when lost: its share of the fee" in text
    assert "The agency or channel" in text


def test_board_names_who_is_still_in_the_room(desk, property_a):
    """T55: the room of an arrival is not ready while the last guest is in it."""
    leaving = book(property_a, last_name="Kovacs", unit="101", nights=1)
    reservation_check_in(reservation=leaving, actor=SYSTEM)
    property_a.property.business_date = day(1)
    property_a.property.save()
    book(property_a, last_name="Lindqvist", unit="101", arrival=1)
    (stay,) = desk.get("/desk/today/").context["arrivals"]
    assert (stay.readiness, stay.occupant) == ("occupied", leaving)
    assert desk.get("/desk/departures/").context["rows"][0].unit.number == "101"


def test_day_is_the_business_date_not_the_clock(desk, property_a):
    """T5: today is the property's business date."""
    property_a.property.business_date = day(3)
    property_a.property.save()
    book(property_a, arrival=3)
    assert len(desk.get("/desk/arrivals/").context["rows"]) == 1


def test_lists_step_through_days_and_search(desk, property_a):
    book(property_a, last_name="Lindqvist", arrival=1)
    book(property_a, last_name="Moreau", arrival=1)
    assert desk.get("/desk/arrivals/").context["rows"] == []
    tomorrow = desk.get("/desk/arrivals/", {"on": day(1).isoformat(), "order": "guest"})
    assert [stay.reservation.guest.last_name for stay in tomorrow.context["rows"]] == ["Lindqvist", "Moreau"]
    found = desk.get("/desk/arrivals/", {"on": day(1).isoformat(), "q": "mor"})
    assert [stay.reservation.guest.last_name for stay in found.context["rows"]] == ["Moreau"]


def test_a_day_that_makes_no_sense_is_today(desk):
    assert desk.get("/desk/arrivals/", {"on": "2026-02-31"}).context["on"] == TODAY


def test_unassigned_lists_the_overbooked(desk, property_a):
    """T17: what a channel sold beyond the rooms is there to be seen."""
    for index in range(4):
        book(property_a, last_name=f"Guest{index}", source=Source.BOOKING_COM, external_id=str(index))
    (row,) = desk.get("/desk/unassigned/").context["rows"]
    assert row.reservation.is_overbooked
    assert desk.get("/desk/bookings/", {"overbooked": "on"}).context["page"].paginator.count == 1


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, {"Lindqvist", "Moreau", "Kovacs"}),
        ({"state": "cancelled"}, {"Kovacs"}),
        ({"state": "expected"}, {"Lindqvist", "Moreau"}),
        ({"state": "lost"}, {"Kovacs"}),
        ({"source": "agency"}, {"Moreau"}),
        ({"room_type": "STE"}, {"Moreau"}),
        ({"tag": "quiet"}, {"Lindqvist"}),
        ({"q": "lind"}, {"Lindqvist"}),
        ({"q": "moreau@example"}, {"Moreau"}),
        ({"dates": "arrival", "first": day(5).isoformat(), "last": day(5).isoformat()}, {"Moreau"}),
        ({"dates": "departure", "first": day(2).isoformat(), "last": day(2).isoformat()}, {"Lindqvist"}),
        ({"dates": "stay", "first": day(1).isoformat(), "last": day(1).isoformat()}, {"Lindqvist", "Kovacs"}),
        ({"state": "nonsense", "first": "tomorrow"}, {"Lindqvist", "Moreau", "Kovacs"}),
    ],
)
def test_bookings_filter(desk, property_a, asked, names):
    book(property_a, last_name="Lindqvist", tags=("quiet",))
    book(property_a, last_name="Moreau", arrival=5, room_type=property_a.suite, source=Source.AGENCY)
    reservation_cancel(reservation=book(property_a, last_name="Kovacs", nights=3), reason="Plans changed", actor=SYSTEM)
    rows = desk.get("/desk/bookings/", asked).context["rows"]
    assert {stay.reservation.guest.last_name for stay in rows} == names


@pytest.mark.parametrize("order", ["arrival", "-arrival", "guest", "-total", "booked", "departure"])
def test_bookings_come_in_the_order_asked_for(desk, property_a, order):
    book(property_a, last_name="Aalto", arrival=3, nights=1)
    book(property_a, last_name="Berg", arrival=1, nights=5)
    rows = [stay.reservation for stay in desk.get("/desk/bookings/", {"order": order}).context["rows"]]
    keys = {
        "arrival": lambda row: row.arrival,
        "departure": lambda row: row.departure,
        "guest": lambda row: row.guest.last_name,
        "total": lambda row: row.total_minor,
        "booked": lambda row: row.made_at,
    }
    assert rows == sorted(rows, key=keys[order.removeprefix("-")], reverse=order.startswith("-"))


def test_export_is_the_filtered_list_and_leaves_a_trace(desk, property_a, felix):
    book(property_a, last_name="Lindqvist", tags=("quiet",))
    book(property_a, last_name="Moreau")
    answer = desk.get("/desk/bookings/export/", {"tag": "quiet"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert [dict(zip(head, row, strict=True))["Guest"] for row in rows] == ["Greta Lindqvist"]
    assert dict(zip(head, rows[0], strict=True))["Total"] == "200.00"
    event = AuditEvent.objects.get(action="reservation.exported")
    assert (event.actor_user_id, event.changes["filters"][1]["tag"]) == (felix.pk, "quiet")


def test_export_keeps_formulas_texts(desk, property_a):
    book(property_a, last_name="=1+1", special_requests="@SUM(A1)")
    text = b"".join(desk.get("/desk/bookings/export/").streaming_content).decode()
    assert "'@SUM(A1)" in text


def test_stay_shows_nights_people_and_what_happened(desk, property_a):
    row = book(property_a, unit="101", special_requests="High floor")
    other = book(property_a, arrival=9, unit="102")
    answer = desk.get(f"/desk/reservations/{row.code}/")
    page = answer.context["page"]
    assert [(night.date, night.room, night.price.minor) for night in page.nights] == [
        (day(0), "101", 10_000),
        (day(1), "101", 10_000),
    ]
    assert page.history.stays == (other,)
    assert page.timeline[0].title == "Booked"
    assert "High floor" in text_of(answer)


def test_sheet_is_the_part_beside_the_chart(desk, property_a):
    row = book(property_a, unit="101")
    part = text_of(desk.get(f"/desk/reservations/{row.code}/sheet/", headers={"hx-request": "true"}))
    assert "<html" not in part
    assert "Check in" in part


def test_booking_shows_its_reservations(desk, property_a):
    row = book(property_a)
    assert [stay.reservation for stay in desk.get(f"/desk/bookings/{row.booking.code}/").context["stays"]] == [row]


# --- Search -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["lindq", "greta lind", "LINDQVIST", "lindqvist@exam", "lind gre"])
def test_search_finds_a_guest_by_the_beginning_of_words(desk, property_a, text):
    row = book(property_a)
    assert [hit.reservation for hit in desk.get("/desk/search/", {"q": text}).context["found"].hits] == [row]


def test_search_finds_the_number_of_a_channel(desk, property_a):
    row = book(property_a, source=Source.EXPEDIA, external_id="4127886031")
    assert [hit.reservation for hit in desk.get("/desk/search/", {"q": "4127886031"}).context["found"].hits] == [row]


def test_search_opens_a_code_named_in_full(desk, property_a):
    row = book(property_a)
    answer = desk.get("/desk/search/", {"q": row.code.lower()})
    assert (answer.status_code, answer["Location"]) == (303, f"/desk/reservations/{row.code}/")


def test_search_finds_rooms_and_who_is_in(desk, property_a):
    row = book(property_a, unit="101")
    reservation_check_in(reservation=row, actor=SYSTEM)
    (room, *_) = desk.get("/desk/search/", {"q": "101"}).context["found"].rooms
    assert (room.unit.number, room.occupant) == ("101", row)


def test_search_puts_who_is_here_before_who_comes_before_who_left(desk, property_a):
    coming = book(property_a, arrival=3)
    lost = book(property_a, arrival=6)
    reservation_cancel(reservation=lost, reason="Illness", actor=SYSTEM)
    here = book(property_a)
    reservation_check_in(reservation=here, actor=SYSTEM)
    hits = desk.get("/desk/search/", {"q": "lindqvist"}).context["found"].hits
    assert [hit.reservation for hit in hits] == [here, coming, lost]


@pytest.mark.parametrize("text", ["", "a", "' | '", "!!!", "\\", "&", "a:*b"])
def test_search_takes_whatever_is_typed(desk, property_a, text):
    book(property_a)
    assert desk.get("/desk/search/", {"q": text}).status_code == 200


def test_search_uses_the_index_of_words(property_a):
    book(property_a)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "ix_guest_words" in guests_matching(text="lind").explain()


# --- Rooms and night audit ----------------------------------------------------------------------------------


def test_rooms_show_condition_guest_and_closure(desk, property_a):
    reservation_check_in(reservation=book(property_a, unit="101"), actor=SYSTEM)
    unit_condition_set(unit=property_a.units["102"], condition=Condition.DIRTY, actor=SYSTEM)
    closure_create(
        unit=property_a.units["103"],
        first=TODAY,
        until=day(2),
        kind=ClosureKind.OUT_OF_ORDER,
        reason="Leak",
        actor=SYSTEM,
    )
    rows = {row.unit.number: row for row in desk.get("/desk/rooms/").context["rows"]}
    assert rows["101"].occupant.guest.last_name == "Lindqvist"
    assert rows["102"].condition == Condition.DIRTY
    assert rows["103"].closure.reason == "Leak"
    assert [row.unit.number for row in desk.get("/desk/rooms/?show=dirty").context["rows"]] == ["102"]


def test_night_audit_names_who_stands_in_its_way(desk, property_a):
    book(property_a, last_name="Moreau", unit="101")
    context = desk.get("/desk/night-audit/").context
    assert [row.guest.last_name for row in context["plan"].no_shows] == ["Moreau"]


# --- Queries ------------------------------------------------------------------------------------------------


def counted(client, address):
    """Return the statements of one GET after a first one has filled what is remembered between requests."""
    client.get(address)
    statements = []

    def note(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = client.get(address)
    assert answer.status_code == 200
    return len(statements)


@pytest.mark.parametrize("name", [name for name in LISTS if name != "new"])
def test_queries_are_as_many_for_three_rows_as_for_one(desk, property_a, name):
    book(property_a, last_name="Aalto", unit="101")
    reservation_check_in(
        reservation=book(property_a, last_name="Aalto", unit="201", room_type=property_a.suite), actor=SYSTEM
    )
    one = counted(desk, reverse(f"desk:{name}") + "?q=aalto" * (name == "search"))
    book(property_a, last_name="Aaltonen", unit="102")
    book(property_a, last_name="Aalberg", unit="103")
    reservation_check_in(
        reservation=book(property_a, last_name="Aalto", unit="202", room_type=property_a.suite), actor=SYSTEM
    )
    assert counted(desk, reverse(f"desk:{name}") + "?q=aalto" * (name == "search")) == one


def test_queries_of_a_stay_do_not_grow_with_its_nights(desk, property_a):
    short, long = book(property_a, nights=1, unit="101"), book(property_a, nights=9, unit="102")
    assert counted(desk, f"/desk/reservations/{short.code}/") == counted(desk, f"/desk/reservations/{long.code}/")


# --- Who may see them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_strangers_are_sent_to_sign_in(client_for, property_a, in_tenant, name):
    answer = client_for(None, in_tenant).get(reverse(f"desk:{name}"))
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("name", ["today", "bookings", "rooms"])
def test_people_without_a_role_here_are_refused(client_for, felix, property_a, in_tenant, name):
    Grant.objects.filter(user=felix).delete()
    assert client_for(felix, in_tenant).get(reverse(f"desk:{name}")).status_code == 403


@pytest.mark.parametrize("name", ["new", "night-audit"])
def test_housekeeping_neither_books_nor_closes_the_day(client_for, hana, property_a, in_tenant, name):
    assert client_for(hana, in_tenant).get(reverse(f"desk:{name}")).status_code == 403


def test_another_organization_sees_nothing(client_for, otto, property_a, hotel_b, in_tenant):
    row = book(property_a)
    outside = client_for(otto, hotel_b)
    for name in ("reservation", "reservation-sheet", "reservation-check-in", "reservation-details"):
        assert outside.get(reverse(f"desk:{name}", args=[row.code])).status_code in {403, 404}
    assert outside.get(reverse("desk:booking", args=[row.booking.code])).status_code in {403, 404}


@pytest.fixture
def at_lisbon_only(client_for, felix, property_a, property_other, in_tenant):
    """Felix, whose role is Casa Lisboa's only."""
    Grant.objects.filter(user=felix).update(property_code=property_a.property.code)
    return client_for(felix, in_tenant)


def test_another_property_is_not_there(at_lisbon_only, property_other):
    row = book(property_other)
    names = ["reservation", "reservation-sheet", "reservation-details", "reservation-guest"]
    names += [f"reservation-{verb}" for verb in ("check-in", "move", "cancel", "modify", "assign")]
    for name in names:
        assert at_lisbon_only.get(reverse(f"desk:{name}", args=[row.code])).status_code == 404
        assert at_lisbon_only.post(reverse(f"desk:{name}", args=[row.code])).status_code in {404, 405}
    assert at_lisbon_only.get(reverse("desk:booking", args=[row.booking.code])).status_code == 404
    row.refresh_from_db()
    assert row.status == Status.CONFIRMED


def test_search_and_switcher_stay_within_the_properties_granted(at_lisbon_only, property_other):
    book(property_other)
    assert at_lisbon_only.get("/desk/search/?q=lindqvist").context["found"].hits == ()
    assert at_lisbon_only.get("/desk/today/?property=POR").status_code == 404


def test_the_property_is_remembered(desk, property_other):
    book(property_other)
    assert len(desk.get("/desk/arrivals/?property=POR").context["rows"]) == 1
    assert desk.get("/desk/today/").context["place"].code == "POR"
