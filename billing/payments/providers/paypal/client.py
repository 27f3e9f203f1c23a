"""Calls to PayPal: a bearer token for each set of keys, kept until shortly before it ends."""

from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.conf import settings

from billing.payments.providers.base import Credentials, ProviderError
from billing.payments.providers.http import call

#: A token is not used in its last minute.
MARGIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until: float


_tokens: dict[tuple[str, str, str], _Token] = {}


def ask(credentials: Credentials, method: str, path: str, *, key: str = "", **sent: Any) -> Any:
    """Return PayPal's answer. `key` makes the same call twice one deed. A token that was taken away is renewed once."""
    headers = {"Prefer": "return=representation"}
    if key:
        headers["PayPal-Request-Id"] = key
    for is_last in (False, True):
        headers["Authorization"] = f"Bearer {_token(credentials)}"
        try:
            return call(method, f"{settings.PAYPAL_API_BASE}{path}", headers=headers, **sent)
        except ProviderError as error:
            if is_last or error.code not in {"invalid_token", "AUTHENTICATION_FAILURE", "http_401"}:
                raise
            _tokens.pop(_name(credentials), None)
    raise AssertionError("unreachable")


def _token(credentials: Credentials) -> str:
    kept = _tokens.get(_name(credentials))
    if kept is None or kept.until <= monotonic():
        given = call(
            "POST",
            f"{settings.PAYPAL_API_BASE}/v1/oauth2/token",
            auth=(credentials.public_key, credentials.secret_key),
            form={"grant_type": "client_credentials"},
        )
        kept = _Token(given["access_token"], monotonic() + float(given["expires_in"]) - MARGIN_SECONDS)
        _tokens[_name(credentials)] = kept
    return kept.value


def _name(credentials: Credentials) -> tuple[str, str, str]:
    return settings.PAYPAL_API_BASE, credentials.public_key, credentials.secret_key
