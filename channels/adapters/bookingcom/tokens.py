"""The key: a token of an hour, exchanged for the client's id and secret and kept by this process, or a name and password.

Kept in memory alone. Booking.com gives thirty tokens an hour; this process asks for no more, whatever happens.
"""

import json
import threading
import time
from base64 import b64encode
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from channels.adapters.base import Access, Answer, ChannelError, Wire
from channels.adapters.enums import Trouble

HOST = "https://connectivity-authentication.booking.com"
PATH = "/token-based-authentication/exchange"
#: A token lives an hour; it is renewed a while before, so that none ends under way.
LIFETIME_SECONDS = 3600 - 300
HOUR_SECONDS = 3600
MOST_AN_HOUR = 30
LONGEST_TOKEN = 8192


@dataclass(slots=True)
class _Kept:
    """What is kept for one client: its token, when it ends, and when tokens were asked for (monotonic seconds)."""

    token: str = ""
    until: float = 0.0
    asked: deque[float] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept: dict[bytes, _Kept] = {}
_lock = threading.Lock()


def authorization(wire: Wire) -> str:
    """Return the Authorization header of a connection. Raises ChannelError: locked_out without a key that fits, limited
    where thirty tokens were asked for within the hour."""
    keys = {name: wire.access.credentials.get(name, "").strip() for name in ("client_id", "client_secret")}
    if all(keys.values()):
        return f"Bearer {_token(wire, keys)}"
    user, password = (wire.access.credentials.get(name, "") for name in ("user", "password"))
    if not (user and password):
        raise ChannelError(Trouble.LOCKED_OUT, "no_key", "The connection has neither a client id nor a user name.")
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def forget(access: Access, opened: str) -> bool:
    """Drop a token that was not taken; return whether there was one, so that a new one may be tried."""
    scheme, _, token = opened.partition(" ")
    if scheme != "Bearer":
        return False
    kept = _of(access)
    with kept.lock:
        if kept.token == token:
            kept.token = ""
    return True


def forget_all() -> None:
    """Drop every token of this process, and how many were asked for: what a process that begins has."""
    with _lock:
        _kept.clear()


def _of(access: Access) -> _Kept:
    parts = (access.base_url, *(access.credentials.get(name, "").strip() for name in ("client_id", "client_secret")))
    key = sha256("\0".join(parts).encode()).digest()
    with _lock:
        return _kept.setdefault(key, _Kept())


def _token(wire: Wire, keys: dict[str, str]) -> str:
    kept = _of(wire.access)
    # One exchange at a time: who waits for it takes what it brought.
    with kept.lock:
        now = time.monotonic()
        if kept.token and now < kept.until:
            return kept.token
        while kept.asked and kept.asked[0] <= now - HOUR_SECONDS:
            kept.asked.popleft()
        if len(kept.asked) >= MOST_AN_HOUR:
            wait = timedelta(seconds=kept.asked[0] + HOUR_SECONDS - now + 1)
            raise ChannelError(Trouble.LIMITED, "too_many_tokens", "Thirty tokens were asked for this hour.", wait=wait)
        kept.asked.append(now)
        kept.token = _exchanged(wire, keys)
        kept.until = now + LIFETIME_SECONDS
        return kept.token


def _exchanged(wire: Wire, keys: dict[str, str]) -> str:
    headers = {"content-type": "application/json", "accept": "application/json"}
    address = PATH if wire.access.base_url else HOST + PATH
    answer = wire.call("POST", address, what="token", headers=headers, body=json.dumps(keys).encode())
    if answer.status == 429:
        raise ChannelError(Trouble.LIMITED, "too_many_tokens", "No more tokens for now.", wait=timedelta(minutes=10))
    if answer.status in {400, 401, 403}:
        raise ChannelError(Trouble.LOCKED_OUT, f"status_{answer.status}", "The client id and secret open nothing.")
    token = _read(answer) if answer.status == 200 else ""
    if not token:
        raise ChannelError(Trouble.TEMPORARY, "no_token", "Booking.com gave no token.")
    return token


def _read(answer: Answer) -> str:
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    token = told.get("jwt") if isinstance(told, dict) else None
    fits = isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token
    return str(token) if fits and len(str(token)) <= LONGEST_TOKEN else ""
