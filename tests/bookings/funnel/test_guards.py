"""What one visitor and one network may hold; a thousand attempts do not take the house."""

import re
from collections import Counter
from datetime import date, timedelta
from threading import Thread
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from bookings.availability.models import InventoryDay
from bookings.funnel.facts import facts_of
from bookings.funnel.guards import HOUSE_LEAST, LINE_HOLDS, NETWORK_ROOMS, TYPE_LEAST, cap, hold_allowed, hold_require
from bookings.funnel.jobs import forget_visitors
from bookings.funnel.models import VisitorHold, VisitorNetwork
from bookings.lifecycle.invariants import certify
from bookings.lifecycle.jobs import expire_holds
from bookings.lifecycle.services import reservation_confirm
from bookings.reservations.models import Booking
from pms.kernel.errors import DomainError
from tests.bookings.funnel.visiting import GRETA, ask, cookie, keep, visitor
from tests.conftest import HORIZON_DAYS, TODAY
from tests.house import free, make_house, refused


def tried(house, facts, *where, **more):
    try:
        keep(house, facts, *where, **more)
    except DomainError as refusal:
        return refusal.code
    return "held"


def test_three_holds_and_not_a_fourth(property_a):
    """T15: what lives counts, what was let go or ran out does not."""
    greta = visitor(number="greta")
    for number in range(3):
        keep(property_a, greta, 10 + number)
    with refused("too_many_holds"):
        keep(property_a, greta, 20)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=True):
        keep(property_a, greta, 20)


def test_confirmed_is_no_hold_any_more(property_a):
    greta = visitor(number="greta")
    for number in range(3):
        booking = keep(property_a, greta, 10 + number)
    reservation_confirm(reservation=booking.reservations.get(), actor=GRETA)
    assert tried(property_a, greta, 20) == "held"


def test_cap_is_per_visitor_behind_one_address(property_a):
    """An office shares its address: what a colleague keeps is not counted against others."""
    for number, name in enumerate(["greta", "mia"]):
        for night in range(3):
            assert tried(property_a, visitor(number=name), 10 + 3 * number + night) == "held"
        assert tried(property_a, visitor(number=name), 30) == "too_many_holds"


def test_who_brings_no_cookie_is_everybody_on_the_line(property_a):
    outcomes = [tried(property_a, visitor(), 10 + number) for number in range(LINE_HOLDS + 1)]
    assert outcomes == ["held"] * LINE_HOLDS + ["too_many_holds"]
    assert tried(property_a, visitor(number="greta"), 30) == "held"


def test_cookie_that_was_not_signed_here_is_none():
    request = ask()
    request.COOKIES["visitor"] = "f00:1abc:forged"
    assert facts_of(request) == facts_of(ask())
    assert not facts_of(request).is_known


def test_cookie_is_good_for_a_day():
    request = ask()
    request.COOKIES["visitor"] = cookie("greta")
    assert facts_of(request).is_known
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
        assert not facts_of(request).is_known


def test_seven_rooms_are_for_the_hotel_to_keep(property_a):
    with refused("too_many_rooms"):
        keep(property_a, visitor(number="greta"), kinds=[property_a.double] * 7)


def test_form_sent_twice_is_one_hold_and_never_refused(property_a):
    greta, key = visitor(number="greta"), uuid4()
    kept = keep(property_a, greta, 10, key=key)
    for number in (1, 2):
        keep(property_a, greta, 10 + number)
    assert keep(property_a, greta, 10, key=key) == kept
    assert VisitorHold.objects.count() == 3


def test_cookies_and_addresses_of_one_network_share_its_share(property_a):
    outcomes = [tried(property_a, visitor(f"203.0.113.{number}", f"s{number}")) for number in range(3)]
    assert outcomes == ["held", "held", "network_share"]
    assert tried(property_a, visitor("198.51.100.7")) == "held"


def test_six_and_fifty_bits_are_one_network_of_the_newer_kind(property_a):
    for end in ("2001:db8:0:11::1", "2001:db8:0:22::1"):
        keep(property_a, visitor(end))
    assert tried(property_a, visitor("2001:db8:0:33:5::9")) == "network_share"
    assert tried(property_a, visitor("2001:db8:0:133::1")) == "held"


def test_house_is_never_all_one_networks(property_a):
    kinds = [property_a.double] * 2 + [property_a.suite] * 2
    with refused("network_share"):
        keep(property_a, visitor(), kinds=kinds)
    assert tried(property_a, visitor(), kinds=kinds[:3]) == "held"


@pytest.mark.parametrize(("rooms", "most"), [(0, 2), (3, 2), (9, 2), (10, 3), (100, 30)])
def test_share_of_a_type(rooms, most):
    assert cap(rooms, percent=30, least=2) == most


@pytest.mark.parametrize(("rooms", "most"), [(1, 1), (2, 1), (3, 2), (5, 3), (20, 6)])
def test_share_of_a_house(rooms, most):
    assert cap(rooms, percent=30, least=3, never_all=True) == most


def test_page_may_ask_before_it_offers(property_a):
    asked = {
        "property": property_a.property,
        "room_types": [property_a.double],
        "arrival": TODAY + timedelta(days=10),
        "departure": TODAY + timedelta(days=11),
    }
    assert hold_allowed(ask(), **asked)
    for number in range(2):
        keep(property_a, visitor(number=f"s{number}"))
    assert not hold_allowed(ask(), **asked)


def test_asking_outside_the_holds_transaction_is_a_mistake_of_ours(transactional_db, hotel_a):
    with schema_context("hotel_a"):
        house = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=30)
        with pytest.raises(RuntimeError):
            hold_require(
                facts=visitor(),
                property=house.property,
                room_types=[house.double],
                arrival=TODAY,
                departure=TODAY + timedelta(days=1),
            )


def test_visitors_are_forgotten_after_two_days(property_a):
    with time_machine.travel(timezone.now() - timedelta(days=3), tick=True):
        keep(property_a, visitor())
        expire_holds()
    keep(property_a, visitor("198.51.100.7"))
    assert forget_visitors() == 1
    assert (VisitorHold.objects.count(), VisitorNetwork.objects.count()) == (1, 1)
    assert Booking.objects.count() == 2


def test_nothing_kept_is_an_address(property_a):
    keep(property_a, visitor())
    row = VisitorHold.objects.select_related("network").get()
    assert all(re.fullmatch("[0-9a-f]{32}", kept) for kept in (row.visitor, row.network.network))
    assert row.network.network == visitor(number="another").network
    assert row.visitor != visitor(number="another").visitor


def test_a_thousand_attempts_do_not_take_the_house(property_a):
    """T15: one network, a new cookie each time, over every night and type there is; nobody else notices."""
    kinds = [property_a.double, property_a.suite]
    outcomes: Counter[str] = Counter()
    for number in range(1_000):
        facts = visitor(f"203.0.113.{number % 254 + 1}", f"s{number}")
        arrival, nights = number % (HORIZON_DAYS - 14), 1 + number % 14
        outcomes[tried(property_a, facts, arrival, nights, kinds=[kinds[number % 2]])] += 1
    assert outcomes == {"held": NETWORK_ROOMS, "network_share": 1_000 - NETWORK_ROOMS}
    worst = max(_held_by_night(property_a.property).values())
    assert worst <= HOUSE_LEAST
    for day in range(HORIZON_DAYS - 1):
        assert free(property_a.double, TODAY + timedelta(days=day)) >= 3 - TYPE_LEAST
    assert tried(property_a, visitor("198.51.100.7"), 3) == "held"


def test_a_thousand_attempts_for_one_night(property_a):
    outcomes = Counter(
        tried(
            property_a, visitor("203.0.113.9", f"s{number}"), kinds=[[property_a.double, property_a.suite][number % 2]]
        )
        for number in range(1_000)
    )
    assert outcomes == {"held": HOUSE_LEAST, "network_share": 1_000 - HOUSE_LEAST}


def test_attempts_at_the_same_moment_count_each_other(transactional_db, hotel_a):
    """T16: the network's row is locked before anything is counted."""
    with schema_context("hotel_a"):
        house = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=30)
    outcomes = []

    def run(number):
        with schema_context("hotel_a"):
            outcomes.append(tried(house, visitor("203.0.113.9", f"s{number}")))
        connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"held": TYPE_LEAST, "network_share": 24 - TYPE_LEAST}
    with schema_context("hotel_a"):
        assert certify(property=house.property).findings == ()


def _held_by_night(place):
    held: Counter[date] = Counter()
    for day, rooms in InventoryDay.objects.filter(room_type__property=place).values_list("date", "held"):
        held[day] += rooms
    return held
