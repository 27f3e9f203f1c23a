"""Many hands apply what waits: each message once, those of one booking in their order, whoever fails or is away."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bookings.availability.models import InventoryDay
from bookings.lifecycle.invariants import certify
from bookings.reservations.models import Booking, Reservation
from channels.sync import queue
from channels.sync.due import helps_due
from channels.sync.enums import LetterState, MessageState
from channels.sync.models import BookingMessage, StoredLetter
from channels.sync.queue import HANDS, Crew, apply_waiting, help_apply
from channels.sync.standing import LEASE, TurnLostError, pull_over, pull_taken, standing_of
from channels.sync.taking import messages_take
from pms.audit.models import AuditEvent
from pms.kernel.locking import lock
from pms.kernel.tenancy import inside
from tests.channels.house import make_connection, sold, sold_room


def waiting(house, *bookings):
    """Return a live connection at which these bookings wait to be applied."""
    row, now = make_connection(house), timezone.now()
    letter = StoredLetter.objects.create(connection=row, body=b"", digest="1", came_at=now, state=LetterState.READ)
    messages_take(row, [(booking, letter) for booking in bookings], now)
    standing_of(row, now=now)
    return row


def plain(house, number, nights=1, *, order=None):
    """Return the message of this number: booking B0 to B5 is sold, then changed."""
    name, first = f"B{number % 6}", 1 + number % 6
    room = sold_room(house, first, first + nights)
    order = f"{number:04}" if order is None else order
    return sold(room, booking_id=name, number=name, revision=f"rev-{number}", order=order)


def lengths():
    return [(stay.departure - stay.arrival).days for stay in Reservation.objects.order_by("arrival")]


def left():
    return sorted(BookingMessage.objects.filter(state=MessageState.WAITING).values_list("revision", flat=True))


def applied(row, hands):
    """Apply what waits with hands of our own besides, and return how many are done by all."""
    with Crew(row.pk, hands=hands, clock=timezone.now) as crew:
        done = apply_waiting(connection_id=row.pk, now=timezone.now(), crew=crew)
    return done + crew.done()


def let_go_after(let_go, seconds):
    time.sleep(seconds)
    let_go.set()


@contextmanager
def held(rows):
    """Have somebody else hold the locks of rows, until the event is set or the block ends."""
    begun, let_go = Event(), Event()

    def hold():
        try:
            with inside("hotel_a"), transaction.atomic():
                lock(rows)
                begun.set()
                let_go.wait(20)
        finally:
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert begun.wait(5)
    try:
        yield let_go
    finally:
        let_go.set()
        thread.join()


@pytest.fixture
def hands():
    with ThreadPoolExecutor(HANDS) as pool:
        yield pool


@pytest.mark.django_db(transaction=True)
def test_many_messages_are_applied_by_several_hands(property_a, hands):
    """Each is in the house once, and those about one booking one after the other (T59, T64)."""
    row = waiting(property_a, *(plain(property_a, number, 1 + number // 6) for number in range(12)))
    assert applied(row, hands) == 12
    assert lengths() == [2] * 6
    assert certify(property=property_a.property).findings == ()


@pytest.mark.django_db(transaction=True)
def test_who_reads_and_who_helps_share_what_waits(property_a, hands):
    """T59: three revisions of each booking, which nothing but their coming puts in order."""
    row = waiting(property_a, *(plain(property_a, number, 1 + number // 6, order="") for number in range(18)))
    now = timezone.now()
    lease = pull_taken(row.pk, now=now)
    assert helps_due(now=now) == [row.pk]

    def helps():
        try:
            with inside("hotel_a"):
                return help_apply(row.pk, stopped=lambda: False, hands=hands)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other, ThreadPoolExecutor(HANDS) as mine:
        helped = other.submit(helps)
        done = applied(row, mine)
        assert lease is not None
        pull_over(row.pk, lease, facts=_facts(), now=now)
        assert done + helped.result() == 18
    assert helps_due(now=now) == []
    assert lengths() == [3] * 6
    assert AuditEvent.objects.filter(action="reservation.created").count() == 6
    assert certify(property=property_a.property).findings == ()


def _facts():
    from channels.adapters import adapter_of

    return adapter_of("channex").facts


@pytest.mark.django_db(transaction=True)
def test_nobody_takes_a_message_while_an_older_one_of_its_booking_is_in_other_hands(property_a, monkeypatch):
    """T61: a later word on a booking is not heard before an earlier one, whoever has that."""
    monkeypatch.setattr(queue, "PATIENCE_SECONDS", 0.2)
    row = waiting(property_a, *(plain(property_a, number, 1 + number // 6, order="") for number in (0, 1, 6, 7, 12)))
    first = BookingMessage.objects.filter(revision="rev-0").order_by("pk")
    with held(first):
        assert apply_waiting(connection_id=row.pk, now=timezone.now()) == 2
        assert left() == ["rev-0", "rev-12", "rev-6"]
    assert apply_waiting(connection_id=row.pk, now=timezone.now()) == 3
    assert lengths() == [3, 2]


@pytest.mark.django_db(transaction=True)
def test_what_others_are_at_is_waited_for(property_a, hands):
    """It is acknowledged with the rest."""
    row = waiting(property_a, plain(property_a, 0), plain(property_a, 1))
    with held(BookingMessage.objects.filter(revision="rev-0").order_by("pk")) as let_go:
        hands.submit(let_go_after, let_go, 0.3)
        assert apply_waiting(connection_id=row.pk, now=timezone.now()) == 2
    assert left() == []


def test_what_is_put_off_lets_the_rest_go_on(property_a):
    row = waiting(property_a, plain(property_a, 0), plain(property_a, 1), plain(property_a, 6, 2))
    BookingMessage.objects.filter(revision="rev-0").update(next_attempt_at=timezone.now() + timedelta(hours=1))
    assert apply_waiting(connection_id=row.pk, now=timezone.now()) == 2
    assert left() == ["rev-0"]
    assert lengths() == [2, 1]


def test_who_loses_the_turn_applies_nothing_more(property_a, monkeypatch):
    """What is left is for whoever reads on from here."""
    monkeypatch.setattr(queue, "LOT", 2)
    row = waiting(property_a, *(plain(property_a, number) for number in range(5)))
    lots = []

    def lost_after_two():
        lots.append(Booking.objects.count())
        if len(lots) == 2:
            raise TurnLostError

    with pytest.raises(TurnLostError):
        apply_waiting(connection_id=row.pk, now=timezone.now(), after_lot=lost_after_two)
    assert lots == [2, 4]
    assert left() == ["rev-4"]


@pytest.mark.django_db(transaction=True)
def test_a_hand_that_fails_leaves_none_at_work(property_a, hands):
    """The turn is given back after that: nobody applies anything without one. The others do not wait behind it."""
    row = waiting(property_a, *(plain(property_a, number) for number in range(8)))
    BookingMessage.objects.filter(revision="rev-1").update(content=[])
    with held(InventoryDay.objects.order_by("room_type_id", "date")) as let_go:
        Thread(target=let_go_after, args=(let_go, 0.5)).start()
        with pytest.raises(TypeError):
            applied(row, hands)
        assert let_go.is_set()
    applied(row, hands)
    assert left() == ["rev-1"]
    assert BookingMessage.objects.get(revision="rev-1").attempts == 1
    assert Booking.objects.count() == 6


def test_nobody_helps_where_nobody_reads_or_little_waits(property_a, hands):
    row = waiting(property_a, *(plain(property_a, number) for number in range(8)))
    now = timezone.now()
    assert helps_due(now=now) == []
    assert help_apply(row.pk, stopped=lambda: False, hands=hands) == 0
    pull_taken(row.pk, now=now)
    assert helps_due(now=now) == [row.pk]
    assert helps_due(now=now + LEASE) == []
    BookingMessage.objects.filter(revision="rev-0").update(state=MessageState.PARKED)
    assert helps_due(now=now) == []
