"""Clocks, percentiles, and many clients at once: each in a process of its own with its own connection."""

import gc
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from traceback import format_exc
from typing import Any

from django.db import connections

#: A client: gets its number, how often to act, and what to call once it is ready, which returns when all are. Returns
#: one duration in seconds per act and anything it counted.
Client = Callable[[int, int, Callable[[], object]], "Taken"]


@dataclass(slots=True)
class Taken:
    """How long each act took, in seconds, and what was counted on the way."""

    seconds: list[float] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str) -> None:
        """Count one more of name."""
        self.counts[name] = self.counts.get(name, 0) + 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all clients together took. Milliseconds; `per_second` is acts a second while all were at it."""

    p50: float
    p95: float
    worst: float
    per_second: float
    counts: dict[str, int]
    fastest: float = 0

    def __str__(self) -> str:
        return f"{shown(self.p50)} / {shown(self.p95)} ms, {self.per_second:.0f}/s"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `value` and `raw` are in `unit`; `met` is None where there is no target."""

    part: str
    question: str
    value: str
    raw: str = ""
    ratio: str = ""
    target: str = ""
    met: bool | None = None


def shown(milliseconds: float) -> str:
    """Return milliseconds with as many digits as they deserve."""
    return (
        f"{milliseconds:.2f}"
        if milliseconds < 10
        else f"{milliseconds:.1f}"
        if milliseconds < 100
        else f"{milliseconds:.0f}"
    )


def timed(act: Callable[[], Any], times: int, *, warm: int = 3) -> Outcome:
    """Call act so many times in this process and return how long it took."""
    for _ in range(warm):
        act()
    taken = Taken()
    gc.collect()
    begin = perf_counter()
    for _ in range(times):
        start = perf_counter()
        act()
        taken.seconds.append(perf_counter() - start)
    return outcome([taken], perf_counter() - begin)


ROUNDS = 3


def quietest(measure: Callable[[], Outcome]) -> Outcome:
    """Measure in several rounds and return the one with the lowest median: whatever else runs here only adds."""
    return min((measure() for _ in range(ROUNDS)), key=lambda outcome: outcome.p50)


def together(client: Client, *, clients: int, times: int) -> Outcome:
    """Run so many clients at once, each acting so many times, and return what they took. A client's error is ours."""
    connections.close_all()
    gc.collect()
    gc.freeze()  # or each client would copy the whole of this process when it first collects
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(clients), context.Queue()
    processes = [
        context.Process(target=_client, args=(client, number, times, gate, answers), daemon=True)
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    gathered = [answers.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    errors = [error for _, _, _, error in gathered if error]
    if errors:
        raise RuntimeError(f"{len(errors)} of {clients} clients failed, the first with:\n{errors[0]}")
    begin, end = min(each[1] for each in gathered), max(each[2] for each in gathered)
    return outcome([each[0] for each in gathered], end - begin)


def _client(client: Client, number: int, times: int, gate: Any, answers: Any) -> None:
    begin = perf_counter()

    def go() -> None:
        nonlocal begin
        gate.wait(timeout=120)
        begin = perf_counter()

    try:
        connections.close_all()
        taken = client(number, times, go)
        answers.put((taken, begin, perf_counter(), ""))
    except BaseException:
        gate.abort()
        answers.put((Taken(), begin, perf_counter(), format_exc()))
    finally:
        connections.close_all()


def outcome(takens: Sequence[Taken], elapsed: float) -> Outcome:
    """Put together what several clients took within elapsed seconds."""
    every = sorted(second * 1000 for taken in takens for second in taken.seconds)
    counts: dict[str, int] = {}
    for taken in takens:
        for name, number in taken.counts.items():
            counts[name] = counts.get(name, 0) + number
    if not every:
        return Outcome(0, 0, 0, 0, counts)
    return Outcome(
        p50=median(every),
        p95=every[min(len(every) - 1, round(len(every) * 0.95))],
        worst=every[-1],
        per_second=len(every) / elapsed,
        counts=counts,
        fastest=every[0],
    )


def compared(part: str, question: str, ours: Outcome, raw: Outcome | None, *, target_ms: float | None = None) -> Figure:
    """Return the figure of ours beside the raw SQL, judged at the median."""
    return Figure(
        part=part,
        question=question,
        value=str(ours),
        raw=str(raw) if raw else "",
        ratio=f"{ours.p50 / raw.p50:.1f}" if raw and raw.p50 else "",
        target=f"{target_ms:g} ms" if target_ms is not None else "",
        met=ours.p50 <= target_ms if target_ms is not None else None,
    )
