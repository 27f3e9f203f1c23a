"""What a channel sold at another price than it was told: its price binds, and the difference is a note (T67)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.reservations.models import Reservation
from channels.adapters.enums import Told
from channels.connections.models import RateLink
from channels.sync.alerting import URGENT
from channels.sync.cases import case_resolve
from channels.sync.enums import NOTES, CaseKind, Resolution
from channels.sync.models import Case, ToldRate
from channels.sync.selectors import healths, open_cases_of
from guests.profiles.enums import Collector
from tests.channels.house import make_connection, sold, sold_room, take
from tests.house import TESTER


@pytest.fixture
def connection(property_a):
    """A channel that was told 80 euros for one and 90 for two, for ten nights."""
    connection = make_connection(property_a)
    tell(property_a, [8_000, 9_000])
    return connection


def tell(house, prices, first=0, until=10, **fields):
    link = RateLink.objects.get(rate_id="R-DBL-BAR")
    for offset in range(first, until):
        ToldRate.objects.update_or_create(
            link=link,
            date=house.property.business_date + timedelta(days=offset),
            defaults={
                "prices": prices, "min_stay_arrival": 1, "min_stay_through": 1, "max_stay": 0, "closed": False,
                "closed_to_arrival": False, "closed_to_departure": False, "told_at": timezone.now(),
            } | fields,
        )  # fmt: skip


def at(house, price, arrival=1, departure=3, **fields):
    """Return a room that was sold at a price a night."""
    nights = range(arrival, departure)
    prices = {house.property.business_date + timedelta(days=night): price for night in nights}
    return sold_room(house, arrival, departure, prices=prices, **fields)


def notes():
    return list(Case.objects.filter(kind=CaseKind.PRICE_DIFFERS, resolved_at=None))


def test_the_price_it_was_told_is_no_note(property_a, connection):
    take(connection, sold(at(property_a, 9_000)))
    assert Case.objects.count() == 0


def test_rounding_is_no_difference(property_a, connection):
    """A minor unit for each night, not one more."""
    take(connection, sold(at(property_a, 8_999)))
    assert notes() == []
    take(connection, sold(at(property_a, 8_998), booking_id="BDC-2", revision="r2"))
    assert len(notes()) == 1


def test_a_promotion_is_a_note_and_its_price_binds(property_a, connection):
    take(connection, sold(at(property_a, 8_100)))
    (note,) = notes()
    assert Reservation.objects.get().total_minor == 16_200
    assert note.words.startswith(
        "Booking.com sold 2 nights for €162.00, €18.00 less than the €180.00 it was told, 10 %"
    )
    assert note.details == {"charged_minor": 16_200, "told_minor": 18_000, "currency": "EUR"}
    assert note.reservation == Reservation.objects.get()


def test_a_note_waits_for_nobody(property_a, connection):
    take(connection, sold(at(property_a, 8_100)))
    (health,) = healths([connection], now=timezone.now())
    assert (health.open_cases, open_cases_of([connection]), NOTES & set(URGENT)) == (0, 0, frozenset())


def test_it_is_the_price_for_the_guests_who_come(property_a, connection):
    take(connection, sold(at(property_a, 8_000, adults=1)))
    assert notes() == []


def test_a_revision_that_makes_it_equal_closes_it(property_a, connection):
    take(connection, sold(at(property_a, 8_100)))
    take(connection, sold(at(property_a, 9_000), order="2026-11-20T11:00:00", told=Told.MODIFIED))
    assert Case.objects.get().resolution == Resolution.BY_ITSELF


def test_another_difference_is_the_same_note(property_a, connection):
    take(connection, sold(at(property_a, 8_100)))
    take(connection, sold(at(property_a, 7_000), order="2026-11-20T11:00:00", told=Told.MODIFIED))
    (note,) = notes()
    assert note.details["charged_minor"] == 14_000


def test_what_was_put_away_stays_away(property_a, connection):
    take(connection, sold(at(property_a, 8_100)))
    case_resolve(case=notes()[0], resolution=Resolution.IGNORED, actor=TESTER, now=timezone.now())
    take(connection, sold(at(property_a, 8_100), order="2026-11-20T11:00:00", told=Told.MODIFIED))
    assert notes() == []


def test_what_was_told_since_does_not_count_for_nights_sold_before(property_a, connection):
    """T28: the added night is compared with what is told by now, the others with what was told then."""
    take(connection, sold(at(property_a, 9_000)))
    tell(property_a, [11_000, 12_000])
    longer = at(property_a, 9_000, departure=4)
    longer = replace(longer, prices={**longer.prices, property_a.property.business_date + timedelta(days=3): 12_000})
    take(connection, sold(longer, order="2026-11-20T11:00:00", told=Told.MODIFIED))
    assert notes() == []
    assert Reservation.objects.get().total_minor == 30_000


@pytest.mark.parametrize("fields", [{"doubtful": True}, {"refused": "too_low"}])
def test_what_nobody_knows_to_be_told_is_not_compared(property_a, connection, fields):
    tell(property_a, [8_000, 9_000], first=2, until=3, **fields)
    take(connection, sold(at(property_a, 8_100)))
    assert notes() == []


def test_a_payout_is_no_price(property_a, connection):
    """T44: what the channel pays out has its share taken off."""
    take(connection, sold(at(property_a, 7_000), collector=Collector.SELLER, commission_minor=0))
    assert notes() == []


def test_a_cancelled_stay_has_no_note(property_a, connection):
    take(connection, sold(at(property_a, 8_100)))
    take(connection, sold(order="2026-11-20T11:00:00", told=Told.CANCELLED))
    assert notes() == []
