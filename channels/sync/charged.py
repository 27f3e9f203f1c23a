"""What a channel charged beside what it had been told: its price binds, and a difference is worth knowing (T67).

Told means told: the prices that the channel took for the nights when it sold them (`ToldRate`), never what a night costs
by now. What it was told nothing about, or what nobody knows whether it arrived, is compared with nothing.
"""

from collections.abc import Collection, Mapping
from datetime import date

from channels.adapters.base import SoldBooking, SoldRoom
from channels.sync.models import ChannelStay, ToldRate
from channels.sync.requests import Links, prices_of
from pms.kernel.dates import nights_between
from pms.kernel.money import Money
from pms.kernel.prepared import Prepared


def told_nights(*, links: Links, room: SoldRoom, stay: ChannelStay | None) -> dict[str, object]:
    """Return what the channel had been told of each night of a room, as ChannelStay keeps it. One query at most.

    Nights that were sold before keep what had been told then: the same room, rate and guests at a price that changed since
    were not sold at another one.
    """
    whose = f"{room.room_id}/{room.rate_id}/{room.adults}+{len(room.child_ages)}"
    kept = stay.told if stay is not None and stay.told.get("for") == whose else {}
    known: dict[str, int] = dict(kept.get("nights") or {})
    nights = nights_between(room.arrival, room.departure)
    missing = [day for day in nights if day.isoformat() not in known]
    known |= {day.isoformat(): price for day, price in _told(links, room, missing).items()}
    return {"for": whose, "nights": {key: known[key] for day in nights if (key := day.isoformat()) in known}}


def _told(links: Links, room: SoldRoom, days: Collection[date]) -> dict[date, int]:
    if not days:
        return {}
    link = links.told_by(room)
    # No price is told for children: what they cost at the channel is its own.
    if link is None or (link.guests and room.child_ages):
        return {}
    fitting = [count for count in link.guests if count >= room.adults]
    place = link.guests.index(min(fitting) if fitting else max(link.guests)) if link.guests else 0
    return {day: prices[place] for day, prices in _TOLD.rows(link=link.pk, days=list(days)) if len(prices) > place}


_TOLD = Prepared(
    lambda link, days: ToldRate.objects.filter(link=link, date__in=days, refused="", doubtful=False).values_list(
        "date", "prices"
    ),
    link=int,
    days=list[date],
)


def difference_of(
    *, sold: SoldBooking, room: SoldRoom, told: Mapping[str, object], currency: str
) -> tuple[int, int] | None:
    """Return (charged, told) in minor units where a stay was sold at another total than was told; None where it was not.

    Rounding is no difference: up to a minor unit a night. Raises LookupError where there is nothing to compare: another
    currency, amounts that are a payout, nights that nobody was told of.
    """
    charged, nights = prices_of(room, rate=None), told.get("nights")
    count = (room.departure - room.arrival).days
    if charged is None or sold.is_payout or sold.currency not in {"", currency}:
        raise LookupError("The channel's amounts are no prices of ours.")
    if not isinstance(nights, Mapping) or len(nights) < count:
        raise LookupError("The channel was not told all of its nights.")
    one, other = sum(charged.values()), sum(nights.values())
    return None if abs(one - other) <= count else (one, other)


def words_for(*, channel: str, charged_minor: int, told_minor: int, nights: int, currency: str) -> str:
    """Return a difference as a sentence."""
    less = told_minor - charged_minor
    by = f", {round(100 * abs(less) / told_minor)} %" if told_minor else ""
    return (
        f"{channel} sold {nights} {'night' if nights == 1 else 'nights'} for {Money(charged_minor, currency)}, "
        f"{Money(abs(less), currency)} {'less' if less > 0 else 'more'} than the {Money(told_minor, currency)} it was told{by}. "
        "The price that the guest was sold stays."
    )
