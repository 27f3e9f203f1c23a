"""The error taxonomy: every refusal has a code, one clear sentence and, where there is one, the field it concerns."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule refused. `code` is for machines and tests, `message` for people, `context` for logs and templates."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str, *, field: str | None = None, **context: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.context = context


class Invalid(DomainError):
    """What was given makes no sense."""

    status = 422


class Conflict(DomainError):
    """It makes sense, but what is there now stands against it."""

    status = 409


class NotAllowed(DomainError):
    """This actor may not do it."""

    status = 403


class Missing(DomainError):
    """It is not there, or not for this actor to see."""

    status = 404


class Busy(DomainError):
    """Somebody else holds the lock; trying again may succeed."""

    status = 503
