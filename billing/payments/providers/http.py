"""Plain HTTP for providers without a library that is kept up: JSON in, JSON out, ProviderError for everything else."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx

from billing.payments.providers.base import ProviderError

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
#: Answers that say nothing about whether it was done, or will be: too slow, in progress, too early, too many.
_UNDECIDED = frozenset({408, 409, 425, 429})


@cache
def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False)


def call(
    method: str,
    url: str,
    *,
    auth: httpx.Auth | tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    content: bytes | None = None,
    form: Mapping[str, str] | None = None,
    query: Mapping[str, str | int] | None = None,
) -> Any:
    """Return the JSON that the provider answered; an empty object for an empty answer.

    Raises ProviderError: permanent for what it refused (4xx), not permanent for silence, 5xx and "try again".
    """
    sent = {"Content-Type": "application/json"} if body is not None or content is not None else {}
    raw = json.dumps(body, separators=(",", ":")).encode() if body is not None else content
    try:
        answer = _client().request(
            method,
            url,
            auth=auth,
            headers={**sent, **(headers or {})},
            content=raw,
            data=dict(form) if form is not None else None,
            params=dict(query) if query is not None else None,
        )
    except httpx.HTTPError as error:
        raise ProviderError(permanent=False, code="no_answer", message=type(error).__name__) from error
    if answer.is_success:
        return _json(answer)
    permanent = 400 <= answer.status_code < 500 and answer.status_code not in _UNDECIDED
    code, message = _said(answer)
    raise ProviderError(permanent=permanent, code=code, message=message)


def _json(answer: httpx.Response) -> Any:
    if not answer.content:
        return {}
    try:
        return answer.json()
    except ValueError as error:
        raise ProviderError(permanent=False, code="bad_answer", message="The answer is no JSON.") from error


def _said(answer: httpx.Response) -> tuple[str, str]:
    """Return code and sentence of a refusal, in the shape that Razorpay or PayPal gives it."""
    try:
        said = answer.json()
    except ValueError:
        return f"http_{answer.status_code}", answer.reason_phrase
    if not isinstance(said, dict):
        return f"http_{answer.status_code}", answer.reason_phrase
    inner = said.get("error")
    if isinstance(inner, dict):
        return str(inner.get("code") or f"http_{answer.status_code}"), str(inner.get("description") or "")
    details = said.get("details") or [{}]
    issue = details[0].get("issue") if isinstance(details[0], dict) else None
    return str(issue or said.get("name") or inner or f"http_{answer.status_code}"), str(said.get("message") or "")
