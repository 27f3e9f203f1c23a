"""What a test needs of the stand-ins: `stripe_sandbox`, started once in a run, empty for each test, judged after it."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pytest
import stripe

from tests.sandbox.core.http import Server
from tests.sandbox.samples import samples
from tests.sandbox.stripe.sandbox import StripeSandbox


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> None:
        """Follow no redirect: where it leads is what a test asks."""


class Remote:
    """A stand-in as the test sees it: its address, and its control API in words. `told` does not wait by itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = build_opener(ProxyHandler({}), _Stay())

    def fetch(self, method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
        """Send one request and return status, headers and body, whatever the status is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = Request(url, body, named, method=method)  # noqa: S310 (the test's own server)
        try:
            with self._opener.open(asked, timeout=15) as answer:
                return answer.status, answer.headers, answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def control(self, method: str, name: str, **settings: Any) -> Any:
        """Say something to the control API and return its answer; AssertionError when it refuses."""
        body = json.dumps(settings).encode() if settings else None
        status, _, content = self.fetch(method, f"{self.url}/_sandbox/{name}", body, Content_Type="application/json")
        assert status == 200, content.decode()
        return json.loads(content)

    def fault(self, kind: str, **settings: Any) -> None:
        """Let the next call fail: see core/faults.py for the kinds; times, path_prefix, method, seconds, saved."""
        self.control("POST", "faults", kind=kind, **settings)

    def webhooks(self, **mishaps: Any) -> None:
        """Set what happens to notifications: delay, repeat, reorder, hold, drop, types, retry_seconds."""
        self.control("POST", "webhooks", **mishaps)

    def release(self, order: str | list[str] = "sent") -> int:
        """Send what is held and return how many; order is "sent", "reverse" or a list of identifiers."""
        return int(self.control("POST", "webhooks/release", order=order)["released"])

    def settle(self, seconds: float = 10.0) -> None:
        """Wait until every notification that is due was sent."""
        assert self.control("POST", "webhooks/settle", seconds=seconds)["settled"]

    def advance(self, seconds: float) -> None:
        """Turn the clock on: sessions expire, holds lapse, banks dispute."""
        self.control("POST", "clock", seconds=seconds)

    @property
    def received(self) -> list[dict[str, Any]]:
        """Every call of the interface: method, path, query, headers, body, status, answer, fault."""
        return self.control("GET", "requests")

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        """Every notification: id, type, url, state, tries, body."""
        return self.control("GET", "deliveries")

    def post_form(self, url: str, **typed: str) -> tuple[int, Any, bytes]:
        """Send a form as a browser does."""
        form = "application/x-www-form-urlencoded"
        return self.fetch("POST", url, urlencode(typed).encode(), Content_Type=form)


class StripeRemote(Remote):
    """The Stripe sandbox, with what a guest does on its pages."""

    secret_key = "sk_test_sandbox"

    def client(self, api_key: str = secret_key, **options: Any) -> stripe.StripeClient:
        """Return the official client, pointed at the sandbox; it does not retry unless told to."""
        options = {"max_network_retries": 0, **options}
        return stripe.StripeClient(api_key, base_addresses={"api": self.url}, **options)

    def listen(self, url: str, secret: str = "whsec_sandbox") -> None:  # noqa: S107 (opens nothing)
        """Send every event, connected accounts' included, to an address from now on."""
        self.control("POST", "listener", url=url, secret=secret)

    def pay(self, session_url: str, number: str = "4242424242424242", *, vouch: bool = True, **typed: str) -> str:
        """Fill in the hosted page and, where the bank asks, its page; return the address the guest is sent on to.

        AssertionError with the page's sentence when the card is refused.
        """
        typed = {"email": "greta@example.com", "name": "Greta", "expiry": "12/34", "code": "123", **typed}
        status, headers, page = self.post_form(session_url, number=number, **typed)
        assert status == 303, page.decode().split('id="error">')[-1].split("<")[0]
        onward = str(headers["Location"])
        if "/c/auth/" in onward:
            status, headers, page = self.post_form(onward, answer="complete" if vouch else "fail")
            assert status == 303, page.decode()
            onward = str(headers["Location"])
        return onward


@pytest.fixture(scope="session")
def _stripe_server() -> Iterator[StripeSandbox]:
    sandbox = StripeSandbox(public_url="")
    server = Server({"": sandbox})
    # localhost, as a browser and the rules about secure contexts expect it.
    sandbox.public_url = f"http://localhost:{server.port}"
    server.start()
    yield sandbox
    server.close()


@pytest.fixture(scope="session")
def stripe_judge() -> Any:
    """The provider's OpenAPI document, None where it is not at hand."""
    folder = samples()
    if folder is None:
        return None
    from tests.sandbox.stripe.openapi import Judge

    return Judge(folder)


@pytest.fixture
def stripe_sandbox(_stripe_server: StripeSandbox, stripe_judge: Any) -> Iterator[StripeRemote]:
    """An empty Stripe. Afterwards everything it received and sent is held against Stripe's own document."""
    _stripe_server.listener = None
    _stripe_server.reset()
    remote = StripeRemote(_stripe_server.public_url)
    yield remote
    _stripe_server.webhooks.settle(0.2)
    _complain(_stripe_server.crashes)
    if stripe_judge is not None:
        found = [complaint for exchange in _stripe_server.exchanges for complaint in stripe_judge.judge(exchange)]
        events = [json.loads(delivery.body) for delivery in _stripe_server.webhooks.history]
        found += [complaint for event in events for complaint in stripe_judge.judge_event(event)]
        _complain(found)


def _complain(found: list[str]) -> None:
    if found:
        pytest.fail("\n".join(dict.fromkeys(found)))
