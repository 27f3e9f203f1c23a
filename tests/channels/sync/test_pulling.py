"""What OTAs behind Channex sell comes in over real HTTP, exactly once, whatever fails on the way."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bookings.availability.models import InventoryDay
from bookings.lifecycle.invariants import certify
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from channels.sync import pulling
from channels.sync.enums import CaseKind, LetterState, MessageState
from channels.sync.models import BookingMessage, Case, Standing, StoredLetter
from channels.sync.pulling import HANDS, apply_waiting
from channels.sync.standing import TurnLostError
from channels.sync.taking import messages_take
from pms.kernel.locking import lock
from pms.kernel.tenancy import inside
from tests.channels.channex import make_pair
from tests.channels.house import make_connection, sold, sold_room


@pytest.fixture
def pair(property_a, channex_sandbox, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": f"{channex_sandbox.url}/api/v1"}
    pair = make_pair(property_a, channex_sandbox)
    pair.push()
    return pair


def only():
    return Reservation.objects.get()


def test_a_guest_books_at_an_ota_and_is_on_the_chart(pair):
    stay = pair.sell(2, 4)
    pair.pull()
    row = only()
    assert (row.booking.source, row.room_type.code, row.total_minor) == ("booking_com", "DBL", 20_000)
    assert row.booking.external_id in stay["reservation"] or stay["reservation"] in row.booking.external_id
    assert pair.channex.feed() == []


def test_the_channel_is_told_what_is_left_even_if_it_counts_by_itself(pair):
    """T68."""
    pair.sell(2, 4)
    pair.pull()
    pair.push()
    assert pair.shown(2, 2)["DBL"][pair.day(2)]["told"] == 2
    assert pair.shown(2, 2, "airbnb")["DBL"][pair.day(2)]["told"] == 2


def test_changed_and_cancelled(pair):
    stay = pair.sell(2, 4)
    pair.pull()
    room = stay["rooms"][0]
    plan = pair.hotel["rates"]["Double/Best available rate"]
    longer = {
        "identifier": room["id"],
        "rate_plan_id": plan,
        "arrival": pair.day(2),
        "departure": pair.day(6),
        "adults": 1,
    }
    pair.channex.modify("booking.com", stay["reservation"], rooms=[longer])
    pair.pull()
    assert (only().nights_count, only().adults, only().total_minor) == (4, 1, 40_000)
    pair.channex.cancel("booking.com", stay["reservation"])
    pair.pull()
    assert only().status == Status.CANCELLED


def test_a_crash_between_keeping_and_reading_loses_nothing(pair, monkeypatch):
    """T65: the raw message is committed first."""
    pair.sell(2, 4)

    def killed(**_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(pulling, "letters_read", killed)
        with pytest.raises(MemoryError):
            pair.pull()
    assert (StoredLetter.objects.count(), Booking.objects.count()) == (1, 0)
    Standing.objects.update(pull_lease_until=None)
    pair.pull()
    assert only().status == Status.CONFIRMED
    assert pair.channex.feed() == []


def test_an_acknowledgement_that_got_lost_is_sent_again(pair):
    """T65: a crash between commit and acknowledgement is harmless."""
    pair.sell(2, 4)
    pair.channex.fault("error_before", times=1, path_prefix="/api/v1/booking_revisions/")
    pair.pull()
    pair.pull()
    assert pair.channex.feed() == []
    assert BookingMessage.objects.get().acknowledged_at is not None
    assert Booking.objects.count() == 1


def test_rooms_that_nobody_mapped_at_the_channel_are_taken(pair):
    """T66."""
    pair.channex.unmap("booking.com", pair.hotel["rooms"]["Suite"])
    pair.sell(2, 4, room="Suite")
    pair.pull()
    assert only().status == Status.CONFIRMED
    assert Case.objects.filter(kind=CaseKind.UNMAPPED_ROOM).exists()


def test_a_channel_that_was_not_told_in_time_sells_too_much(pair):
    """T17."""
    from tests.house import book

    for unit in ("101", "102", "103"):
        book(pair.house, 2, 4, unit=unit)
    pair.sell(2, 4)
    pair.pull()
    row = Reservation.objects.get(booking__source="booking_com")
    assert row.is_overbooked
    assert Case.objects.get(kind=CaseKind.OVERBOOKED).reservation == row


def test_many_bookings_come_in_one_turn(pair):
    for day in range(1, 24, 2):
        pair.sell(day, day + 1, channel=("booking.com", "airbnb", "expedia")[day % 3])
    pair.pull()
    assert Booking.objects.count() == 12
    assert set(BookingMessage.objects.values_list("state", flat=True)) == {MessageState.APPLIED}
    assert pair.channex.feed() == []


def test_no_card_is_kept(pair):
    pair.sell(2, 4, payout="virtual_card")
    pair.pull()
    kept = b"".join(bytes(letter.body) for letter in StoredLetter.objects.all())
    assert b"4111111111111111" not in kept
    assert b"cvv" not in kept.lower() or b'"cvv": null' in kept.lower() or b"***" in kept


def waiting(house, *bookings):
    """Return a live connection at which these bookings wait to be applied."""
    row, now = make_connection(house), timezone.now()
    letter = StoredLetter.objects.create(connection=row, body=b"", digest="1", came_at=now, state=LetterState.READ)
    messages_take(row, [(booking, letter) for booking in bookings], now)
    return row


def plain(house, number, first, until):
    """Return the message of this number: booking B0 to B5 is sold, then changed."""
    name = f"B{number % 6}"
    room = sold_room(house, first, until)
    return sold(room, booking_id=name, number=name, order=f"{number:04}")


@pytest.mark.django_db(transaction=True)
def test_many_messages_are_applied_by_several_hands(property_a):
    """Each is in the house once, and those about one booking one after the other (T59, T64)."""
    numbers = [(number, 1 + number % 6, 2 + number % 6 + number // 6) for number in range(12)]
    row = waiting(property_a, *(plain(property_a, *each) for each in numbers))
    with ThreadPoolExecutor(HANDS) as hands:
        assert apply_waiting(connection_id=row.pk, now=timezone.now(), hands=hands) == 12
    stays = Reservation.objects.order_by("arrival")
    assert [(stay.departure - stay.arrival).days for stay in stays] == [2] * 6
    assert certify(property=property_a.property).findings == ()


def test_who_loses_the_turn_applies_nothing_more(property_a, monkeypatch):
    """What is left is for whoever reads on from here."""
    monkeypatch.setattr(pulling, "LOT", 2)
    row = waiting(property_a, *(plain(property_a, number, 1, 2) for number in range(5)))
    lots = []

    def lost_after_two():
        lots.append(Booking.objects.count())
        if len(lots) == 2:
            raise TurnLostError

    with pytest.raises(TurnLostError):
        apply_waiting(connection_id=row.pk, now=timezone.now(), after_lot=lost_after_two)
    assert lots == [2, 4]
    assert BookingMessage.objects.filter(state=MessageState.WAITING).count() == 1


@contextmanager
def nights_held(seconds):
    """Have somebody else keep all nights locked for so long."""
    begun = Event()

    def hold():
        try:
            with inside("hotel_a"), transaction.atomic():
                lock(InventoryDay.objects.order_by("room_type_id", "date"))
                begun.set()
                time.sleep(seconds)
        finally:
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert begun.wait(5)
    yield
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_hand_that_fails_leaves_none_at_work(property_a):
    """The turn is given back after that: nobody applies anything without one."""
    row = waiting(property_a, *(plain(property_a, number, number, number + 1) for number in range(1, 6)))
    BookingMessage.objects.filter(external_id="B1").update(content=[])
    with ThreadPoolExecutor(HANDS) as hands, nights_held(0.5):
        with pytest.raises(TypeError):
            apply_waiting(connection_id=row.pk, now=timezone.now(), hands=hands)
        assert Booking.objects.filter(external_id__in=["B3", "B4", "B5"]).count() == 3
