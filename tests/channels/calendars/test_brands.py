"""Four brands' calendars as their stand-ins serve them, day by day, with their quirks and troubles."""

from datetime import UTC, datetime, timedelta

import pytest

from bookings.availability.models import Closure
from bookings.availability.services import inventory_extend
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from channels.calendars.enums import Became, Channel, Unclear
from channels.calendars.keys import token_of
from channels.calendars.models import CalendarExport, CalendarFeed, FeedEvent
from channels.calendars.services import export_create, feed_fetch, feed_go_live, feed_save
from pms.properties.models import Property
from tests.conftest import HORIZON_DAYS
from tests.house import TESTER, book, make_house

CHANNELS = {
    "airbnb": Channel.AIRBNB,
    "booking": Channel.BOOKING_COM,
    "vrbo": Channel.VRBO,
    "smoobu": Channel.OTHER,
}
NOW = datetime.now(UTC).date()


def day(offset):
    return NOW + timedelta(days=offset)


class Hotel:
    """A house whose day is the stand-ins' day, with a live feed of a brand's listing."""

    def __init__(self, brands, brand):
        self.brands, self.brand, self.passed = brands, brand, 0
        self.house = make_house(code="NOW", name="Casa Agora", today=NOW, horizon_days=HORIZON_DAYS)
        self.address = brands.open(brand)
        self.feed = CalendarFeed(
            property=self.house.property,
            name=f"{brand} 101",
            channel=CHANNELS[brand],
            room_type=self.house.double,
            unit=self.house.units["101"],
            rate_plan=self.house.rate_plan,
            unclear_as=Unclear.STAYS,
        )
        feed_save(feed=self.feed, address=self.address, actor=TESTER)
        self.feed = feed_go_live(feed=self.feed, actor=TESTER)

    def fetch(self, times=1):
        return [feed_fetch(feed=self.feed) for _ in range(times)][-1]

    def next_day(self):
        """Let a day pass at the brand and here."""
        self.passed += 1
        self.brands.advance(86_400)
        Property.objects.filter(pk=self.house.property.pk).update(business_date=day(self.passed))
        self.house.property.refresh_from_db()
        inventory_extend(property=self.house.property)

    def stays(self):
        rows = Reservation.objects.filter(feed_events__isnull=False).distinct().order_by("pk")
        return [(row.arrival, row.departure, row.status) for row in rows]


@pytest.fixture
def hotel(in_tenant, calendars_sandbox, settings):
    """Return hotel(brand)."""
    settings.CALENDAR_ALLOW_LOOPBACK = True
    return lambda brand: Hotel(calendars_sandbox, brand)


@pytest.mark.parametrize("brand", CHANNELS)
def test_one_stay_stays_one_stay_until_it_is_cancelled(hotel, brand):
    """T70: whatever drifts, rolls and is renamed between the sale and the end."""
    here = hotel(brand)
    # Booking.com's notice looks like a stay of a night; it has a test of its own.
    here.brands.set(brand, notice_days=0 if brand == "booking" else 1, window_days=60, language="de")
    stay = here.brands.sell(brand, day(5), nights=3)
    lasting = here.brands.sell(brand, day(1), nights=5 - 1)
    for _ in range(4):
        here.fetch()
        here.next_day()
    here.fetch()
    expected = [(day(1), day(5), Status.CONFIRMED), (day(5), day(8), Status.CONFIRMED)]
    assert sorted(here.stays()) == expected
    here.brands.move(brand, stay, day(12), nights=2)
    here.fetch(3)
    live = [row for row in here.stays() if row[2] == Status.CONFIRMED]
    assert sorted(live) == [(day(1), day(5), Status.CONFIRMED), (day(12), day(14), Status.CONFIRMED)]
    here.brands.cancel(brand, stay)
    here.fetch(2)
    assert [row for row in here.stays() if row[2] == Status.CONFIRMED] == [(day(1), day(5), Status.CONFIRMED)]
    assert lasting


def test_a_minimum_notice_is_not_a_booking_a_day(hotel):
    """T70: Booking.com does not say what it is; the first day it passes for a stay, and is pointed out on the second."""
    here = hotel("booking")
    here.brands.set("booking", notice_days=2)
    for _ in range(4):
        here.fetch(2)
        here.next_day()
    assert len(here.stays()) == 1
    taken = [(row.became, row.problem != "") for row in FeedEvent.objects.order_by("first")]
    assert taken == [(Became.STAY, True), *[(Became.NOTICE, False)] * 3]


@pytest.mark.parametrize("brand", ["airbnb", "booking"])
def test_troubles_by_chance_free_nothing(hotel, brand):
    """T70: errors, pages, torn, empty and bare calendars, in any order."""
    here = hotel(brand)
    here.brands.sell(brand, day(5))
    here.brands.control("POST", "blocks", channel=brand, room="loft", first=str(day(20)), last=str(day(22)))
    here.fetch()
    before = (here.stays(), Closure.objects.filter(released_at=None).count())
    chances = dict.fromkeys(("error", "html", "truncated", "empty", "no_events"), 0.18)
    here.brands.control("POST", "trouble", channel=brand, chances=chances, seed=7)
    outcomes = [here.fetch() for _ in range(20)]
    assert "failed" in outcomes
    assert (here.stays(), Closure.objects.filter(released_at=None).count()) == before


@pytest.mark.parametrize("brand", ["airbnb", "booking", "vrbo"])
def test_what_we_show_echoes_neither_there_nor_here(hotel, place, brand, client_for, hotel_a):
    """T70: the brand polls us and never hears of its own stays; what it shows of ours is no stay and no closure."""
    here = hotel(brand)
    here.brands.sell(brand, day(5), forced=True)
    here.fetch()
    book(here.house, 10, 12, unit="101", source=Source.PHONE)
    book(here.house, 12, 14, unit="101", source=Source.PHONE)
    export = CalendarExport(
        property=here.house.property,
        room_type=here.house.double,
        unit=here.house.units["101"],
        without=here.feed.channel,
    )
    export_create(export=export, actor=TESTER)
    place.body = client_for(None, hotel_a).get(f"/calendar/{token_of(export)}.ics").content
    here.brands.control("POST", "imports", channel=brand, room="loft", url=place.address)
    (report,) = here.brands.poll()
    taken = [(taken["first"], taken["last"]) for taken in report["taken"]]
    assert taken == [(str(day(10)), str(day(12))), (str(day(12)), str(day(14)))]
    assert (report["echo"], report["double_bookings"], report["complaints"]) == ([], [], [])
    for _ in range(3):
        here.fetch()
    assert len(here.stays()) == 1
    assert Closure.objects.count() == 0
    assert FeedEvent.objects.exclude(became=Became.STAY).exists(), "it did come back"
