"""How the tests of prices ask: days counted from TODAY, a moment of sale, rules made in one line."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from billing.taxes.party import Party
from bookings.rates.models import DailyPrice, PriceRule, RatePlan, Restriction
from bookings.rates.services import explain, offer_for, quote
from tests.conftest import TODAY

#: Ten in the morning in Lisbon on TODAY, a Friday.
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
TWO = Party(adults=2)


def day(offset):
    return TODAY + timedelta(days=offset)


def ask(house, arrival=10, departure=12, *, party=TWO, at=AT, **wish):
    """Quote a stay; arrival and departure are days after TODAY."""
    return quote(property=house.property, arrival=day(arrival), departure=day(departure), party=party, at=at, **wish)


def one(house, arrival=10, departure=12, *, room_type=None, rate_plan=None, party=TWO, at=AT, **wish):
    """Return the one offer of a pair, the double on the house's plan unless said otherwise."""
    return offer_for(
        room_type=room_type or house.double,
        rate_plan=rate_plan or house.rate_plan,
        arrival=day(arrival),
        departure=day(departure),
        party=party,
        at=at,
        **wish,
    )


def path(house, arrival=10, departure=12, *, room_type=None, rate_plan=None, party=TWO, at=AT, **wish):
    """Explain a pair."""
    return explain(
        room_type=room_type or house.double,
        rate_plan=rate_plan or house.rate_plan,
        arrival=day(arrival),
        departure=day(departure),
        party=party,
        at=at,
        **wish,
    )


def prices(house, arrival=10, departure=12, **wish):
    """Return what each night costs, and make sure that the explained path ends there."""
    offer = one(house, arrival, departure, **wish)
    sold = [night.price_minor for night in offer.nights]
    told = path(house, arrival, departure, **wish)
    assert [night.price_minor for night in told.nights] == sold
    assert [night.steps[-1].result_minor for night in told.nights] == sold
    assert told.offer == offer
    return sold


def codes(house, arrival=10, departure=12, *, room_type=None, rate_plan=None, **wish):
    """Return the codes that refuse a pair, and make sure that the one offer is refused by the first of them."""
    told = path(house, arrival, departure, room_type=room_type, rate_plan=rate_plan, **wish)
    found = [refusal.code for refusal in told.refusals]
    assert (told.offer is None) == bool(found)
    quoted = ask(
        house,
        arrival,
        departure,
        room_type=room_type or house.double,
        rate_plan=rate_plan or house.rate_plan,
        with_alternatives=False,
        **wish,
    )
    assert sorted(refusal.code for refusal in quoted.refusals) == sorted(found)
    assert bool(quoted.offers) == (not found)
    return found


def rule(house, kind, *, percent=None, amount=None, first=0, last=None, plan=None, room_type=None):
    """Make a price rule."""
    return PriceRule.objects.create(
        property=house.property,
        rate_plan=plan,
        room_type=room_type,
        kind=kind,
        first=first,
        last=last,
        percent=None if percent is None else Decimal(str(percent)),
        amount_minor=amount,
    )


def derived(house, code, parent, *, percent=0, amount=0, **fields):
    """Make a plan that is derived from another."""
    return RatePlan.objects.create(
        property=house.property,
        code=code,
        name=f"Plan {code}",
        parent=parent,
        derive_percent=Decimal(str(percent)),
        derive_minor=amount,
        **fields,
    )


def limit(house, offset, *, plan=None, room_type=None, **limits):
    """Make a restriction on a day."""
    return Restriction.objects.create(
        property=house.property, rate_plan=plan, room_type=room_type, date=day(offset), **limits
    )


def daily(house, offset, price_minor, *, plan=None, room_type=None, all_in=False):
    """Set a price for a day, of the double on the house's plan unless said otherwise."""
    return DailyPrice.objects.create(
        rate_plan=plan or house.rate_plan,
        room_type=room_type or house.double,
        date=day(offset),
        price_minor=price_minor,
        all_in=all_in,
    )
