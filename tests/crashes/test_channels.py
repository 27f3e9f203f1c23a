"""Channel workers, Redis and the database die at chosen points and at any: both sides are the same once it stops.

Two workers run all the time, each killed one starts again. The seed of a run by chance is its test's parameter.
"""

import time

import pytest

from bookings.lifecycle.services import reservation_cancel
from bookings.reservations.models import Reservation
from channels.sync.models import BookingMessage, Mark
from channels.sync.queue import HANDS
from config.embedded.servers import wait_until
from tests.channels.channex import Pair
from tests.crashes.trading import DAYS, WORKERS, Trade, channel_bases, trade_end, trade_make
from tests.house import TESTER, book

pytestmark = pytest.mark.django_db

STEPS, KILLS = 16, 4
VICTIMS = (*WORKERS, "connections", "redis", "postgres")
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 31))]
#: How often a call is slow, so that whoever dies has one under way, or fails.
CHANCES = {"hang": 0.4, "close_after": 0.05, "error_after": 0.05, "close_before": 0.05}
COUNTS, REVISIONS, BXML = "/api/v1/availability", "/api/v1/booking_revisions/", "/hotels/xml/reservations"


@pytest.fixture
def premises(premises, settings):
    """The premises, for somebody who speaks to channels; the workers go on from test to test."""
    settings.CHANNEL_BASES = channel_bases(premises)
    yield premises
    trade_end()


@pytest.fixture
def trade(premises):
    """A house with two workers."""
    return trade_make(premises)


@pytest.fixture
def alone(premises):
    """A house with one worker: whatever is under way, it is there."""
    return trade_make(premises, workers=1)


def ended(trade: Trade) -> None:
    trade.settle()
    trade.judge()


def slow(pair: Pair, path: str, seconds: float = 1.5) -> None:
    """Have a channel be slow before it does what the next call of a path asks."""
    pair.channex.fault("hang", path_prefix=path, seconds=seconds)


def killed(trade: Trade, pair: Pair) -> None:
    """Kill whoever makes the slow call as soon as it is there."""
    trade.hurry()
    pair.channex.wait_for_fault()
    die(trade)


def die(trade: Trade) -> None:
    """Kill every worker; nobody starts it again yet."""
    for name in WORKERS:
        if trade.premises.is_up(name):
            trade.premises.kill(name)


def test_killed_while_a_message_is_at_the_channel(alone):
    """Its answer never comes, and by the next one something else is true."""
    slow(alone.channex, COUNTS)
    alone.desk.book()
    killed(alone, alone.channex)
    alone.desk.cancel()
    ended(alone)


@pytest.mark.long
def test_killed_between_a_booking_and_its_acknowledgement(alone):
    """T59, T65: it comes again, and is one reservation."""
    alone.channex.channex.fault("hang", path_prefix=REVISIONS, method="POST", seconds=1.5)
    assert alone.buy("airbnb", "Double", 2, 4)
    killed(alone, alone.channex)
    assert not BookingMessage.objects.filter(acknowledged_at__isnull=False).exists()
    ended(alone)


def test_killed_while_it_reads_what_reading_takes_away(premises):
    """Of B.XML the answer takes its bookings along: what changed since the last whole reading is asked for again."""
    alone = trade_make(premises, language="bxml", workers=1)
    slow(alone.booking, BXML)
    assert alone.buy("", "Double", 2, 4)
    killed(alone, alone.booking)
    assert wait_until(lambda: not alone.booking.channex.control("GET", "queue"), seconds=5)
    assert not Reservation.objects.filter(property=alone.house.property).exists()
    ended(alone)


@pytest.mark.long
def test_killed_while_a_change_is_applied(alone):
    """T61: half of it never stands; the booking is moved once."""
    stay = alone.buy("", "Double", 2, 4)
    assert stay
    alone.settle()
    with alone.premises.holding(
        f"SELECT FROM sync_channelbooking WHERE external_id = '{stay['reservation']}' FOR UPDATE"
    ):
        alone.move(alone.sold[0], 5, 8)
        alone.hurry()
        alone.premises.wait_for_waiting()
        die(alone)
    ended(alone)


@pytest.mark.parametrize("victim", ["channels", pytest.param("other_channels", marks=pytest.mark.long)])
def test_killed_while_many_bookings_are_in_the_hands_of_both(trade, victim):
    """T59, T61: one reads and one helps. What the victim had is taken by the other, once, each change after its booking."""
    die(trade)
    stays = [trade.buy("airbnb", "Double", night, night + 1) for night in range(DAYS - 1)]
    for bought, night in zip(list(trade.sold[:3]), (3, 4, 5), strict=True):
        trade.move(bought, night, night + 2)
    with trade.premises.holding("SELECT FROM availability_inventoryday ORDER BY room_type_id, date FOR UPDATE"):
        trade.premises.start(*WORKERS)
        trade.hurry()
        trade.premises.wait_for_waiting(2 * HANDS + 1)
        trade.kill(victim)
    ended(trade)
    assert Reservation.objects.filter(property=trade.house.property).count() == len(stays)


def test_the_database_hangs_up_on_a_worker(trade):
    """It gives its turn back over a new connection, and does not wait until its lease is over."""
    slow(trade.channex, COUNTS)
    trade.desk.book()
    trade.hurry()
    trade.channex.channex.wait_for_fault()
    trade.kill("connections")
    # Its pause and the load of the machine are within a minute, its lease is three.
    assert wait_until(lambda: not Mark.objects.exists(), seconds=60), trade.premises.last_words()
    ended(trade)


def test_without_redis_channels_are_told_all_the_same(trade):
    """The queue only wakes: workers look by themselves."""
    with trade.premises.stores.away("redis"):
        trade.desk.book()
        assert wait_until(lambda: not Mark.objects.exists(), seconds=45), trade.premises.last_words()
    ended(trade)


def test_a_message_that_took_longer_than_its_lease(trade):
    """It arrives after that of whoever had the next turn, with what is not true any more: its days are told again."""
    slow(trade.channex, COUNTS, seconds=3)
    row = book(trade.house, 2, 3)
    trade.hurry()
    trade.channex.channex.wait_for_fault()
    reservation_cancel(reservation=row, reason="Test", actor=TESTER)
    trade.leases_end()
    trade.hurry()
    assert wait_until(lambda: not Mark.objects.exists(), seconds=45), trade.premises.last_words()
    time.sleep(3)
    ended(trade)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_sides_end_equal_whoever_dies(premises, seed):
    """T17, T59, T61, T65, T68: nothing is lost, nothing doubled, and every count and price is the same."""
    trade = trade_make(premises, seed=seed, language=("ota", "bxml")[seed % 2])
    chance, desk = trade.random, trade.desk
    for pair in (trade.channex, trade.booking):
        pair.channex.faults_by_lot(seed=seed, chances=CHANCES, path_prefix="/", seconds=0.4)
    steps = [
        desk.book,
        desk.cancel,
        desk.change,
        desk.price,
        desk.limit,
        *[trade.sell] * 4,
        trade.modify,
        trade.give_up,
    ]
    deadly = set(chance.sample(range(2, STEPS), KILLS))
    for step in range(STEPS):
        chance.choice(steps)()
        trade.hurry()
        time.sleep(chance.uniform(0, 0.4))
        if step in deadly:
            victim = chance.choice(VICTIMS)
            print(f"seed {seed}: {victim} is killed after step {step}")  # noqa: T201 - shown when it fails
            trade.kill(victim)
    ended(trade)
