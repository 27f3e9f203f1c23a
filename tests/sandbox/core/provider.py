"""The frame of every stand-in: what was received is written down, faults strike, /_sandbox/ controls, the rest is the provider's."""

import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.sandbox.core.faults import Fault, Faults
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.state import State
from tests.sandbox.core.webhooks import Webhooks

#: How many exchanges the control API lists.
REMEMBERED = 2000


class Provider:
    """A stand-in. A subclass writes `respond`, `refusal` and, where it has them, `commands` and `pass_time`."""

    #: The provider's name, for people.
    title: ClassVar[str] = ""
    #: Paths under which pages for people lie: no faults, no record of what was typed there.
    page_paths: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, *, public_url: str, state: State | None = None, listener: Mapping[str, str] | None = None
    ) -> None:
        #: Where every notification goes besides the endpoints of the interface itself: url, and secret or webhook_id.
        self.listener = listener
        self.public_url = public_url.rstrip("/")
        self.state = state or State()
        self.faults = Faults()
        self.webhooks = Webhooks()
        self.exchanges: list[dict[str, Any]] = []
        #: Tracebacks of the stand-in's own mistakes.
        self.crashes: list[str] = []
        self._record = threading.Condition()
        self._under_way = 0
        self._answers = 0

    # The provider's own part

    def respond(self, request: Request, fault: Fault | None) -> Answer:
        """Answer a call of the interface; `fault` is one that strikes after the work, or hangs in the middle of it."""
        raise NotImplementedError

    def refusal(self, status: int, message: str) -> Answer:
        """Return a failure in the provider's own envelope."""
        raise NotImplementedError

    def command(self, name: str, settings: dict[str, Any]) -> Any:
        """Do what the control API was told under a name of the provider's own; KeyError for an unknown one."""
        raise KeyError(name)

    def pass_time(self) -> None:
        """Let happen what is due at the state's clock. Called with the lock held."""

    # What is the same everywhere

    def answer(self, request: Request) -> Answer:
        if request.path.startswith("/_sandbox/"):
            return self._control(request)
        with self._record:
            self._under_way += 1
        try:
            return self._answered(request)
        finally:
            with self._record:
                self._under_way -= 1
                self._answers += 1
                self._record.notify_all()

    def _answered(self, request: Request) -> Answer:
        if request.path.startswith(self.page_paths):
            return self._responded(request, None)
        fault = self.faults.take(request.method, request.path)
        answer = self._struck(request, fault)
        exchange = {
            "method": request.method, "path": request.path, "query": request.query, "headers": dict(request.headers),
            "body": request.body.decode(errors="replace"), "status": answer.status, "answer": answer.content(),
            "fault": fault.kind if fault else None, "at": time.time(),
        }  # fmt: skip
        exchange["headers"].pop("authorization", None)
        with self._record:
            self.exchanges.append(exchange)
            del self.exchanges[:-REMEMBERED]
        return answer

    def _struck(self, request: Request, fault: Fault | None) -> Answer:
        kind = fault.kind if fault else ""
        if kind == "error_before":
            return self.refusal(500, "The sandbox was told to fail before doing anything.")
        if kind == "close_before":
            return Answer(500, cut=True)
        if kind == "rate_limit":
            answer = self.refusal(429, "The sandbox was told that this was one call too many.")
            wait = fault.retry_after if fault else None
            more = {} if wait is None else {"Retry-After": str(wait)}
            return Answer(answer.status, answer.body, {**answer.headers, **more})
        if fault and kind in {"delay", "reorder"}:
            self._wait_turn(fault)
        if kind == "duplicate":
            self._responded(request, None)
        return self._spoilt(self._responded(request, fault), kind)

    def _wait_turn(self, fault: Fault) -> None:
        """Wait the fault's time, and with `reorder` until another call was answered if that is sooner."""
        if fault.kind == "delay":
            time.sleep(fault.seconds)
            return
        with self._record:
            before = self._answers
            self._record.wait_for(lambda: self._answers > before, timeout=fault.seconds or 2.0)

    def _spoilt(self, answer: Answer, kind: str) -> Answer:
        """Return what is left of an answer whose call was worked, for the failures that strike afterwards."""
        if kind == "error_after":
            return self.refusal(500, "The sandbox was told to fail after doing what was asked.")
        if kind == "close_after":
            return Answer(answer.status, answer.body, answer.headers, cut=True)
        half = len(answer.body) // 2
        if kind == "half_body":
            return Answer(answer.status, answer.body[:half], answer.headers)
        if kind == "cut_body":
            return Answer(answer.status, answer.body, answer.headers, cut_after=half)
        return answer

    def _responded(self, request: Request, fault: Fault | None) -> Answer:
        try:
            return self.respond(request, fault)
        except Exception:  # noqa: BLE001 (a mistake of the stand-in must be seen in the test that met it)
            self.crashes.append(f"{request.method} {request.path}\n{traceback.format_exc()}")
            return self.refusal(500, "The sandbox itself broke; its control API lists how.")

    def tick(self) -> None:
        with self.state.lock:
            self.pass_time()
        self.state.flush()

    def close(self) -> None:
        self.webhooks.close()
        self.state.flush()

    def reset(self) -> None:
        """Forget everything, once the calls that are still under way have ended (ten seconds at most)."""
        self.faults.clear()
        with self._record:
            self._record.wait_for(lambda: not self._under_way, timeout=10)
        self.webhooks.reset()
        self.state.reset()
        self.crashes.clear()
        with self._record:
            self.exchanges.clear()

    def _control(self, request: Request) -> Answer:
        name = request.path.removeprefix("/_sandbox/")
        try:
            settings = request.json()
            result = self._told(request.method, name, settings)
        except KeyError as error:
            return Answer.of_json({"error": f"There is no {error}."}, 404)
        except (TypeError, ValueError) as error:
            return Answer.of_json({"error": str(error), "code": getattr(error, "code", "")}, 400)
        return Answer.of_json(result if result is not None else {"ok": True})

    def _told(self, method: str, name: str, settings: dict[str, Any]) -> Any:  # noqa: C901, PLR0911, PLR0912 (a table of one-liners)
        match method, name:
            case "GET", "requests":
                with self._record:
                    return list(self.exchanges)
            case "GET", "deliveries":
                return [delivery.shown() for delivery in list(self.webhooks.history)]
            case "GET", "crashes":
                return list(self.crashes)
            case "GET", "faults":
                return self.faults.waiting()
            case "POST", "faults":
                return self.faults.add(**settings)
            case "POST", "faults/lot":
                return self.faults.by_lot(**settings)
            case "DELETE", "faults":
                return self.faults.clear()
            case "POST", "webhooks":
                return self.webhooks.set_mishaps(**settings)
            case "POST", "webhooks/release":
                return {"released": self.webhooks.release(settings.get("order", "sent"))}
            case "POST", "webhooks/settle":
                return {"settled": self.webhooks.settle(float(settings.get("seconds", 10)))}
            case "POST", "webhooks/redeliver":
                return {"sent": self.webhooks.redeliver(settings["id"])}
            case "POST", "clock":
                return self._advance(float(settings["seconds"]))
            case "POST", "reset":
                return self.reset()
        with self.state.lock:
            self.state.changed = True
            return self.command(f"{method} {name}", settings)

    def _advance(self, seconds: float) -> dict[str, int]:
        with self.state.lock:
            self.state.offset += seconds
            self.state.changed = True
            self.pass_time()
            return {"now": self.state.now()}
