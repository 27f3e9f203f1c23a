"""A house of ours and its hotel at a channel's stand-in, mapped to each other and live: what the set-ups of all share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from channels.connections.models import Connection
from channels.connections.selectors import suggestions
from channels.connections.services import Wanted, connection_save, links_map, rooms_fetch
from channels.sync.going import connection_go_live
from channels.sync.models import Standing
from channels.sync.pulling import pull
from channels.sync.pushing import push
from pms.properties.models import RoomType
from tests.house import TESTER, House
from tests.sandbox.fixtures import Remote


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

    def on(self, offset: int) -> date:
        """Return a day after the business date."""
        return self.house.property.business_date + timedelta(days=offset)

    # --- at Channex ---------------------------------------------------------------------------------

    def day(self, offset: int) -> str:
        """Return a day after the business date as Channex writes it."""
        return self.on(offset).isoformat()

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


def meet(house: House, remote: Remote) -> timedelta:
    """Set a stand-in's clock to noon of the business date, for nobody is told of days that are past; return how far that is."""
    ahead = datetime.combine(house.property.business_date, time(12), UTC) - datetime.now(UTC)
    remote.advance(ahead.total_seconds())
    return ahead


def connect(
    house: House,
    *,
    adapter: str,
    name: str,
    account: str,
    days: int,
    keys: Mapping[str, str],
    answers: Mapping[str, str] | None = None,
    **fields: Any,
) -> Connection:
    """Make a connection with its keys; what nobody mapped is a double at the one plan."""
    connection = Connection(
        property=house.property,
        adapter=adapter,
        name=name,
        account=account,
        fallback_type=house.double,
        fallback_plan=house.rate_plan,
        days_ahead=days,
        **fields,
    )
    return connection_save(connection=connection, keys=keys, answers=answers, actor=TESTER)


def mapped(
    connection: Connection, *, now: datetime, rooms: Mapping[str, RoomType] | None = None, live: bool = True
) -> Connection:
    """Read a channel's rooms, map them (`rooms` by the channel's name for each; None: as suggested) and go live."""
    rooms_fetch(connection=connection, record=lambda _: None, actor=TESTER, now=now)
    found = suggestions(connection)
    wanted = dict(found.rooms)
    if rooms is not None:
        wanted = {link.pk: rooms[link.room_id] for link in connection.room_links.all()}
    links_map(connection=connection, wanted=Wanted(wanted, dict(found.rates)), actor=TESTER)
    return connection_go_live(connection=connection, actor=TESTER, now=now) if live else connection
