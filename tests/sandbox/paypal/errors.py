"""PayPal's error envelope: 400 for what is malformed, 404 for what is not there, 422 for what business forbids."""

from tests.sandbox.core.http import Answer
from tests.sandbox.core.state import token

NAMES = {
    400: ("INVALID_REQUEST", "The request is malformed."),
    404: ("RESOURCE_NOT_FOUND", "There is no such resource."),
    422: ("UNPROCESSABLE_ENTITY", "This cannot be done now."),
    429: ("RATE_LIMIT_REACHED", "One call too many."),
    500: ("INTERNAL_SERVER_ERROR", "Something broke."),
}


class Refusal(Exception):
    """A call that PayPal answers with an error; `issue` is the word programs read."""

    def __init__(self, issue: str, *, field: str | None = None, status: int = 422) -> None:
        super().__init__(issue)
        self.issue = issue
        self.field = field
        self.status = status

    def answer(self) -> Answer:
        name, message = NAMES[self.status]
        detail = {"issue": self.issue, "description": self.issue.replace("_", " ").capitalize()}
        if self.field:
            detail |= {"field": self.field, "location": "body"}
        content = {"name": name, "message": message, "debug_id": token("", 13).lower(), "details": [detail]}
        return Answer.of_json(content, self.status)
