"""Signing in with a real browser: password, passkey, second step; accessibility and policy of these pages."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
#: A passkey of the device itself, with a finger that is always there.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def chromium():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def host(live_server, hotel_a):
    """Where hotel_a answers."""
    return live_server.url.replace("localhost", "hotel-a.localhost").replace("127.0.0.1", "hotel-a.localhost")


@pytest.fixture
def browser_page(chromium, host):
    """A page whose console errors, refusals of the policy among them, fail the test."""
    contexts, complaints = [], []

    def make(**options):
        context = chromium.new_context(base_url=host, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.extend([message.text] if message.type == "error" else []))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page, user):
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_passkey_is_added_and_then_signs_in_alone(browser_page, felix):
    page = browser_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    sign_in(page, felix)
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    page.goto("/accounts/2fa/webauthn/add/")
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").fill("Reception")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    page.context.clear_cookies()

    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    page.goto("/accounts/preferences/")
    expect(page.get_by_label("Your name")).to_have_value("Felix")
    page.context.clear_cookies()

    sign_in(page, felix)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def test_cancelled_passkey_says_so(browser_page, felix):
    page = browser_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_pages_are_accessible_and_fit(browser_page, olivia, width, scheme):
    page = browser_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)

    def look(path):
        page.goto(path)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(row["id"], row["nodes"][0]["html"]) for row in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

    for path in ("login/", "login/code/", "password/reset/", "signup/"):
        look(f"/accounts/{path}")
    sign_in(page, olivia)
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    for path in ("preferences/", "email/", "password/change/", "2fa/", "sessions/"):
        look(f"/accounts/{path}")
    for path in ("/access/matrix/", "/access/people/invite/", "/access/roles/new/", "/hotel-admin/"):
        look(path)


def test_policy_blocks_nothing_these_pages_need(browser_page, olivia):
    page = browser_page()
    sign_in(page, olivia)
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    for path in ("/accounts/2fa/", "/accounts/sessions/", "/access/matrix/", "/hotel-admin/"):
        assert page.goto(path).status == 200
    expect(page.get_by_role("heading", name="What to do next")).to_be_visible()
