"""`expedia_sandbox`: an empty Expedia for a test, its calls in words, and a hotel's end of the push.

Afterwards everything it answered and pushed is judged by the official schemas, where they are at hand. What today's
messages have and the schemas do not know is cut out before that.
"""

import threading
import time
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from lxml import etree

from tests.sandbox.channel_fixtures import HOTEL, ChannelRemote, emptied
from tests.sandbox.core.http import Server
from tests.sandbox.expedia import sandbox as expedia
from tests.sandbox.expedia import wire
from tests.sandbox.expedia.soap import OTA, SOAP

__all__ = ["ExpediaRemote", "Receiver", "expedia_sandbox", "receiver"]
NEWER = ("BaseRateType", "PaymentMethod", "Payment", "Email")


class ExpediaRemote(ChannelRemote):
    """Expedia as a partner's system sees it."""

    user, password = expedia.USER, expedia.PASSWORD

    def call(self, path: str, inner: str, hotel: str | None = HOTEL) -> Any:
        """Send one message and return the answer's root."""
        name, spaces, _, _ = wire.CALLS[path]
        named = f'<Hotel id="{hotel}"/>' if hotel else ""
        opened = f'<Authentication username="{self.user}" password="{self.password}"/>'
        return self.send(path, f'<{name} xmlns="{wire.BASE}/{spaces[0]}">{opened}{named}{inner}</{name}>')

    def send(self, path: str, text: str) -> Any:
        status, _, content = self.fetch("POST", self.url + path, text.encode(), Content_Type="text/xml")
        assert status == 200, content
        return etree.fromstring(content)

    def codes(self, root: Any) -> list[int]:
        """Return the numbers of the errors or warnings in an answer."""
        return [int(node.get("code")) for node in root.iter() if wire.local(node) in {"Error", "Warning"}]

    def update(self, inner: str, first: date, last: date | None = None, days: str = "") -> list[int]:
        """Send rates and availability for room types; return errors and warnings."""
        span = f'<DateRange from="{first}" to="{last or first}"{days}/>'
        return self.codes(self.call("/eqc/ar", f"<AvailRateUpdate>{span}{inner}</AvailRateUpdate>"))

    def pending(self, parameters: str = "", hotel: str | None = HOTEL) -> list[tuple[str, str]]:
        """Retrieve bookings; return (number, type) of each."""
        root = self.call("/eqc/br", f"<ParamSet>{parameters}</ParamSet>" if parameters else "", hotel)
        return [(node.get("id"), node.get("type")) for node in root.iter() if node.tag.endswith("}Booking")]

    def confirm(self, *confirmed: tuple[str, str, str], hotel: str = HOTEL) -> list[int]:
        """Confirm (booking, type, number); return errors and warnings."""
        listed = "".join(
            f'<BookingConfirmNumber bookingID="{booking}" bookingType="{kind}" confirmNumber="{number}"'
            f' confirmTime="2026-11-29T10:00:00Z"/>'
            for booking, kind, number in confirmed
        )
        return self.codes(self.call("/eqc/bc", f"<BookingConfirmNumbers>{listed}</BookingConfirmNumbers>", hotel))

    def pushed(self) -> list[dict[str, Any]]:
        """Wait until nothing is left to push; return every try."""
        until = time.monotonic() + 10
        while not (seen := self.control("GET", "notifications"))["idle"]:
            assert time.monotonic() < until, seen
            time.sleep(0.02)
        return list(seen["tries"])


def _judged(text: str, name: str) -> list[str]:
    root = etree.fromstring(text.encode())
    if wire.local(root) == "Envelope":
        body = root.find(f"{{{SOAP}}}Body")
        assert body is not None
        root = next(iter(body))
        name = wire.local(root)
    check = wire.schema(name)
    if check is None:
        return []
    for node in list(root.iter(etree.Element)):
        for attribute in ("cardActivation", "CardActivation"):
            if attribute in node.attrib:
                del node.attrib[attribute]
        beside_schema = wire.local(node) in NEWER and not (name == "BookingRetrievalRS" and wire.local(node) == "Email")
        if beside_schema and node.getparent() is not None:
            node.getparent().remove(node)
    return [] if check.validate(root) else [f"{name}: {check.error_log[0].message}"]


def _judge(provider: Any) -> list[str]:
    answers = [
        (exchange["answer"], wire.CALLS[exchange["path"]][2])
        for exchange in provider.exchanges
        if exchange["path"] in wire.CALLS and exchange["status"] == 200 and exchange["answer"] and not exchange["fault"]
    ]
    pushes = [(tried["body"].split("?>", 1)[-1], "") for tried in provider.notifier.history]
    return [
        complaint for text, name in answers + pushes for complaint in _judged(text.split("?>", 1)[-1].strip(), name)
    ]


@pytest.fixture
def expedia_sandbox(sandbox_server: Server) -> Iterator[ExpediaRemote]:
    """An empty Expedia without hotels."""
    with emptied(sandbox_server, "expedia", _judge) as url:
        yield ExpediaRemote(url)


class Receiver:
    """The hotel's end of the push: answers with a number of its own, or with what `answers` says: fault, error, lost."""

    def __init__(self) -> None:
        self.arrived: list[Any] = []
        self.answers: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                root = etree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.arrived.append(root)
                kind = receiver.answers.pop(0) if receiver.answers else ""
                body = receiver.reply(root, kind)
                self.send_response(500 if kind == "fault" else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/bn"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def reply(self, root: Any, kind: str) -> bytes:
        message = next(iter(root.find(f"{{{SOAP}}}Body")))
        name = wire.local(message).replace("RQ", "RS")
        number = f"H-{len(self.arrived)}"
        inner = f'<Success/><HotelReservationID ResID_Type="3" ResID_Value="{number}"/>'
        if name == "OTA_CancelRS":
            inner = f'<Success/><CancelInfoRS><UniqueID Type="10" ID="{number}"/></CancelInfoRS>'
        if kind == "error":
            inner = '<Errors><Error Type="3" Code="450">No such room</Error></Errors>'
        return f'<e:Envelope xmlns:e="{SOAP}"><e:Body><{name} xmlns="{OTA}">{inner}</{name}></e:Body></e:Envelope>'.encode()

    def headers(self) -> list[tuple[str, str, str]]:
        """Return (message, RequestId, RetryIndicator) of everything that arrived."""
        found = []
        for root in self.arrived:
            by_name = {wire.local(node): node for node in root.iter(etree.Element)}
            found.append((
                by_name["PayloadDescriptor"].get("Name"), by_name["PayloadInfo"].get("RequestId"),
                by_name["CommDescriptor"].get("RetryIndicator"),
            ))  # fmt: skip
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A hotel's system that takes bookings pushed."""
    receiver = Receiver()
    yield receiver
    receiver.close()
