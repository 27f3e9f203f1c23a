"""AvailRateUpdate: read, judged as a whole, and only then applied. An error anywhere leaves everything as it was."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.sandbox.expedia import settings, wire
from tests.sandbox.expedia.wire import Failed, boolean, child, children
from tests.sandbox.extranet import money
from tests.sandbox.extranet.rules import Refused

if TYPE_CHECKING:
    from tests.sandbox.expedia.sandbox import ExpediaSandbox

MOST_UPDATES = 5000
MOST_BYTES = 100 * 1000
MOST_ROOMS = 4999
DAYS_OF_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MODELS = {"PerDay": "PerDayPricing", "PerOccupancy": "OccupancyBasedPricing", "PerPerson": "PerPersonPricing"}


@dataclass(slots=True)
class Change:
    """Values for some nights of a room type (rate None) or of one of its plans. Prices in minor units by occupancy."""

    room: str
    rate: str | None
    nights: list[date]
    values: dict[str, Any] = field(default_factory=dict)
    prices: dict[int, int] = field(default_factory=dict)
    by_length: dict[int, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many updates this counts for: one for each value and night."""
        return len(self.nights) * (len(self.values) + len(self.prices) + len(self.by_length))


class Rates:
    """The AR call of one stand-in."""

    def __init__(self, sandbox: "ExpediaSandbox") -> None:
        self.sandbox = sandbox
        self.book = sandbox.book

    def update(self, root: Any, hotel: str) -> list[tuple[int, str]]:
        """Apply a message and return its warnings; Failed when nothing of it was applied."""
        currency = self.book.hotel(hotel)["currency"]
        changes = [change for block in _blocks(root) for change in self._changes(block, hotel, currency)]
        if not any(change.size for change in changes):
            raise Failed(3015, "The message contains no updates.")
        if sum(change.size for change in changes) > MOST_UPDATES:
            raise Failed(3107, f"A message takes {MOST_UPDATES} updates at most.")
        _refuse_repeats(changes)
        warnings: list[tuple[int, str]] = []
        for change in changes:
            self._apply(change, hotel, warnings)
        return warnings

    # Reading

    def _changes(self, block: Any, hotel: str, currency: str) -> Iterator[Change]:
        nights = [night for span in children(block, "DateRange") for night in self._nights(span, hotel)]
        for room in children(block, "RoomType"):
            identifier = room.get("id") or ""
            self._known_room(hotel, identifier)
            own = Change(identifier, None, nights)
            if room.get("closed") is not None:
                own.values["closed"] = boolean(room.get("closed"))
            inventory = child(room, "Inventory")
            if inventory is not None:
                own.values["count"] = self._count(inventory, hotel, identifier)
            yield own
            for plan in children(room, "RatePlan"):
                yield self._plan(plan, identifier, nights, hotel, currency)

    def _nights(self, span: Any, hotel: str) -> list[date]:
        try:
            first, last = date.fromisoformat(span.get("from") or ""), date.fromisoformat(span.get("to") or "")
        except ValueError as error:
            raise Failed(3010, "A date range has two dates.") from error
        zone = ZoneInfo(self.book.hotel(hotel)["timezone"])
        today = datetime.fromtimestamp(self.sandbox.state.now(), UTC).astimezone(zone).date()
        if first < today - timedelta(days=1):
            raise Failed(3020, "The start date is before yesterday.")
        if last < first:
            raise Failed(3021, "The end date is before the start date.")
        if last > today + timedelta(days=731):
            raise Failed(3022, "The end date is more than two years away.")
        named = {day: boolean(span.get(day)) for day in DAYS_OF_WEEK}
        every = all(value is None for value in named.values())
        nights = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return [night for night in nights if every or named[DAYS_OF_WEEK[night.weekday()]]]

    def _known_room(self, hotel: str, room: str) -> None:
        try:
            good = self.book.room(room)["hotel"] == hotel
        except Refused:
            good = False
        if not good:
            raise Failed(3203, f"Room type {room} does not belong to the hotel.")

    def _count(self, inventory: Any, hotel: str, room: str) -> int:
        total, flexible = inventory.get("totalInventoryAvailable"), inventory.get("flexibleAllocation")
        if total is not None and flexible is not None:
            raise Failed(3026, "Flexible and total allocation are not sent together.")
        if total is None and flexible is None:
            raise Failed(3015, "Inventory names no number.")
        text = total if total is not None else flexible
        if not re.fullmatch(r"\d{1,4}", text) or int(text) > MOST_ROOMS:
            raise Failed(3010, f"{text!r} is no number of rooms.")
        base = int(settings.hotel(self.sandbox.state.kept, hotel)["base_allocation"].get(room, 0))
        return int(text) if total is not None else base + int(text)

    def _plan(self, node: Any, room: str, nights: list[date], hotel: str, currency: str) -> Change:
        rate = node.get("id") or ""
        try:
            self.book.rate(room, rate)
        except Refused:
            raise Failed(3204, f"Rate plan {rate} does not belong to room type {room}.") from None
        plan = settings.plan(self.sandbox.state.kept, room, rate)
        if plan["acquisition"] == "Derived":
            raise Failed(3142, f"Rate plan {rate} does not match the acquisition type of the property.")
        change = Change(room, rate, nights)
        if node.get("closed") is not None:
            change.values["closed"] = boolean(node.get("closed"))
        for one in children(node, "Rate"):
            self._rate(change, one, plan, hotel, currency)
        restrictions = child(node, "Restrictions")
        if restrictions is not None:
            self._restrict(change, restrictions, hotel)
        return change

    def _rate(self, change: Change, node: Any, plan: dict[str, Any], hotel: str, currency: str) -> None:
        length = node.get("lengthOfStay")
        if plan["length_of_stay_pricing"] and length is None:
            raise Failed(3123, "The rate plan is priced by length of stay.")
        if not plan["length_of_stay_pricing"] and length is not None:
            raise Failed(3124, "The rate plan is not priced by length of stay.")
        if node.get("rateChangeIndicator") is not None and not plan["day_of_arrival_pricing"]:
            raise Failed(3125, "The rate plan is not priced by day of arrival.")
        amounts = [one for one in node if wire.local(one) in MODELS]
        if amounts and node.get("currency") != currency:
            raise Failed(3103, f"The property sells in {currency}.")
        model = settings.hotel(self.sandbox.state.kept, hotel)["pricing"]
        for one in amounts:
            if MODELS[wire.local(one)] != model:
                raise Failed(3090, f"The property is configured for {model}.")
            amount = _amount(one.get("rate") or "", currency)
            if length is not None:
                change.by_length[int(length)] = amount
            elif model == "PerPersonPricing":
                change.prices[2] = 2 * amount
            else:
                change.prices[int(one.get("occupancy") or 0)] = amount

    def _restrict(self, change: Change, node: Any, hotel: str) -> None:
        kind = settings.hotel(self.sandbox.state.kept, hotel)["length_of_stay"]
        lengths = {}
        for name, meaning in (("minLOS", f"min_stay_{kind}"), ("maxLOS", f"max_stay_{kind}")):
            if (text := node.get(name)) is not None:
                if not re.fullmatch(r"[1-9]|1\d|2[0-8]", text):
                    raise Failed(3010, f"{name} is 1 to 28.")
                lengths[name] = change.values[meaning] = int(text)
        if lengths.get("minLOS", 1) > lengths.get("maxLOS", 28):
            raise Failed(3015, f"MaxLOS {lengths['maxLOS']} is smaller than MinLOS {lengths['minLOS']}.")
        for name, meaning in (("closedToArrival", "closed_to_arrival"), ("closedToDeparture", "closed_to_departure")):
            if node.get(name) is not None:
                change.values[meaning] = boolean(node.get(name))

    # Applying

    def _apply(self, change: Change, hotel: str, warnings: list[tuple[int, str]]) -> None:
        if change.rate is None:
            self._apply_room(change, hotel, warnings)
        elif change.size:
            self._apply_plan(change, hotel, warnings)

    def _apply_room(self, change: Change, hotel: str, warnings: list[tuple[int, str]]) -> None:
        base = int(settings.hotel(self.sandbox.state.kept, hotel)["base_allocation"].get(change.room, 0))
        for night in change.nights:
            where = f"Inventory date {night}; Room Type ID {change.room}; "
            count, closed = change.values.get("count"), change.values.get("closed")
            if count is not None and count < base:
                warnings.append((7013, f"{where}The total was raised to the base allocation ({base})."))
                count = base
            if closed and base:
                warnings.append((7010, f"{where}There is base allocation left on the room."))
                closed = None
            self.book.tell_room(change.room, [night], count=count, closed=closed)

    def _apply_plan(self, change: Change, hotel: str, warnings: list[tuple[int, str]]) -> None:
        rate = str(change.rate)
        where = f"[Room Type ID {change.room}; Rate Plan ID {rate}] "
        plan = settings.plan(self.sandbox.state.kept, change.room, rate)
        values, prices = dict(change.values), dict(change.prices)
        if plan["status"] != "Active":
            warnings.append((7022, f"{where}The rate plan is not active."))
        if plan["acquisition"] == "Linked" and (prices or change.by_length):
            warnings.append((7024, f"{where}Rates come from the parent plan."))
            prices, change.by_length = {}, {}
        if plan["restrictions_linked"] and values:
            warnings.append((7023, f"{where}Restrictions come from the parent plan."))
            values = {}
        guests = self.book.room(change.room)["guests"]
        if any(occupancy > guests for occupancy in prices):
            warnings.append((7009, f"{where}An occupancy exceeds the {guests} the room takes."))
            prices = {occupancy: amount for occupancy, amount in prices.items() if occupancy <= guests}
        for night in change.nights:
            self._apply_night(change, night, values, dict(prices), hotel, warnings)

    def _apply_night(self, change: Change, night: date, values: dict[str, Any], prices: dict[int, int], hotel: str,
                     warnings: list[tuple[int, str]]) -> None:  # fmt: skip
        rate, own = str(change.rate), settings.hotel(self.sandbox.state.kept, hotel)
        where = f"[Room Type ID {change.room}; Rate Plan ID {rate}; Stay Date {night}] "
        least, most = own["least_rate"], own["most_rate"]
        if any((least and amount < least) or (most and amount > most) for amount in prices.values()):
            net = settings.plan(self.sandbox.state.kept, change.room, rate)["acquisition"] == "NetRate"
            warnings.append((7019 if net else 7021, f"{where}A rate is out of the threshold."))
            prices = {}
        kind = own["length_of_stay"]
        told = self.book.told_rate(change.room, rate, night)
        shortest = values.get(f"min_stay_{kind}", told.get(f"min_stay_{kind}") or 1)
        longest = values.get(f"max_stay_{kind}", told.get(f"max_stay_{kind}") or 28)
        if shortest > longest:
            warnings.append((7016, f"{where}MaxLOS {longest} is smaller than MinLOS {shortest}."))
            values = {name: value for name, value in values.items() if not name.startswith(("min_stay", "max_stay"))}
        self.book.tell_rate(change.room, rate, [night], prices=prices, **values)
        if change.by_length:
            lengths = self.sandbox.kept("by_length").setdefault(f"{change.room}/{rate}", {})
            lengths.setdefault(night.isoformat(), {}).update({str(n): a for n, a in change.by_length.items()})


def _blocks(root: Any) -> list[Any]:
    """Return the groups of a message; the older form has one group, which is the message itself."""
    return children(root, "AvailRateUpdate") or [root]


def _amount(text: str, currency: str) -> int:
    try:
        return money.minor(text, currency)
    except ValueError:
        raise Failed(3010, f"{text!r} is no rate in {currency}.") from None


def _refuse_repeats(changes: list[Change]) -> None:
    """Refuse a value that is sent twice for a night, unless it is the same value: a closure repeated is no conflict."""
    seen: dict[tuple[Any, ...], Any] = {}
    for change in changes:
        named = {**change.values, **{f"rate {n}": amount for n, amount in change.prices.items()}}
        for night in change.nights:
            for name, value in named.items():
                key = (change.room, change.rate, night, name)
                if seen.setdefault(key, value) != value:
                    raise Failed(3108, f"{name} of {change.room}/{change.rate} on {night} is sent twice.")
