"""Counts, prices and restrictions: what of a message is applied, and the answer to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lxml import etree

from tests.sandbox.bookingcom import answers, settings
from tests.sandbox.bookingcom.accounts import Account
from tests.sandbox.bookingcom.answers import each, put
from tests.sandbox.bookingcom.updates import (
    Complaint,
    Message,
    Update,
    months,
    read_amounts,
    read_availability,
    read_bxml,
    without_repeats,
)
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.extranet import money
from tests.sandbox.extranet.rules import CLOSURES, LENGTHS, Refused

if TYPE_CHECKING:
    from tests.sandbox.bookingcom.sandbox import BookingComSandbox

#: Dates are judged by Central European Time without summer time.
CENTRAL = timezone(timedelta(hours=1))
LEAST_EUROS, MOST_EUROS = 5, 50_000
DENIED = "ACCESS_DENIED"


@dataclass(slots=True)
class Outcome:
    """What became of a message: how many updates were applied, what was wrong, what was only noted."""

    applied: int = 0
    complaints: list[Complaint] = field(default_factory=list)
    warnings: list[Complaint] = field(default_factory=list)

    @property
    def status(self) -> int:
        """200 when anything was applied, 403 when all of it was somebody else's, 400 when all of it was wrong."""
        if self.applied or not self.complaints:
            return 200
        return 403 if all(complaint.code == DENIED for complaint in self.complaints) else 400


class Ari:
    """The calls about availability, rates and inventory of one stand-in."""

    def __init__(self, sandbox: "BookingComSandbox") -> None:
        self.sandbox = sandbox
        self.book = sandbox.book

    # Reading a message

    def availability(self, request: Request, account: Account) -> Answer:
        """POST /hotels/xml/availability."""
        root = answers.parse(request.body)
        first = next((room.get("id") for room in each(root, "room") if room.get("id")), "")
        outcome = self._work(read_bxml(root, places=self._places(first)), account)
        return _answer(outcome)

    def availability_notice(self, request: Request, account: Account) -> Answer:
        """POST /hotels/ota/OTA_HotelAvailNotif."""
        root = answers.parse(request.body)
        first = _first_room(root, "AvailStatusMessages", "AvailStatusMessage")
        lengths = self._set_for(first)["length_of_stay"]
        return self._told("OTA_HotelAvailNotifRS", self._work(read_availability(root, lengths=lengths), account))

    def amounts_notice(self, request: Request, account: Account) -> Answer:
        """POST /hotels/ota/OTA_HotelRateAmountNotif."""
        root = answers.parse(request.body)
        first = _first_room(root, "RateAmountMessages", "RateAmountMessage")
        divided = bool(self._set_for(first)["rates_divided"])
        message = read_amounts(root, places=self._places(first), divided=divided)
        return self._told("OTA_HotelRateAmountNotifRS", self._work(message, account))

    def _told(self, name: str, outcome: Outcome) -> Answer:
        noted = [f"{one.code}: {one.sentence}" for one in (*outcome.complaints, *outcome.warnings)]
        if outcome.status == 200:
            return answers.succeeded(name, self.sandbox.stamp(), noted)
        return answers.errors(name, self.sandbox.stamp(), noted, outcome.status)

    def _hotel_of(self, room: str) -> str | None:
        try:
            return str(self.book.room(room)["hotel"])
        except Refused:
            return None

    def _places(self, room: str) -> int:
        hotel = self._hotel_of(room)
        return money.digits(self.book.hotel(hotel)["currency"]) if hotel else 2

    def _set_for(self, room: str) -> Mapping[str, Any]:
        hotel = self._hotel_of(room)
        return settings.of(self.sandbox.state.kept, hotel) if hotel else settings.DEFAULTS

    # Applying it

    def _work(self, message: Message, account: Account) -> Outcome:
        outcome = Outcome(complaints=message.complaints, warnings=without_repeats(message))
        outcome.warnings += [Complaint(one["code"], one["sentence"]) for one in self.sandbox.planned_warnings()]
        hotels = {self._hotel_of(update.room) for update in message.updates} - {None}
        strict = any(settings.of(self.sandbox.state.kept, str(hotel))["one_month"] for hotel in hotels)
        if len(hotels) > 1:
            outcome.complaints.append(Complaint("ONE_HOTEL_PER_REQUEST", "A request is for one hotel."))
            return outcome
        if strict and len(months(message.updates)) > 1:
            outcome.complaints.append(Complaint("ONE_MONTH_PER_REQUEST", "A request is for one month."))
            return outcome
        for update in message.updates:
            complaint = self._wrong(update, message.hotel, account)
            if complaint:
                outcome.complaints.append(complaint)
            else:
                self._apply(update)
                outcome.applied += 1
        return outcome

    def _wrong(self, update: Update, named: str | None, account: Account) -> Complaint | None:
        """Return what forbids an update, the first reason of several."""
        rate = update.rate or ""
        hotel = self._hotel_of(update.room)
        if hotel is None or (named and named != hotel):
            return Complaint("ROOM_ID_INVALID", f"Room ID '{update.room}' is not valid.", update.room, rate)
        if not account.may(hotel):
            return Complaint(DENIED, f"Access denied for hotel {hotel}.", update.room, rate)
        yesterday = (
            datetime.fromtimestamp(self.sandbox.state.now(), UTC).astimezone(CENTRAL) - timedelta(days=1)
        ).date()
        if update.nights[0] < yesterday.isoformat():
            return Complaint("NOT_A_VALID_DATE", f"{update.nights[0]} is over.", update.room, rate)
        if update.prices and not update.rate:
            return Complaint("RATE_ID_MISSING", "A price needs a rate.", update.room)
        return self._wrong_rate(update) or self._wrong_price(update, hotel)

    def _wrong_rate(self, update: Update) -> Complaint | None:
        if update.rate is None:
            return None
        try:
            self.book.rate(update.room, update.rate)
        except Refused:
            return Complaint("RATE_ID_INVALID", f"Rate ID '{update.rate}' is not valid.", update.room, update.rate)
        marks = self.sandbox.marks(update.room, update.rate)
        if marks.get("readonly") or (marks.get("child") and update.prices):
            sentence = f"Rate {update.rate} takes its values from another one."
            return Complaint("RATE_IS_READONLY", sentence, update.room, update.rate)
        return None

    def _wrong_price(self, update: Update, hotel: str) -> Complaint | None:
        house = self.book.hotel(hotel)
        worth = Decimal(str(settings.of(self.sandbox.state.kept, hotel)["euro_rate"]))
        for amount in update.prices.values():
            euros = Decimal(amount).scaleb(-money.digits(house["currency"])) / worth
            if euros < LEAST_EUROS:
                return Complaint("PRICE_BELOW_MIN_PRICE", "The price is too low.", update.room, update.rate or "")
            if euros > MOST_EUROS:
                return Complaint("PRICE_EXCEEDS_MAX_PRICE", "The price is too high.", update.room, update.rate or "")
        return None

    def _apply(self, update: Update) -> None:
        dates = [date.fromisoformat(night) for night in update.nights]
        values = dict(update.values)
        if "count" in values:
            self.book.tell_room(update.room, dates, count=values["count"])
        if "closed" in values and update.rate is None:
            self.book.tell_room(update.room, dates, closed=values.pop("closed"))
        known = {name: value for name, value in values.items() if name in {*LENGTHS, *CLOSURES}}
        for rate in [update.rate] if update.rate else [one["id"] for one in self.book.rates(update.room)]:
            if known or update.prices:
                self.book.tell_rate(update.room, rate, dates, prices=self._prices(update, rate), **known)

    def _prices(self, update: Update, rate: str) -> dict[int, int]:
        room = self.book.room(update.room)
        pricing = settings.of(self.sandbox.state.kept, room["hotel"])["pricing"]
        if pricing == "los":
            return {}
        prices = {persons: amount for persons, amount in update.prices.items() if persons}
        if 0 in update.prices:
            rule = self.sandbox.kept("derived").get(f"{update.room}/{rate}")
            plain = {room["guests"]: update.prices[0]} if pricing == "obp" else {}
            prices |= plain or settings.derived(rule, room["guests"], update.prices[0])
        return prices

    # What can be read back

    def rooms(self, request: Request, account: Account) -> Answer:
        """POST /hotels/xml/rooms."""
        root = answers.parse(request.body)
        asked = [node.text or "" for node in each(root, "hotel_id")]
        found = etree.Element("rooms")
        for hotel in self.book.hotels():
            if not account.may(hotel["id"]) or (asked and hotel["id"] not in asked):
                continue
            for room in self.book.rooms(hotel["id"]):
                node = put(
                    found, "room", id=room["id"], hotel_id=hotel["id"], hotel_name=hotel["name"], max_children="0",
                    room_name=room["name"],
                )  # fmt: skip
                rates = put(node, "rates")
                for rate in self.book.rates(room["id"]):
                    marks = self.sandbox.marks(room["id"], rate["id"])
                    put(
                        rates, "rate", id=rate["id"], max_persons=str(room["guests"]), policy="General", policy_id="1",
                        rate_name=rate["name"], is_child_rate="1" if marks.get("child") else None,
                        readonly="1" if marks.get("readonly") else None,
                    )  # fmt: skip
        return answers.sealed(found)

    def read_back(self, request: Request, account: Account) -> Answer:
        """POST /hotels/xml/roomrateavailability. Ours: the element rate and its attributes."""
        root = answers.parse(request.body)
        told = {answers.plain(child.tag): child.text or "" for child in root if isinstance(child.tag, str)}
        hotel = told.get("hotel_id", "")
        if not account.may(hotel):
            return answers.fault("roomrateavailability", 403, f"Access denied for hotel {hotel}")
        try:
            first, count = date.fromisoformat(told["start_date"]), int(told["number_of_days"])
            house, rooms = self.book.hotel(hotel), self.book.rooms(hotel)
        except (KeyError, ValueError) as error:
            return answers.fault("roomrateavailability", 400, f"The request is not valid: {error}")
        found = etree.Element("roomrateavailability")
        for room in rooms:
            node = put(found, "room", room_id=room["id"], hotel_id=hotel, room_name=room["name"])
            for number in range(count):
                self._read_day(node, room, first + timedelta(days=number), house["currency"])
        return answers.sealed(found)

    def _read_day(self, parent: Any, room: Mapping[str, Any], day: date, currency: str) -> None:
        of_room = self.book.told_room(room["id"], day)
        shut = "1" if of_room.get("closed") else "0"
        left = str(of_room.get("left", 0))
        node = put(parent, "date", value=day.isoformat(), rooms_to_sell=left, closed=shut)
        for rate in self.book.rates(room["id"]):
            told = self.book.told_rate(room["id"], rate["id"], day)
            prices = {
                f"price{guests.removeprefix('0')}": money.shown(amount, currency)
                for guests, amount in told["prices"].items()
            }
            put(
                node, "rate", id=rate["id"], **prices, closed=_bit(told, "closed"),
                closedonarrival=_bit(told, "closed_to_arrival"), closedondeparture=_bit(told, "closed_to_departure"),
                minimumstay=_count(told, "min_stay_through"), minimumstay_arrival=_count(told, "min_stay_arrival"),
                maximumstay=_count(told, "max_stay_through"), maximumstay_arrival=_count(told, "max_stay_arrival"),
            )  # fmt: skip

    def derive(self, request: Request, account: Account) -> Answer:
        """POST /hotels/xml/derivedprices: rules for the prices that are sent from then on."""
        root = answers.parse(request.body)
        outcome = Outcome()
        for room in each(root, "room"):
            for rate in each(room, "rates", "rate"):
                self._derive(room.get("id") or "", rate, account, outcome)
        return _answer(outcome)

    def _derive(self, room: str, node: Any, account: Account, outcome: Outcome) -> None:
        hotel, rate = self._hotel_of(room), node.get("id") or ""
        if hotel is None:
            outcome.complaints.append(Complaint("ROOM_ID_INVALID", f"Room ID '{room}' is not valid.", room, rate))
            return
        if not account.may(hotel):
            outcome.complaints.append(Complaint(DENIED, f"Access denied for hotel {hotel}.", room, rate))
            return
        leading, capacity = node.get("leading_occupancy") or "", self.book.room(room)["guests"]
        persons = {one.get("persons") or "0": dict(one.attrib) for one in each(node, "occupancy")}
        good = leading.isdecimal() and 0 < int(leading) <= capacity
        if not good or any(not 0 < int(number) <= capacity or number == leading for number in persons):
            sentence = "An occupancy is positive, not the leading one, and no more than the room takes."
            outcome.complaints.append(Complaint("OCCUPANCY_INVALID", sentence, room, rate))
            return
        self.sandbox.kept("derived")[f"{room}/{rate}"] = {"leading": leading, "persons": persons}
        outcome.applied += 1


def _bit(told: Mapping[str, Any], name: str) -> str:
    return "1" if told.get(name) else "0"


def _count(told: Mapping[str, Any], name: str) -> str:
    return str(told.get(name) or 0)


def _first_room(root: Any, *path: str) -> str:
    return next((node.get("InvTypeCode") or "" for node in each(root, *path, "StatusApplicationControl")), "")


def _answer(outcome: Outcome) -> Answer:
    """Return B.XML's answer. Known: <ok/> when all went well; ours: the elements around codes and sentences."""
    if not outcome.complaints and not outcome.warnings:
        return answers.sealed(etree.Element("ok"))
    root = etree.Element("response")
    if outcome.status == 200:
        put(root, "ok")
    _list(root, "errors", "error", outcome.complaints)
    _list(root, "warnings", "warning", outcome.warnings)
    return answers.sealed(root, outcome.status)


def _list(root: Any, box: str, name: str, complaints: Iterable[Complaint]) -> None:
    noted = list(complaints)
    if noted:
        parent = put(root, box)
        for one in noted:
            put(parent, name, one.sentence, code=one.code, room_id=one.room or None, rate_id=one.rate or None)
