"""A wire that answers what it was given: for answers that no stand-in gives."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from channels.adapters.base import Access, Answer, Wire

ACCESS = Access(
    account="hotel",
    currency="EUR",
    time_zone="Europe/Vilnius",
    base_url="https://channel.example",
    today=date(2026, 11, 20),
    credentials={"api_key": "key-of-the-house"},
)


@dataclass
class CannedWire:
    """Answers each call with the next of its answers, the last one for ever; keeps what was asked."""

    answers: list[Answer]
    access: Access = ACCESS
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def call(
        self,
        method: str,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Answer:
        self.asked.append((method, url, query if method == "GET" else body))
        self.headers.append(dict(headers or {}))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def renew(self, ask: Callable[[Wire], Mapping[str, str]]) -> None:
        self.access = replace(self.access, credentials={**self.access.credentials, **ask(self)})


def canned(*answers: Any, status: int = 200, access: Access = ACCESS, **headers: str) -> CannedWire:
    """Return a wire that gives these answers: bytes as they are, all else as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    bodies = [answer if isinstance(answer, bytes) else json.dumps(answer).encode() for answer in answers]
    return CannedWire([Answer(status, named, body) for body in bodies], access)
