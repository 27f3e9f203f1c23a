"""Refusals in Channex's envelope: errors with a code, a title and sometimes details."""

from typing import Any

from tests.sandbox.core.http import Answer

TITLES = {
    "unauthorized": (401, "Unauthorized"),
    "bad_request": (400, "Bad Request"),
    "not_found": (404, "Resouce Not Found"),  # so spelt by Channex
    "resource_not_found": (404, "Resource Not Found"),  # webhooks alone
    "validation_error": (422, "Validation Error"),
    "method_not_supported": (422, "Method Not Supported"),
    "http_too_many_requests": (429, "Too Many Requests"),
    "payload_too_large": (413, "Payload Too Large"),
    "internal_server_error": (500, "Internal Server Error"),
}
BLANK = "can't be blank"


class Refusal(Exception):
    """A call that Channex answers with an error; `details` is by field, or a list."""

    def __init__(self, code: str, details: Any = None) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def answer(self) -> Answer:
        status, title = TITLES[self.code]
        more = {} if self.details is None else {"details": self.details}
        return Answer.of_json({"errors": {"code": self.code, "title": title, **more}}, status)


def invalid(**details: str) -> Refusal:
    """Return a validation error with one sentence for each field."""
    return Refusal("validation_error", {name: [sentence] for name, sentence in details.items()})
