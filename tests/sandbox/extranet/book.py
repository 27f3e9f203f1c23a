"""An OTA's book: its hotels, what it was told of them, and what it sold. Money in minor units, nights as YYYY-MM-DD.

Everything lies as JSON in the state of the stand-in and is guarded by its lock. The OTA counts down its own inventory
when it sells, up again when a stay is moved and, if it `refills`, when one is cancelled; the next count it is told
replaces all of that.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.sandbox.core.state import State
from tests.sandbox.extranet import payouts, rules
from tests.sandbox.extranet.rules import CLOSURES, LENGTHS, Refused, Wanted

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Manner:
    """How one OTA behaves. `payout` is its usual model (see payouts.py), commission in hundredths of a per cent."""

    name: str
    slug: str
    payout: str = "property"
    commission_basis_points: int = 1500
    refills: bool = True
    #: Digits of a reservation's number, or 0 for Airbnb's sort: HM and eight letters and digits.
    number_digits: int = 10
    mail_domain: str = "guest.example"

    def reservation(self) -> str:
        if not self.number_digits:
            return "HM" + "".join(secrets.choice(ALPHABET) for _ in range(8))
        return str(secrets.randbelow(9 * 10 ** (self.number_digits - 1)) + 10 ** (self.number_digits - 1))


@dataclass(frozen=True, slots=True)
class Booker:
    """Who booked; it need not be who sleeps there."""

    name: str = "Greta"
    surname: str = "Lindqvist"
    mail: str = ""
    phone: str = "+46 8 123 456"
    country: str = "SE"
    city: str = "Stockholm"
    address: str = ""
    zip: str = ""
    language: str = "en"


class Extranet:
    """The book of one OTA. `heard` is told of every revision of a stay, with the state's lock held."""

    def __init__(self, state: State, manner: Manner, heard: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.state = state
        self.manner = manner
        self.heard = heard

    @property
    def _book(self) -> dict[str, dict[str, Any]]:
        self.state.changed = True
        books = self.state.kept.setdefault("extranet", {})
        empty: dict[str, dict[str, Any]] = {
            "hotels": {},
            "rooms": {},
            "rates": {},
            "told_rooms": {},
            "told_rates": {},
            "stays": {},
        }
        book: dict[str, dict[str, Any]] = books.setdefault(self.manner.slug, empty)
        return book

    # What there is to sell

    def open_hotel(self, identifier: str, *, name: str, currency: str = "EUR", timezone: str = "UTC",
                   payout: str = "", commission_basis_points: int | None = None) -> dict[str, Any]:  # fmt: skip
        """Take a hotel on, or change what is known of it."""
        ZoneInfo(timezone)
        commission = self.manner.commission_basis_points if commission_basis_points is None else commission_basis_points
        hotel = {
            "id": identifier, "name": name, "currency": currency, "timezone": timezone,
            "payout": payouts.known(payout or self.manner.payout), "commission_basis_points": commission,
        }  # fmt: skip
        with self.state.lock:
            self._book["hotels"][identifier] = hotel
        return hotel

    def open_room(self, hotel: str, identifier: str, *, name: str, guests: int = 2) -> dict[str, Any]:
        """Add a room type to a hotel, or change it."""
        with self.state.lock:
            self.hotel(hotel)
            room = {"id": identifier, "hotel": hotel, "name": name, "guests": guests}
            self._book["rooms"][identifier] = room
            return room

    def open_rate(self, room: str, identifier: str, *, name: str, meal: str = "") -> dict[str, Any]:
        """Sell a room type by a rate plan, or change its name. The same rate may stand with several room types."""
        with self.state.lock:
            self.room(room)
            rate = {"id": identifier, "room": room, "name": name, "meal": meal}
            self._book["rates"][f"{room}/{identifier}"] = rate
            return rate

    def close_rate(self, room: str, identifier: str) -> None:
        """Take a rate plan of a room type off the shelf, with all it was told."""
        with self.state.lock:
            self._book["rates"].pop(f"{room}/{identifier}", None)
            self._book["told_rates"].pop(f"{room}/{identifier}", None)

    def close_room(self, identifier: str) -> None:
        """Take a room type off the shelf, with its rates."""
        with self.state.lock:
            for rate in self.rates(identifier):
                self.close_rate(identifier, rate["id"])
            self._book["rooms"].pop(identifier, None)
            self._book["told_rooms"].pop(identifier, None)

    def close_hotel(self, identifier: str) -> None:
        """Let a hotel go; its stays remain."""
        with self.state.lock:
            for room in self.rooms(identifier):
                self.close_room(room["id"])
            self._book["hotels"].pop(identifier, None)

    def hotels(self) -> list[dict[str, Any]]:
        with self.state.lock:
            return list(self._book["hotels"].values())

    def hotel(self, identifier: str) -> dict[str, Any]:
        return self._known("hotels", identifier, "hotel")

    def room(self, identifier: str) -> dict[str, Any]:
        return self._known("rooms", identifier, "room type")

    def rate(self, room: str, identifier: str) -> dict[str, Any]:
        return self._known("rates", f"{room}/{identifier}", "rate plan of that room type")

    def _known(self, kind: str, identifier: str, words: str) -> dict[str, Any]:
        with self.state.lock:
            found: dict[str, Any] | None = self._book[kind].get(identifier)
        if found is None:
            raise Refused("unknown", f"There is no {words} {identifier}.")
        return found

    def rooms(self, hotel: str) -> list[dict[str, Any]]:
        with self.state.lock:
            return [room for room in self._book["rooms"].values() if room["hotel"] == hotel]

    def rates(self, room: str) -> list[dict[str, Any]]:
        with self.state.lock:
            return [rate for rate in self._book["rates"].values() if rate["room"] == room]

    def today(self, hotel: str) -> date:
        """Return the date at the hotel, by the stand-in's clock."""
        zone = ZoneInfo(self.hotel(hotel)["timezone"])
        return datetime.fromtimestamp(self.state.now(), UTC).astimezone(zone).date()

    # What it is told

    def tell_room(
        self, room: str, dates: Iterable[date], *, count: int | None = None, closed: bool | None = None
    ) -> None:
        """Take how many of a room type are left to sell, an absolute number; `closed` closes it for every rate."""
        with self.state.lock:
            self.room(room)
            told = self._book["told_rooms"].setdefault(room, {})
            for day in dates:
                of_day = told.setdefault(day.isoformat(), {})
                if count is not None:
                    of_day |= {"told": count, "left": count}
                if closed is not None:
                    of_day["closed"] = closed

    def tell_rate(self, room: str, rate: str, dates: Iterable[date], *, prices: Mapping[int, int] | None = None,
                  **restrictions: Any) -> None:  # fmt: skip
        """Take prices by number of adults (0: the room, whoever sleeps in it) and the restrictions of LENGTHS and
        CLOSURES; what is not named stays as it was. TypeError for another restriction.
        """
        unknown = set(restrictions) - {*LENGTHS, *CLOSURES}
        if unknown:
            raise TypeError(f"A rate knows no {', '.join(sorted(unknown))}.")
        with self.state.lock:
            self.rate(room, rate)
            told = self._book["told_rates"].setdefault(f"{room}/{rate}", {})
            for day in dates:
                of_day = told.setdefault(day.isoformat(), {"prices": {}})
                of_day["prices"] |= {str(guests): amount for guests, amount in (prices or {}).items()}
                of_day |= restrictions

    def told_room(self, room: str, day: date) -> dict[str, Any]:
        """Return {told, left, closed} of a date, as far as it was told."""
        with self.state.lock:
            return dict(self._book["told_rooms"].get(room, {}).get(day.isoformat(), {}))

    def told_rate(self, room: str, rate: str, day: date) -> dict[str, Any]:
        """Return {prices, and restrictions} of a date, as far as it was told."""
        with self.state.lock:
            return {"prices": {}, **self._book["told_rates"].get(f"{room}/{rate}", {}).get(day.isoformat(), {})}

    # What it sells

    def quote(self, wanted: Wanted) -> dict[str, int]:
        """Return the price of each night of a room that is open; Refused otherwise."""
        with self.state.lock:
            room, rate = self.room(wanted.room), self.rate(wanted.room, wanted.rate)
            rules.check_shape(wanted, room, self.today(room["hotel"]))
            told = self._book["told_rooms"].get(wanted.room, {})
            for day in wanted.dates():
                if told.get(day, {}).get("closed"):
                    raise Refused("closed", f"{room['name']} is closed on {day}.")
            rules.check_counts(
                wanted, room["name"], {day: known["left"] for day, known in told.items() if "left" in known}
            )
            prices = self._book["told_rates"].get(f"{wanted.room}/{wanted.rate}", {})
            rules.check_rules(wanted, rate["name"], prices)
            return dict(wanted.nights) or rules.nightly(
                wanted, rate["name"], {day: known["prices"] for day, known in prices.items()}
            )

    def sell(self, *, hotel: str, rooms: Sequence[Wanted], booker: Booker | None = None, payout: str = "",
             notes: str = "", arrival_hour: str = "", forced: bool = False) -> dict[str, Any]:  # fmt: skip
        """Sell rooms to a guest and return the stay; Refused when one of them is not open. `forced` sells whatever
        there is, as an OTA does that lost a message, and takes the prices of `Wanted.nights`.
        """
        with self.state.lock:
            house = self.hotel(hotel)
            booker = booker or Booker()
            reservation = self._unused()
            mail = booker.mail or f"{booker.name}.{booker.surname}.{reservation[-4:]}@{self.manner.mail_domain}".lower()
            stay = {
                "reservation": reservation, "hotel": hotel, "currency": house["currency"], "status": "new",
                "revision": 0, "rooms": self._take(hotel, rooms, [], forced=forced), "booker": asdict(booker) | {"mail": mail},
                "notes": notes, "arrival_hour": arrival_hour, "payout_model": payouts.known(payout or house["payout"]),
                "booked_at": self.state.now(), "cancellation_fee": 0, "reports": [],
            }  # fmt: skip
            self._book["stays"][reservation] = stay
            return self._revise(stay)

    def modify(self, reservation: str, *, rooms: Sequence[Wanted] | None = None, forced: bool = False,
               **changes: Any) -> dict[str, Any]:  # fmt: skip
        """Change a stay: all of its rooms at once (those with an `identifier` keep it), or notes, arrival_hour, booker
        (a part of it). Its own nights are free for the change; Refused leaves everything as it was.
        """
        with self.state.lock:
            stay = self.stay(reservation)
            if stay["status"] == "cancelled":
                raise Refused("cancelled", f"{reservation} is cancelled.")
            unknown = set(changes) - {"notes", "arrival_hour", "booker"}
            if unknown:
                raise TypeError(f"A stay has no {', '.join(sorted(unknown))}.")
            if rooms is not None:
                stay["rooms"] = self._take(stay["hotel"], rooms, stay["rooms"], forced=forced)
            stay["booker"] |= changes.pop("booker", {})
            stay |= changes
            stay["status"] = "modified"
            return self._revise(stay)

    def cancel(self, reservation: str, *, fee: int = 0) -> dict[str, Any]:
        """Cancel a stay, for a fee in minor units; Refused when it is cancelled already."""
        with self.state.lock:
            stay = self.stay(reservation)
            if stay["status"] == "cancelled":
                raise Refused("cancelled", f"{reservation} is cancelled already.")
            if self.manner.refills:
                self._count(stay["rooms"], 1)
            stay |= {"status": "cancelled", "cancellation_fee": fee}
            return self._revise(stay)

    def report(self, reservation: str, kind: str, **said: Any) -> dict[str, Any]:
        """Note what the hotel reported of a stay: no_show, invalid_card and the like."""
        with self.state.lock:
            stay = self.stay(reservation)
            stay["reports"].append({"kind": kind, "at": self.state.now(), **said})
            self.state.changed = True
            return stay

    def stay(self, reservation: str) -> dict[str, Any]:
        return self._known("stays", reservation, "stay")

    def stays(self, hotel: str = "") -> list[dict[str, Any]]:
        with self.state.lock:
            return [stay for stay in self._book["stays"].values() if hotel in {"", stay["hotel"]}]

    def _unused(self) -> str:
        while (number := self.manner.reservation()) in self._book["stays"]:
            pass
        return number

    def _take(
        self, hotel: str, wanted: Sequence[Wanted], held: Sequence[Mapping[str, Any]], *, forced: bool
    ) -> list[dict[str, Any]]:
        """Take rooms out of the inventory, one after the other, and `held` back into it; all or nothing."""
        if not wanted:
            raise Refused("dates", "A stay has at least one room.")
        self._count(held, 1)
        known = {room["id"]: room for room in held}
        taken: list[dict[str, Any]] = []
        try:
            for one in wanted:
                if not forced and self.room(one.room)["hotel"] != hotel:
                    raise Refused("unknown", f"{hotel} has no room type {one.room}.")
                taken.append(self._take_one(self._as_held(one, known), forced=forced))
        except Refused:
            self._count(taken, 1)
            self._count(held, -1)
            raise
        return taken

    def _as_held(self, wanted: Wanted, known: Mapping[str, Mapping[str, Any]]) -> Wanted:
        """Keep the name of a room that is changed; Refused when the stay has no such room."""
        if not wanted.identifier:
            return wanted
        if wanted.identifier not in known:
            raise Refused("unknown", f"The stay has no room {wanted.identifier}.")
        before = known[wanted.identifier]
        return replace(wanted, name=wanted.name or before["name"], surname=wanted.surname or before["surname"])

    def _take_one(self, wanted: Wanted, *, forced: bool) -> dict[str, Any]:
        nights = dict.fromkeys(wanted.dates(), 10000) | dict(wanted.nights) if forced else self.quote(wanted)
        serial = self.state.kept["extranet_rooms"] = self.state.kept.get("extranet_rooms", 1000) + 1
        room = {
            "id": wanted.identifier or str(serial), "room": wanted.room, "rate": wanted.rate,
            "arrival": wanted.arrival.isoformat(), "departure": wanted.departure.isoformat(), "adults": wanted.adults,
            "children": wanted.children, "infants": wanted.infants, "ages": list(wanted.ages), "name": wanted.name,
            "surname": wanted.surname, "nights": nights, "total": sum(nights.values()),
        }  # fmt: skip
        self._count([room], -1)
        return room

    def _count(self, rooms: Iterable[Mapping[str, Any]], by: int) -> None:
        """Count what is left up or down; a forced sale may leave less than nothing, so that its end opens nothing."""
        for room in rooms:
            told = self._book["told_rooms"].get(room["room"], {})
            for day in room["nights"]:
                if "left" in told.get(day, {}):
                    told[day]["left"] += by

    def _revise(self, stay: dict[str, Any]) -> dict[str, Any]:
        """Number the revision, work out what it is worth, and tell whoever listens."""
        total = sum(room["total"] for room in stay["rooms"])
        charged = stay["cancellation_fee"] if stay["status"] == "cancelled" else total
        hotel = self._book["hotels"].get(stay["hotel"], {"commission_basis_points": 0, "name": stay["hotel"]})
        commission = (charged * hotel["commission_basis_points"] + 5000) // 10_000
        stay |= {
            "revision": stay["revision"] + 1, "revision_id": str(secrets.randbelow(9 * 10**9) + 10**9),
            "arrival": min(room["arrival"] for room in stay["rooms"]),
            "departure": max(room["departure"] for room in stay["rooms"]), "total": total, "charged": charged,
            "commission": commission, "changed_at": self.state.now(),
        }  # fmt: skip
        stay["payout"] = payouts.worked_out(stay, self.manner.name)
        if self.heard:
            self.heard(stay)
        return stay
