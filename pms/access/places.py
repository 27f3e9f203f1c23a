"""Where a role can be held. The app that owns properties registers who they are; this app only knows their codes."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A property as access sees it."""

    code: str
    name: str


_sources: list[Callable[[], list[Place]]] = []


def register(source: Callable[[], list[Place]]) -> None:
    """Have source say which properties this organization has; called from AppConfig.ready()."""
    _sources.append(source)


def places() -> list[Place]:
    """Return this organization's properties in their own order."""
    return [place for source in _sources for place in source()]
