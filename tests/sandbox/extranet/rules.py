"""May this stay be sold? One OTA's answer, from what it was told alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

#: What a rate may be told for a date besides its prices; None and 0 lift a length, False opens.
LENGTHS = ("min_stay_arrival", "min_stay_through", "max_stay_arrival", "max_stay_through")
CLOSURES = ("closed", "closed_to_arrival", "closed_to_departure")


class Refused(ValueError):
    """The OTA does not do that; `code` is one word of: unknown, past, dates, guests, not_told, sold_out, no_price,
    closed, closed_to_arrival, closed_to_departure, min_stay_arrival, min_stay_through, max_stay_arrival,
    max_stay_through, cancelled.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wanted:
    """One room that a guest asks for. `identifier` names a room of a stay that is changed; `nights` overrides prices."""

    room: str
    rate: str
    arrival: date
    departure: date
    adults: int = 2
    children: int = 0
    infants: int = 0
    ages: Sequence[int] = ()
    name: str = ""
    surname: str = ""
    identifier: str = ""
    nights: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Wanted":
        """Read one from JSON, dates as YYYY-MM-DD; TypeError or ValueError for a wrong one."""
        return cls(
            **{
                **asked,
                "arrival": date.fromisoformat(asked["arrival"]),
                "departure": date.fromisoformat(asked["departure"]),
            }
        )

    def dates(self) -> list[str]:
        """Return the nights as YYYY-MM-DD."""
        count = (self.departure - self.arrival).days
        return [(self.arrival + timedelta(days=number)).isoformat() for number in range(count)]


def price(prices: Mapping[str, int], guests: int) -> int | None:
    """Return the price for so many adults: their own, the next larger one's, or "0", the room's whoever sleeps in it."""
    told = sorted(int(occupancy) for occupancy in prices if int(occupancy) >= guests)
    if told:
        return prices[str(told[0])]
    return prices.get("0")


def check_shape(wanted: Wanted, room: Mapping[str, Any], today: date) -> None:
    if wanted.departure <= wanted.arrival:
        raise Refused("dates", "A stay has at least one night.")
    if wanted.arrival < today:
        raise Refused("past", f"{wanted.arrival} is over.")
    if wanted.adults < 1 or wanted.adults + wanted.children > room["guests"]:
        raise Refused("guests", f"{room['name']} takes 1 to {room['guests']} guests.")


def check_rules(wanted: Wanted, name: str, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse what the rate's restrictions forbid; `told` is by date, departure's included."""
    dates, departure = wanted.dates(), wanted.departure.isoformat()
    nights = len(dates)
    for day in dates:
        if told.get(day, {}).get("closed"):
            raise Refused("closed", f"{name} is closed on {day}.")
    if told.get(dates[0], {}).get("closed_to_arrival"):
        raise Refused("closed_to_arrival", f"{name} takes no arrival on {dates[0]}.")
    if told.get(departure, {}).get("closed_to_departure"):
        raise Refused("closed_to_departure", f"{name} takes no departure on {departure}.")
    for rule, asked in (("arrival", dates[:1]), ("through", dates)):
        for day in asked:
            least = told.get(day, {}).get(f"min_stay_{rule}") or 1
            most = told.get(day, {}).get(f"max_stay_{rule}") or nights
            if nights < least:
                raise Refused(f"min_stay_{rule}", f"{name} on {day} is sold for {least} nights or more.")
            if nights > most:
                raise Refused(f"max_stay_{rule}", f"{name} on {day} is sold for {most} nights at most.")


def check_counts(wanted: Wanted, name: str, left: Mapping[str, int]) -> None:
    for day in wanted.dates():
        if day not in left:
            raise Refused("not_told", f"Nobody said how many of {name} there are on {day}.")
        if left[day] < 1:
            raise Refused("sold_out", f"{name} is sold out on {day}.")


def nightly(wanted: Wanted, name: str, told: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return the price of each night, as told by date and occupancy."""
    found: dict[str, int] = {}
    for day in wanted.dates():
        amount = price(told.get(day, {}), wanted.adults)
        if not amount:
            raise Refused("no_price", f"{name} has no price for {wanted.adults} on {day}.")
        found[day] = amount
    return found
