"""Availability and rates at Expedia's stand-in, and what it lists of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from tests.sandbox.channel_fixtures import BEST, DOUBLE, FAMILY, HOTEL, SAVER, next_month
from tests.sandbox.expedia.fixtures import expedia_sandbox
from tests.sandbox.expedia.wire import CALLS
from tests.sandbox.samples import need_samples

__all__ = ["expedia_sandbox"]
FIRST = next_month()
TODAY = datetime.now(UTC).date()


@pytest.fixture
def expedia(expedia_sandbox):
    expedia_sandbox.seed()
    return expedia_sandbox


def room(inner="", identifier=DOUBLE, attributes=""):
    return f'<RoomType id="{identifier}"{attributes}>{inner}</RoomType>'


def plan(inner="", identifier=BEST, attributes=""):
    return f'<RatePlan id="{identifier}"{attributes}>{inner}</RatePlan>'


def rates(**by_occupancy):
    amounts = "".join(
        f'<PerOccupancy rate="{amount}" occupancy="{name[1:]}"/>' for name, amount in by_occupancy.items()
    )
    return f'<Rate currency="EUR">{amounts}</Rate>'


def told(expedia, of=DOUBLE, day=FIRST):
    return expedia.told(day)[of][day.isoformat()]


def test_counts_rates_and_restrictions_are_kept(expedia):
    rules = '<Restrictions minLOS="2" maxLOS="14" closedToArrival="true"/>'
    inner = '<Inventory totalInventoryAvailable="3"/>' + plan(rates(_1="80.00", _2="100.00") + rules)
    assert expedia.update(room(inner, attributes=' closed="false"'), FIRST, FIRST + timedelta(days=5)) == []
    of_day = told(expedia)
    rate = of_day["rates"][BEST]
    assert (of_day["left"], rate["prices"], rate["min_stay_arrival"]) == (3, {"1": 8000, "2": 10000}, 2)
    assert (rate["closed_to_arrival"], rate["max_stay_arrival"]) == (True, 14)


def test_only_the_weekdays_that_are_named_are_touched(expedia):
    friday = FIRST + timedelta(days=(4 - FIRST.weekday()) % 7)
    inner = room('<Inventory totalInventoryAvailable="3"/>')
    expedia.update(inner, FIRST, FIRST + timedelta(days=6), ' fri="true" mon="false"')
    days = expedia.told(FIRST, FIRST + timedelta(days=6))[DOUBLE]
    assert [day for day, of_day in days.items() if "left" in of_day] == [friday.isoformat()]


COUNT = '<Inventory totalInventoryAvailable="3"/>'


@pytest.mark.parametrize(
    ("inner", "first", "last", "code"),
    [
        (room(COUNT), TODAY - timedelta(days=3), TODAY, 3020),
        (room(COUNT), FIRST + timedelta(days=1), FIRST, 3021),
        (room(COUNT), FIRST, FIRST + timedelta(days=800), 3022),
        (room('<Inventory totalInventoryAvailable="3" flexibleAllocation="2"/>'), FIRST, FIRST, 3026),
        (room(COUNT, "999"), FIRST, FIRST, 3203),
        (room(plan(rates(_2="100"), "999")), FIRST, FIRST, 3204),
        (room(plan('<Rate currency="USD"><PerOccupancy rate="9" occupancy="2"/></Rate>')), FIRST, FIRST, 3103),
        (room(plan('<Rate currency="EUR"><PerDay rate="100"/></Rate>')), FIRST, FIRST, 3090),
        (room(plan('<Restrictions minLOS="5" maxLOS="2"/>')), FIRST, FIRST, 3015),
        (room(plan('<Restrictions minLOS="40"/>')), FIRST, FIRST, 3010),
        (room(COUNT) + room('<Inventory totalInventoryAvailable="4"/>'), FIRST, FIRST, 3108),
    ],
)
def test_an_error_leaves_everything_as_it_was(expedia, inner, first, last, code):
    good = f'<AvailRateUpdate><DateRange from="{FIRST}" to="{FIRST}"/>{room(COUNT, FAMILY)}</AvailRateUpdate>'
    span = f'<DateRange from="{first}" to="{last}"/>'
    root = expedia.call("/eqc/ar", f"{good}<AvailRateUpdate>{span}{inner}</AvailRateUpdate>")
    assert expedia.codes(root) == [code]
    assert "left" not in told(expedia, FAMILY)


def test_a_message_without_a_value_is_refused(expedia):
    assert expedia.update(room(plan()), FIRST) == [3015]


def test_more_than_5000_updates_and_100_kb_are_refused(expedia):
    many = room(COUNT, attributes=' closed="false"') + room(COUNT, FAMILY, ' closed="false"')
    two = "".join(
        f'<AvailRateUpdate><DateRange from="{FIRST}" to="{FIRST + timedelta(days=640)}"/>{inner}</AvailRateUpdate>'
        for inner in (many, room(plan(rates(_1="80", _2="90"))) + room(plan(rates(_1="80", _2="90"), SAVER)))
    )
    assert expedia.codes(expedia.call("/eqc/ar", two)) == [3107]
    assert expedia.codes(expedia.call("/eqc/ar", "<!--" + "x" * 100_000 + "-->")) == [3405]


def test_broken_messages_have_numbers_of_their_own(expedia):
    name = CALLS["/eqc/ar"][0]
    assert expedia.codes(expedia.send("/eqc/ar", "<oops")) == [2002]
    assert expedia.codes(expedia.send("/eqc/ar", f'<{name} xmlns="http://example.com"/>')) == [2010]
    expedia.password = "another"
    assert expedia.update(room(COUNT), FIRST) == [1001]
    expedia.password = "sandbox_pass"
    expedia.control("POST", "users", username="second", password="secret", hotels=[])
    expedia.user, expedia.password = "second", "secret"
    assert expedia.update(room(COUNT), FIRST) == [3202]


def test_the_schema_is_asked_where_it_is_at_hand(expedia):
    need_samples()
    assert expedia.update(room("<Surprise/>"), FIRST) == [3010]


def test_published_requests_are_understood(expedia):
    """Their hotels are not ours: what they must not fail at is form."""
    for file in sorted((need_samples() / "expedia" / "xml").glob("ar__sample-messages__*RQ__*.xml")):
        root = expedia.send("/eqc/ar", file.read_text())
        assert expedia.codes(root) == [1001], file.name


def test_warnings_drop_their_part_alone(expedia):
    expedia.control("POST", "settings", hotel=HOTEL, least_rate=5000, most_rate=50000, base_allocation={DOUBLE: 2})
    expedia.control("POST", "settings", room=DOUBLE, rate=SAVER, acquisition="Linked", parent=BEST, link_percent=-10)
    inner = '<Inventory totalInventoryAvailable="1"/>' + plan(rates(_2="9.00")) + plan(rates(_2="90.00"), SAVER)
    assert expedia.update(room(inner), FIRST) == [7013, 7021, 7024]
    assert (told(expedia)["left"], told(expedia)["rates"][BEST]["prices"]) == (2, {})
    assert expedia.update(room(plan(rates(_2="90.00", _4="120.00"))), FIRST) == [7009]
    assert told(expedia)["rates"][BEST]["prices"] == {"2": 9000}


def test_twenty_warnings_of_a_kind_are_listed(expedia):
    expedia.control("POST", "settings", hotel=HOTEL, most_rate=50)
    codes = expedia.update(room(plan(rates(_2="90.00"))), FIRST, FIRST + timedelta(days=27))
    assert codes == [7021] * 20


def test_a_minimum_above_the_maximum_that_is_there_is_dropped(expedia):
    expedia.update(room(plan('<Restrictions maxLOS="3"/>')), FIRST)
    assert expedia.update(room(plan('<Restrictions minLOS="5"/>')), FIRST) == [7016]


def test_derived_plans_and_lengths_of_stay_follow_their_plan(expedia):
    expedia.control("POST", "settings", hotel=HOTEL, pricing="PerDayPricing")
    expedia.control("POST", "settings", room=DOUBLE, rate=SAVER, acquisition="Derived")
    day = '<Rate currency="EUR"{}><PerDay rate="100"/></Rate>'
    assert expedia.update(room(plan(day.format(""), SAVER)), FIRST) == [3142]
    assert expedia.update(room(plan(day.format(' lengthOfStay="1"'))), FIRST) == [3124]
    expedia.control("POST", "settings", room=DOUBLE, rate=BEST, length_of_stay_pricing=True)
    assert expedia.update(room(plan(day.format(""))), FIRST) == [3123]
    assert expedia.update(room(plan(day.format(' lengthOfStay="1"'))), FIRST) == []


def test_two_messages_for_a_hotel_at_once_are_one_too_many(expedia):
    expedia.control("POST", "processing", seconds=0.3)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: expedia.update(room(COUNT), FIRST), range(2)))
    assert sorted(results) == [[], [3210]]


def test_errors_come_on_demand_and_a_proxy_answers_no_xml(expedia):
    expedia.control("POST", "errors", code=4000, times=2)
    assert [expedia.update(room(COUNT), FIRST) for _ in range(3)] == [[4000], [4000], []]
    expedia.fault("error_before")
    assert expedia.fetch("POST", f"{expedia.url}/eqc/ar", b"")[0] == 500


def test_products_and_rates_are_listed(expedia):
    expedia.control("POST", "settings", room=DOUBLE, rate=SAVER, acquisition="Linked", parent=BEST, link_percent=-10)
    asked = '<ParamSet><ProductRetrieval returnRateLink="true" returnRatePlanAttributes="true"/></ParamSet>'
    root = expedia.call("/eqc/parr", asked)
    plans = [(node.get("id"), node.get("parentId")) for node in root.iter("{*}RatePlan")]
    assert plans == [(BEST, None), (SAVER, BEST), (BEST, None), (SAVER, None)]
    expedia.update(room(COUNT + plan(rates(_2="90.00"))), FIRST)
    expedia.sell(FIRST, nights=1)
    root = expedia.call("/eqc/parr", f'<ParamSet><AvailRateRetrieval from="{FIRST}" to="{FIRST}"/></ParamSet>')
    inventory = next(root.iter("{*}Inventory"))
    assert (inventory.get("totalInventoryAvailable"), inventory.get("totalInventorySold")) == ("2", "1")
    assert next(root.iter("{*}PerOccupancy")).get("rate") == "90.00"
    assert etree.QName(root).namespace.endswith("PAR/2013/07")
