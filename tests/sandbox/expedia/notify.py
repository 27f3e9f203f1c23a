"""Pushes bookings to the hotel's system: a thread, one version of a booking at a time, again until it expires."""

import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from tests.sandbox.expedia import settings, soap
from tests.sandbox.expedia.bookings import PENDING

if TYPE_CHECKING:
    from tests.sandbox.expedia.sandbox import ExpediaSandbox

#: Seconds between the tries of one version, the last one again and again until it expires.
RETRY_SECONDS = (1.0, 5.0, 30.0)
REMEMBERED = 500


class Notifier:
    """Sends what is pending for hotels that have an address. `history` keeps every try."""

    def __init__(self, sandbox: "ExpediaSandbox", timeout_seconds: float = 5.0) -> None:
        self.sandbox = sandbox
        self.history: list[dict[str, Any]] = []
        self._timeout = timeout_seconds
        self._opener = build_opener(ProxyHandler({}))
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def _kept(self) -> dict[str, Any]:
        return self.sandbox.kept("notify")

    def configure(self, *, hotel: str, url: str, username: str = "Expedia", password: str = "Password",  # noqa: S107 (opens nothing)
                  responder: str = "EQCSandbox", retry_seconds: list[float] | None = None) -> None:  # fmt: skip
        """Push a hotel's bookings to an address from now on, instead of letting them be retrieved; no url ends it."""
        self.sandbox.book.hotel(hotel)
        self._kept.pop(hotel, None)
        if url:
            to = {"url": url, "username": username, "password": password, "responder": responder}
            self._kept[hotel] = {**to, "retry_seconds": retry_seconds or list(RETRY_SECONDS)}
        self.wake()

    def wake(self) -> None:
        """Start the thread once there is somebody to push to; also after a restart."""
        if self._thread is None and self._kept:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def pushes(self, hotel: str) -> bool:
        return hotel in self._kept

    def lose(self, answers: int) -> None:
        """Treat the next answers as lost: what was answered is sent again."""
        self.sandbox.state.kept["lost_answers"] = answers

    def close(self) -> None:
        self._closed.set()
        if self._thread:
            self._thread.join(timeout=self._timeout + 1)

    def idle(self) -> bool:
        """Return whether nothing is left to send to anybody."""
        return not any(
            version["status"] == PENDING and self.pushes(booking["hotel"])
            for booking in self.sandbox.bookings.all.values()
            for version in booking["versions"]
        )

    def _run(self) -> None:
        while not self._closed.wait(0.05):
            while (sent := self._next()) and not self._closed.is_set():
                booking, version, to, body = sent
                status, answer = self._post(to["url"], body)
                with self.sandbox.state.lock:
                    self._settle(booking, version, to, body, status, answer)

    def _next(self) -> tuple[Any, Any, Any, bytes] | None:
        with self.sandbox.state.lock:
            now = self.sandbox.state.now()
            for booking in self.sandbox.bookings.all.values():
                to = self._kept.get(booking["hotel"])
                version = self.sandbox.bookings.released(booking)
                if to and version and version["status"] == PENDING and version["due"] <= now:
                    own = settings.hotel(self.sandbox.state.kept, booking["hotel"])
                    body = soap.envelope(booking, version, self.sandbox.number_before(booking, version), to, own)
                    version["sent"] += 1
                    version["due"] = now + 3600
                    return booking, version, to, body
        return None

    def _post(self, url: str, body: bytes) -> tuple[int, bytes]:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        try:
            with self._opener.open(Request(url, body, headers, method="POST"), timeout=self._timeout) as answer:  # noqa: S310 (the user's own endpoint)
                return int(answer.status), answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()
        except (OSError, ValueError):
            return 0, b""

    def _settle(self, booking: dict[str, Any], version: dict[str, Any], to: dict[str, Any], body: bytes, status: int,
                answer: bytes) -> None:  # fmt: skip
        self.history.append({
            "booking": booking["id"], "type": version["type"], "url": to["url"], "status": status, "at": time.time(),
            "body": body.decode(), "answer": answer.decode(errors="replace"),
        })  # fmt: skip
        del self.history[:-REMEMBERED]
        if self.sandbox.state.kept.get("lost_answers", 0) > 0:
            self.sandbox.state.kept["lost_answers"] -= 1
            status = 0
        reply = soap.read_reply(status, answer)
        self.sandbox.state.changed = True
        if version["status"] != PENDING:
            return
        if reply.number:
            self.sandbox.bookings.settle(booking, version, reply.number)
        elif reply.error:
            self.sandbox.bookings.pin(booking, version)
        else:
            waits = to["retry_seconds"]
            version["due"] = self.sandbox.state.now() + waits[min(version["sent"], len(waits)) - 1]
