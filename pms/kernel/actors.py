"""Who does something: every service names its actor, and the audit keeps it."""

from dataclasses import dataclass
from enum import StrEnum

import structlog


class ActorKind(StrEnum):
    USER = "user"
    SYSTEM = "system"
    GUEST = "guest"
    CHANNEL = "channel"
    API = "api"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or process that acts. `user_id` is set for users only; `ip` and `user_agent` for requests only."""

    kind: ActorKind
    label: str
    user_id: int | None = None
    ip: str | None = None
    user_agent: str = ""

    @classmethod
    def system(cls, label: str) -> "Actor":
        """Return the actor of a job or command called label."""
        return cls(kind=ActorKind.SYSTEM, label=label)


def request_id() -> str:
    """Return the id of the request or job under way, or the empty string outside both."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
