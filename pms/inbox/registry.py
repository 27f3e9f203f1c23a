"""Whose messages are taken: each provider's own code says how they are proved and what they mean.

register("stripe", Source(verify="billing.payments.inbound.verify", handle="billing.payments.inbound.handle"))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as it came: the very bytes, and its headers with lower-case names."""

    provider: str
    account: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proved message says of itself.

    `fingerprint` is what two deliveries of it must share; `is_known` whether anybody here wants to hear of its kind;
    `kept` is what is stored of it, where that is less than what came: no card and no password is.
    """

    message_id: str
    kind: str
    fingerprint: bytes = field(repr=False)
    is_known: bool = True
    kept: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a provider is answered that wants more than to hear that its message is kept."""

    status: int
    body: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Source:
    """The dotted paths of a provider's code, both run inside the organization.

    `verify(raw: Raw) -> Verified` raises Refused. `handle(raw: Raw)` may be called twice for one message and must not
    mind; what it raises is tried again later. `route(body: bytes) -> str` names, unproved, the provider's own account
    that a message at the shared address is for.

    `answer(raw: Raw) -> Reply | None` is for a provider that waits for what became of its message. It is then handled
    while the provider waits, after it was stored and committed, and `answer` says what came of it, again for a message
    that comes again; None is the answer that everybody gets.
    """

    verify: str
    handle: str
    route: str = ""
    answer: str = ""


_sources: dict[str, Source] = {}


def register(provider: str, source: Source) -> None:
    """Take messages of provider; called from AppConfig.ready(). A name registered again is replaced."""
    _sources[provider] = source


def source_of(provider: str) -> Source | None:
    """Return who takes messages of provider, or None when nobody does."""
    return _sources.get(provider)


def function_at(path: str) -> Callable[..., Any]:
    """Return the function at the dotted path."""
    module, name = path.rsplit(".", 1)
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
