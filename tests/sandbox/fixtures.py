"""What a test needs of the stand-ins: `stripe_sandbox`, `razorpay_sandbox`, `paypal_sandbox`, `channex_sandbox`.

They start once in a run, in one process and under path prefixes as `python -m tests.sandbox` does, are empty for each
test, and what they received and sent is judged after it by the provider's own document, where that is at hand.
"""

import json
import re
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pytest
import stripe

from tests.sandbox import together
from tests.sandbox.channex import sandbox as channex
from tests.sandbox.core.http import Server
from tests.sandbox.paypal import sandbox as paypal
from tests.sandbox.razorpay import sandbox as razorpay
from tests.sandbox.samples import samples


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

    def control(self, method: str, name: str, /, **settings: Any) -> Any:
        """Say something to the control API and return its answer; AssertionError when it refuses."""
        body = json.dumps(settings).encode() if settings else None
        status, _, content = self.fetch(method, f"{self.url}/_sandbox/{name}", body, Content_Type="application/json")
        assert status == 200, content.decode()
        return json.loads(content)

    def fault(self, kind: str, /, **settings: Any) -> None:
        """Let the next call fail: see core/faults.py for the kinds; times, path_prefix, method, seconds, saved."""
        self.control("POST", "faults", kind=kind, **settings)

    def faults_by_lot(self, *, seed: int = 0, **settings: Any) -> None:
        """Let each call fail by chance: chances={kind: share}, path_prefix, method, seconds, retry_after; {} ends it."""
        self.control("POST", "faults/lot", seed=seed, **settings)

    def wait_for_fault(self) -> None:
        """Wait until every failure that was lined up has met its call, as a call that hangs has."""
        until = time.monotonic() + 10
        while self.control("GET", "faults") and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.05)

    def webhooks(self, **mishaps: Any) -> None:
        """Set what happens to notifications: delay, repeat, reorder, hold, drop, halve, types, retry_seconds, and by
        lot chances={drop, repeat, delay, reorder, halve: share} with seed and seconds.
        """
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
        return list(self.control("GET", "requests"))

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        """Every notification: id, type, url, state, tries, body."""
        return list(self.control("GET", "deliveries"))

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


class RazorpayRemote(Remote):
    """The Razorpay sandbox, with what a guest does on its page."""

    key, secret = razorpay.KEY, razorpay.SECRET

    def listen(self, url: str, secret: str = "razorpay_webhook_secret") -> None:  # noqa: S107 (opens nothing)
        """Send every event to an address from now on, signed with a secret that is not the key's."""
        self.control("POST", "listener", url=url, secret=secret)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call the interface as the merchant; return status and JSON."""
        opened = b64encode(f"{self.key}:{self.secret}".encode()).decode()
        text = None if body is None else json.dumps(body).encode()
        status, _, content = self.fetch(
            method, self.url + path, text, Authorization=f"Basic {opened}", Content_Type="application/json", **headers
        )
        return status, json.loads(content)

    def pay(self, order: str, number: str = "4111111111111111", **typed: str) -> dict[str, str]:
        """Pay an order on the page; return the fields that the guest's browser then sends to the callback."""
        typed = {"callback_url": "https://hotel.example/paid", **typed}
        status, _, page = self.post_form(
            f"{self.url}/v1/checkout/embedded", key_id=self.key, order_id=order, number=number, **typed
        )
        assert status == 200, page.decode().split('id="error">')[-1].split("<")[0]
        return dict(re.findall(r'name="(razorpay_\w+)" value="([^"]+)"', page.decode()))


class PayPalRemote(Remote):
    """The PayPal sandbox, with what a payer does on its page."""

    client_id, client_secret = paypal.CLIENT, paypal.SECRET
    _token = ""

    def listen(self, url: str, webhook_id: str = "WHSANDBOX") -> None:
        """Send every event to an address from now on, as this webhook."""
        self.control("POST", "listener", url=url, webhook_id=webhook_id)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call the interface with a token got for it; `body` may be bytes. Returns status and JSON, None for no body."""
        self._token = self._token or self.token()
        text = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        named = {"Authorization": f"Bearer {self._token}", "Content_Type": "application/json", **headers}
        status, _, content = self.fetch(method, self.url + path, text, **named)
        return status, json.loads(content) if content else None

    def token(self) -> str:
        opened = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        status, _, content = self.fetch(
            "POST", f"{self.url}/v1/oauth2/token", b"grant_type=client_credentials", Authorization=f"Basic {opened}",
            Content_Type="application/x-www-form-urlencoded",
        )  # fmt: skip
        assert status == 200, content.decode()
        return str(json.loads(content)["access_token"])

    def approve(self, order: dict[str, Any], answer: str = "approve") -> str:
        """Follow the order's link and agree, or "cancel"; return the address the payer is sent on to."""
        link = next(link["href"] for link in order["links"] if link["rel"] in {"approve", "payer-action"})
        status, headers, page = self.post_form(link, answer=answer)
        assert status == 303, page.decode()
        return str(headers["Location"])


class ChannexRemote(Remote):
    """The Channex sandbox, with what a guest does at the OTAs behind it. Amounts are minor units, dates YYYY-MM-DD.

    `channel` is booking.com, airbnb or expedia. A room is {rate_plan_id, arrival, departure, adults, children, ages,
    name, surname}, of a stay that is changed with `identifier`, and `nights` {date: amount} for a forced price.
    """

    key = channex.KEY

    def listen(self, url: str, secret: str = "channex_secret", events: str = "*") -> None:  # noqa: S107 (opens nothing)
        """Send every event of every property to an address, with the header X-Channex-Secret."""
        self.control("POST", "listener", url=url, secret=secret, events=events)

    def call(self, method: str, path: str, body: Any = None, *, key: str = key) -> tuple[int, Any]:
        """Call the interface below /api/v1 as the hotel; `body` may be bytes. Returns status and JSON."""
        text = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"user_api_key": key, "Content_Type": "application/json"}
        status, _, content = self.fetch(method, f"{self.url}/api/v1{path}", text, **headers)
        return status, json.loads(content)

    def hotel(self, rooms: list[dict[str, Any]], **settings: Any) -> dict[str, Any]:
        """Make a property: rooms=[{title, count, guests, rates: [{title, rate, occupancies}]}], channels=[...],
        open_days, title, currency, timezone, settings. Returns {property, rooms, rates, channels} with identifiers.
        """
        return dict(self.control("POST", "hotels", rooms=rooms, **settings))

    def connect(self, channel: str, property_id: str, **settings: Any) -> dict[str, Any]:
        """Connect an OTA, with payout, commission_basis_points, taxes, payment_known, cancelled_rooms (kept, zero or
        none), and tell it everything.
        """
        return dict(self.control("POST", "channels", channel=channel, property_id=property_id, **settings))

    def unmap(self, channel: str, identifier: str) -> None:
        """Lose the mapping of a room type or rate plan: what the OTA sells of it comes unmapped."""
        self.control("POST", "channels/unmap", channel=channel, id=identifier)

    def hold(self, channel: str, *, held: bool = True) -> None:
        """Keep an OTA from hearing what Channex is told, or end that and tell it everything."""
        self.control("POST", "channels/hold", channel=channel, held=held)

    def sell(self, channel: str, rooms: list[dict[str, Any]], **settings: Any) -> dict[str, Any]:
        """Book as a guest; return the OTA's stay with booking_id and channex_revision_id. Takes booker, payout, notes,
        arrival_hour, property_id, forced. AssertionError with the OTA's code when it is not open there.
        """
        return dict(self.control("POST", "sell", channel=channel, rooms=rooms, **settings))

    def attempt(self, channel: str, rooms: list[dict[str, Any]], **settings: Any) -> dict[str, Any] | str:
        """Book as a guest; return the stay, or the OTA's word for why not (sold_out, closed, ...: extranet/rules.py)."""
        body = json.dumps({"channel": channel, "rooms": rooms, **settings}).encode()
        status, _, content = self.fetch("POST", f"{self.url}/_sandbox/sell", body, Content_Type="application/json")
        answer = dict(json.loads(content))
        if status == 400 and answer["code"]:
            return str(answer["code"])
        assert status == 200, answer
        return answer

    def modify(self, channel: str, reservation: str, **changes: Any) -> dict[str, Any]:
        """Change a stay: rooms (all of them), notes, arrival_hour, booker, forced."""
        return dict(self.control("POST", "modify", channel=channel, reservation=reservation, **changes))

    def cancel(self, channel: str, reservation: str, fee: int = 0) -> dict[str, Any]:
        return dict(self.control("POST", "cancel", channel=channel, reservation=reservation, fee=fee))

    def stay(self, channel: str, reservation: str) -> dict[str, Any]:
        """Return a stay as the OTA has it, with what the hotel reported of it."""
        return dict(self.control("POST", "extranet/stay", channel=channel, reservation=reservation))

    def calendar(self, channel: str, first: str, last: str, property_id: str = "") -> dict[str, Any]:
        """Return what an OTA was told, by room type and date: {told, left, rates: {rate plan: {prices, ...}}}; what is
        not mapped (any more) stands under the OTA's own codes.
        """
        found = self.connection(channel, property_id)
        told = self.control("POST", "extranet/calendar", channel=channel, hotel=found["hotel"], first=first, last=last)
        for code, by_day in told.items():
            for of_day in by_day.values():
                of_day["rates"] = {
                    found["rates"].get(f"{code}/{rate}", rate): one for rate, one in of_day["rates"].items()
                }
        return {found["rooms"].get(code, code): by_day for code, by_day in told.items()}

    def connection(self, channel: str, property_id: str = "") -> dict[str, Any]:
        """Return a connection: id, hotel (the OTA's code), rooms and rates (its codes and what they stand for)."""
        return next(
            dict(one)
            for one in self.control("GET", "channels")
            if one["slug"] == channel and property_id in {"", one["property_id"]}
        )

    def edit(self, kind: str, values: list[dict[str, Any]]) -> None:
        """Change availability or restrictions in Channex's own pages, as another user."""
        self.control("POST", "edit", kind=kind, values=values)

    def feed(self) -> list[dict[str, Any]]:
        """Return every revision that waits for an acknowledgement, the oldest first."""
        status, page = self.call(
            "GET", "/booking_revisions/feed?order[inserted_at]=asc&pagination[limit]=100"
        )  # fmt: skip
        assert status == 200, page
        return list(page["data"])


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Server]:
    """All stand-ins on one free port."""
    # localhost, as a browser and the rules about secure contexts expect it.
    server = together.build(port=0, public_url="http://localhost", folder=None, listeners={})
    for prefix, provider in server.mounts.items():
        provider.public_url = f"http://localhost:{server.port}{prefix}"
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def sandbox_judges() -> dict[str, Any]:
    """The providers' OpenAPI documents by provider's name, empty where they are not at hand."""
    folder = samples()
    if folder is None:
        return {}
    from tests.sandbox.paypal.openapi import Judge as PayPalJudge
    from tests.sandbox.stripe.openapi import Judge as StripeJudge

    return {"stripe": StripeJudge(folder), "paypal": PayPalJudge(folder)}


@contextmanager
def _empty(server: Server, name: str, judge: Any) -> Iterator[str]:
    """Give the address of an empty stand-in, and complain afterwards of what it did wrong."""
    provider = server.mounts[f"/{name}"]
    provider.listener = None
    provider.reset()
    yield provider.public_url
    provider.webhooks.settle(0.2)
    found = list(provider.crashes)
    if judge is not None:
        found += [complaint for exchange in provider.exchanges for complaint in judge.judge(exchange)]
        events = [json.loads(delivery.body) for delivery in provider.webhooks.history]
        found += [complaint for event in events for complaint in judge.judge_event(event)]
    if found:
        pytest.fail("\n".join(dict.fromkeys(found)))


@pytest.fixture
def stripe_sandbox(sandbox_server: Server, sandbox_judges: dict[str, Any]) -> Iterator[StripeRemote]:
    """An empty Stripe, judged by its OpenAPI document and the official client's types."""
    with _empty(sandbox_server, "stripe", sandbox_judges.get("stripe")) as url:
        yield StripeRemote(url)


@pytest.fixture
def razorpay_sandbox(sandbox_server: Server) -> Iterator[RazorpayRemote]:
    """An empty Razorpay. There is no document of it to judge by; its tests compare with its published messages."""
    with _empty(sandbox_server, "razorpay", None) as url:
        yield RazorpayRemote(url)


@pytest.fixture
def paypal_sandbox(sandbox_server: Server, sandbox_judges: dict[str, Any]) -> Iterator[PayPalRemote]:
    """An empty PayPal, judged by its OpenAPI documents."""
    with _empty(sandbox_server, "paypal", sandbox_judges.get("paypal")) as url:
        yield PayPalRemote(url)


@pytest.fixture
def channex_sandbox(sandbox_server: Server) -> Iterator[ChannexRemote]:
    """An empty Channex with three OTAs behind it. Its tests compare its answers with the published messages."""
    with _empty(sandbox_server, "channex", None) as url:
        yield ChannexRemote(url)
