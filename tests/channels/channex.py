"""A house of ours and its hotel at the stand-in for Channex, mapped to each other and live."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.channels.pairs import Pair, connect, mapped, meet
from tests.house import House
from tests.sandbox.fixtures import ChannexRemote

__all__ = ["Pair", "make_pair"]


def make_pair(
    house: House,
    channex: ChannexRemote,
    *,
    live: bool = True,
    days: int = 30,
    ahead: timedelta | None = None,
    **fields: Any,
) -> Pair:
    """Make the hotel at Channex, connect the house to it, map everything and go live.

    Both clocks go `ahead` by so much; where that is left out, to noon of the business date.
    """
    if ahead is None:
        ahead = meet(house, channex)
    else:
        channex.advance(ahead.total_seconds())
    rates = [{"title": "Best available rate", "rate": 10_000}]
    hotel = channex.hotel(
        [
            {"title": "Double", "count": 3, "guests": 2, "rates": rates},
            {"title": "Suite", "count": 2, "guests": 4, "rates": rates},
        ],
        channels=["booking.com", "airbnb", "expedia"],
    )
    connection = connect(
        house,
        adapter="channex",
        name="Channex",
        account=hotel["property"],
        days=days,
        keys={"api_key": channex.key, "webhook_secret": "channex_secret"},
        **fields,
    )
    connection = mapped(connection, now=timezone.now() + ahead, live=live)
    return Pair(house, connection, channex, hotel, ahead)
