"""The stand-in for Airbnb, ours and unproven: listings, calendars, prices, reservations, requests, messages, webhooks."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from tests.sandbox.airbnb.oauth import Grants
from tests.sandbox.channel import Channel
from tests.sandbox.core.faults import Fault
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.state import State, token
from tests.sandbox.core.webhooks import Delivery
from tests.sandbox.extranet import money
from tests.sandbox.extranet.book import Booker, Manner
from tests.sandbox.extranet.control import days
from tests.sandbox.extranet.rules import Refused, Wanted

RATE = "standard"
PAGE = 50
ANSWER_SECONDS = 24 * 3600
HORIZON_DAYS = 730
#: Where a reservation stands before it is a stay, and after it was refused. An accepted one is new, modified, cancelled.
PENDING, DENIED, TIMED_OUT = "pending", "denied", "timed_out"


class Wrong(Exception):
    """The call is refused: status, a word for the code, a sentence."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code = status, code


class AirbnbSandbox(Channel):
    """Hosts are the extranet's hotels, listings its room types; each listing has the one rate RATE."""

    title: ClassVar[str] = "Airbnb (ours, unproven)"
    page_paths: ClassVar[tuple[str, ...]] = ("/extranet", "/oauth2/auth")
    manner: ClassVar[Manner] = Manner(
        "Airbnb", "airbnb", payout="collect", commission_basis_points=1680, number_digits=0,
        mail_domain="guest.airbnb.com",
    )  # fmt: skip

    def __init__(
        self, *, public_url: str, state: State | None = None, listener: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(public_url=public_url, state=state, listener=listener)
        self.grants = Grants(self.state)

    def kept(self, name: str) -> dict[str, Any]:
        box: dict[str, Any] = self.state.kept.setdefault(name, {})
        return box

    def refusal(self, status: int, message: str) -> Answer:
        return Answer.of_json({"error_code": status, "error_type": "sandbox", "error_message": message}, status)

    def respond(self, request: Request, fault: Fault | None) -> Answer:
        if request.path == "/oauth2/auth":
            with self.state.lock:
                return self.grants.agree(request, {hotel["id"]: hotel["name"] for hotel in self.book.hotels()})
        return super().respond(request, fault)

    def call(self, request: Request) -> Answer:
        if request.path == "/oauth2/token" and request.method == "POST":
            return self.grants.exchange(request)
        host = self.grants.host(request.headers)
        if host is None:
            return Answer.of_json({"error_code": 401, "error_type": "authentication_required"}, 401)
        try:
            return Answer.of_json(self._do(request, host))
        except Wrong as wrong:
            body = {"error_code": wrong.status, "error_type": wrong.code, "error_message": str(wrong)}
            return Answer.of_json(body, wrong.status)
        except Refused as refused:
            return Answer.of_json({"error_code": 404, "error_type": refused.code, "error_message": str(refused)}, 404)
        except (KeyError, TypeError, ValueError) as error:
            return Answer.of_json({"error_code": 400, "error_type": "invalid", "error_message": str(error)}, 400)

    def _do(self, request: Request, host: str) -> Any:  # noqa: PLR0911, PLR0912, C901 (a table of one-liners)
        told = dict(request.query_pairs())
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["v1", "listings"]:
                return {"listings": [self._listing(room) for room in self.book.rooms(host)]}
            case "GET", ["v1", "listings", listing]:
                return {"listing": self._listing(self._own(listing, host))}
            case "PUT", ["v1", "listings", listing, "calendar"]:
                return self._write_calendar(self._own(listing, host), request.json()["operations"])
            case "GET", ["v1", "listings", listing, "calendar"]:
                room = self._own(listing, host)
                return {"days": [self._day(room, day) for day in days(told["start"], told["end"])]}
            case "PUT", ["v1", "listings", listing, "pricing"]:
                return self._write_pricing(self._own(listing, host), request.json())
            case "PUT", ["v1", "listings", listing, "rules"]:
                return self._write_rules(self._own(listing, host), request.json())
            case "GET", ["v1", "reservations"]:
                return self._reservations(host, told)
            case "GET", ["v1", "reservations", code]:
                return {"reservation": self._reservation(self._stay(code, host))}
            case "POST", ["v1", "reservations", code, "accept" | "decline" as what]:
                return self._answer_request(self._stay(code, host), accepted=what == "accept")
            case "GET", ["v1", "inquiries"]:
                return {"inquiries": [one for one in self.kept("inquiries").values() if one["host_id"] == host]}
            case "POST", ["v1", "inquiries", key, "preapprove" | "decline" as what]:
                return self._answer_inquiry(key, host, accepted=what == "preapprove")
            case "GET", ["v1", "alterations"]:
                return {"alterations": [one for one in self.kept("alterations").values() if one["host_id"] == host]}
            case "POST", ["v1", "alterations", key, "accept" | "decline" as what]:
                return self._answer_alteration(key, host, accepted=what == "accept")
            case "GET", ["v1", "threads"]:
                return {"threads": [one for one in self.kept("threads").values() if one["host_id"] == host]}
            case "POST", ["v1", "threads", key, "messages"]:
                return self._write(self._thread(key, host), "host", str(request.json()["message"]))
        raise Wrong(404, "not_found", "There is no such thing here.")

    # Listings

    def _own(self, listing: str, host: str) -> dict[str, Any]:
        room = self.book.room(listing)
        if room["hotel"] != host:
            raise Wrong(403, "permission_denied", "The listing is another host's.")
        return room

    def _listing(self, room: dict[str, Any]) -> dict[str, Any]:
        house = self.book.hotel(room["hotel"])
        pricing = {
            "guests_included": room["guests"],
            "price_per_extra_guest": "0.00",
            **self.kept("pricing").get(room["id"], {}),
        }
        rules = {"closed_to_arrival": [], "closed_to_departure": [], **self.kept("rules").get(room["id"], {})}
        return {
            "id": room["id"], "name": room["name"], "person_capacity": room["guests"], "host_id": room["hotel"],
            "currency": house["currency"], "time_zone": house["timezone"], "pricing": pricing, "rules": rules,
        }  # fmt: skip

    def _write_calendar(self, room: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
        """Take operations for dates as "2031-06-10" or "2031-06-10:2031-06-12"; all of them or none."""
        known = {"dates", "availability", "daily_price", "min_nights", "max_nights", "available_count"}
        currency = self.book.hotel(room["hotel"])["currency"]
        todo = []
        for operation in operations:
            if set(operation) - known:
                raise ValueError(f"There is no {', '.join(sorted(set(operation) - known))}.")
            if operation.get("availability", "available") not in {"available", "unavailable"}:
                raise ValueError("Availability is available or unavailable.")
            spans = [text.partition(":") for text in operation["dates"]]
            dates = [day for first, _, last in spans for day in days(first, last or first)]
            if any(day < self.book.today(room["hotel"]) for day in dates):
                raise ValueError("A date is over.")
            price = money.minor(str(operation["daily_price"]), currency) if "daily_price" in operation else None
            todo.append((operation, dates, price))
        for operation, dates, price in todo:
            self._apply(room, operation, dates, price)
        return {"listing_id": room["id"], "operations": len(todo)}

    def _apply(self, room: dict[str, Any], operation: dict[str, Any], dates: list[date], price: int | None) -> None:
        if "availability" in operation or "available_count" in operation:
            count = int(operation.get("available_count", 1))
            self.book.tell_room(room["id"], dates, count=count, closed=operation.get("availability") == "unavailable")
        lengths = {
            name: int(operation[word])
            for word, name in (("min_nights", "min_stay_arrival"), ("max_nights", "max_stay_arrival"))
            if word in operation
        }
        if price is not None:
            self.kept("base").setdefault(room["id"], {}).update({day.isoformat(): price for day in dates})
        prices = self._prices(room, price) if price is not None else {}
        self.book.tell_rate(room["id"], RATE, dates, prices=prices, **lengths)

    def _prices(self, room: dict[str, Any], base: int) -> dict[int, int]:
        """Return the price for each number of guests: one amount for each beyond those included."""
        pricing = self._listing(room)["pricing"]
        extra = money.minor(str(pricing["price_per_extra_guest"]), self.book.hotel(room["hotel"])["currency"])
        included = int(pricing["guests_included"])
        return {guests: base + max(0, guests - included) * extra for guests in range(1, room["guests"] + 1)}

    def _write_pricing(self, room: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        if set(asked) - {"guests_included", "price_per_extra_guest"}:
            raise ValueError("Pricing has guests_included and price_per_extra_guest.")
        self.kept("pricing").setdefault(room["id"], {}).update(asked)
        for day, base in self.kept("base").get(room["id"], {}).items():
            self.book.tell_rate(room["id"], RATE, [date.fromisoformat(day)], prices=self._prices(room, base))
        return {"listing": self._listing(room)}

    def _write_rules(self, room: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        """Take weekdays (0 is Monday) on which nobody arrives or leaves."""
        if set(asked) - {"closed_to_arrival", "closed_to_departure"}:
            raise ValueError("Rules are closed_to_arrival and closed_to_departure.")
        self.kept("rules").setdefault(room["id"], {}).update(asked)
        rules, today = self.kept("rules")[room["id"]], self.book.today(room["hotel"])
        dates = [today + timedelta(days=number) for number in range(HORIZON_DAYS)]
        for name, weekdays in rules.items():
            for shut in (True, False):
                chosen = [day for day in dates if (day.weekday() in weekdays) is shut]
                self.book.tell_rate(room["id"], RATE, chosen, **{name: shut})  # type: ignore[arg-type]  # two of its switches, by name
        return {"listing": self._listing(room)}

    def _day(self, room: dict[str, Any], day: date) -> dict[str, Any]:
        of_room, of_rate = self.book.told_room(room["id"], day), self.book.told_rate(room["id"], RATE, day)
        base = self.kept("base").get(room["id"], {}).get(day.isoformat())
        currency = self.book.hotel(room["hotel"])["currency"]
        free = of_room.get("left", 0) > 0 and not of_room.get("closed")
        return {
            "date": day.isoformat(), "availability": "available" if free else "unavailable",
            "available_count": max(0, of_room.get("left", 0)), "daily_price": None if base is None else money.shown(base, currency),
            "min_nights": of_rate.get("min_stay_arrival"), "max_nights": of_rate.get("max_stay_arrival"),
        }  # fmt: skip

    # Reservations

    def _stay(self, code: str, host: str) -> dict[str, Any]:
        stay = self.book.stay(code)
        if stay["hotel"] != host:
            raise Wrong(403, "permission_denied", "The reservation is another host's.")
        return stay

    def status(self, stay: Mapping[str, Any]) -> str:
        return str(
            self.kept("states").get(stay["reservation"]) or {"cancelled": "cancelled"}.get(stay["status"], "accepted")
        )

    def _reservation(self, stay: dict[str, Any]) -> dict[str, Any]:
        """Return a reservation: what the host is paid, no card, a mail that is an alias."""
        room, currency = stay["rooms"][0], stay["currency"]
        booker = stay["booker"]
        return {
            "confirmation_code": stay["reservation"], "listing_id": room["room"], "host_id": stay["hotel"],
            "status": self.status(stay), "revision": stay["revision"], "start_date": room["arrival"],
            "end_date": room["departure"], "nights": len(room["nights"]), "number_of_guests": room["adults"] + room["children"],
            "adults": room["adults"], "children": room["children"], "infants": room["infants"], "currency": currency,
            "base_price": money.shown(stay["total"], currency), "host_fee": money.shown(stay["commission"], currency),
            "expected_payout": money.shown(stay["payout"]["amount"], currency),
            "cancellation_payout": money.shown(stay["cancellation_fee"], currency),
            "guest": {"first_name": booker["name"], "last_name": booker["surname"], "email": booker["mail"],
                      "phone": booker["phone"], "locale": booker["language"]},
            "message": stay["notes"], "thread_id": f"t-{stay['reservation']}",
            "booked_at": _iso(stay["booked_at"]), "updated_at": _iso(stay["changed_at"]),
        }  # fmt: skip

    def _reservations(self, host: str, told: Mapping[str, str]) -> dict[str, Any]:
        """List the reservations of a host by when they changed: listing_id, updated_since, cursor."""
        since = datetime.fromisoformat(told["updated_since"]).timestamp() if told.get("updated_since") else 0
        stays = [
            stay for stay in sorted(self.book.stays(host), key=lambda one: (one["changed_at"], one["reservation"]))
            if stay["changed_at"] >= since and told.get("listing_id", stay["rooms"][0]["room"]) == stay["rooms"][0]["room"]
        ]  # fmt: skip
        first = int(told.get("cursor") or 0)
        after = first + PAGE if first + PAGE < len(stays) else None
        listed = [self._reservation(stay) for stay in stays[first : first + PAGE]]
        return {"reservations": listed, "next_cursor": None if after is None else str(after)}

    def _answer_request(self, stay: dict[str, Any], *, accepted: bool) -> dict[str, Any]:
        if self.status(stay) != PENDING:
            raise Wrong(409, "not_pending", "The reservation does not wait for an answer.")
        self._end_request(stay, "" if accepted else DENIED)
        return {"reservation": self._reservation(stay)}

    def _end_request(self, stay: dict[str, Any], state: str) -> None:
        """Accept a request, or give its nights back."""
        code = stay["reservation"]
        self.kept("requests").pop(code, None)
        if state:
            self.kept("states")[code] = state
            self.book.cancel(code)
        else:
            self.kept("states").pop(code, None)
            self._tell("reservation_updated", stay["hotel"], {"confirmation_code": code})

    def _answer_inquiry(self, key: str, host: str, *, accepted: bool) -> dict[str, Any]:
        inquiry = self.kept("inquiries").get(key)
        if inquiry is None or inquiry["host_id"] != host:
            raise Wrong(404, "not_found", "There is no such inquiry.")
        if inquiry["status"] != "open":
            raise Wrong(409, "not_open", "The inquiry has its answer.")
        inquiry["status"] = "preapproved" if accepted else "declined"
        return {"inquiry": inquiry}

    def _answer_alteration(self, key: str, host: str, *, accepted: bool) -> dict[str, Any]:
        alteration = self.kept("alterations").get(key)
        if alteration is None or alteration["host_id"] != host:
            raise Wrong(404, "not_found", "There is no such alteration.")
        if alteration["status"] != PENDING:
            raise Wrong(409, "not_pending", "The alteration has its answer.")
        if accepted:
            room = self.book.stay(alteration["confirmation_code"])["rooms"][0]
            wanted = Wanted(
                room=room["room"], rate=RATE, arrival=date.fromisoformat(alteration["start_date"]),
                departure=date.fromisoformat(alteration["end_date"]), adults=alteration["number_of_guests"],
                identifier=room["id"],
            )  # fmt: skip
            self.book.modify(alteration["confirmation_code"], rooms=[wanted])
        alteration["status"] = "accepted" if accepted else "declined"
        return {"alteration": alteration}

    # Messages

    def _thread(self, key: str, host: str) -> dict[str, Any]:
        thread: dict[str, Any] | None = self.kept("threads").get(key)
        if thread is None or thread["host_id"] != host:
            raise Wrong(404, "not_found", "There is no such thread.")
        return thread

    def _write(self, thread: dict[str, Any], who: str, text: str) -> dict[str, Any]:
        """Add a message. Addresses and numbers are taken out of it, as the channel does before a booking."""
        if not self._is_booked(thread):
            text = re.sub(r"\S+@\S+|\+?\d[\d ()/-]{6,}\d", "(hidden)", text)
        message = {"id": token("m-", 12), "from": who, "message": text, "created_at": _iso(self.state.now())}
        thread["messages"].append(message)
        if who == "guest":
            self._tell("message_created", thread["host_id"], {"thread_id": thread["id"], **message})
        return {"message": message}

    def _is_booked(self, thread: Mapping[str, Any]) -> bool:
        code = thread["confirmation_code"]
        return bool(code) and self.status(self.book.stay(code)) == "accepted"

    def _open_thread(self, key: str, host: str, guest: str, code: str = "") -> dict[str, Any]:
        opened = {"id": key, "host_id": host, "guest_first_name": guest, "confirmation_code": code, "messages": []}
        thread: dict[str, Any] = self.kept("threads").setdefault(key, opened)
        return thread

    # What happens

    def heard(self, stay: dict[str, Any]) -> None:
        code = stay["reservation"]
        kinds = {"new": "reservation_created", "cancelled": "reservation_cancelled"}
        self._open_thread(f"t-{code}", stay["hotel"], stay["booker"]["name"], code)
        kind = (
            "reservation_request"
            if self.kept("making").get("request")
            else kinds.get(stay["status"], "reservation_updated")
        )
        if self.kept("states").get(code) in {DENIED, TIMED_OUT}:
            kind = "reservation_request_closed"
        self._tell(kind, stay["hotel"], {"confirmation_code": code, "revision": stay["revision"]})

    def pass_time(self) -> None:
        now = self.state.now()
        for code, until in list(self.kept("requests").items()):
            if until <= now:
                self._end_request(self.book.stay(code), TIMED_OUT)
        for inquiry in self.kept("inquiries").values():
            if inquiry["status"] == "open" and inquiry["until"] <= now:
                inquiry["status"] = "expired"

    def _tell(self, kind: str, host: str, about: dict[str, Any]) -> None:
        """Tell the listener that something happened; what it is like now is to be pulled."""
        if not self.listener:
            return
        identifier = token("evt_", 20)
        body = json.dumps(
            {"id": identifier, "type": kind, "host_id": host, "created_at": _iso(self.state.now()), **about}
        )
        secret = self.listener["secret"].encode()

        def sign(sent: bytes) -> Mapping[str, str]:
            stamp = str(self.state.now())
            mark = hmac.new(secret, f"{stamp}.".encode() + sent, hashlib.sha256).hexdigest()
            return {"X-Sandbox-Timestamp": stamp, "X-Sandbox-Signature": mark}

        self.webhooks.send(Delivery(identifier, kind, self.listener["url"], body.encode(), sign))

    # Control

    def order(self, name: str, settings: dict[str, Any]) -> Any:  # noqa: PLR0911 (a table of one-liners)
        match name:
            case "POST listener":
                self.listener = {"url": settings["url"], "secret": settings["secret"]} if settings else None
                return None
            case "POST hosts":
                return self._open_host(**settings)
            case "POST requests":
                return self._request(**settings)
            case "POST inquiries":
                return self._inquire(**settings)
            case "POST alterations":
                return self._alter(**settings)
            case "POST messages":
                return self._write(self.kept("threads")[settings["thread"]], "guest", settings["message"])
            case "POST revoke":
                return self.grants.revoke(settings["host"])
            case "POST rotate":
                return self.grants.rotate(on=settings["on"])
        raise KeyError(name)

    def _open_host(self, *, host: str, listings: dict[str, str], currency: str = "EUR", timezone: str = "Europe/Lisbon",
                   guests: int = 4, name: str = "Olivia") -> None:  # fmt: skip
        """Make a host with listings (names by number); nothing is told of them yet."""
        self.book.open_hotel(host, name=name, currency=currency, timezone=timezone)
        for listing, called in listings.items():
            self.book.open_room(host, listing, name=called, guests=guests)
            self.book.open_rate(listing, RATE, name="Standard")

    def _request(self, *, listing: str, arrival: str, departure: str, adults: int = 2, message: str = "",
                 **booker: str) -> dict[str, Any]:  # fmt: skip
        """Let a guest ask for a stay: it holds the nights for a day, until the host answers."""
        wanted = Wanted.of(
            {"room": listing, "rate": RATE, "arrival": arrival, "departure": departure, "adults": adults}
        )
        self.kept("making")["request"] = True
        try:
            host = self.book.room(listing)["hotel"]
            stay = self.book.sell(hotel=host, rooms=[wanted], booker=Booker(**booker), notes=message)
        finally:
            self.kept("making").clear()
        self.kept("states")[stay["reservation"]] = PENDING
        self.kept("requests")[stay["reservation"]] = self.state.now() + ANSWER_SECONDS
        return self._reservation(stay)

    def _inquire(
        self, *, listing: str, arrival: str, departure: str, message: str, guest: str = "Greta"
    ) -> dict[str, Any]:
        """Let a guest ask a question about dates: no night is held."""
        key, host = token("i-", 10), self.book.room(listing)["hotel"]
        inquiry = {
            "id": key, "listing_id": listing, "host_id": host, "status": "open", "start_date": arrival, "end_date": departure,
            "thread_id": f"t-{key}", "until": self.state.now() + ANSWER_SECONDS,
        }  # fmt: skip
        self.kept("inquiries")[key] = inquiry
        self._open_thread(f"t-{key}", host, guest)
        self._tell("inquiry", host, {"inquiry_id": key})
        self._write(self.kept("threads")[f"t-{key}"], "guest", message)
        return inquiry

    def _alter(self, *, reservation: str, arrival: str, departure: str, guests: int = 2) -> dict[str, Any]:
        """Let a guest ask for other dates; the reservation stays as it is until the host agrees."""
        stay = self.book.stay(reservation)
        if self.status(stay) != "accepted":
            raise ValueError("Only an accepted reservation is altered.")
        days(arrival, departure)
        key = token("a-", 10)
        alteration = {
            "id": key, "confirmation_code": reservation, "host_id": stay["hotel"], "status": PENDING, "start_date": arrival,
            "end_date": departure, "number_of_guests": guests,
        }  # fmt: skip
        self.kept("alterations")[key] = alteration
        self._tell("alteration_request", stay["hotel"], {"alteration_id": key, "confirmation_code": reservation})
        return alteration


def _iso(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"
