"""The pages of Razorpay and PayPal, Stripe's smaller ones and the extranets behind Channex, in a real browser."""

import pytest

from tests.browser.conftest import barriers, chromium

__all__ = ["barriers", "chromium"]
pytestmark = pytest.mark.browser
SCREENS = [((1440, 860), "light"), ((390, 844), "dark")]


@pytest.fixture(params=SCREENS, ids=["desk", "phone"])
def page(chromium, request):
    (width, height), scheme = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()


def test_a_guest_pays_at_razorpay(page, barriers, razorpay_sandbox):
    _, order = razorpay_sandbox.call("POST", "/v1/orders", {"amount": 845_000, "currency": "INR", "receipt": "B-1"})
    back = f"{razorpay_sandbox.url}/_sandbox/webhooks/settle"
    query = f"key_id={razorpay_sandbox.key}&order_id={order['id']}&name=Hotel+A&callback_url={back}&cancel_url={back}"
    page.goto(f"{razorpay_sandbox.url}/v1/checkout/embedded?{query}")
    assert barriers(page) == []
    page.get_by_label("Card number").fill("4000 0000 0000 0002")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert barriers(page) == []
    page.get_by_label("Card number").fill("4111 1111 1111 1111")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Continue").wait_for()
    assert barriers(page) == []
    with page.expect_request("**/settle") as sent:
        page.get_by_role("button", name="Continue").click()
    assert f"razorpay_order_id={order['id']}" in sent.value.post_data
    page.wait_for_load_state()


def test_a_payer_agrees_at_paypal(page, barriers, paypal_sandbox):
    unit = {"amount": {"currency_code": "EUR", "value": "84.50"}, "description": "Double room, 2 nights"}
    context = {"brand_name": "Hotel A", "return_url": f"{paypal_sandbox.url}/_sandbox/crashes"}
    body = {"intent": "AUTHORIZE", "purchase_units": [unit], "application_context": context}
    _, order = paypal_sandbox.call("POST", "/v2/checkout/orders", body)
    page.goto(order["links"][1]["href"])
    assert barriers(page) == []
    page.get_by_role("button", name="Agree and pay").click()
    page.wait_for_url(f"**/crashes?token={order['id']}&PayerID=*")


def test_the_bank_asks_and_an_account_is_onboarded(page, barriers, stripe_sandbox):
    client = stripe_sandbox.client()
    intent = client.v1.payment_intents.create({
        "amount": 8450, "currency": "eur", "confirm": True, "payment_method": "pm_card_authenticationRequired",
        "return_url": f"{stripe_sandbox.url}/_sandbox/crashes",
    })  # fmt: skip
    page.goto(intent.next_action.redirect_to_url.url)
    assert barriers(page) == []
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url("**redirect_status=succeeded")
    hotel = client.v1.accounts.create({"country": "DE", "business_profile": {"name": "Hotel A"}})
    back = f"{stripe_sandbox.url}/_sandbox/faults"
    link = client.v1.account_links.create(
        {"account": hotel.id, "type": "account_onboarding", "return_url": back, "refresh_url": back}
    )
    page.goto(link.url)
    assert barriers(page) == []
    page.get_by_role("button", name="Complete onboarding").click()
    page.wait_for_url("**/faults")
    assert client.v1.accounts.retrieve(hotel.id).charges_enabled is True


def test_a_guest_books_changes_and_cancels_at_an_ota(page, barriers, channex_sandbox):
    rates = [
        {"title": "Best Available Rate", "rate": 10000},
        {"title": "Per person", "rate": 9000, "occupancies": [1, 2]},
    ]
    channex_sandbox.hotel([{"title": "Double", "count": 1, "rates": rates}], channels=["booking.com"], open_days=30)
    page.goto(f"{channex_sandbox.url}/extranet/")
    assert barriers(page) == []
    page.get_by_role("link", name="Hotel Lusitania").click()
    assert barriers(page) == []
    page.get_by_label("Surname").fill("Strand")
    page.get_by_role("button", name="Book").click()
    page.get_by_role("heading", name="Change the stay").wait_for()
    assert barriers(page) == []
    departure = page.get_by_label("Departure")
    departure.fill("2099-01-01")
    page.get_by_role("button", name="Change").click()
    page.get_by_role("alert").wait_for()
    page.get_by_role("button", name="Cancel the stay").click()
    page.get_by_text("cancelled", exact=True).wait_for()
    assert [one["attributes"]["status"] for one in channex_sandbox.feed()] == ["new", "cancelled"]
