"""All stand-ins as bin/run starts them: a process of its own, under path prefixes, with a state that survives."""

import json
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.sandbox.airbnb.fixtures import AirbnbRemote
from tests.sandbox.bookingcom.fixtures import BookingComRemote
from tests.sandbox.calendars.fixtures import CalendarsRemote
from tests.sandbox.channel_fixtures import next_month
from tests.sandbox.expedia.fixtures import ExpediaRemote
from tests.sandbox.fixtures import ChannexRemote, PayPalRemote, RazorpayRemote, StripeRemote
from tests.sandbox.samples import CHECKOUT

SESSION = {
    "mode": "payment",
    "line_items": [{"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 8450, "product_data": {"name": "Room"}}}],
    "success_url": "https://hotel.example/paid",
}  # fmt: skip


@pytest.fixture
def start(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = []

    def run(module="tests.sandbox", *more):
        command = [sys.executable, "-m", module, "--port", str(port), "--state", str(tmp_path / "kept"), *more]
        process = subprocess.Popen(command, cwd=CHECKOUT)
        running.append(process)
        for _ in range(100):
            try:
                urlopen(f"http://localhost:{port}/", timeout=1).close()
            except URLError as error:
                if hasattr(error, "code"):
                    break
                time.sleep(0.05)
            else:
                break
        return process, f"http://localhost:{port}"

    yield run
    for process in running:
        process.kill()
        process.wait()


def stop(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_all_three_survive_a_restart(start):
    process, url = start()
    stripe, razorpay, paypal = (
        StripeRemote(f"{url}/stripe"), RazorpayRemote(f"{url}/razorpay"), PayPalRemote(f"{url}/paypal"),
    )  # fmt: skip
    session = stripe.client().v1.checkout.sessions.create(SESSION)
    stripe.pay(session.url)
    _, order = razorpay.call("POST", "/v1/orders", {"amount": 100_000, "currency": "INR"})
    unit = {"amount": {"currency_code": "EUR", "value": "84.50"}}
    context = {"return_url": "https://hotel.example/paid"}
    asked = {"intent": "CAPTURE", "purchase_units": [unit], "application_context": context}
    _, bought = paypal.call("POST", "/v2/checkout/orders", asked)
    paypal.approve(bought)
    stop(process)
    start()
    done = stripe.client().v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (session.url.startswith(f"{url}/stripe/c/pay/"), done.payment_intent.status) == (True, "succeeded")
    assert razorpay.call("GET", f"/v1/orders/{order['id']}")[1]["status"] == "created"
    _, captured = paypal.call("POST", f"/v2/checkout/orders/{bought['id']}/capture", {})
    assert captured["status"] == "COMPLETED"


def test_channex_and_its_otas_survive_a_restart(start, endpoint):
    process, url = start("tests.sandbox", "--webhooks", endpoint.url)
    remote, today = ChannexRemote(f"{url}/channex"), datetime.now(UTC).date()
    hotel = remote.hotel([{"title": "Double", "count": 2}], channels=["booking.com"], open_days=9)
    plan = hotel["rates"]["Double/Best Available Rate"]
    dates = {"arrival": f"{today + timedelta(days=1)}", "departure": f"{today + timedelta(days=2)}"}
    stay = remote.sell("booking.com", [{"rate_plan_id": plan, **dates}])
    remote.settle()
    assert {event["event"] for event in endpoint.events()} >= {"booking", "booking_new", "ari"}
    assert endpoint.arrived[0][1]["x-channex-secret"] == "whsec_sandbox"
    stop(process)
    start("tests.sandbox", "--webhooks", endpoint.url)
    assert [one["id"] for one in remote.feed()] == [stay["channex_revision_id"]]
    remote.sell("booking.com", [{"rate_plan_id": plan, **dates}])
    with pytest.raises(AssertionError, match="sold_out"):
        remote.sell("booking.com", [{"rate_plan_id": plan, **dates}])
    assert len(remote.call("GET", "/webhooks")[1]["data"]) == 1


def test_the_other_channels_survive_a_restart(start):
    process, url = start()
    booking, expedia, calendars = (
        BookingComRemote(f"{url}/bookingcom"), ExpediaRemote(f"{url}/expedia"), CalendarsRemote(f"{url}/calendars"),
    )  # fmt: skip
    arrival = next_month(2)
    booking.seed()
    expedia.seed()
    feed = calendars.open("airbnb")
    sold = [booking.sell(arrival)["reservation"], expedia.sell(arrival)["reservation"]]
    calendars.sell("airbnb", arrival)
    airbnb = AirbnbRemote(f"{url}/airbnb")
    airbnb.open()
    access = airbnb.connect()
    stop(process)
    start()
    assert [booking.waiting(), [number for number, _ in expedia.pending()]] == [[sold[0]], [sold[1]]]
    assert "Reserved" in calendars.read(feed)
    assert airbnb.call(access, "GET", "listings")[0] == 200


def test_stripe_alone_tells_the_address_of_the_command_line(start, endpoint, tmp_path):
    process, url = start("tests.sandbox.stripe", "--webhook", endpoint.url, "--webhook-secret", "whsec_line")
    client = StripeRemote(url).client()
    client.v1.customers.create({"name": "Greta"})
    StripeRemote(url).settle()
    body, headers = endpoint.arrived[0]
    assert client.construct_event(body, headers["stripe-signature"], "whsec_line").type == "customer.created"
    stop(process)
    assert json.loads((tmp_path / "kept").read_text())["objects"]


def test_it_starts_without_the_packages_of_tests():
    """bin/run starts it, and installs requirements.txt alone."""
    line = "import sys, tests.sandbox.together as _; print(sorted({'pytest', 'jsonschema', 'stripe', 'django'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", line], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_unknown_path_is_not_found(start):
    _, url = start()
    assert StripeRemote(url).fetch("GET", f"{url}/adyen/v1")[0] == 404
    status, _, page = StripeRemote(url).fetch("GET", f"{url}/")
    assert (status, f"{url}/paypal" in page.decode()) == (200, True)
