"""Two currencies: rates with source and day, positions that close, gains and losses of their own (T36, T37)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger.enums import EntryKind, Role
from billing.ledger.exchange import (
    Rate,
    exchange_lines,
    exchange_position,
    exchange_post,
    rate_on,
    rate_set,
    rates_read,
    rates_set,
)
from billing.ledger.models import ExchangeRate, Line
from billing.ledger.services import Draft, EntryDraft, entity_of, entry_post
from pms.audit.models import AuditEvent
from tests.conftest import TODAY
from tests.house import TESTER, refused

ECB = "European Central Bank"


@pytest.fixture
def entity(property_a):
    return entity_of(property_a.property)


def say(currency, rate, day=TODAY, per="EUR", source=ECB):
    return rate_set(currency=currency, per=per, day=day, rate=Decimal(rate), source=source, actor=TESTER)


def held(entity):
    rows = Line.objects.filter(account__entity=entity).select_related("account").order_by("pk")
    sums: dict[tuple[str, str], int] = {}
    for line in rows:
        key = (line.account.role, line.currency)
        sums[key] = sums.get(key, 0) + line.amount_minor
    return {key: amount for key, amount in sums.items() if amount}


def test_a_rate_says_its_source_and_day(in_tenant):
    """T37."""
    say("USD", "1.10", TODAY - timedelta(days=3))
    say("USD", "1.25", TODAY + timedelta(days=1))
    found = rate_on(currency="EUR", to="USD", day=TODAY)
    assert (found.value, found.source, found.date) == (Decimal("1.10"), ECB, TODAY - timedelta(days=3))
    assert found.convert(10_000) == 11_000


def test_a_rate_is_read_in_both_directions(in_tenant):
    say("USD", "1.25")
    assert rate_on(currency="USD", to="EUR", day=TODAY).convert(12_500) == 10_000


def test_a_rate_goes_over_a_third_currency(in_tenant):
    say("USD", "1.2", TODAY - timedelta(days=1))
    say("USD", "1.5")
    say("GBP", "0.75")
    found = rate_on(currency="USD", to="GBP", day=TODAY)
    assert (found.value, found.date) == (Decimal("0.5"), TODAY)


def test_the_newer_of_two_ways_wins(in_tenant):
    say("USD", "1.5", TODAY - timedelta(days=9))
    say("GBP", "0.75", TODAY - timedelta(days=9))
    say("GBP", "0.6", TODAY - timedelta(days=1), per="USD", source="bank")
    assert rate_on(currency="USD", to="GBP", day=TODAY).source == "bank"
    say("USD", "1.5")
    say("GBP", "0.9")
    assert rate_on(currency="USD", to="GBP", day=TODAY).value == Decimal("0.6")


def test_decimals_of_the_currency_count(in_tenant):
    """T36: yen have none, dinars three."""
    say("JPY", "160")
    say("BHD", "0.4")
    assert rate_on(currency="EUR", to="JPY", day=TODAY).convert(12_345) == 19_752
    assert rate_on(currency="EUR", to="BHD", day=TODAY).convert(12_345) == 49_380


def test_no_rate_is_said(in_tenant):
    with refused("no_rate"):
        rate_on(currency="EUR", to="USD", day=TODAY)
    say("USD", "1.1", TODAY - timedelta(days=40))
    with refused("no_rate"):
        rate_on(currency="EUR", to="USD", day=TODAY, within_days=7)
    assert rate_on(currency="EUR", to="EUR", day=TODAY).convert(5) == 5


def test_said_again_it_is_corrected_and_audited(in_tenant):
    say("USD", "1.1")
    say("USD", "1.2")
    assert [row.rate for row in ExchangeRate.objects.all()] == [Decimal("1.2")]
    assert AuditEvent.objects.filter(action="ledger.rates_set").count() == 2


@pytest.mark.parametrize(
    ("currency", "per", "rate", "source", "code"),
    [
        ("usd", "EUR", "1", ECB, "bad_currency"),
        ("EUR", "EUR", "1", ECB, "same_currency"),
        ("USD", "EUR", "0", ECB, "bad_rate"),
        ("USD", "EUR", "NaN", ECB, "bad_rate"),
        ("USD", "EUR", "1e12", ECB, "bad_rate"),
        ("USD", "EUR", "1", " ", "source_missing"),
    ],
)
def test_a_rate_that_makes_no_sense(in_tenant, currency, per, rate, source, code):
    with refused(code):
        say(currency, rate, per=per, source=source)


def test_a_file_of_rates(in_tenant):
    rows = rates_read(text="\ufeffdate;per;currency;rate;source\r\n2026-11-20;eur;usd;1,0834;ECB\r\n")
    assert rows == [(date(2026, 11, 20), "EUR", "USD", Decimal("1.0834"), "ECB")]
    assert len(rates_set(rows=rows, actor=TESTER)) == 1
    assert rates_set(rows=[], actor=TESTER) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "date,per,currency\n",
        "date,per,currency,rate\n2026-11-20,EUR,USD,one\n",
        "date,per,currency,rate\n20.11.26,EUR,USD,1\n",
    ],
)
def test_a_file_that_makes_no_sense(text):
    with refused("bad_file"):
        rates_read(text=text)


def receive(entity, dollars=11_000, euros=10_000):
    """A guest of a folio in euros pays in dollars."""
    foreign = Draft(Role.CLEARING, dollars, "USD", key="card")
    lines = exchange_lines(foreign=foreign, currency="EUR", value_minor=euros)
    owed = Draft(Role.GUEST_LEDGER, -euros, "EUR", subledger="F1")
    draft = EntryDraft(entity=entity, date=TODAY, kind=EntryKind.PAYMENT, source=f"p{dollars}", lines=[owed, *lines])
    return entry_post(draft=draft, actor=TESTER)


@pytest.mark.parametrize(("arrived", "result"), [(10_150, -150), (9_900, 100), (10_000, 0)])
def test_a_payout_closes_the_position_and_says_what_was_gained(entity, arrived, result):
    """T37: what came at one rate and was changed at another goes to its own account."""
    receive(entity)
    assert exchange_position(entity=entity, on=TODAY) == {"EUR": 10_000, "USD": -11_000}
    for _ in range(2):
        exchange_post(
            entity=entity,
            day=TODAY,
            source="payout:1",
            kind=EntryKind.PAYOUT,
            foreign=Draft(Role.CLEARING, -11_000, "USD", key="card"),
            received=Draft(Role.BANK, arrived, "EUR"),
            carried_minor=10_000,
            actor=TESTER,
        )
    assert exchange_position(entity=entity, on=TODAY) == {}
    found = held(entity)
    role = Role.FX_GAIN if result < 0 else Role.FX_LOSS
    assert found.get((role, "EUR"), 0) == result
    assert found[Role.BANK, "EUR"] == arrived
    assert (Role.CLEARING, "USD") not in found


def test_a_refund_at_the_original_rate_leaves_nothing(entity):
    """T37: the guest gets back what he paid."""
    receive(entity)
    foreign = Draft(Role.CLEARING, -11_000, "USD", key="card")
    lines = exchange_lines(foreign=foreign, currency="EUR", value_minor=-10_000)
    owed = Draft(Role.GUEST_LEDGER, 10_000, "EUR", subledger="F1")
    draft = EntryDraft(entity=entity, date=TODAY, kind=EntryKind.REFUND, source="r", lines=[owed, *lines])
    entry_post(draft=draft, actor=TESTER)
    assert held(entity) == {}


def test_money_that_comes_and_goes_at_once_is_refused():
    with refused("wrong_side"):
        exchange_lines(foreign=Draft(Role.CLEARING, 100, "USD"), currency="EUR", value_minor=-90)


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 10**9), st.sampled_from([1, -1]))
def test_exchange_lines_always_sum_to_the_value(foreign, value, carried, sign):
    lines = exchange_lines(
        foreign=Draft(Role.CLEARING, foreign * sign, "USD"),
        currency="EUR",
        value_minor=value * sign,
        carried_minor=carried * sign,
    )
    assert sum(line.amount_minor for line in lines if line.currency == "EUR") == value * sign
    assert sum(line.amount_minor for line in lines if line.currency == "USD") == 0


@given(st.integers(-(10**12), 10**12), st.decimals("0.0001", "9999", places=4))
def test_conversion_is_odd(amount, value):
    """A refund is the payment the other way round, to the cent."""
    rate = Rate("EUR", "USD", value, TODAY, "x")
    assert rate.convert(-amount) == -rate.convert(amount)
