"""The keys: a host agrees on Airbnb's page, a code comes back, and is exchanged for tokens that are renewed for ever.

Public for the wizard: `authorize_address`, then `exchanged`, whose answer is stored as the connection's keys. Nothing is
kept here. A token that is over, or soon will be, is renewed by the call that meets it through `Wire.renew`, which stores the
new keys, a new refresh token among them, before anybody uses them.
"""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone

from channels.adapters.base import Access, Answer, ChannelError, Wire
from channels.adapters.enums import Trouble
from channels.adapters.objects import mapping, parsed
from channels.adapters.values import identifier, instant, text, whole

PAGE = "/oauth2/auth"
TOKEN = "/oauth2/token"  # noqa: S105 (an address)
#: So long before its end a token is taken for over: longer than any turn lasts.
MARGIN = timedelta(minutes=5)
#: How long a token is good where nobody says it.
LIFETIME_SECONDS = 3600
LONGEST_SECONDS = 366 * 24 * 3600
MOST_TOKEN = 4096
_AGREE_WORDS = "The host has to agree to this connection at Airbnb again."
#: What OAuth says where it is not the host's consent that lacks (RFC 6749 5.2).
_CLIENT_WORDS = {
    "invalid_client": "Airbnb does not know our client: its id or its secret is wrong.",
    "unauthorized_client": "Airbnb does not let our client ask for keys.",
}


def authorize_address(access: Access, *, redirect_uri: str, state: str) -> str:
    """Return the page on which a host agrees. It leads back to `redirect_uri` with `state`, and `code` or `error`: the
    caller makes `state` one that nobody guesses, and compares it."""
    asked = {
        "client_id": _client(access)["client_id"],
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "state": state,
    }
    return f"{access.base_url.rstrip('/')}{PAGE}?{urlencode(asked)}"


def exchanged(wire: Wire, *, code: str, redirect_uri: str) -> dict[str, str]:
    """Return the keys that a code is good for, once: access_token, refresh_token, expires_at (an instant, UTC).

    Raises ChannelError locked_out where Airbnb takes the code or the client for none, refused `other_host` where another
    host than the connection's agreed.
    """
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _asked(wire, grant, host=wire.access.account)


def renewed(wire: Wire) -> dict[str, str]:
    """Return new keys for old ones, as `exchanged` does. Raises ChannelError locked_out where the host took back what
    was agreed: then the wizard begins anew."""
    refresh = wire.access.credentials.get("refresh_token", "").strip()
    if not refresh:
        raise ChannelError(Trouble.LOCKED_OUT, "not_agreed", "No host has agreed to this connection at Airbnb yet.")
    return _asked(wire, {"grant_type": "refresh_token", "refresh_token": refresh}, refresh=refresh)


def is_over(access: Access) -> bool:
    """Whether the connection's token is known to be over, or there is none."""
    if not access.credentials.get("access_token", "").strip():
        return True
    until = instant(access.credentials.get("expires_at", ""))
    return until is not None and until <= timezone.now() + MARGIN


def _client(access: Access) -> dict[str, str]:
    found = {name: access.credentials.get(name, "").strip() for name in ("client_id", "client_secret")}
    if not all(found.values()):
        raise ChannelError(Trouble.LOCKED_OUT, "no_key", "The connection lacks the id or the secret of our client.")
    return found


def _asked(wire: Wire, grant: Mapping[str, str], *, refresh: str = "", host: str = "") -> dict[str, str]:
    form = urlencode({**_client(wire.access), **grant}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    answer = wire.call("POST", TOKEN, what="token", headers=headers, body=form)
    if answer.status == 429:
        raise ChannelError(Trouble.LIMITED, "status_429", "No more tokens for now.", wait=timedelta(minutes=10))
    if 400 <= answer.status < 500 and answer.status not in {408, 425}:
        word = text(_content(answer).get("error"), 60) or f"status_{answer.status}"
        raise ChannelError(Trouble.LOCKED_OUT, word, _CLIENT_WORDS.get(word, _AGREE_WORDS))
    content = _content(answer) if answer.status == 200 else {}
    token = _token(content.get("access_token"))
    if not token:
        raise ChannelError(Trouble.TEMPORARY, "no_token", "Airbnb gave no token.")
    agreed = identifier(content.get("user_id"), 64)
    if host and agreed not in {"", host}:
        raise ChannelError(
            Trouble.REFUSED, "other_host", f"Host {agreed} agreed, but the connection is that of host {host}."
        )
    seconds = whole(content.get("expires_in"), least=1, most=LONGEST_SECONDS) or LIFETIME_SECONDS
    return {
        "access_token": token,
        "refresh_token": _token(content.get("refresh_token")) or refresh,
        "expires_at": (timezone.now() + timedelta(seconds=seconds)).isoformat(timespec="seconds"),
    }


def _content(answer: Answer) -> Mapping[str, object]:
    try:
        return mapping(parsed(answer.body))
    except ChannelError:
        return {}


def _token(value: object) -> str:
    """Return a token that a header takes. It is no text for people: nothing is masked in it."""
    said = value.strip() if isinstance(value, str) and len(value) <= MOST_TOKEN else ""
    return said if said.isascii() and said.isprintable() and " " not in said else ""
