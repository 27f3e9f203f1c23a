"""What a built-in text consists of."""

from typing import NamedTuple


class Words(NamedTuple):
    """A subject and a body in the language of guests.messaging.templating."""

    subject: str
    body: str
