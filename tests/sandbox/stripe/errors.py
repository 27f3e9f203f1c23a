"""Stripe's error envelope."""

from typing import Any

from tests.sandbox.core.http import Answer

DOCUMENTATION = "https://stripe.com/docs/error-codes/"


class Refusal(Exception):
    """A call that Stripe answers with an error. `unsaved`: it was refused before anything ran, so no key remembers it."""

    def __init__(
        self, message: str, *, code: str | None = None, param: str | None = None, status: int = 400,
        kind: str = "invalid_request_error", unsaved: bool = False, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.unsaved = unsaved
        named = {"code": code, "param": param, **more}
        self.body = {"type": kind, "message": message} | {name: value for name, value in named.items() if value}
        if code:
            self.body["doc_url"] = DOCUMENTATION + code.replace("_", "-")

    def answer(self) -> Answer:
        return Answer.of_json({"error": self.body}, self.status)


def missing(kind: str, identifier: str, param: str = "id") -> Refusal:
    """Return the refusal for an object that this account does not have."""
    named = kind.rsplit(".", maxsplit=1)[-1]
    return Refusal(f"No such {named}: '{identifier}'", code="resource_missing", param=param, status=404)
