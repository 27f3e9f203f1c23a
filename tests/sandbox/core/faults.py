"""Failures on demand: what the next calls meet instead of a good answer, one by one or by lot."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: error_before: 500 and nothing done. error_after: done, then 500 (`saved`: the idempotency key repeats that 500).
#: close_before, close_after: the connection is cut, without and with the work done. hang, delay: `seconds` pass before
#: the work. rate_limit: 429 with `retry_after` and nothing done. duplicate: the work is done twice, as when a proxy
#: repeats a call. reorder: the call is worked after the next one, or after `seconds` when none comes. half_body: the
#: work is done, the answer ends in the middle and says so in its length. cut_body: the same, with the whole length
#: announced and the connection closed.
KINDS = (
    "error_before", "error_after", "close_before", "close_after", "hang", "delay", "rate_limit", "duplicate",
    "reorder", "half_body", "cut_body",
)  # fmt: skip


@dataclass(slots=True)
class Fault:
    """One kind of failure for the next `times` calls whose method and path fit."""

    kind: str
    times: int = 1
    path_prefix: str = "/"
    method: str = ""
    seconds: float = 0.0
    saved: bool = True
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A fault is one of {', '.join(KINDS)}, not {self.kind}.")

    def fits(self, method: str, path: str) -> bool:
        return path.startswith(self.path_prefix) and self.method in {"", method}


@dataclass(slots=True)
class Lot:
    """Failures by chance: a share of the calls that fit meets each kind. The same seed draws the same run."""

    chances: Mapping[str, float]
    seed: int = 0
    path_prefix: str = "/"
    method: str = ""
    seconds: float = 0.0
    retry_after: int | None = None
    urn: random.Random = field(init=False)

    def __post_init__(self) -> None:
        unknown = set(self.chances) - set(KINDS)
        if unknown:
            raise ValueError(f"A fault is one of {', '.join(KINDS)}, not {', '.join(sorted(unknown))}.")
        if sum(self.chances.values()) > 1:
            raise ValueError("The chances of all faults together are more than 1.")
        self.urn = random.Random(self.seed)

    def draw(self, method: str, path: str) -> Fault | None:
        """Return the failure that this call drew. A call that does not fit draws nothing, so the run stays the same."""
        if not path.startswith(self.path_prefix) or self.method not in {"", method}:
            return None
        drawn = self.urn.random()
        for kind, chance in self.chances.items():
            if drawn < chance:
                return Fault(kind, seconds=self.seconds, retry_after=self.retry_after)
            drawn -= chance
        return None


class Faults:
    """The failures that are waiting; each call takes at most one."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lot: Lot | None = None
        self._lock = threading.Lock()

    def add(self, **settings: Any) -> None:
        """Line up a failure; TypeError or ValueError for one that does not exist."""
        fault = Fault(**settings)
        with self._lock:
            self._waiting.append(fault)

    def by_lot(self, **settings: Any) -> None:
        """Let chance decide from now on, after what is lined up; no chances end it."""
        lot = Lot(**settings) if settings.get("chances") else None
        with self._lock:
            self._lot = lot

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._lot = None

    def waiting(self) -> list[Mapping[str, Any]]:
        with self._lock:
            return [
                {"kind": fault.kind, "times": fault.times, "path_prefix": fault.path_prefix} for fault in self._waiting
            ]

    def take(self, method: str, path: str) -> Fault | None:
        """Return the failure this call meets and count it, None when it meets none."""
        with self._lock:
            for fault in self._waiting:
                if fault.fits(method, path):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
            return self._lot.draw(method, path) if self._lot else None
