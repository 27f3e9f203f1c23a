"""Who wants to hear of what: apps subscribe in their AppConfig.ready()."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


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
