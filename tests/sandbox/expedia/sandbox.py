"""The stand-in for Expedia: four calls of QuickConnect with the credentials in their bodies, and the push."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from tests.sandbox.channel import Channel
from tests.sandbox.core.faults import Fault
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.expedia import messages, settings, wire
from tests.sandbox.expedia.bookings import PENDING, RETRIEVED, Bookings
from tests.sandbox.expedia.notify import Notifier
from tests.sandbox.expedia.rates import MOST_BYTES, Rates
from tests.sandbox.expedia.wire import Failed, child, children
from tests.sandbox.extranet.book import Manner

USER, PASSWORD = "sandbox_user", "sandbox_pass"
MOST_BOOKINGS = 125
MOST_CONFIRMATIONS = 10


class ExpediaSandbox(Channel):
    """Expedia, opened by USER and PASSWORD for every hotel unless the control API says otherwise."""

    title: ClassVar[str] = "Expedia"
    manner: ClassVar[Manner] = Manner(
        "Expedia",
        "expedia",
        payout="virtual_card",
        commission_basis_points=1800,
        mail_domain="m.expediapartnercentral.com",
    )

    def __init__(self, **settings_: Any) -> None:
        super().__init__(**settings_)
        self.bookings = Bookings(self)
        self.rates = Rates(self)
        self.products = messages.Products(self)
        self.notifier = Notifier(self)
        self._busy: set[str] = set()
        self._busy_lock = threading.Lock()

    def kept(self, name: str) -> dict[str, Any]:
        """Return one of the stand-in's own collections."""
        box: dict[str, Any] = self.state.kept.setdefault(name, {})
        return box

    def heard(self, stay: dict[str, Any]) -> None:
        self.bookings.heard(stay)

    def pass_time(self) -> None:
        self.bookings.pass_time()
        self.notifier.wake()

    def close(self) -> None:
        self.notifier.close()
        super().close()

    def reset(self) -> None:
        super().reset()
        self.notifier.history.clear()

    def refusal(self, status: int, message: str) -> Answer:
        """A failure outside of QuickConnect's own errors: no XML at all, as when a proxy answers."""
        return Answer(status, f"<html><body>{message}</body></html>".encode(), {"Content-Type": "text/html"})

    def number_before(self, booking: dict[str, Any], version: dict[str, Any]) -> str:
        """Return the number that the hotel confirmed an earlier version with."""
        numbers = [one["number"] for one in booking["versions"] if one["number"] and one is not version]
        return str(numbers[-1]) if numbers else ""

    # Calls

    def respond(self, request: Request, fault: Fault | None) -> Answer:
        if request.path != "/eqc/ar":
            return super().respond(request, fault)
        with self._one_at_a_time(request) as free:
            if not free:
                return wire.failed("/eqc/ar", [(3210, "One connection for a hotel is allowed at a time.")])
            time.sleep(float(self.state.kept.get("processing_seconds", 0)))
            return super().respond(request, fault)

    @contextmanager
    def _one_at_a_time(self, request: Request) -> Iterator[bool]:
        """Hold a hotel while one of its messages is worked; yield False when another one is."""
        found = re.search(rb"<Hotel\s+id=[\"'](\d+)", request.body)
        hotel = found[1].decode() if found else ""
        with self._busy_lock:
            free = hotel not in self._busy
            self._busy |= {hotel} if hotel else set()
        try:
            yield free
        finally:
            if free:
                with self._busy_lock:
                    self._busy.discard(hotel)

    def call(self, request: Request) -> Answer:
        if request.path not in wire.CALLS or request.method != "POST":
            return self.refusal(404, "Not found")
        for planned in self.state.kept.get("errors", []):
            if planned["path"] == request.path and planned["times"] > 0:
                planned["times"] -= 1
                return wire.failed(request.path, [(planned["code"], planned["sentence"])])
        try:
            if request.path == "/eqc/ar" and len(request.body) > MOST_BYTES:
                raise Failed(3405, "A message has 100 kB at most.")
            if request.path == "/eqc/bc" and request.body.count(b"<BookingConfirmNumber ") > MOST_CONFIRMATIONS:
                raise Failed(3301, "A message takes ten confirmation numbers at most.")
            root = wire.read(request.path, request.body)
            hotels = self._allowed(root)
            return self._work(request.path, root, hotels)
        except Failed as failure:
            return wire.failed(request.path, failure.errors)

    def _allowed(self, root: Any) -> set[str]:
        """Return the hotels of the caller, the one named only where one is named."""
        opened = child(root, "Authentication")
        given = ("", "") if opened is None else (opened.get("username") or "", opened.get("password") or "")
        users = {USER: {"password": PASSWORD, "hotels": None}, **self.kept("users")}
        user = users.get(given[0])
        if user is None or user["password"] != given[1]:
            raise Failed(1001, "Authentication error: invalid username or password.")
        own = {hotel["id"] for hotel in self.book.hotels()}
        own = own if user["hotels"] is None else own & set(user["hotels"])
        named = child(root, "Hotel")
        if named is not None:
            if named.get("id") not in own:
                raise Failed(3202, "The hotel is not known, or is not linked to the account.")
            own = {named.get("id")}
        return own

    def _work(self, path: str, root: Any, hotels: set[str]) -> Answer:
        into = wire.opened(path)
        hotel = next(iter(hotels), "")
        if path == "/eqc/ar":
            warnings = self.rates.update(root, hotel)
            wire.warned(wire.put(into, "Success"), warnings)
        elif path == "/eqc/br":
            self._retrieve(root, hotels, wire.put(into, "Bookings"))
        elif path == "/eqc/bc":
            self._confirm(root, hotel, wire.put(into, "Success"))
        else:
            self.products.answer(root, hotel, into)
        return wire.sealed(into)

    def _retrieve(self, root: Any, hotels: set[str], into: Any) -> None:
        wanted = child(root, "ParamSet")
        number, statuses, days = "", {PENDING}, 0
        if wanted is not None:
            one, past = child(wanted, "Booking"), child(wanted, "NbDaysInPast")
            number = "" if one is None else one.get("id") or ""
            days = 0 if past is None else int(past.text or 0)
            named = {node.get("value") for node in children(wanted, "Status")}
            if number and (days or named):
                raise Failed(3010, "A booking's number excludes status and days.")
            if named == {"confirmed"} and not days:
                raise Failed(3010, "Status confirmed needs NbDaysInPast.")
            statuses = named or ({PENDING, RETRIEVED, "confirmed"} if days else {PENDING})
        pulled = {hotel for hotel in hotels if not self.notifier.pushes(hotel)}
        found = self.bookings.retrieve(pulled, number=number, statuses=statuses, days=days)[:MOST_BOOKINGS]
        for booking, version, status in found:
            own = settings.hotel(self.state.kept, booking["hotel"])
            messages.booking(into, booking["id"], version, status, own, self.number_before(booking, version))
        self.bookings.note_retrieved([version for _, version, _ in found])

    def _confirm(self, root: Any, hotel: str, into: Any) -> None:
        for node in children(child(root, "BookingConfirmNumbers"), "BookingConfirmNumber"):
            number, kind, confirmation = node.get("bookingID"), node.get("bookingType"), node.get("confirmNumber")
            warning = self.bookings.confirm(hotel, number, kind, confirmation)
            if warning:
                wire.put(
                    into, "Warning", warning[1], code=str(warning[0]), bookingID=number, bookingType=kind,
                    confirmNumber=confirmation,
                )  # fmt: skip

    # Control

    def order(self, name: str, settings_: dict[str, Any]) -> Any:  # noqa: PLR0911 (a table of one-liners)
        match name:
            case "POST settings":
                return settings.change(self.state.kept, self.book, settings_)
            case "POST users":
                asked = {"hotels": None, **settings_}
                return self.kept("users").update({asked.pop("username"): asked})
            case "POST errors":
                planned = {"path": "/eqc/ar", "code": 4000, "times": 1, "sentence": "Try again later.", **settings_}
                return self.state.kept.setdefault("errors", []).append(planned)
            case "POST confirmations":
                self.state.kept["busy_confirmations"] = int(settings_["busy"])
                return None
            case "POST processing":
                self.state.kept["processing_seconds"] = float(settings_["seconds"])
                return None
            case "POST notify":
                return self.notifier.configure(**settings_)
            case "POST notify/lose":
                return self.notifier.lose(int(settings_["answers"]))
            case "GET notifications":
                return {"idle": self.notifier.idle(), "tries": list(self.notifier.history)}
            case "GET bookings":
                return list(self.bookings.all.values())
            case "GET mail":
                return self.bookings.mail
        raise KeyError(name)
