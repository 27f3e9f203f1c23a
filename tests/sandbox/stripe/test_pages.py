"""The hosted checkout in a real browser: by keyboard, on a phone, with the bank's question, without barriers."""

import pytest

from tests.browser.conftest import barriers, chromium

__all__ = ["barriers", "chromium"]
pytestmark = pytest.mark.browser
SCREENS = [((1440, 860), "light"), ((1440, 860), "dark"), ((390, 844), "light"), ((390, 844), "dark")]


@pytest.fixture
def session(stripe_sandbox):
    price = {"currency": "eur", "unit_amount": 8450, "product_data": {"name": "Double room, 2 nights"}}
    return stripe_sandbox.client().v1.checkout.sessions.create({
        "mode": "payment", "line_items": [{"quantity": 2, "price_data": price}],
        "success_url": f"{stripe_sandbox.url}/_sandbox/crashes?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{stripe_sandbox.url}/_sandbox/faults",
    })  # fmt: skip


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1440, "height": 860})
    yield context.new_page()
    context.close()


def fill(page, number):
    """By keyboard alone: from the link in the summary through the fields to the button."""
    page.get_by_role("link", name="Cancel").focus()
    for text in ("greta@example.com", number, "12/34", "123", "Greta"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_a_guest_pays_by_keyboard(page, session, stripe_sandbox):
    page.goto(session.url)
    fill(page, "4242 4242 4242 4242")
    page.wait_for_url(f"**/crashes?session={session.id}")
    assert stripe_sandbox.client().v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_the_bank_refuses_and_then_vouches(page, session, stripe_sandbox):
    page.goto(session.url)
    fill(page, "4000 0027 6000 3184")
    page.get_by_role("button", name="Fail").click()
    assert page.get_by_role("alert").text_content().startswith("Your bank could not confirm")
    fill(page, "4000 0000 0000 3220")
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url(f"**/crashes?session={session.id}")
    assert stripe_sandbox.client().v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_declined_guest_is_told_and_stays_at_the_card(page, session):
    page.goto(session.url)
    fill(page, "4000 0000 0000 9995")
    page.get_by_role("alert").wait_for()
    assert page.get_by_role("alert").text_content() == "Your card has insufficient funds."
    assert page.get_by_label("Card number").evaluate("field => field === document.activeElement")


def test_a_guest_turns_back(page, session, stripe_sandbox):
    page.goto(session.url)
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/_sandbox/faults")
    assert stripe_sandbox.client().v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(("size", "scheme"), SCREENS)
def test_the_page_has_no_barriers(chromium, barriers, session, size, scheme):
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page = context.new_page()
    page.goto(session.url)
    page.get_by_text("Test cards").click()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    context.close()
