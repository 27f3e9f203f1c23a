"""The hold, its renewal and end, extras and details; nobody has paid yet."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from bookings.checkout.enums import State
from bookings.checkout.jobs import expire
from bookings.checkout.models import Checkout
from bookings.checkout.services import (
    checkout_book,
    checkout_extras_set,
    checkout_release,
    checkout_renew,
    checkout_retake,
    payment_way,
)
from bookings.lifecycle.services import reservation_cancel, reservation_confirm
from bookings.rates.enums import Source
from bookings.rates.quoting import ExtraWish
from bookings.rates.services import offer_for
from bookings.reservations.enums import Status
from guests.profiles.models import Guest
from pms.events.models import OutboxEvent
from tests.bookings.checkout.conftest import GRETA, hold, named, states, wish
from tests.house import free, refused


def told(kind):
    return OutboxEvent.objects.filter(kind=kind).count()


def later(minutes):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True)


def test_a_hold_takes_the_room_for_fifteen_minutes(shop):
    """T15."""
    asked = wish()
    checkout = hold(shop, shop.later, asked)
    assert states(checkout) == [Status.HOLD]
    assert free(shop.house.double, asked.arrival) == 2
    assert timedelta(minutes=14) < checkout.expires_at - timezone.now() <= timedelta(minutes=15)
    assert (checkout.agreed_minor, checkout.due_minor) == (20_000, 0)
    assert checkout.booking.source == Source.DIRECT_WEB


def test_the_token_is_not_to_be_guessed(shop):
    tokens = {hold(shop, shop.later, wish(arrival=day)).token for day in (1, 4, 7)}
    assert len(tokens) == 3
    assert all(len(token) >= 43 for token in tokens)


def test_the_same_form_twice_is_one_hold(shop):
    key = uuid4()
    first, second = (hold(shop, shop.later, request_key=key) for _ in range(2))
    assert (first.pk, Checkout.objects.count()) == (second.pk, 1)


def test_holds_share_one_unnamed_guest(shop):
    before = Guest.objects.count()
    hold(shop, shop.later, wish(arrival=1))
    hold(shop, shop.later, wish(arrival=5))
    assert Guest.objects.count() == before + 1


def test_it_is_renewed_once(shop):
    checkout = hold(shop, shop.later)
    with later(10):
        renewed = checkout_renew(checkout=checkout, actor=GRETA)
        assert renewed.expires_at > checkout.expires_at + timedelta(minutes=9)
        assert renewed.booking.reservations.get().hold.expires_at == renewed.expires_at
        with refused("renewed_before"):
            checkout_renew(checkout=checkout, actor=GRETA)


def test_it_is_not_renewed_after_its_end(shop):
    checkout = hold(shop, shop.later)
    with later(16), refused("hold_ended"):
        checkout_renew(checkout=checkout, actor=GRETA)


def test_it_ends_by_itself_and_the_room_is_free(shop):
    """T15."""
    checkout = hold(shop, shop.later)
    with later(16):
        assert (expire(), expire()) == (1, 0)
    checkout.refresh_from_db()
    assert (checkout.state, states(checkout)) == (State.EXPIRED, [Status.CANCELLED])
    assert free(shop.house.double, wish().arrival) == 3


def test_a_guest_who_agreed_is_reminded_once(shop):
    checkout = named(hold(shop, shop.later), wants_reminder=True)
    with later(16):
        expire()
        expire()
    event = OutboxEvent.objects.get(kind="checkout.abandoned")
    assert event.payload["checkout"] == checkout.token
    assert event.payload["path"] == f"/booking/checkout/{checkout.token}/"


def test_nobody_else_is_reminded(shop):
    named(hold(shop, shop.later, wish(arrival=1)))
    hold(shop, shop.later, wish(arrival=5))
    with later(16):
        expire()
    assert told("checkout.abandoned") == 0


def test_a_guest_whom_the_desk_turned_down_is_not_reminded(shop):
    checkout = named(hold(shop, shop.later), wants_reminder=True)
    reservation_cancel(reservation=checkout.booking.reservations.get(), reason="Closed that week", actor=GRETA)
    with later(16):
        expire()
    assert (told("checkout.abandoned"), Checkout.objects.get().state) == (0, State.EXPIRED)


def test_what_the_desk_has_confirmed_is_booked(shop):
    checkout = named(hold(shop, shop.later), wants_reminder=True)
    reservation_confirm(reservation=checkout.booking.reservations.get(), actor=GRETA)
    with later(16):
        expire()
    checkout.refresh_from_db()
    assert (checkout.state, states(checkout)) == (State.BOOKED, [Status.CONFIRMED])
    assert told("checkout.abandoned") == 0


def test_choosing_again_lets_go_at_once(shop):
    checkout = hold(shop, shop.later)
    checkout_release(checkout=checkout, actor=GRETA)
    assert free(shop.house.double, wish().arrival) == 3
    assert told("checkout.abandoned") == 0


def test_the_same_rooms_are_taken_again(shop):
    checkout = named(hold(shop, shop.full))
    with later(16):
        expire()
        again = checkout_retake(checkout=checkout, actor=GRETA)
        assert checkout_retake(checkout=checkout, actor=GRETA).pk == again.pk
        assert (states(again), again.last_name, again.consent_at) == ([Status.HOLD], "Garbo", None)


def test_extras_are_one_sale_with_the_room(shop):
    """What is kept costs to the cent what the quote says, and all of it is due now on a rate paid in advance."""
    asked = wish()
    checkout = hold(shop, shop.full, asked)
    room = checkout.booking.reservations.get()
    wishes = [ExtraWish("PARK", 1), ExtraWish("CAB", 2)]
    checkout = checkout_extras_set(checkout=checkout, extras={room.pk: wishes}, actor=GRETA)
    offer = offer_for(
        room_type=shop.house.double, rate_plan=shop.full, arrival=asked.arrival, departure=asked.departure,
        party=asked.parties[0], at=timezone.now(), source=Source.DIRECT_WEB, extras=wishes,
    )  # fmt: skip
    assert (checkout.agreed_minor, checkout.due_minor) == (offer.total_minor, offer.due_now_minor) == (30_000, 30_000)


def test_extras_can_be_changed_and_taken_off(shop):
    checkout = hold(shop, shop.third)
    room = checkout.booking.reservations.get()
    for wishes, agreed in (([ExtraWish("PARK", 2)], 24_000), ([ExtraWish("PARK", 1)], 22_000), ([], 20_000)):
        checkout = checkout_extras_set(checkout=checkout, extras={room.pk: wishes}, actor=GRETA)
        assert checkout.agreed_minor == agreed
    assert checkout.due_minor == 6_600


def test_an_extra_that_is_gone_is_refused(shop):
    checkout = hold(shop, shop.later)
    room = checkout.booking.reservations.get()
    with refused("extra_sold_out"):
        checkout_extras_set(checkout=checkout, extras={room.pk: [ExtraWish("PARK", 3)]}, actor=GRETA)


def test_the_guest_is_named_and_consent_is_kept(shop):
    checkout = named(
        hold(shop, shop.later),
        special_requests="A quiet room",
        company_name="Garbo AB",
        company_vat_id="SE556012579001",
    )
    room = checkout.booking.reservations.get()
    assert (room.guest.full_name, room.special_requests) == ("Greta Garbo", "A quiet room")
    assert (room.notes, checkout.booking.invoice_to.name) == ("", "Garbo AB")
    assert (checkout.consent_text, checkout.consent_ip) == ("I agree", "203.0.113.9")
    assert room.occupants.filter(guest=room.guest).count() == 1


def test_details_can_be_corrected(shop):
    checkout = named(named(hold(shop, shop.later)), first_name="Grete")
    assert checkout.booking.reservations.get().guest.full_name == "Grete Garbo"


def test_what_is_paid_at_the_property_is_booked_at_once(shop):
    checkout = named(hold(shop, shop.later))
    assert payment_way(checkout=checkout).is_none
    for _ in range(2):
        assert checkout_book(checkout=checkout, actor=GRETA).state == State.BOOKED
    assert (states(checkout), told("checkout.booked")) == ([Status.CONFIRMED], 1)


def test_nobody_books_unnamed_or_late(shop):
    checkout = hold(shop, shop.later)
    with refused("details_missing"):
        checkout_book(checkout=checkout, actor=GRETA)
    named(checkout)
    with later(16), refused("hold_ended"):
        checkout_book(checkout=checkout, actor=GRETA)


def test_what_is_paid_in_advance_is_not_booked_unpaid(shop, stripe_account):
    with refused("payment_due"):
        checkout_book(checkout=named(hold(shop, shop.full)), actor=GRETA)


def test_without_an_account_nothing_is_sold_in_advance(shop):
    with refused("no_online_payment"):
        payment_way(checkout=hold(shop, shop.full))


def test_several_rooms_are_one_hold(shop):
    checkout = hold(shop, shop.third, wish(adults=4, rooms=2))
    assert (states(checkout), checkout.agreed_minor, checkout.due_minor) == ([Status.HOLD] * 2, 40_000, 13_200)


def test_more_rooms_than_there_are_are_refused_whole(shop):
    with refused("sold_out"):
        hold(shop, shop.later, wish(adults=4, rooms=4))
    assert Checkout.objects.count() == 0


@pytest.mark.parametrize("plan", ["later", "full"])
def test_the_price_that_was_seen_is_told_where_it_changed(shop, plan):
    assert hold(shop, getattr(shop, plan), seen_minor=19_000).seen_minor == 19_000
    assert hold(shop, getattr(shop, plan), wish(arrival=20), seen_minor=20_000).seen_minor is None
