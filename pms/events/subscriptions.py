"""Who wants to hear of what: apps subscribe in their AppConfig.ready().

A subscriber hears of an event after its commit, in a job. A witness is called inside the transaction that makes the event
true, for what must be written with it or not at all; it does one statement and never refuses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Witness = Callable[[str, str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscriber's name (kept with every delivery), the kinds it wants (a shell pattern), and its handler.

    The handler, a dotted path to `function(event_id: str)`, gets the event's public id. It runs outside a transaction,
    may be called again for the same event and must not mind.
    """

    kind_pattern: str
    name: str
    path: str


_subscriptions: dict[str, Subscription] = {}
_witnesses: dict[str, tuple[tuple[str, ...], Witness]] = {}


def subscribe(kind_pattern: str, name: str, path: str) -> None:
    """Have the function at the dotted path hear of every event whose kind matches, such as `reservation.*`.

    A name subscribed again is replaced. Events written before are not delivered.
    """
    _subscriptions[name] = Subscription(kind_pattern, name, path)


def unsubscribe(name: str) -> None:
    """Forget a subscriber; what is still on its way to it is parked when its turn comes."""
    _subscriptions.pop(name, None)


def subscribers_of(kind: str) -> list[Subscription]:
    """Return who wants to hear of kind, by name."""
    return [each for _, each in sorted(_subscriptions.items()) if fnmatchcase(kind, each.kind_pattern)]


def subscription(name: str) -> Subscription | None:
    """Return the subscription called name, or None when nobody goes by it any more."""
    return _subscriptions.get(name)


def attend(name: str, kind_patterns: tuple[str, ...], witness: Witness) -> None:
    """Have `witness(kind, subject_code, payload)` called inside the transaction of every event whose kind matches.

    A name that attends again is replaced.
    """
    _witnesses[name] = (kind_patterns, witness)


def witnesses_of(kind: str) -> list[Witness]:
    """Return who attends events of kind, by name."""
    return [
        witness
        for _, (patterns, witness) in sorted(_witnesses.items())
        if any(fnmatchcase(kind, pattern) for pattern in patterns)
    ]
