"""Every page behind the manage link, and who gets there."""

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation
from django_tenants.utils import schema_context

from billing.taxes.models import Tax, TaxRate
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.manage_links import manage_link_revoke, manage_token
from bookings.reservations.models import Reservation
from config.discretion import links_masked, masked
from guests.messaging.calendars import calendar_of
from guests.portal.selectors import room_of
from pms.audit.models import AuditEvent
from tests.house import TESTER, book

PAGES = ["pay", "change", "guests", "requests", "cancel"]


@pytest.fixture
def stay(property_a):
    """Greta's two nights, ten days ahead."""
    return book(property_a, 10, 12, guest="Lindqvist")


@pytest.fixture
def guest(client_for, hotel_a):
    """A stranger's browser on the hotel's host."""
    return client_for(None, hotel_a)


def at(row, name="booking", *args):
    return reverse(f"portal:{name}", urlconf="config.urls_tenant", args=[manage_token(booking=row.booking), *args])


def test_overview_shows_the_stay_to_the_cent_and_is_kept_by_nobody(guest, stay):
    page = guest.get(at(stay))
    assert (page.status_code, page["Cache-Control"]) == (200, "private, no-store")
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
    body = page.content.decode()
    assert body.count("€100.00") >= 2
    assert "€200.00" in body
    room = room_of(reservation=stay)
    assert sum(line.amount_minor for line in room.lines) == room.schedule.total_minor == stay.grand_total_minor


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens(guest, stay, name):
    assert guest.get(at(stay, name, stay.code)).status_code == 200


def test_papers_are_handed_out(guest, stay):
    assert guest.get(at(stay, "confirmation")).content.startswith(b"%PDF")
    file = guest.get(at(stay, "calendar"))
    calendar = file.content.decode()
    assert file["Referrer-Policy"] == "no-referrer"
    assert f"UID:{stay.code}@innkeep\r\n" in calendar
    assert "DTSTART;TZID=Europe/Lisbon:20261130T150000\r\n" in calendar


def test_calendar_is_the_one_that_came_with_the_mail(guest, stay):
    with time_machine.travel("2026-11-20T09:00:00Z", tick=False):
        assert guest.get(at(stay, "calendar")).content == calendar_of(booking=stay.booking, language="en")


@pytest.mark.parametrize("status", [Status.CHECKED_IN, Status.CHECKED_OUT, Status.NO_SHOW, Status.CANCELLED])
def test_each_state_has_its_page_and_offers_no_change(guest, stay, status):
    Reservation.objects.filter(pk=stay.pk).update(status=status)
    body = guest.get(at(stay)).content.decode()
    assert at(stay, "cancel", stay.code) not in body


def test_link_that_is_forged_revoked_or_of_another_house_opens_nothing(guest, client_for, hotel_b, stay):
    """The same answer to all three."""
    url = at(stay)
    forged = guest.get(url[:-4] + "xxx/")
    foreign = client_for(None, hotel_b).get(url)
    manage_link_revoke(booking=stay.booking, actor=TESTER)
    revoked = guest.get(url)
    assert [page.status_code for page in (forged, foreign, revoked)] == [404, 404, 404]
    assert "Lindqvist" not in foreign.content.decode()
    assert foreign["Referrer-Policy"] == "same-origin"


def test_room_of_another_booking_is_not_there(guest, property_a, stay):
    other = book(property_a, 20, 21)
    for name in PAGES:
        assert guest.get(at(stay, name, other.code)).status_code == 404


def test_channels_guest_is_told_where_to_go(guest, property_a):
    row = book(property_a, 10, 12, source=Source.BOOKING_COM)
    body = guest.get(at(row)).content.decode()
    assert "You booked with Booking.com" in body
    assert at(row, "cancel", row.code) not in body
    answer = guest.post(at(row, "cancel", row.code), {"version": row.version, "fee_minor": 0})
    assert (answer.status_code, Reservation.objects.get(pk=row.pk).status) == (409, Status.CONFIRMED)


def test_token_stands_in_no_log():
    text = "GET /lt/manage/abc:def/rooms/X/ and /pay/s3cr3t/go/"
    assert masked(text) == "GET /lt/manage/***/rooms/X/ and /pay/***/go/"
    assert links_masked(None, "", {"request": "GET /manage/abc/"}) == {"request": "GET /manage/***/"}


def test_names_and_wishes_are_told_to_the_desk(guest, stay):
    names = {"first_1": "Greta", "last_1": "Berg", "first_2": "Olaf", "last_2": "Berg"}
    assert guest.post(at(stay, "guests", stay.code), names).status_code == 303
    assert (
        guest.post(at(stay, "requests", stay.code), {"special_requests": "A cot", "arrival_time": ""}).status_code
        == 303
    )
    row = Reservation.objects.get(pk=stay.pk)
    assert (row.guest.full_name, row.special_requests) == ("Greta Berg", "A cot")
    assert set(
        AuditEvent.objects.filter(subject_code=stay.code)
        .exclude(actor_kind="system")
        .values_list("actor_kind", flat=True)
    ) == {"guest"}


def test_another_house_has_not_changed(guest, stay):
    guest.post(at(stay, "requests", stay.code), {"special_requests": "A cot"})
    with schema_context("hotel_b"):
        assert Reservation.objects.count() == 0


def test_back_office_revokes_links(guest, client_for, hotel_a, olivia, hana, stay):
    url = at(stay)
    form = {"action": "links_revoke", "_selected_action": [stay.booking.pk]}
    admin = reverse("hotel:reservations_booking_changelist", urlconf="config.urls_tenant")
    client_for(hana, hotel_a).post(admin, form)
    assert guest.get(url).status_code == 200, "housekeeping may not"
    assert client_for(olivia, hotel_a).post(admin, form).status_code == 302
    assert guest.get(url).status_code == 404
    assert AuditEvent.objects.filter(action="booking.link_revoked", subject_code=stay.booking.code).count() == 1


def test_taxes_are_named_in_the_guests_language(guest, property_a):
    city = Tax.objects.create(
        property=property_a.property, code="CITY", name="Tourist tax", kind="city_tax", basis="person_night",
        is_included=False, components=["accommodation"], texts={"lt": {"name": "Turisto mokestis"}},
    )  # fmt: skip
    TaxRate.objects.create(tax=city, first="2026-01-01", amount_minor=200)
    stay = book(property_a, 10, 12, guest="Lindqvist")
    with translation.override("lt"):
        page = guest.get(at(stay)).content.decode()
    assert "Turisto mokestis" in page
    assert "Tourist tax" not in page
