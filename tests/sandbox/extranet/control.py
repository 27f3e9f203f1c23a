"""What the control interface of a stand-in can tell its extranets: names under /_sandbox/extranet/, JSON both ways.

Every call names its `channel` (the OTA's slug) where a stand-in has more than one; the only one is taken otherwise.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tests.sandbox.extranet.book import Booker, Extranet
from tests.sandbox.extranet.rules import Wanted


def days(first: str, last: str) -> list[date]:
    """Return the dates from first to last, both included; ValueError for what are none, as YYYYMMDD is none."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    if (start.isoformat(), end.isoformat()) != (first, last):
        raise ValueError(f"{first} and {last} shall be dates as YYYY-MM-DD.")
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def command(extranets: Mapping[str, Extranet], name: str, settings: dict[str, Any]) -> Any:  # noqa: C901, PLR0911, PLR0912 (a table)
    """Do what was told under a name; KeyError for an unknown one or channel, Refused for what the OTA does not do."""
    if not name.startswith("POST extranet/"):
        raise KeyError(name)
    asked = dict(settings)
    channel = asked.pop("channel", "") or (next(iter(extranets)) if len(extranets) == 1 else "")
    book = extranets[channel]
    match name:
        case "POST extranet/hotels":
            return book.open_hotel(asked.pop("id"), **asked)
        case "POST extranet/rooms":
            return book.open_room(asked.pop("hotel"), asked.pop("id"), **asked)
        case "POST extranet/rates":
            return book.open_rate(asked.pop("room"), asked.pop("id"), **asked)
        case "POST extranet/tell_room":
            return book.tell_room(asked.pop("room"), days(asked.pop("first"), asked.pop("last")), **asked)
        case "POST extranet/tell_rate":
            prices = {int(guests): amount for guests, amount in asked.pop("prices", {}).items()}
            dates = days(asked.pop("first"), asked.pop("last"))
            return book.tell_rate(asked.pop("room"), asked.pop("rate"), dates, prices=prices, **asked)
        case "POST extranet/quote":
            return book.quote(Wanted.of(asked))
        case "POST extranet/sell":
            rooms, booker = _rooms(asked.pop("rooms")), Booker(**asked.pop("booker", {}))
            return book.sell(rooms=rooms, booker=booker, **asked)
        case "POST extranet/modify":
            wanted = asked.pop("rooms", None)
            rooms_or_none = None if wanted is None else _rooms(wanted)
            return book.modify(asked.pop("reservation"), rooms=rooms_or_none, **asked)
        case "POST extranet/cancel":
            return book.cancel(asked.pop("reservation"), **asked)
        case "POST extranet/stays":
            return book.stays(asked.get("hotel", ""))
        case "POST extranet/stay":
            return book.stay(asked["reservation"])
        case "POST extranet/calendar":
            return calendar(book, asked["hotel"], days(asked["first"], asked["last"]))
    raise KeyError(name)


def _rooms(asked: list[dict[str, Any]]) -> list[Wanted]:
    return [Wanted.of(room) for room in asked]


def calendar(book: Extranet, hotel: str, dates: list[date]) -> dict[str, Any]:
    """Return what the OTA was told: {room: {date: {told, left, closed, rates: {rate: {prices, restrictions}}}}}."""
    with book.state.lock:
        return {
            room["id"]: {
                day.isoformat(): {
                    **book.told_room(room["id"], day),
                    "rates": {
                        rate["id"]: book.told_rate(room["id"], rate["id"], day) for rate in book.rates(room["id"])
                    },
                }
                for day in dates
            }
            for room in book.rooms(hotel)
        }
