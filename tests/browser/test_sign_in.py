"""Signing in with a real browser: password, passkey, second step; accessibility and policy of these pages."""

import pytest
from playwright.sync_api import expect

from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: A passkey of the device itself, with a finger that is always there.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def sign_in(page, user):
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_passkey_is_added_and_then_signs_in_alone(open_page, felix):
    page = open_page()
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


def test_cancelled_passkey_says_so(open_page, felix):
    page = open_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_pages_are_accessible_and_fit(open_page, olivia, barriers, width, scheme):
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)

    def look(path):
        page.goto(path)
        assert barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

    for path in ("login/", "login/code/", "password/reset/", "signup/"):
        look(f"/accounts/{path}")
    sign_in(page, olivia)
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    for path in ("preferences/", "email/", "password/change/", "2fa/", "sessions/"):
        look(f"/accounts/{path}")
    for path in ("/access/matrix/", "/access/people/invite/", "/access/roles/new/", "/hotel-admin/"):
        look(path)


def test_policy_blocks_nothing_these_pages_need(open_page, olivia):
    page = open_page()
    sign_in(page, olivia)
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    for path in ("/accounts/2fa/", "/accounts/sessions/", "/access/matrix/", "/hotel-admin/"):
        assert page.goto(path).status == 200
    expect(page.get_by_role("heading", name="What to do next")).to_be_visible()
