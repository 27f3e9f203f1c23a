"""A house that is sold at its desk, at Channex's three and at Booking.com's at once, and both sides compared in the end."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from bookings.availability.selectors import availability
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from channels.connections.enums import State
from channels.connections.models import Connection
from channels.sync.comparing import compare
from channels.sync.enums import LetterState, MessageState
from channels.sync.models import BookingMessage, Mark, Standing, StoredLetter
from channels.sync.standing import LEASE
from channels.sync.waking import wake
from tests.channels import bookingcom, channex
from tests.channels.channex import Pair
from tests.channels.desk import Desk
from tests.crashes.certainty import Silence
from tests.crashes.premises import PATIENCE_SECONDS, Premises
from tests.house import House, make_house
from tests.sandbox.bookingcom.fixtures import BookingComRemote
from tests.sandbox.channel_fixtures import BEST
from tests.sandbox.fixtures import ChannexRemote

DAYS = 10
WORKERS = ("channels", "other_channels")
OTAS = ("booking.com", "airbnb", "expedia")
#: A lease that nobody extends for so long is a dead worker's.
STALE_SECONDS = 1.5
_numbers = count(1)


@dataclass(slots=True)
class Trade:
    """The house with its connections, and what guests bought: (pair, OTA, stay) each."""

    premises: Premises
    house: House
    channex: Pair
    booking: Pair
    random: Random
    desk: Desk
    workers: tuple[str, ...]
    sold: list[tuple[Pair, str, dict[str, Any]]] = field(default_factory=list)

    # What guests do at channels

    def sell(self) -> None:
        """Book what a channel believes to be free."""
        first = self.random.randrange(DAYS - 2)
        self.buy(self.random.choice((*OTAS, "")), self.random.choice(("Double", "Suite")), first,
                 first + self.random.randint(1, 3))  # fmt: skip

    def buy(self, ota: str, room: str, first: int, until: int) -> dict[str, Any] | None:
        """Book at an OTA behind Channex, or with none named at Booking.com itself; None where it is not free there."""
        if ota:
            found = self.channex.channex.attempt(ota, [self._at_channex(room, first, until)])
            if isinstance(found, dict):
                self.sold.append((self.channex, ota, found))
                return found
            return None
        with suppress(AssertionError):
            rooms = [self._at_booking(room, first, until)]
            stay = self.booking.channex.at_extranet("sell", hotel=self.booking.connection.account, rooms=rooms)
            self.sold.append((self.booking, "", stay))
            return dict(stay)
        return None

    def modify(self) -> None:
        """Move what was bought, where the channel lets the guest."""
        if self.sold:
            first = self.random.randrange(DAYS - 2)
            self.move(self.random.choice(self.sold), first, first + self.random.randint(1, 3))

    def move(self, bought: tuple[Pair, str, dict[str, Any]], first: int, until: int) -> None:
        """Move a stay to other nights."""
        pair, ota, stay = bought
        room = self._at_channex("Double", first, until) if ota else self._at_booking("Double", first, until)
        room["identifier"] = stay["rooms"][0]["id"]
        with suppress(AssertionError):
            if ota:
                pair.channex.modify(ota, stay["reservation"], rooms=[room])
            else:
                pair.channex.at_extranet("modify", reservation=stay["reservation"], rooms=[room])

    def give_up(self) -> None:
        """Cancel what was bought."""
        if not self.sold:
            return
        pair, ota, stay = self.random.choice(self.sold)
        with suppress(AssertionError):
            if ota:
                pair.channex.cancel(ota, stay["reservation"])
            else:
                pair.channex.at_extranet("cancel", reservation=stay["reservation"])

    def _at_channex(self, room: str, first: int, until: int) -> dict[str, Any]:
        plan = self.channex.hotel["rates"][f"{room}/Best available rate"]
        return {"rate_plan_id": plan, "adults": 2, **self._nights(first, until)}

    def _at_booking(self, room: str, first: int, until: int) -> dict[str, Any]:
        number = "01" if room == "Double" else "02"
        return {"room": f"{self.booking.connection.account}{number}", "rate": BEST, **self._nights(first, until)}

    def _nights(self, first: int, until: int) -> dict[str, str]:
        return {"arrival": self.channex.day(first), "departure": self.channex.day(until)}

    # Time

    def hurry(self) -> None:
        """End all pauses: what a channel is to be left alone for takes no time here.

        Booking.com's clock goes on as it does: what nobody acknowledges in half an hour it sends by mail instead.
        """
        self.channex.channex.advance(61)
        now = timezone.now()
        Standing.objects.update(send_at=now, pull_at=now, rounds=[])
        BookingMessage.objects.filter(acknowledged_at=None).update(next_attempt_at=now, acknowledge_again_at=None)
        wake("hotel_a")

    def leases_end(self) -> None:
        """Let the leases of everybody end, dead or only slow."""
        past = timezone.now() - timedelta(seconds=1)
        Standing.objects.filter(lease_until__gt=past).update(lease_until=F("lease_until") - LEASE)
        Standing.objects.filter(pull_lease_until__gt=past).update(pull_lease_until=F("pull_lease_until") - LEASE)

    def settle(self) -> None:
        """Let everything run without mishaps until both sides have nothing more to say."""
        for pair in (self.channex, self.booking):
            pair.channex.faults_by_lot(seed=0, chances={})
        self.premises.start(*(name for name in self.workers if not self.premises.is_up(name)))
        until, begun = time.monotonic() + PATIENCE_SECONDS, timezone.now()
        left = self.unfinished(begun)
        seen: dict[tuple[int, datetime], float] = {}
        while left:
            assert time.monotonic() < until, f"{left}\n{self.premises.last_words()}"
            if [each for each in left if not each.startswith("turns")]:
                self.hurry()
            time.sleep(0.1)
            seen = {lease: seen.get(lease, time.monotonic()) for lease in self._leases()}
            if any(time.monotonic() - since > STALE_SECONDS for since in seen.values()):
                self.leases_end()
            left = self.unfinished(begun)

    def unfinished(self, begun: datetime) -> list[str]:
        """Return what is still to be told, read (since an instant), applied or acknowledged, on either side."""
        read = Standing.objects.filter(connection__state=State.LIVE, pulled_at__gt=begun)
        left = {
            "readings": 2 - read.count(),
            "marks": Mark.objects.count(),
            "letters": StoredLetter.objects.filter(state=LetterState.KEPT).count(),
            "messages": BookingMessage.objects.filter(state=MessageState.WAITING).count(),
            "acknowledgements": BookingMessage.objects.filter(acknowledged_at=None, state__in=DONE).count(),
            "at Channex": len(self.channex.channex.feed()),
            "at Booking.com": len(self.booking.channex.control("GET", "queue")),
            "turns": len(self._leases()),
        }
        return [f"{name}: {number}" for name, number in left.items() if number]

    def _leases(self) -> list[tuple[int, datetime]]:
        rows = Standing.objects.values_list("pk", "lease_until", "pull_lease_until")
        return [(pk, lease) for pk, *leases in rows for lease in leases if lease and lease > timezone.now()]

    # Equal

    def judge(self) -> None:
        """Assert that every count, price, limit and reservation is the same on all sides, and certify the house."""
        place = self.house.property
        place.refresh_from_db()
        today = place.business_date
        left = availability(property_id=place.pk, first=today, until=today + timedelta(days=DAYS), now=timezone.now())
        shown = [(ota, self.channex.shown(0, DAYS - 1, ota)) for ota in OTAS]
        shown.append(("Booking.com", self._shown_at_booking(today)))
        for where, calendar in shown:
            for kind in (self.house.double, self.house.suite):
                ours = [max(0, number or 0) for number in left[kind.pk].sellable]
                theirs = [day["told"] for day in calendar[kind.code].values()]
                assert theirs == ours, f"{where} shows {theirs} of {kind.code}, there are {ours}"
        self._stays()
        for pair in (self.channex, self.booking):
            found = compare(pair.connection, repair=False)
            assert found is not None
            assert not found.differences, (pair.connection.name, found.differences[:3])
        call_command("check_invariants", organization="hotel-a", verbosity=0, stdout=Silence())

    def _shown_at_booking(self, today: date) -> dict[str, Any]:
        hotel = self.booking.connection.account
        told = self.booking.channex.told(today, today + timedelta(days=DAYS - 1), hotel)
        return {self.house.double.code: told[f"{hotel}01"], self.house.suite.code: told[f"{hotel}02"]}

    def _stays(self) -> None:
        rows = Reservation.objects.filter(property=self.house.property, channel_stay__isnull=False)
        ours = {row.channel_stay.channel_booking.external_id: row for row in rows}
        assert len(ours) == len(rows), "one booking, two reservations"
        for pair, ota, made in self.sold:
            name = made["booking_id"] if ota else made["reservation"]
            row, stay = ours.pop(name, None), self._stay(pair, ota, made["reservation"])
            if stay["status"] == "cancelled":
                assert row is None or row.status == Status.CANCELLED, f"{name} was cancelled and stands"
                continue
            room = stay["rooms"][0]
            assert row is not None, f"{name} is lost: {self._heard(name)}"
            assert (row.status, row.arrival.isoformat(), row.departure.isoformat()) == (
                Status.CONFIRMED, room["arrival"], room["departure"],
            ), name  # fmt: skip
        assert not ours, f"{list(ours)} were never sold"

    def _heard(self, name: str) -> list[tuple[str, ...]]:
        return list(BookingMessage.objects.filter(external_id=name).values_list("told", "state", "error"))

    def _stay(self, pair: Pair, ota: str, number: str) -> dict[str, Any]:
        if ota:
            return dict(pair.channex.stay(ota, number))
        return dict(pair.channex.at_extranet("stay", reservation=number))

    # Mishaps

    def kill(self, victim: str) -> None:
        """Kill a worker, a store, or every connection to the database but ours; what a keeper restarts is up again."""
        if victim in WORKERS:
            self.premises.kill(victim)
        elif victim == "connections":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        else:
            self.premises.stores.kill(victim)
        if victim == "postgres":
            connection.close()
        self.premises.start(*(name for name in self.workers if not self.premises.is_up(name)))


#: Of a message in these states the channel waits for nothing but its acknowledgement.
DONE = (MessageState.APPLIED, MessageState.OUTDATED)


def trade_make(premises: Premises, *, seed: int = 0, language: str = "ota", workers: int = 2) -> Trade:
    """Open a house of its own with hotels at both stand-ins, all of it told."""
    at_channex = ChannexRemote(premises.stand_in("channex"))
    at_booking = BookingComRemote(premises.stand_in("bookingcom"))
    for remote in (at_channex, at_booking):
        remote.control("POST", "reset")
    number = next(_numbers)
    house = make_house(code=f"CH{number}", name=f"Casa {number}", today=timezone.now().date(), horizon_days=60)
    random = Random(seed)
    trade = Trade(
        premises,
        house,
        channex.make_pair(house, at_channex, days=DAYS, ahead=timedelta()),
        bookingcom.make_pair(
            house, at_booking, language=language, days=DAYS, hotel=f"{1000 + number}", keys=bookingcom.NAME_AND_PASSWORD
        ),
        random,
        Desk(house, random, DAYS),
        WORKERS[:workers],
    )
    trade.settle()
    return trade


def trade_end() -> None:
    """Let houses go: nobody tells or reads their channels any more."""
    Connection.objects.update(state=State.DRAFT)
    Mark.objects.all().delete()


def channel_bases(premises: Premises) -> dict[str, str]:
    """Return where the channels answer, for this process."""
    return {
        **settings.CHANNEL_BASES,
        "channex": f"{premises.stand_in('channex')}/api/v1",
        "bookingcom": premises.stand_in("bookingcom"),
    }
