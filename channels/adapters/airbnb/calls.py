"""Calls to Airbnb for one function of the adapter: a token that is over is renewed once, by way of the wire."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from channels.adapters.airbnb.oauth import is_over, renewed
from channels.adapters.base import Answer, ChannelError, Wire
from channels.adapters.enums import Trouble
from channels.adapters.objects import mapping, parsed, sequence
from channels.adapters.values import identifier, text, whole

PAUSE = timedelta(minutes=1)
LONGEST_PAUSE_SECONDS = 3600
#: Beyond this nobody believes a list.
MOST_PAGES = 1000
#: Statuses below 500 that say nothing about the message itself.
_BUSY = frozenset({408, 423, 425})


class Session:
    """One function's calls. It lives as long as the function does; the token that it renews is the wire's to keep."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._token = "" if is_over(wire.access) else wire.access.credentials["access_token"].strip()
        self._is_renewed = False

    def call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        content: object = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Mapping[str, Any]:
        """Return the object that Airbnb answers with. Raises ChannelError."""
        if not self._token:
            self._renew()
        answer = self._answer(method, path, what, content, query)
        if answer.status == 401 and not self._is_renewed:
            self._renew()
            answer = self._answer(method, path, what, content, query)
        return understood(answer)

    def _renew(self) -> None:
        self.wire.renew(renewed)
        self._token = self.wire.access.credentials["access_token"].strip()
        self._is_renewed = True

    def _answer(
        self, method: str, path: str, what: str, content: object, query: Mapping[str, str | int] | None
    ) -> Answer:
        headers = {"authorization": f"Bearer {self._token}", "accept": "application/json"}
        body = None
        if content is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(content).encode()
        return self.wire.call(method, f"/v1{path}", what=what, headers=headers, body=body, query=query)

    def listed(self, path: str, name: str, query: Mapping[str, str | int] | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield a list of the host's things, page by page where it has pages."""
        cursor = ""
        for _ in range(MOST_PAGES):
            asked = {**(query or {}), **({"cursor": cursor} if cursor else {})}
            content = self.call("GET", path, what=name, query=asked)
            for item in sequence(content.get(name)):
                if mapping(item).get("host_id") in {None, self.wire.access.account}:
                    yield mapping(item)
            cursor = identifier(content.get("next_cursor"), 512)
            if not cursor:
                return
        raise ChannelError(Trouble.TEMPORARY, "endless_list", "Airbnb's list does not come to an end.")


def understood(answer: Answer) -> Mapping[str, Any]:
    """Return the object of a good answer. Raises ChannelError with the meaning of any other."""
    if answer.status == 429:
        asked = whole(answer.headers.get("retry-after"), most=LONGEST_PAUSE_SECONDS) or 0
        wait = max(PAUSE, timedelta(seconds=asked))
        raise ChannelError(Trouble.LIMITED, "status_429", "Too many calls for now.", wait=wait)
    if answer.status in _BUSY or not 200 <= answer.status < 500 or 300 <= answer.status < 400:
        raise ChannelError(Trouble.TEMPORARY, f"status_{answer.status}", f"Airbnb answered {answer.status}.")
    try:
        content = parsed(answer.body)
    except ChannelError:
        content = None
    if answer.status >= 400:
        told = mapping(content)
        trouble = Trouble.LOCKED_OUT if answer.status == 401 else Trouble.REFUSED
        code = text(told.get("error_type"), 60) or f"status_{answer.status}"
        raise ChannelError(trouble, code, text(told.get("error_message"), 500) or "Airbnb gave no reason.")
    if not isinstance(content, dict):
        raise ChannelError(Trouble.TEMPORARY, "odd_answer", "Airbnb answered something that is not of its interface.")
    return content


def in_path(number: str) -> str:
    """Return a name as one step of a path, whatever stands in it. Raises ChannelError refused."""
    if number in {"", ".", ".."}:
        raise ChannelError(Trouble.REFUSED, "no_such_name", "Nothing at Airbnb has an empty name.")
    return quote(number, safe="")
