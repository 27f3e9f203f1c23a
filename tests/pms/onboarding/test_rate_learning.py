"""Learning prices: known factors are found again, in any order of the bookings, and the report's arithmetic is right."""

from dataclasses import replace
from datetime import date, timedelta
from math import log
from random import Random

import pytest

from pms.onboarding.bookings_csv import BookingRow, FinalStatus
from pms.onboarding.rate_fit import Cell, least_absolute, polished, seasons_of_year, weighted_median
from pms.onboarding.rate_learning import learn, party_of, teaches, wish_of
from pms.onboarding.rate_model import LearnedRates, Pricing, Wish, changed
from pms.onboarding.rate_report import MonthlyMean, deviations, median_error
from pms.onboarding.rate_rows import season_name, season_spans

#: What the bookings below are made from; learning has to find it.
TRUE = LearnedRates(
    plan="BB-FLEX",
    base_minor={"A": 100_00, "D": 150_00},
    starts=((1, 1), (4, 2), (7, 2), (9, 10), (11, 5)),
    season=(-100, 0, 400, 100, -250),
    weekday=(0, 0, 0, 0, 100, 150, -50),
    single=-80,
    extra_adult=(250,),
    child=120,
    length_of_stay=((1, 1, 0), (7, 7, -100)),
    lead_time=((0, 0, 50), (61, 120, -80)),
    plans={"BB-FLEX": 0, "BB-NREF": -120},
    sources={"direct_web": 0, "ota": 80},
    level={2015: -100, 2016: 0},
)
ROW = BookingRow(
    line=2,
    external_id="0",
    hotel="City Hotel",
    status=FinalStatus.CHECK_OUT,
    status_on=date(2016, 1, 1),
    made_on=date(2016, 1, 1),
    arrival=date(2016, 1, 1),
    departure=date(2016, 1, 2),
    adults=2,
    children=0,
    babies=0,
    meal="BB",
    country="PT",
    market_segment="Direct",
    distribution_channel="Direct",
    is_repeated_guest=False,
    reserved_type="A",
    assigned_type="A",
    booking_changes=0,
    deposit_type="No Deposit",
    agent="",
    company="",
    days_in_waiting_list=0,
    customer_type="Transient",
    adr_minor=100_00,
    parking_spaces=0,
    special_requests=0,
)


def bookings(seed: int, *, noise: bool) -> list[BookingRow]:
    """Eight bookings a day of two years at the true prices; with noise every tenth is a slip or a present."""
    random, pricing = Random(seed), Pricing(TRUE)
    rows = []
    for offset in range(731 * 8):
        arrival = date(2015, 1, 1) + timedelta(days=offset // 8)
        nights, lead = random.choice((1, 1, 7)), random.choice((0, 10, 10, 90))
        row = replace(
            ROW,
            arrival=arrival,
            departure=arrival + timedelta(days=nights),
            made_on=arrival - timedelta(days=lead),
            reserved_type=random.choice("AAD"),
            deposit_type=random.choice(("No Deposit", "No Deposit", "Non Refund")),
            market_segment=random.choice(("Direct", "Online TA")) if lead else "Online TA",
            adults=random.choice((1, 2, 2, 3)),
            children=random.choice((0, 0, 1)),
        )
        prices = pricing.nights(wish_of(row))
        paid = round(sum(prices) / nights)
        rows.append(replace(row, adr_minor=random.choice((1, paid * 3, 0)) if noise and offset % 10 == 0 else paid))
    return rows


@pytest.fixture(scope="module")
def noisy() -> list[BookingRow]:
    return bookings(5, noise=True)


@pytest.fixture(scope="module")
def learned(noisy: list[BookingRow]) -> LearnedRates:
    return learn(noisy)


def near(found: int, true: int, within: int = 12) -> bool:
    return abs(found - true) <= within


def test_the_factors_are_found_again_through_slips_and_presents(learned: LearnedRates) -> None:
    assert (learned.plan, learned.starts) == (TRUE.plan, TRUE.starts)
    assert near(learned.plans["BB-NREF"], -120)
    assert near(learned.sources["ota"], 80)
    assert near(learned.single, -80)
    assert near(learned.extra_adult[0], 250, 20)
    assert near(learned.child, 120, 20)
    ratio = learned.base_minor["D"] * 1000 // learned.base_minor["A"]
    assert near(ratio, 1500)
    away = [day - learned.weekday[0] for day in learned.weekday]
    assert all(near(day, true) for day, true in zip(away, TRUE.weekday, strict=True))
    lengths = {first: per for first, _, per in learned.length_of_stay}
    assert near(lengths[7] - lengths[1], -100)
    leads = {first: per for first, _, per in learned.lead_time}
    assert (near(leads[0] - leads[8], 50), near(leads[61] - leads[8], -80)) == (True, True)
    assert near((1000 + learned.season[2]) * 1000 // (1000 + learned.season[4]), 1867, 40)
    assert near((1000 + learned.level[2016]) * 1000 // (1000 + learned.level[2015]), 1111, 25)


def test_what_was_learned_prices_bookings_it_has_not_seen(learned: LearnedRates) -> None:
    rows, pricing = bookings(6, noise=False), Pricing(learned)
    error = median_error([(sum(pricing.nights(wish_of(row))) / row.nights, row.adr_minor) for row in rows])
    assert error < 1.0


def test_the_order_of_the_bookings_does_not_matter(noisy: list[BookingRow], learned: LearnedRates) -> None:
    shuffled = list(noisy)
    Random(1).shuffle(shuffled)
    assert learn(shuffled) == learned


def test_presents_and_slips_do_not_teach() -> None:
    assert [teaches(replace(ROW, adr_minor=minor)) for minor in (0, 1, 999_99, 5400_00)] == [False, True, True, False]
    assert party_of(replace(ROW, adults=0, children=2)) == (1, 1)


def test_a_median_is_by_weight() -> None:
    assert weighted_median([(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)]) == 2.0
    assert weighted_median([(1.0, 1.0), (9.0, 5.0)]) == 9.0
    assert weighted_median([]) == 0.0


def test_shares_of_a_feature_count_as_much_as_they_are() -> None:
    shares = (0.25, 0.5, 0.75, 1.0)
    cells = [Cell(((("a",), share),), 3.0 * share, 1.0) for share in shares]
    slip = Cell(((("a",), 0.1),), 99.0, 5.0)
    assert least_absolute([*cells, slip], groups=("a",)) == {("a",): 3.0}


def test_rare_features_say_nothing_and_mixed_ones_less() -> None:
    cells = [Cell(((("a",), 1.0),), log(2.0), 10.0)]
    assert least_absolute(cells, groups=("a",), least={"a": 11.0}) == {}
    assert least_absolute(cells, groups=("a",), shrunk={"a": 10.0}) == {("a",): log(2.0) / 2}


def test_a_table_is_split_into_rows_and_columns() -> None:
    rows, columns = polished({(r, c): (10.0 * r + c, 1.0) for r in range(3) for c in (-1, 1)})
    assert [round(rows[r], 6) for r in range(3)] == [0.0, 10.0, 20.0]
    assert [round(columns[c], 6) for c in (-1, 1)] == [-1.0, 1.0]


def test_seasons_are_at_least_a_fortnight_between_four_and_ten_and_go_round_the_year() -> None:
    levels = [0.0 if 6 <= week < 40 else 1.0 for week in range(52)]
    levels[20] = 5.0
    starts = seasons_of_year([(level, 1.0) for level in levels])
    assert len(starts) == 4
    assert {6, 40} <= set(starts)
    gaps = [(after - before) % 52 for before, after in zip(starts, [*starts[1:], starts[0]], strict=True)]
    assert min(gaps) >= 2
    busy = seasons_of_year([(float(week // 5 % 2), 1.0) for week in range(52)])
    assert len(busy) == 10


def test_seasons_cover_every_night_of_every_year_once() -> None:
    first, until = date(2015, 1, 20), date(2018, 3, 1)
    spans = list(season_spans(TRUE, first, until))
    days = [span.first + timedelta(days=k) for span in spans for k in range((span.last - span.first).days + 1)]
    assert days == [first + timedelta(days=k) for k in range((until - first).days)]
    assert (spans[0].year, spans[0].index) == (2015, 0)
    assert [season_name(TRUE, index) for index in range(5)] == ["Low", "Middle", "Peak", "Middle", "Low"]


def test_a_year_that_was_not_seen_is_as_dear_as_the_nearest() -> None:
    assert TRUE.season_factor(2015, 2) == 260
    assert TRUE.season_factor(2031, 2) == 400
    assert TRUE.season_factor(2009, 1) == -100
    assert replace(TRUE, season_of_year={(2031, 2): 700}).season_factor(2031, 2) == 700


def test_a_night_is_priced_step_by_step() -> None:
    """Base 100.00, summer +40 %, Saturday +15 %, an extra adult +25 % and a child +12 %, a week -10 %, and so on."""
    wish = Wish("A", "BB-NREF", "ota", date(2016, 7, 9), 7, 90, 3, 1)
    night = changed(changed(100_00, 400), 150)
    night += night * 250 // 1000 + night * 120 // 1000
    for per_mille in (-100, -80, -120, 80):
        night = changed(night, per_mille)
    assert Pricing(TRUE).nights(wish)[0] == night
    alone = Wish("A", "BB-FLEX", "direct_web", date(2016, 5, 2), 1, 10, 1, 0)
    assert Pricing(TRUE).nights(alone) == [92_00]
    assert Pricing(TRUE).nights(replace(alone, children=1)) == [100_00]


def test_the_monthly_mean_falls_back_to_what_it_knows() -> None:
    july = date(2016, 7, 1)
    known = [replace(ROW, arrival=july, adr_minor=minor) for minor in (100_00, 200_00)]
    known.append(replace(ROW, arrival=date(2016, 8, 1), reserved_type="D", adr_minor=300_00))
    mean = MonthlyMean(known)
    assert mean.price(replace(ROW, arrival=date(2016, 7, 30))) == 150_00
    assert mean.price(replace(ROW, arrival=date(2017, 7, 30))) == 150_00
    assert mean.price(replace(ROW, arrival=date(2017, 1, 1))) == 150_00
    assert mean.price(replace(ROW, arrival=date(2017, 1, 1), reserved_type="E")) == 200_00


def test_the_error_is_the_median_of_the_shares_of_what_was_paid() -> None:
    assert median_error([(110.0, 100), (50.0, 100), (100.0, 100)]) == 10.0
    assert median_error([]) == 0.0


def test_the_report_asks_paid_stays_and_holds_out_what_it_says(noisy: list[BookingRow], learned: LearnedRates) -> None:
    rows = [*noisy, replace(ROW, status=FinalStatus.CANCELED, adr_minor=1)]
    found = deviations(rows, learned)
    taught = [row for row in rows if teaches(row)]
    last = max(row.arrival for row in taught) - timedelta(days=92)
    assert [each.learned_from for each in found] == [
        len(taught),
        sum(row.arrival.isocalendar().week % 2 == 0 for row in taught),
        sum(row.arrival <= last for row in taught),
    ]
    assert found[0].asked == len(taught) - 1
    assert [each.learned < each.mean / 5 for each in found] == [True, True, True]
