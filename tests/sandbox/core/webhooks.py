"""Notifications to the endpoints of the sandbox's user: from a thread of their own, with retries and every mishap on demand."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

#: Seconds between the tries of one delivery; a provider's own run to days, a developer waits for none of them.
RETRY_SECONDS = (1.0, 5.0, 30.0)
#: How many deliveries the control API lists.
REMEMBERED = 2000


@dataclass(slots=True)
class Delivery:
    """One notification for one endpoint. `sign` makes the headers anew for each try, as some carry the instant."""

    key: str
    kind: str
    address: str
    body: bytes
    sign: Callable[[bytes], Mapping[str, str]]
    due: float = 0.0
    tries: list[dict[str, Any]] = field(default_factory=list)
    state: str = "waiting"
    #: The first try carries half of the body.
    halved: bool = False
    #: It waits until another one was lined up before it.
    behind: bool = False

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.key, "type": self.kind, "url": self.address, "state": self.state,
            "tries": list(self.tries), "body": self.body.decode(),
        }  # fmt: skip


@dataclass(slots=True)
class Mishaps:
    """What happens to notifications: seconds late, sent again `repeat` times, turned round in groups of `reorder`,
    held until released, the next `drop` never sent, the next `halve` first sent with half a body. `types` limits it to
    some kinds of notification. `chances` lets the lot decide instead, repeatably with a `seed`: drop, repeat, delay (by
    `seconds`), reorder (behind the next one, at the latest after `seconds`), halve.
    """

    delay: float = 0.0
    repeat: int = 0
    reorder: int = 0
    hold: bool = False
    drop: int = 0
    halve: int = 0
    chances: dict[str, float] = field(default_factory=dict)
    seed: int = 0
    seconds: float = 1.0
    types: list[str] = field(default_factory=list)
    retry_seconds: list[float] = field(default_factory=lambda: list(RETRY_SECONDS))


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> None:
        """A redirect is a failed delivery with every provider here."""


class Webhooks:
    """The queue of deliveries and the thread that works through it in order of what is due."""

    def __init__(self, timeout_seconds: float = 5.0) -> None:
        self.mishaps = Mishaps()
        self._urn = random.Random(0)
        self.history: list[Delivery] = []
        self._queue: list[Delivery] = []
        self._held: list[Delivery] = []
        self._group: list[Delivery] = []
        self._condition = threading.Condition()
        self._busy = False
        self._closed = False
        self._timeout = timeout_seconds
        self._opener = build_opener(ProxyHandler({}), _NoRedirect())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def set_mishaps(self, **settings: Any) -> None:
        """Let things go wrong from now on; ValueError for a mishap that does not exist."""
        unknown = set(settings) - {field.name for field in fields(Mishaps)}
        unknown |= set(settings.get("chances", ())) - {"drop", "repeat", "delay", "reorder", "halve"}
        if unknown:
            raise ValueError(f"Webhooks know no {', '.join(sorted(unknown))}.")
        with self._condition:
            for name, value in settings.items():
                setattr(self.mishaps, name, value)
            if {"seed", "chances"} & set(settings):
                self._urn = random.Random(self.mishaps.seed)

    def _drawn(self) -> str:
        drawn = self._urn.random()
        for kind, chance in self.mishaps.chances.items():
            if drawn < chance:
                return kind
            drawn -= chance
        return ""

    def _send_by_lot(self, delivery: Delivery) -> None:
        kind = self._drawn()
        if kind == "drop":
            delivery.state = "dropped"
            return
        delivery.halved = kind == "halve"
        delivery.behind = kind == "reorder"
        late = self.mishaps.seconds if kind in {"delay", "reorder"} else 0.0
        self._enqueue(delivery, late=late, times=2 if kind == "repeat" else 1)

    def send(self, delivery: Delivery) -> None:
        """Line a delivery up, through whatever mishap is set."""
        with self._condition:
            self.history.append(delivery)
            del self.history[:-REMEMBERED]
            mishaps = self.mishaps
            if mishaps.types and delivery.kind not in mishaps.types:
                self._enqueue(delivery)
            elif mishaps.drop > 0:
                mishaps.drop -= 1
                delivery.state = "dropped"
            elif mishaps.chances:
                self._send_by_lot(delivery)
            elif mishaps.hold:
                delivery.state = "held"
                self._held.append(delivery)
            elif mishaps.reorder > 1:
                self._group.append(delivery)
                if len(self._group) >= mishaps.reorder:
                    self._enqueue(*reversed(self._group))
                    self._group.clear()
            else:
                if mishaps.halve > 0:
                    mishaps.halve -= 1
                    delivery.halved = True
                self._enqueue(delivery)

    def _enqueue(self, *deliveries: Delivery, late: float = 0.0, times: int = 1) -> None:
        for delivery in deliveries:
            delivery.state = "waiting"
            delivery.due = time.monotonic() + self.mishaps.delay + late
            overtaken = [waiting for waiting in self._queue if waiting.behind]
            self._queue.extend([delivery] * (times + self.mishaps.repeat))
            for waiting in overtaken:
                waiting.behind, waiting.due = False, delivery.due
                self._queue.remove(waiting)
                self._queue.append(waiting)
        self._condition.notify_all()

    def release(self, order: str | list[str] = "sent") -> int:
        """Send what is held: in the order it arose, "reverse", or the identifiers as listed; return how many."""
        with self._condition:
            held, self._held = [*self._held, *self._group], []
            self._group = []
            if order == "reverse":
                held.reverse()
            elif isinstance(order, list):
                held.sort(key=lambda delivery: order.index(delivery.key) if delivery.key in order else len(order))
            self.mishaps.hold = False
            self._enqueue(*held)
            return len(held)

    def redeliver(self, key: str) -> int:
        """Send every delivery of one notification again, as the dashboard's button does; return how many."""
        with self._condition:
            again = [delivery for delivery in self.history if delivery.key == key]
            self._enqueue(*again)
            return len(again)

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until nothing is due or being sent; held and dropped deliveries count as done. False when time is up."""
        until = time.monotonic() + seconds
        with self._condition:
            while self._queue or self._busy:
                if not self._condition.wait(timeout=max(0.0, until - time.monotonic())):
                    return False
            return True

    def reset(self) -> None:
        with self._condition:
            self._queue.clear()
            self._held.clear()
            self._group.clear()
            self.history.clear()
            self.mishaps = Mishaps()
            self._condition.wait_for(lambda: not self._busy, timeout=self._timeout)
            self._queue.clear()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._thread.join(timeout=self._timeout + 1)

    def _next(self) -> Delivery | None:
        with self._condition:
            self._busy = False
            self._condition.notify_all()
            while not self._closed:
                now = time.monotonic()
                due = [delivery for delivery in self._queue if delivery.due <= now]
                if due:
                    self._queue.remove(due[0])
                    self._busy = True
                    return due[0]
                soonest = min((delivery.due for delivery in self._queue), default=None)
                self._condition.wait(timeout=None if soonest is None else soonest - now)
            return None

    def _run(self) -> None:
        while delivery := self._next():
            status = self._post(delivery)
            with self._condition:
                delivery.tries.append({"status": status, "at": time.time()})
                retries = self.mishaps.retry_seconds
                if 200 <= status < 300:
                    delivery.state = "delivered"
                elif len(delivery.tries) <= len(retries):
                    delivery.state = "retrying"
                    delivery.due = time.monotonic() + retries[len(delivery.tries) - 1]
                    self._queue.append(delivery)
                else:
                    delivery.state = "failed"

    def _post(self, delivery: Delivery) -> int:
        """Return the endpoint's status, 0 when it could not be reached."""
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "innkeep-sandbox/1.0"}
        body = delivery.body[: len(delivery.body) // 2] if delivery.halved and not delivery.tries else delivery.body
        request = Request(delivery.address, body, {**headers, **delivery.sign(delivery.body)}, method="POST")  # noqa: S310 (the user's own endpoint)
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return int(answer.status)
        except HTTPError as error:
            error.close()
            return error.code
        except (OSError, ValueError):
            return 0
