"""Changing and cancelling by the guest: what was shown is what happens, and money goes back by itself."""

from datetime import timedelta

import pytest

from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.portal.jobs import find
from guests.portal.models import Cancellation
from guests.portal.services import StayWish, stay_cancel, stay_cancel_preview, stay_change, stay_change_preview
from pms.events.models import OutboxEvent
from tests.conftest import TODAY
from tests.guests.portal.test_pages import at, guest, stay
from tests.house import TESTER, book, refused

__all__ = ["guest", "stay"]


def wish(first, last, adults=2):
    return StayWish(TODAY + timedelta(days=first), TODAY + timedelta(days=last), adults, ())


def test_change_shows_the_difference_and_does_it_at_that_price(guest, stay):
    """T29: kept nights keep their price."""
    query = {"arrival": "2026-11-30", "departure": "2026-12-03", "adults": 2, "children": ""}
    page = guest.get(at(stay, "change", stay.code), query)
    assert "€300.00" in page.content.decode()
    assert Reservation.objects.get(pk=stay.pk).nights_count == 2, "a preview changes nothing"
    yes = {**query, "version": stay.version, "total_minor": 30_000, "yes": 1}
    assert guest.post(at(stay, "change", stay.code), yes).status_code == 303
    row = Reservation.objects.get(pk=stay.pk)
    assert (row.nights_count, row.grand_total_minor) == (3, 30_000)
    assert guest.post(at(stay, "change", stay.code), yes).status_code == 409, "stale"


def test_change_at_a_price_that_was_not_shown_is_refused(stay):
    with refused("price_changed"):
        stay_change(reservation=stay, wish=wish(10, 13), version=stay.version, total_seen_minor=1, actor=TESTER)
    assert Reservation.objects.get(pk=stay.pk).nights_count == 2


def test_sold_out_dates_are_refused_with_alternatives(property_a, stay):
    for _ in range(3):
        book(property_a, 12, 13)
    preview = stay_change_preview(reservation=stay, wish=wish(10, 13), version=stay.version, actor=TESTER)
    assert preview.refusal is not None
    assert (preview.refusal.code, preview.new_minor) == ("sold_out", 0)
    assert preview.alternatives


def test_cancel_twice_is_once(guest, stay):
    preview = stay_cancel_preview(reservation=stay, version=stay.version, actor=TESTER)
    assert (preview.fee_minor, Reservation.objects.get(pk=stay.pk).status) == (0, Status.CONFIRMED)
    yes = {"version": stay.version, "fee_minor": 0}
    assert [guest.post(at(stay, "cancel", stay.code), yes).status_code for _ in range(2)] == [303, 303]
    assert Reservation.objects.get(pk=stay.pk).status == Status.CANCELLED
    assert (Cancellation.objects.count(), OutboxEvent.objects.filter(kind="reservation.cancelled").count()) == (1, 1)


def test_stale_version_and_another_fee_are_refused(stay):
    with refused("fee_changed"):
        stay_cancel(reservation=stay, version=stay.version, fee_seen_minor=5, reason="", actor=TESTER)
    with refused("changed_meanwhile"):
        stay_cancel(reservation=stay, version=stay.version + 1, fee_seen_minor=0, reason="", actor=TESTER)
    assert (Reservation.objects.get(pk=stay.pk).status, Cancellation.objects.count()) == (Status.CONFIRMED, 0)


@pytest.mark.parametrize("code", ["", "CODE"])
def test_find_answers_alike_and_writes_only_to_the_booker(guest, stay, code):
    stay.booking.booker.email = "greta@example.test"
    stay.booking.booker.save()
    url = "/my-booking/"
    known = guest.post(url, {"email": "greta@example.test", "code": code})
    unknown = guest.post(url, {"email": "otto@example.test", "code": code})
    assert (
        (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"]) == (303, f"{url}?asked=1")
    )
    assert find("GRETA@example.test", "") == 1
    assert find("greta@example.test", stay.booking.code) == 1
    assert find("otto@example.test", stay.booking.code) == 0
    assert OutboxEvent.objects.filter(kind="booking.link_asked").count() == 2


def test_find_is_not_for_those_who_try_all_addresses(guest, stay):
    answers = [guest.post("/my-booking/", {"email": f"a{number}@example.test"}).status_code for number in range(22)]
    assert answers[-1] == 429
