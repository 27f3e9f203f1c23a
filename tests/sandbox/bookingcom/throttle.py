"""How often the reservations are asked for: counted always, refused when the control API says so."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.sandbox.core.http import Request
from tests.sandbox.core.state import State

BETWEEN_READS = 20
AFTER_ACKNOWLEDGEMENT = 5
READS = ("/hotels/ota/OTA_HotelResNotif", "/hotels/ota/OTA_HotelResModifyNotif", "/hotels/xml/reservations")


class Throttle:
    """Counters of what the documents ask callers not to do. Seconds are those of the state's clock."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._open = 0
        self._lock = threading.Lock()

    @property
    def _kept(self) -> dict[str, Any]:
        counts: dict[str, Any] = self.state.kept.setdefault(
            "throttle",
            {
                "reads": 0,
                "too_soon": 0,
                "too_soon_after_acknowledgement": 0,
                "concurrent": 0,
                "refuses": False,
                "last": {},
            },
        )
        return counts

    @contextmanager
    def under_way(self, request: Request) -> Iterator[None]:
        """Count reads that overlap."""
        reads = _reads(request)
        with self._lock:
            self._open += reads
            overlaps = reads and self._open > 1
        if overlaps:
            with self.state.lock:
                self._kept["concurrent"] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open -= reads

    def note(self, account: str, request: Request) -> str:
        """Count a call; return why it is refused, nothing when it is not."""
        kept, now, key = self._kept, self.state.now(), f"{account} {request.path}"
        if not _reads(request):
            kept["last"][f"{key} acknowledged"] = now
            return ""
        soon = now - kept["last"].get(f"{key} read", -BETWEEN_READS) < BETWEEN_READS
        after = now - kept["last"].get(f"{key} acknowledged", -BETWEEN_READS) < AFTER_ACKNOWLEDGEMENT
        kept["reads"] += 1
        kept["too_soon"] += soon
        kept["too_soon_after_acknowledgement"] += after
        if kept["refuses"] and (soon or after):
            return "Too many requests"
        kept["last"][f"{key} read"] = now
        return ""

    def set(self, *, refuses: bool) -> None:
        """Answer calls that come too soon with 429 from now on, or not. Ours: the real one documents no such answer."""
        self._kept["refuses"] = refuses

    def shown(self) -> dict[str, Any]:
        return {name: count for name, count in self._kept.items() if name != "last"}


def _reads(request: Request) -> bool:
    return request.path in READS and (request.method == "GET" or request.path.startswith("/hotels/xml/"))
