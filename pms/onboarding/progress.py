"""Tells somebody at a terminal how far a long piece of work has come."""

from time import monotonic
from typing import IO


class ProgressLine:
    """One line that is rewritten on a terminal, and a line for each step where there is none (a log, a pipe)."""

    def __init__(self, stream: IO[str], *, silent: bool = False) -> None:
        self.stream, self.silent = stream, silent
        self.started = monotonic()
        self.step = ""
        self.terminal = stream.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Says that of `total` things to do `done` are done; total 0 is a step that cannot be counted."""
        if self.silent:
            return
        text = f"{monotonic() - self.started:5.1f} s  {what}"
        if self.terminal:
            part = f" {100 * done // total}%" if total else ""
            self.stream.write(f"\r\x1b[K{text}{part}")
        elif what != self.step:
            self.stream.write(f"{text}\n")
        self.step = what
        self.stream.flush()

    def end(self) -> None:
        """Leaves the line."""
        if self.terminal and self.step:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
