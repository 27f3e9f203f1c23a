"""One call to Channex: the key on the way out, and what each status means on the way back."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from channels.adapters.base import Answer, ChannelError, Wire
from channels.adapters.channex.values import mapping, parsed, sequence, text, whole
from channels.adapters.enums import Trouble

#: How long nothing goes to a property that was told too much (its document on rate limits).
PAUSE = timedelta(minutes=1)
LONGEST_PAUSE_SECONDS = 3600
#: The most that a list gives at once.
PAGE = 100
#: Beyond this nobody believes a list.
MOST_PAGES = 500
#: Statuses below 500 that say nothing about the message itself.
_BUSY = frozenset({408, 423, 425})
_MEANINGS = {
    "unauthorized": Trouble.LOCKED_OUT,
    "forbidden": Trouble.LOCKED_OUT,
    "http_too_many_requests": Trouble.LIMITED,
}


def call(
    wire: Wire,
    method: str,
    path: str,
    *,
    what: str,
    content: Mapping[str, Any] | None = None,
    body: bytes | None = None,
    query: Mapping[str, str | int] | None = None,
) -> Mapping[str, Any]:
    """Return the object that Channex answers with; `content` is sent as JSON, `body` as it is. Raises ChannelError."""
    headers = {"user-api-key": _key(wire), "accept": "application/json"}
    if content is not None:
        body = json.dumps(content).encode()
    if body:
        headers["content-type"] = "application/json"
    return understood(wire.call(method, path, what=what, headers=headers, body=body, query=query))


def _key(wire: Wire) -> str:
    key = wire.access.credentials.get("api_key", "").strip()
    if not key:
        raise ChannelError(Trouble.LOCKED_OUT, "no_key", "The connection has no API key.")
    if not (key.isascii() and key.isprintable()):
        raise ChannelError(Trouble.LOCKED_OUT, "no_key", "The API key has characters that no key has.")
    return key


def understood(answer: Answer) -> Mapping[str, Any]:
    """Return the object of a good answer. Raises ChannelError with the meaning of any other."""
    if answer.status == 429:
        raise ChannelError(Trouble.LIMITED, "too_many_requests", "Too many calls for now.", wait=_wait(answer))
    if answer.status in _BUSY or not 200 <= answer.status < 500 or 300 <= answer.status < 400:
        raise ChannelError(Trouble.TEMPORARY, f"status_{answer.status}", f"Channex answered {answer.status}.")
    try:
        content = mapping(parsed(answer.body))
    except ChannelError:
        content = {}
    if answer.status >= 400:
        trouble = Trouble.LOCKED_OUT if answer.status in {401, 403} else Trouble.REFUSED
        raise _error(content, trouble, f"status_{answer.status}")
    if "data" in content or "meta" in content:
        return content
    if "errors" in content:
        code = text(mapping(content["errors"]).get("code"))
        trouble = _MEANINGS.get(code, Trouble.REFUSED)
        raise _error(content, trouble, "error", wait=PAUSE if trouble == Trouble.LIMITED else None)
    raise ChannelError(Trouble.TEMPORARY, "odd_answer", "Channex answered something that is not of its interface.")


def _error(
    content: Mapping[str, Any], trouble: Trouble, otherwise: str, *, wait: timedelta | None = None
) -> ChannelError:
    errors = mapping(content.get("errors"))
    parts = [text(errors.get("title")), words(errors.get("details"))]
    said = ": ".join(part for part in parts if part) or "Channex gave no reason."
    return ChannelError(trouble, text(errors.get("code"), 60) or otherwise, said, wait=wait)


def words(details: object) -> str:
    """Return what a field or a list of fields is reproached with, in one line."""
    found = "; ".join(_reproaches(details, 0))
    return found if len(found) <= 500 else found[:499] + "…"


def _reproaches(details: object, depth: int) -> Iterator[str]:
    if depth > 4:
        return
    if isinstance(details, dict):
        for field, reproach in list(details.items())[:50]:
            said = ", ".join(_reproaches(reproach, depth + 1))
            if said:
                yield f"{text(field, 60)}: {said}"
    elif isinstance(details, list):
        for reproach in details[:50]:
            yield from _reproaches(reproach, depth + 1)
    elif text(details):
        yield text(details)


def _wait(answer: Answer) -> timedelta:
    asked = whole(answer.headers.get("retry-after"), most=LONGEST_PAUSE_SECONDS) or 0
    return max(PAUSE, timedelta(seconds=asked))


def listed(wire: Wire, path: str, *, what: str) -> list[Mapping[str, Any]]:
    """Return all of a list of the property's things, page by page."""
    found: list[Mapping[str, Any]] = []
    for page in range(1, MOST_PAGES):
        content = call(wire, "GET", path, what=what, query=page_query(wire, page))
        items = sequence(content.get("data"))
        found += [mapping(item) for item in items]
        total = whole(mapping(content.get("meta")).get("total"), most=10**8)
        if not items or (total is not None and len(found) >= total) or (total is None and len(items) < PAGE):
            return found
    raise ChannelError(Trouble.TEMPORARY, "endless_list", "Channex's list does not come to an end.")


def page_query(wire: Wire, page: int) -> dict[str, str | int]:
    """Return what asks for one page of a list, of this property alone."""
    return {
        "filter[property_id]": wire.access.account,
        "pagination[page]": page,
        "pagination[limit]": PAGE,
    }
