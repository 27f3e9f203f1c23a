"""Machine accounts: Basic credentials, tokens of one hour, and the hotels an account may touch."""

import hashlib
import hmac
import json
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.sandbox.bookingcom.answers import ruid
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.state import State, token

TOKEN_SECONDS = 3600
TOKENS_PER_HOUR = 30
#: The account that is there from the start and reaches every hotel.
FIRST = {
    "username": "sandbox_machine", "password": "sandbox_password",
    "client_id": "sandbox_client", "client_secret": "sandbox_client_secret", "hotels": None,
}  # fmt: skip
AUDIENCE = "urn://connectivity-sandbox"


@dataclass(frozen=True, slots=True)
class Account:
    """A machine account; `hotels` None reaches all of them."""

    username: str
    hotels: tuple[str, ...] | None

    def may(self, hotel: str) -> bool:
        return self.hotels is None or hotel in self.hotels


def accounts(state: State) -> dict[str, Any]:
    """Return the accounts by username, the first one among them. Called with the state's lock held."""
    kept: dict[str, Any] = state.kept.setdefault("accounts", {})
    kept.setdefault(str(FIRST["username"]), dict(FIRST))
    return kept


def add(state: State, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Make or change an account: username, password, client_id, client_secret, hotels (a list, or null for all)."""
    name = str(settings["username"])
    known = {"username", "password", "client_id", "client_secret", "hotels"}
    if set(settings) - known:
        raise ValueError(f"An account has no {', '.join(sorted(set(settings) - known))}.")
    before = accounts(state).get(name, {"client_id": name, "client_secret": token("", 20), "password": token("", 20)})
    made = {"hotels": None, **before, **settings}
    accounts(state)[name] = made
    return made


def exchange(state: State, request: Request, *, basic_only: bool) -> Answer:
    """Give a token for a client's id and secret. Ours: the sentences, and the 429 of the thirty-first in an hour."""
    try:
        asked = request.json()
        given = str(asked["client_id"]), str(asked["client_secret"])
    except (ValueError, KeyError, TypeError):
        return _refused(400, "client_id and client_secret are required.")
    found = [one for one in accounts(state).values() if (one["client_id"], one["client_secret"]) == given]
    if not found or basic_only:
        return _refused(401, "Authentication failed.")
    now = state.now()
    name = found[0]["username"]
    times = [at for at in state.kept.setdefault("tokens", {}).get(name, []) if at > now - TOKEN_SECONDS]
    if len(times) >= TOKENS_PER_HOUR:
        return _refused(429, "No more than 30 tokens in an hour.")
    state.kept["tokens"][name] = [*times, now]
    state.changed = True
    return Answer.of_json({"jwt": _signed(state, name, now), "ruid": ruid()})


def _refused(status: int, sentence: str) -> Answer:
    return Answer.of_json({"errors": [{"message": sentence}], "ruid": ruid()}, status)


def who(state: State, headers: Mapping[str, str]) -> Account | None:
    """Return the account of a call's Authorization header, None when there is none or it is past its hour."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    name = _of_token(state, given) if scheme == "Bearer" else _of_basic(state, given) if scheme == "Basic" else None
    one = accounts(state).get(name or "")
    return None if one is None else Account(one["username"], None if one["hotels"] is None else tuple(one["hotels"]))


def _of_basic(state: State, given: str) -> str | None:
    try:
        name, _, password = b64decode(given).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        return None
    one = accounts(state).get(name)
    return name if one and one["password"] == password else None


def _key(state: State) -> bytes:
    kept: str = state.kept.setdefault("token_key", token("", 40))
    return kept.encode()


def _part(content: Any) -> bytes:
    return urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).rstrip(b"=")


def _mark(state: State, text: bytes) -> bytes:
    return urlsafe_b64encode(hmac.new(_key(state), text, hashlib.sha256).digest()).rstrip(b"=")


def _signed(state: State, name: str, now: int) -> str:
    claims = {
        "sub": "connectivity-auth-proxy", "aud": AUDIENCE, "iss": "urn://connectivity-sandbox/v1",
        "iat": now, "exp": now + TOKEN_SECONDS, "jti": token("", 16), "account": name,
    }  # fmt: skip
    text = _part({"alg": "HS256", "typ": "JWT"}) + b"." + _part(claims)
    return (text + b"." + _mark(state, text)).decode()


def _of_token(state: State, given: str) -> str | None:
    text, _, mark = given.encode().rpartition(b".")
    if not text or not hmac.compare_digest(_mark(state, text), mark):
        return None
    body = text.partition(b".")[2]
    claims = json.loads(b64decode(body + b"=" * (-len(body) % 4), altchars=b"-_"))
    return str(claims["account"]) if claims["exp"] > state.now() else None
