"""What a channel would be told first, in words and as a table: what opens there, for how long, at what price (T71)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bookings.rates.outward import Outward
from channels.connections.models import Connection, RateLink, RoomLink
from channels.connections.selectors import unmapped_count
from channels.sync.going import first_push
from channels.sync.showing import named
from pms.kernel.money import Money

#: So many days are shown one by one.
SHOWN_DAYS = 14


@dataclass(frozen=True, slots=True)
class RateTold:
    """A rate in the first push. `open_days` may be bought; prices are the lowest and highest of those days."""

    link: RateLink
    open_days: int
    lowest: Money | None
    highest: Money | None
    days: tuple[tuple[date, Outward, str], ...]


@dataclass(frozen=True, slots=True)
class RoomTold:
    """A room in the first push, with its rates. `days` are the first ones with the rooms left."""

    link: RoomLink
    most: int
    rates: tuple[RateTold, ...]
    days: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class FirstPush:
    """Everything that going live would tell on [first, until)."""

    first: date
    until: date
    cells: int
    open_days: int
    rooms: tuple[RoomTold, ...]
    unmapped_rooms: int
    unmapped_rates: int
    shown: tuple[date, ...]
    warnings: tuple[str, ...]

    @property
    def days(self) -> int:
        """How many days are told."""
        return (self.until - self.first).days

    @property
    def rate_count(self) -> int:
        """How many rates are told."""
        return sum(len(room.rates) for room in self.rooms)


def first_push_told(connection: Connection, *, now: datetime) -> FirstPush:
    """Return what would be told; nothing is told by this. A fixed number of queries."""
    cells, first, until = first_push(connection=connection, now=now)
    named(cells)
    currency = connection.property.currency
    opened: set[date] = set()
    rooms = []
    for link, counts in sorted(cells.rooms.items(), key=lambda pair: pair[0].name):
        left = dict(counts)
        rates = []
        for rate, days in cells.rates.items():
            if rate.room_id != link.pk:
                continue
            sold = [(day, wanted) for day, wanted, _ in days if wanted.prices and not wanted.closed and left.get(day)]
            opened |= {day for day, _ in sold}
            prices = [price for _, wanted in sold for price in wanted.prices]
            rates.append(
                RateTold(
                    link=rate,
                    open_days=len(sold),
                    lowest=Money(min(prices), currency) if prices else None,
                    highest=Money(max(prices), currency) if prices else None,
                    days=tuple((day, wanted, price_words(wanted, currency)) for day, wanted, _ in days[:SHOWN_DAYS]),
                )
            )
        rooms.append(RoomTold(link, max(left.values(), default=0), tuple(rates), tuple(counts[:SHOWN_DAYS])))
    unmapped_rooms, unmapped_rates = unmapped_count(connection)
    return FirstPush(
        first=first,
        until=until,
        cells=cells.count,
        open_days=len(opened),
        rooms=tuple(rooms),
        unmapped_rooms=unmapped_rooms,
        unmapped_rates=unmapped_rates,
        shown=tuple(day for day, _ in rooms[0].days) if rooms else (),
        warnings=tuple(_warnings(rooms)),
    )


def price_words(wanted: Outward, currency: str) -> str:
    """Return the price of a day in short: that of the most guests, nothing where there is none."""
    if not wanted.prices:
        return ""
    amount = Money(max(wanted.prices), currency).amount
    return f"{amount:.0f}" if amount == int(amount) else f"{amount}"


def _warnings(rooms: Sequence[RoomTold]) -> list[str]:
    """Return what somebody should look at before the yes."""
    said = [f"{room.link} has no rate that is mapped: it is told how many are left and cannot be bought."
            for room in rooms if not room.rates]  # fmt: skip
    said += [
        f"{rate.link} of {room.link} is not open on any day: no price, closed, or no room left."
        for room in rooms
        for rate in room.rates
        if not rate.open_days
    ]
    return said
