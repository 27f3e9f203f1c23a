"""Somebody is killed at any moment while three guests buy at once. The seed is the test's parameter, and is printed."""

from random import Random
from time import sleep

import pytest
from django.db import connection

from bookings.checkout.enums import State
from tests.crashes.certainty import letters, recovered
from tests.crashes.guests import guest_make, meanwhile

pytestmark = pytest.mark.django_db

GUESTS, KILLS = 3, 2
VICTIMS = ("web", "worker", "redis", "postgres")
SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 31))]


def buy(guest, *, comes_back):
    """Try again and again as a person does, pay once, and come back or not; return whether it was paid."""
    address = ""
    for _ in range(20):
        address = guest.bank()
        if address:
            break
        sleep(0.5)
    if not address:
        return False
    guest.premises.sandbox.pay(address)
    for _ in range(40 * comes_back):
        if guest.is_booked():
            break
        sleep(0.5)
    return True


def kill(premises, victim):
    """Kill a process or a store."""
    if victim in {"web", "worker"}:
        premises.kill(victim)
    else:
        premises.stores.kill(victim)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost(premises, seed):
    """Every payment finds its booking, whoever dies when, and each booking is confirmed once."""
    chance = Random(seed)
    guests = [guest_make(premises) for _ in range(GUESTS)]
    buying = [meanwhile(lambda one, back: buy(one, comes_back=back), guest, chance.random() < 0.7) for guest in guests]
    for _ in range(KILLS):
        pause, victim = chance.uniform(0, 1.5), chance.choice(VICTIMS)
        print(f"seed {seed}: {victim} is killed after {pause:.2f} s")  # noqa: T201 - shown when it fails
        sleep(pause)
        kill(premises, victim)
        premises.ensure()
    paid = [each.result() for each in buying]
    connection.close()
    recovered(premises)
    for guest, was_paid in zip(guests, paid, strict=True):
        guest.checkout.refresh_from_db()
        assert (guest.checkout.state == State.BOOKED) == was_paid
        # A worker killed between the mail server's answer and its own note of it sends the same letter again.
        assert bool(was_paid and letters(premises, guest.checkout)) == was_paid
