"""A house of ours and its hotel at the stand-in for Channex, mapped to each other and live."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from channels.connections.models import Connection
from channels.connections.selectors import suggestions
from channels.connections.services import Wanted, connection_save, links_map, rooms_fetch
from channels.sync.going import connection_go_live
from channels.sync.models import Standing
from channels.sync.pulling import pull
from channels.sync.pushing import push
from tests.house import TESTER, House
from tests.sandbox.fixtures import ChannexRemote


@dataclass(slots=True)
class Pair:
    """Both sides of a connection; the clock of both shows noon of the business date when they met."""

    house: House
    connection: Connection
    #: The stand-in, Channex's or another channel's.
    channex: Any
    hotel: dict[str, Any]
    ahead: timedelta

    def clock(self) -> datetime:
        """Return now by the house's clock."""
        return timezone.now() + self.ahead

    def push(self) -> int:
        """Tell the channel what is due, whatever pause it wants."""
        Standing.objects.filter(connection=self.connection).update(send_at=self.clock() - timedelta(days=1))
        return push(self.connection.pk, clock=self.clock)

    def pull(self) -> int:
        """Read the channel now."""
        Standing.objects.filter(connection=self.connection).update(pull_at=self.clock() - timedelta(days=1))
        return pull(self.connection.pk, clock=self.clock)

    def day(self, offset: int) -> str:
        """Return a day after the business date as Channex writes it."""
        return (self.house.property.business_date + timedelta(days=offset)).isoformat()

    def shown(self, first: int, last: int, channel: str = "booking.com") -> dict[str, Any]:
        """Return what an OTA behind Channex was told, by the code of our room type and date."""
        calendar = self.channex.calendar(channel, self.day(first), self.day(last), self.hotel["property"])
        codes = {link.room_id: link.room_type.code for link in self.connection.room_links.select_related("room_type")}
        return {codes[room_id]: by_day for room_id, by_day in calendar.items() if room_id in codes}

    def sell(
        self, arrival: int, departure: int, *, room: str = "Double", channel: str = "booking.com", **more: Any
    ) -> Any:
        """Book as a guest of an OTA."""
        plan = self.hotel["rates"][f"{room}/Best available rate"]
        wanted = {"rate_plan_id": plan, "arrival": self.day(arrival), "departure": self.day(departure), "adults": 2}
        return self.channex.sell(channel, [wanted | more.pop("wanted", {})], **more)


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
    # Nobody is told of days that are past: the stand-in's clock is the house's.
    if ahead is None:
        ahead = datetime.combine(house.property.business_date, time(12), UTC) - datetime.now(UTC)
    channex.advance(ahead.total_seconds())
    rates = [{"title": "Best available rate", "rate": 10_000}]
    hotel = channex.hotel(
        [
            {"title": "Double", "count": 3, "guests": 2, "rates": rates},
            {"title": "Suite", "count": 2, "guests": 4, "rates": rates},
        ],
        channels=["booking.com", "airbnb", "expedia"],
    )
    connection = connection_save(
        connection=Connection(
            property=house.property,
            adapter="channex",
            name="Channex",
            account=hotel["property"],
            fallback_type=house.double,
            fallback_plan=house.rate_plan,
            days_ahead=days,
            **fields,
        ),
        keys={"api_key": channex.key, "webhook_secret": "channex_secret"},
        actor=TESTER,
    )
    now = timezone.now() + ahead
    rooms_fetch(connection=connection, record=lambda _: None, actor=TESTER, now=now)
    found = suggestions(connection)
    links_map(connection=connection, wanted=Wanted(dict(found.rooms), dict(found.rates)), actor=TESTER)
    if live:
        connection = connection_go_live(connection=connection, actor=TESTER, now=now)
    return Pair(house, connection, channex, hotel, ahead)
