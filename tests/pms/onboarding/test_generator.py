"""The invented guests behave as the measured ones, fit into the rooms, and are the same for the same seed."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from statistics import median

import pytest

from pms.onboarding.bookings_csv import BookingFile, FinalStatus, read_bookings
from pms.onboarding.demo_baltic import demo_baltic
from pms.onboarding.demo_hotel import demo_hotel
from pms.onboarding.demo_hotels import CITY, RESORT, DemoHotel
from pms.onboarding.distributions import Draw, draw_quantile, lead_band, measure
from pms.onboarding.drafts import HotelDraft, StayDraft
from pms.onboarding.generator import Drawn, Population
from pms.onboarding.measured import MEASURED
from pms.onboarding.measured_rates import LEARNED
from pms.onboarding.rate_learning import learn
from tests.pms.onboarding.real_file import real_file

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module", params=[CITY, RESORT], ids=lambda hotel: hotel.code)
def hotel(request: pytest.FixtureRequest) -> DemoHotel:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def population(hotel: DemoHotel) -> list[Drawn]:
    return Population(hotel, MEASURED[hotel.measured_as], TODAY, Random("generator")).draw()


@pytest.fixture(scope="module")
def draft(hotel: DemoHotel) -> HotelDraft:
    return demo_hotel(hotel=hotel, business_date=TODAY, seed=1)


@pytest.fixture(scope="module")
def real() -> BookingFile:
    return read_bookings(real_file())


def share(rows: Sequence[Drawn], condition: Callable[[Drawn], bool]) -> float:
    return 1000 * sum(map(condition, rows)) / len(rows)


def test_the_tables_are_what_measuring_the_file_gives(real: BookingFile) -> None:
    for name, measures in MEASURED.items():
        assert measure([row for row in real.rows if row.hotel == name]) == measures


@pytest.mark.long
def test_the_prices_are_what_learning_from_the_file_gives(real: BookingFile) -> None:
    for name, rates in LEARNED.items():
        assert learn([row for row in real.rows if row.hotel == name]) == rates


def test_the_file_itself_is_read_and_accounted_for(real: BookingFile) -> None:
    assert (real.total, len(real.rows), len(real.rejects)) == (119_390, 118_564, 826)


def test_segments_and_cancellations_are_as_measured(hotel: DemoHotel, population: list[Drawn]) -> None:
    """Guests the full hotel turned away bend the shares a little; hence the tolerance of 40 in a thousand."""
    measured = MEASURED[hotel.measured_as]
    for name, segment in measured.segments.items():
        members = [row for row in population if row.segment == name]
        assert abs(1000 * len(members) / len(population) - segment.per_mille) < 40, name
        for band, expected in enumerate(segment.cancelled_per_mille):
            in_band = [row for row in members if lead_band((row.arrival - row.made_on).days) == band]
            if len(in_band) > 800:
                cancelled = share(in_band, lambda row: row.status is FinalStatus.CANCELED)
                assert abs(cancelled - expected) < 70, (name, band)


def test_length_of_stay_is_as_measured(hotel: DemoHotel, population: list[Drawn]) -> None:
    measured = MEASURED[hotel.measured_as].segments["Online TA"]
    rows = [row for row in population if row.segment == "Online TA"]
    counted = Counter(len(row.nights) for row in rows)
    for nights, per_mille in measured.nights[:5]:
        assert abs(1000 * counted[nights] / len(rows) - per_mille) < 45, nights


def test_lead_time_is_as_measured(hotel: DemoHotel, population: list[Drawn]) -> None:
    for name in ("Online TA", "Groups", "Direct"):
        leads = sorted((row.arrival - row.made_on).days for row in population if row.segment == name)
        for step in (5, 10, 15):
            expected = MEASURED[hotel.measured_as].segments[name].lead_days[step]
            assert abs(leads[len(leads) * step // 20] - expected) <= max(4, expected * 0.15), (name, step)


def test_party_country_and_requests_are_as_measured(hotel: DemoHotel, population: list[Drawn]) -> None:
    measured = MEASURED[hotel.measured_as]
    party, per_mille = measured.parties[0]
    assert abs(share(population, lambda row: row.party == party) - per_mille) < 40
    country, per_mille = measured.countries[0]
    assert abs(share(population, lambda row: row.country == country) - per_mille) < 60
    assert abs(share(population, lambda row: row.special_requests == 0) - measured.special_requests[0][1]) < 40
    assert abs(share(population, lambda row: row.is_repeated_guest) - measured.repeated_per_mille) < 12


def test_the_hotel_is_as_full_as_a_good_one(hotel: DemoHotel) -> None:
    people = Population(hotel, MEASURED[hotel.measured_as], TODAY, Random("generator"))
    people.draw()
    nights = [people.rooms.sleeping[TODAY + timedelta(day)] / hotel.rooms for day in range(-60, 300)]
    assert 0.70 < sum(nights) / len(nights) < 0.92
    assert max(nights) <= 1


def live(draft: HotelDraft) -> list[StayDraft]:
    return [stay for stay in draft.stays if stay.takes_room]


def test_nobody_shares_a_room_and_closed_rooms_are_empty(draft: HotelDraft) -> None:
    taken = Counter(
        (stay.unit, stay.arrival + timedelta(index))
        for stay in live(draft)
        if stay.unit
        for index in range(stay.nights)
    )
    taken.update(
        (closure.unit, closure.first + timedelta(index))
        for closure in draft.closures
        if closure.kind != "out_of_service"
        for index in range((closure.until - closure.first).days)
    )
    assert set(taken.values()) == {1}


def test_rooms_are_as_many_as_promised_and_numbered_once(hotel: DemoHotel, draft: HotelDraft) -> None:
    assert len(draft.units) == len({unit.number for unit in draft.units}) == {"LIS": 250, "ALG": 210}[hotel.code]


def test_the_day_has_something_of_everything(draft: HotelDraft) -> None:
    stays = live(draft)
    assert sum(stay.arrival == TODAY for stay in stays) > 10
    assert sum(stay.departure == TODAY and stay.status == "checked_in" for stay in stays) > 10
    assert sum(stay.status == "checked_in" for stay in stays) > 100
    assert sum(stay.status == "hold" for stay in stays) > 3
    assert sum(bool(stay.short) for stay in stays) >= 2
    assert sum(not stay.unit and not stay.short for stay in stays) >= 3
    assert {closure.kind for closure in draft.closures} == {"out_of_order", "out_of_service", "out_of_inventory"}
    assert {unit.condition for unit in draft.units} == {"clean", "dirty", "inspected"}
    assert any(stay.guest.is_vip for stay in stays)
    assert {stay.status for stay in draft.stays} == {
        "confirmed", "checked_in", "checked_out", "cancelled", "no_show", "hold",
    }  # fmt: skip


def test_states_agree_with_the_business_date(draft: HotelDraft) -> None:
    """T5: today is the business date."""
    for stay in draft.stays:
        if stay.status == "checked_in":
            assert stay.arrival < TODAY <= stay.departure
        if stay.status == "checked_out":
            assert stay.departure < TODAY
        if stay.status in ("confirmed", "hold"):
            assert stay.arrival >= TODAY
        assert stay.made_at.date() <= TODAY
        assert (stay.ended_at is not None) == (stay.status in ("cancelled", "no_show"))
        assert (stay.prices_minor, len(stay.child_ages)) == ((), stay.children)


def test_the_same_seed_gives_the_same_hotel() -> None:
    once, again = (demo_baltic(business_date=TODAY, seed=7) for _ in range(2))
    assert once == again
    assert demo_baltic(business_date=TODAY, seed=8).stays != once.stays
    assert demo_hotel(hotel=RESORT, business_date=TODAY, seed=7) == demo_hotel(
        hotel=RESORT, business_date=TODAY, seed=7
    )


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 8, 15), date(2028, 2, 29)])
def test_any_day_of_the_year_makes_a_hotel(day: date) -> None:
    hotel = demo_hotel(hotel=CITY, business_date=day, seed=1)
    tonight = sum(stay.arrival <= day < stay.departure for stay in live(hotel))
    assert 150 < tonight <= 250


def test_the_house_and_its_flats_are_never_sold_together() -> None:
    """T11."""
    for seed in range(5):
        stays = live(demo_baltic(business_date=TODAY, seed=seed))
        house = [stay for stay in stays if stay.unit == "U14"]
        flats = [stay for stay in stays if stay.unit.startswith("U14-")]
        assert house
        assert flats
        assert not [1 for a in house for b in flats if a.arrival < b.departure and b.arrival < a.departure]


def test_drawing_follows_the_weights() -> None:
    random = Random(1)
    counted = Counter(Draw((("a", 3), ("b", 1)))(random) for _ in range(4000))
    assert 2850 < counted["a"] < 3150
    numbers = [draw_quantile(tuple(range(0, 210, 10)), random) for _ in range(4000)]
    assert 95 < median(numbers) < 105
    assert (min(numbers) >= 0, max(numbers) <= 200) == (True, True)
