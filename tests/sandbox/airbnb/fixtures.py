"""`airbnb_sandbox`: an empty Airbnb (ours, unproven) for a test, and its calls in words."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.sandbox.airbnb.oauth import CLIENT, SECRET
from tests.sandbox.channel_fixtures import ChannelRemote, emptied
from tests.sandbox.core.http import Server

__all__ = ["AirbnbRemote", "airbnb_sandbox"]
HOST, LOFT = "71", "7101"
BACK = "https://hotel.example/connected"


class AirbnbRemote(ChannelRemote):
    """Airbnb as a host's software sees it."""

    client, secret = CLIENT, SECRET

    def open(self, host: str = HOST, **listings: str) -> None:
        self.control("POST", "hosts", host=host, listings=listings or {LOFT: "Loft"})

    def listen(self, url: str, secret: str = "airbnb_webhook_secret") -> None:  # noqa: S107 (opens nothing)
        self.control("POST", "listener", url=url, secret=secret)

    def agree(self, host: str = HOST, answer: str = "allow", state: str = "s-1") -> dict[str, str]:
        """Agree on the page as the host; return what the browser brings back."""
        typed = {"client_id": self.client, "redirect_uri": BACK, "state": state}
        status, _, page = self.fetch("GET", f"{self.url}/oauth2/auth?{urlencode(typed)}")
        assert status == 200, page
        status, headers, page = self.post_form(f"{self.url}/oauth2/auth", host=host, answer=answer, **typed)
        assert status == 303, page
        return {name: found[0] for name, found in parse_qs(urlsplit(str(headers["Location"])).query).items()}

    def token(self, **asked: str) -> tuple[int, dict[str, Any]]:
        form = {"client_id": self.client, "client_secret": self.secret, **asked}
        status, _, body = self.post_form(f"{self.url}/oauth2/token", **form)
        return status, json.loads(body)

    def connect(self, host: str = HOST) -> str:
        """Go the whole way; return an access token."""
        code = self.agree(host)["code"]
        return str(self.token(grant_type="authorization_code", code=code, redirect_uri=BACK)[1]["access_token"])

    def call(self, access: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        text = None if body is None else json.dumps(body).encode()
        status, _, content = self.fetch(
            method, f"{self.url}/v1/{path}", text, Authorization=f"Bearer {access}", Content_Type="application/json"
        )
        return status, json.loads(content)


@pytest.fixture
def airbnb_sandbox(sandbox_server: Server) -> Iterator[AirbnbRemote]:
    """An empty Airbnb without hosts."""
    with emptied(sandbox_server, "airbnb") as url:
        yield AirbnbRemote(url)
