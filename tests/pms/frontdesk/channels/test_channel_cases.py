"""What has to be decided: each case with what can be done about it here and now, and what becomes of it."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from billing.folios.services import main_folio
from bookings.lifecycle.services import reservation_assign, reservation_check_in, reservation_no_show
from bookings.lifecycle.services.settling import stays_charge
from bookings.reservations.models import Reservation
from channels.adapters.enums import Told
from channels.sync.cases import case_open
from channels.sync.enums import CaseKind, MessageState, Resolution
from channels.sync.models import BookingMessage, Case, GuestReport, StoredLetter, ToldRooms
from guests.profiles.enums import Collector
from tests.channels.house import make_connection, sold, sold_room, take
from tests.conftest import TODAY
from tests.house import TESTER, book

pytestmark = pytest.mark.usefixtures("in_tenant")


@pytest.fixture
def live(property_a):
    return make_connection(property_a)


@pytest.fixture
def front(client_for, felix, in_tenant):
    return client_for(felix, in_tenant)


@pytest.fixture
def desk(client_for, mia, in_tenant):
    return client_for(mia, in_tenant)


def shown(client, case, status=200):
    answer = client.get(f"/desk/channels/cases/{case.code}/")
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def overbooked(property_a, live):
    """All doubles sold for the nights that the channel sells another one for."""
    for _ in range(3):
        book(property_a, 1, 3)
    take(live, sold(sold_room(property_a)))
    return Case.objects.get(kind=CaseKind.OVERBOOKED)


def test_an_overbooking_proposes_what_is_free_in_the_house(front, overbooked):
    page = shown(front, overbooked)
    assert "Give a Suite instead" in page
    assert f"/desk/reservations/{overbooked.reservation.code}/assign/?room_type=STE" in page
    assert "Walk the guest" in page
    assert "Give a Double" not in page


def test_the_proposed_form_leads_back_to_the_case(front, overbooked):
    back = f"/desk/channels/cases/{overbooked.code}/"
    url = f"/desk/reservations/{overbooked.reservation.code}/assign/"
    page = front.get(url, {"room_type": "STE", "next": back}).content.decode()
    assert "201" in page
    version = overbooked.reservation.version
    answer = front.post(url, {"room_type": "STE", "unit": "201", "version": version, "next": back})
    assert (answer.status_code, answer["Location"]) == (303, back)
    overbooked.reservation.refresh_from_db()
    assert not overbooked.reservation.is_overbooked
    assert "The stay has a room by now" in shown(front, overbooked)


def test_a_room_of_the_type_that_came_free_is_proposed_first(front, property_a, overbooked):
    from bookings.lifecycle.services import reservation_cancel
    from bookings.reservations.models import Reservation

    other = Reservation.objects.exclude(pk=overbooked.reservation_id)[0]
    reservation_cancel(reservation=other, reason="Test", actor=TESTER)
    assert "Give a Double" in shown(front, overbooked)


def test_another_house_of_the_organization_is_proposed(front, overbooked, property_other):
    page = shown(front, overbooked)
    assert f"Book at {property_other.property.name}" in page
    assert "/desk/new/?property=POR&amp;arrival=" in page


def test_a_case_is_closed_with_what_became_of_it(front, overbooked):
    answer = front.post(
        f"/desk/channels/cases/{overbooked.code}/resolve/", {"resolution": "walked", "note": "Hotel Mar, taxi paid"}
    )
    assert answer.status_code == 303
    overbooked.refresh_from_db()
    assert (overbooked.resolution, overbooked.note) == (Resolution.WALKED, "Hotel Mar, taxi paid")
    assert "Hotel Mar, taxi paid" in front.get("/desk/channels/cases/?closed=1").content.decode()
    assert "Nothing to decide" in front.get("/desk/channels/cases/").content.decode()
    assert "What can be done" not in shown(front, overbooked)


@pytest.mark.parametrize("resolution", ["", "by_itself", "odd"])
def test_a_resolution_that_nobody_chose_is_refused(front, overbooked, resolution):
    answer = front.post(f"/desk/channels/cases/{overbooked.code}/resolve/", {"resolution": resolution})
    assert answer.status_code == 422
    overbooked.refresh_from_db()
    assert overbooked.resolved_at is None


def test_whoever_only_looks_closes_nothing(client_for, hana, in_tenant, overbooked):
    client = client_for(hana, in_tenant)
    assert client.post(f"/desk/channels/cases/{overbooked.code}/resolve/", {"resolution": "done"}).status_code == 403


@pytest.fixture
def unmapped(property_a, live):
    live.room_links.create(room_id="R-NEW", name="Cabin")
    take(live, sold(sold_room(property_a, room_id="R-NEW")))
    return Case.objects.get(kind=CaseKind.UNMAPPED_ROOM)


def test_a_room_is_mapped_where_the_case_stands(desk, unmapped, live):
    """T66."""
    assert "Map it here" in shown(desk, unmapped)
    answer = desk.post(f"/desk/channels/cases/{unmapped.code}/map/", {"room_type": "STE"})
    assert answer["Location"] == f"/desk/reservations/{unmapped.reservation.code}/"
    assert live.room_links.get(room_id="R-NEW").room_type.code == "STE"
    unmapped.refresh_from_db()
    assert (unmapped.resolution, unmapped.note) == (Resolution.DONE, "Mapped to Suite")


def test_mapping_needs_a_choice_and_the_right(desk, front, unmapped, live):
    assert desk.post(f"/desk/channels/cases/{unmapped.code}/map/", {"room_type": ""}).status_code == 422
    assert front.post(f"/desk/channels/cases/{unmapped.code}/map/", {"room_type": "STE"}).status_code == 403
    assert "Map it here" not in shown(front, unmapped)
    assert live.room_links.get(room_id="R-NEW").room_type is None


def test_a_room_that_is_not_listed_is_fetched_first(desk, property_a, live):
    take(live, sold(sold_room(property_a, room_id="R-OTHER")))
    case = Case.objects.get(kind=CaseKind.UNMAPPED_ROOM)
    page = shown(desk, case)
    assert "Map it here" not in page
    assert "Fetch rooms and rates anew" in page
    answer = desk.post(f"/desk/channels/cases/{case.code}/map/", {"room_type": "STE"}, follow=True)
    assert "does not list it" in answer.content.decode()


def test_a_rate_is_mapped_where_the_case_stands(desk, property_a, live):
    room = live.room_links.get(room_id="R-DBL")
    room.rate_links.create(rate_id="R-DBL-NEW", name="Saver")
    take(live, sold(sold_room(property_a, rate_id="R-DBL-NEW")))
    case = Case.objects.get(kind=CaseKind.UNMAPPED_RATE)
    desk.post(f"/desk/channels/cases/{case.code}/map/", {"rate_plan": property_a.rate_plan.code})
    assert room.rate_links.get(rate_id="R-DBL-NEW").rate_plan == property_a.rate_plan


def test_a_change_in_house_opens_the_form_with_what_the_channel_says(front, property_a, live):
    """T69: nothing is changed by itself."""
    row = take(live, sold(sold_room(property_a, arrival=0, departure=2)))
    stay = row.channel_booking.booking.reservations.get()
    reservation_check_in(reservation=stay, actor=TESTER)
    take(live, sold(sold_room(property_a, arrival=0, departure=4), told=Told.MODIFIED, order="2026-11-20T11:00:00"))
    case = Case.objects.get(kind=CaseKind.IN_HOUSE)
    page = shown(front, case)
    departure = (TODAY + timedelta(days=4)).isoformat()
    assert f"/desk/reservations/{stay.code}/modify/?departure={departure}&amp;adults=2" in page
    form = front.get(f"/desk/reservations/{stay.code}/modify/", {"departure": departure}).content.decode()
    assert f'value="{departure}"' in form


def test_nights_that_somebody_else_owes_by_now_are_moved_from_their_folio(front, property_a, live):
    """T69: the case leads to the folio that they stand on."""
    row = take(live, sold(sold_room(property_a, arrival=0, departure=2)))
    stay = row.channel_booking.booking.reservations.get()
    stay = reservation_assign(reservation=stay, unit=property_a.units["101"], actor=TESTER)
    reservation_check_in(reservation=stay, actor=TESTER)
    stays_charge(property=property_a.property, through=TODAY, actor=TESTER)
    later = {"told": Told.MODIFIED, "order": "2026-11-20T11:00:00", "collector": Collector.SELLER}
    take(live, sold(sold_room(property_a, arrival=0, departure=2), **later))
    page = shown(front, Case.objects.get(kind=CaseKind.COLLECTOR_CHANGED))
    assert "Move the nights" in page
    address = f"/desk/folios/{main_folio(reservation=stay).code}/"
    assert f'href="{address}"' in page
    assert front.get(address).status_code == 200


def test_what_the_channel_refused_is_tried_again(desk, live):
    link = live.room_links.get(room_id="R-DBL")
    ToldRooms.objects.create(link=link, date=TODAY, rooms=3, told_at=timezone.now(), refused="odd")
    case = case_open(
        connection=live, kind=CaseKind.SYNC_REFUSED, subject="R-DBL/", words="Not today, says the channel.",
        now=timezone.now(), details={"code": "odd"}, days=[TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=4)],
    )  # fmt: skip
    page = shown(desk, case)
    assert "Not today, says the channel." in page
    assert "20 Nov to 21 Nov, 24 Nov" in page
    desk.post(f"/desk/channels/cases/{case.code}/retry/")
    assert not ToldRooms.objects.exists()


def test_a_message_put_aside_is_taken_again(desk, property_a, live):
    row = take(live, sold(sold_room(property_a)))
    BookingMessage.objects.update(state=MessageState.PARKED, error="busy: x")
    case = case_open(
        connection=live,
        kind=CaseKind.UNREADABLE,
        subject=f"message {row.pk}",
        words="x",
        now=timezone.now(),
        message=row,
    )
    assert "Read what the channel said" in shown(desk, case)
    desk.post(f"/desk/channels/cases/{case.code}/retry/")
    row.refresh_from_db()
    assert row.state == MessageState.WAITING


def test_an_unreadable_letter_is_shown_as_it_came(front, live):
    letter = StoredLetter.objects.create(
        connection=live, body=b'{"booking": "<script>"}', digest="d", came_at=timezone.now(), kind="x"
    )
    case = case_open(
        connection=live, kind=CaseKind.UNREADABLE, subject="letter", words="x", now=timezone.now(),
        details={"letter": letter.pk},
    )  # fmt: skip
    page = shown(front, case)
    assert "&lt;script&gt;" in page
    assert '<script>"' not in page


def test_a_note_waits_for_nobody_and_goes_with_one_key(front, property_a, live):
    """T67."""
    note = case_open(connection=live, kind=CaseKind.PRICE_DIFFERS, subject="X", words="Less.", now=timezone.now())
    listed = front.get("/desk/channels/cases/").content.decode()
    assert ("Sold at another price" in listed, 'class="count"' in listed) == (True, False)
    page = shown(front, note)
    assert ('data-key="d"' in page, "To decide</span>" in page) == (True, False)
    front.post(f"/desk/channels/cases/{note.code}/resolve/", {"resolution": "ignored"})
    note.refresh_from_db()
    assert note.resolution == Resolution.IGNORED


def test_both_messages_of_an_alarm_are_shown(front, live):
    """T59."""
    case = case_open(
        connection=live, kind=CaseKind.CONTENT_DIFFERS, subject="x", words="x", now=timezone.now(),
        details={"first": {"currency": "EUR"}, "now": {"currency": "USD"}},
    )  # fmt: skip
    page = shown(front, case)
    assert "&quot;EUR&quot;" in page
    assert "&quot;USD&quot;" in page


@pytest.mark.parametrize("kind", CaseKind.values)
def test_every_kind_has_a_page(desk, live, kind):
    case = case_open(connection=live, kind=CaseKind(kind), subject="x", words="What happened.", now=timezone.now())
    assert "What happened." in shown(desk, case)


# --- what the channel is told of a guest ------------------------------------------------------------


@pytest.fixture
def missed(property_a, live):
    take(live, sold(sold_room(property_a, 0, 2)))
    return reservation_no_show(reservation=Reservation.objects.get(), actor=TESTER).booking


def test_a_guest_who_did_not_come_can_be_reported_where_the_booking_stands(front, missed, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": "http://localhost:9"}
    page = f"/desk/channels/bookings/{missed.code}/"
    assert "Report: The guest did not come" in front.get(page).content.decode()
    shown = front.post(f"{page}report/", {"kind": "no_show"}, follow=True).content.decode()
    report = GuestReport.objects.get()
    assert (report.taken_at, bool(report.error)) == (None, True)
    assert f"Channex did not take it: {report.error}" in unescape(shown)


def test_what_is_no_report_is_not_there(front, missed):
    assert front.post(f"/desk/channels/bookings/{missed.code}/report/", {"kind": "sang"}).status_code == 404


def test_whoever_may_not_cancel_reports_nothing(client_for, hana, in_tenant, missed):
    answer = client_for(hana, in_tenant).post(f"/desk/channels/bookings/{missed.code}/report/", {"kind": "no_show"})
    assert (answer.status_code, GuestReport.objects.count()) == (403, 0)


def test_a_walk_says_where_to_ask_the_channel(front, overbooked):
    """No channel takes such a request: the page says so, and what to do."""
    assert "Ask Booking.com" in shown(front, overbooked)
