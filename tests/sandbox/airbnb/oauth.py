"""OAuth as the only way in: a page where the host agrees, a code, an access token of an hour, a refresh token."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.look import notice, page
from tests.sandbox.core.state import State, token

CLIENT, SECRET = "sandbox_client", "sandbox_client_secret"
CODE_SECONDS = 600
ACCESS_SECONDS = 3600
PROVIDER = "Airbnb (ours, unproven)"


class Grants:
    """Codes and tokens in the state of the stand-in; every caller holds its lock."""

    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def rotates(self) -> bool:
        """Whether each refresh token is good once, and a new one comes with the access token."""
        return bool(self._kept("manners").get("rotates"))

    def rotate(self, *, on: bool) -> None:
        """Give a new refresh token each time from now on, or the same one again."""
        self._kept("manners")["rotates"] = on

    def _kept(self, name: str) -> dict[str, Any]:
        box: dict[str, Any] = self.state.kept.setdefault(name, {})
        self.state.changed = True
        return box

    def agree(self, request: Request, hosts: Mapping[str, str]) -> Answer:
        """Show the page of /oauth2/auth, or take the host's answer. `hosts` are names by host."""
        typed = dict(request.form_pairs()) if request.method == "POST" else dict(request.query_pairs())
        back = typed.get("redirect_uri", "")
        if typed.get("client_id") != CLIENT or not back.startswith(("http://", "https://")):
            return Answer.page(notice("Nothing here", "This link is not known.", provider=PROVIDER), 404)
        if request.method != "POST":
            return Answer.page(_page(typed, hosts))
        joined = "&" if "?" in back else "?"
        kept = {"state": typed["state"]} if typed.get("state") else {}
        if typed.get("answer") != "allow" or typed.get("host") not in hosts:
            return Answer.redirect(f"{back}{joined}{urlencode({'error': 'access_denied', **kept})}")
        code = token("", 30)
        until = self.state.now() + CODE_SECONDS
        self._kept("codes")[code] = {"host": typed["host"], "until": until, "redirect_uri": back}
        return Answer.redirect(f"{back}{joined}{urlencode({'code': code, **kept})}")

    def exchange(self, request: Request) -> Answer:
        """POST /oauth2/token: a code once, or a refresh token, for an access token."""
        asked = dict(request.form_pairs())
        if not _is_client(request.headers, asked):
            return Answer.of_json({"error": "invalid_client"}, 401)
        if asked.get("grant_type") == "authorization_code":
            granted = self._kept("codes").pop(asked.get("code", ""), None)
            good = (
                granted and granted["until"] > self.state.now() and granted["redirect_uri"] == asked.get("redirect_uri")
            )
            return self._given(granted["host"], token("r_", 40)) if good else _refused()
        if asked.get("grant_type") == "refresh_token":
            known = self._kept("refreshes").get(asked.get("refresh_token", ""))
            if known and self.rotates:
                del self._kept("refreshes")[asked["refresh_token"]]
                return self._given(known, token("r_", 40))
            return self._given(known, asked["refresh_token"]) if known else _refused()
        return Answer.of_json({"error": "unsupported_grant_type"}, 400)

    def _given(self, host: str, refresh: str) -> Answer:
        access = token("a_", 40)
        self._kept("refreshes")[refresh] = host
        self._kept("accesses")[access] = {"host": host, "until": self.state.now() + ACCESS_SECONDS}
        return Answer.of_json({
            "access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": ACCESS_SECONDS,
            "user_id": host,
        })  # fmt: skip

    def host(self, headers: Mapping[str, str]) -> str | None:
        """Return whose token a call carries, None when it is none or too old."""
        given = headers.get("authorization", "").removeprefix("Bearer ")
        known = self._kept("accesses").get(given)
        return str(known["host"]) if known and known["until"] > self.state.now() else None

    def revoke(self, host: str) -> None:
        """Take back everything a host agreed to, as it happens when the host disconnects at the channel."""
        for box, whose in (("accesses", lambda one: one["host"]), ("refreshes", str)):
            for key in [key for key, one in self._kept(box).items() if whose(one) == host]:
                del self._kept(box)[key]


def _refused() -> Answer:
    return Answer.of_json({"error": "invalid_grant"}, 400)


def _is_client(headers: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme != "Basic":
        return (asked.get("client_id"), asked.get("client_secret")) == (CLIENT, SECRET)
    try:
        return b64decode(given).decode() == f"{CLIENT}:{SECRET}"
    except (NotBase64, UnicodeDecodeError):
        return False


def _page(typed: Mapping[str, str], hosts: Mapping[str, str]) -> str:
    names = ("client_id", "redirect_uri", "state", "scope")
    hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(typed[n])}">' for n in names if n in typed)
    buttons = "".join(
        f'<form method="post" action="auth">{hidden}<input type="hidden" name="host" value="{escape(host)}">'
        f'<button name="answer" value="allow">Allow as {escape(name)}</button></form>'
        for host, name in hosts.items()
    )
    none = "" if hosts else '<p class="soft">No host has a listing yet.</p>'
    deny = f'<form method="post" action="auth">{hidden}<button class="second" name="answer" value="deny">Refuse</button></form>'
    body = f"""<div class="sheet narrow"><section><h1>Let this application work with your listings?</h1>
<p class="soft">It reads reservations and messages, and writes calendars and prices.</p>{none}{buttons}{deny}
</section></div>"""
    return page("Connect", body, provider=PROVIDER)
