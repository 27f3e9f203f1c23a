"""Failures on demand: what the next calls meet instead of a good answer."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: error_before: 500 and nothing done. error_after: done, then 500 (`saved`: the idempotency key repeats that 500).
#: close_before, close_after: the connection is cut, without and with the work done. hang: `seconds` pass before the
#: work. rate_limit: 429 and nothing done.
KINDS = ("error_before", "error_after", "close_before", "close_after", "hang", "rate_limit")


@dataclass(slots=True)
class Fault:
    """One kind of failure for the next `times` calls whose method and path fit."""

    kind: str
    times: int = 1
    path_prefix: str = "/"
    method: str = ""
    seconds: float = 0.0
    saved: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A fault is one of {', '.join(KINDS)}, not {self.kind}.")


class Faults:
    """The failures that are waiting; each call takes at most one."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, **settings: Any) -> None:
        """Line up a failure; TypeError or ValueError for one that does not exist."""
        fault = Fault(**settings)
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[Mapping[str, Any]]:
        with self._lock:
            return [
                {"kind": fault.kind, "times": fault.times, "path_prefix": fault.path_prefix} for fault in self._waiting
            ]

    def take(self, method: str, path: str) -> Fault | None:
        """Return the failure this call meets and count it, None when it meets none."""
        with self._lock:
            for fault in self._waiting:
                if path.startswith(fault.path_prefix) and fault.method in {"", method}:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None
