"""The page on which a host agrees, in a real browser."""

from urllib.parse import urlencode

import pytest

from tests.sandbox.airbnb.fixtures import airbnb_sandbox
from tests.sandbox.test_pages import barriers, chromium, page

__all__ = ["airbnb_sandbox", "barriers", "chromium", "page"]
pytestmark = pytest.mark.browser


def test_a_host_agrees(page, barriers, airbnb_sandbox):
    airbnb_sandbox.open()
    back = f"{airbnb_sandbox.url}/_sandbox/crashes"
    query = urlencode({"client_id": airbnb_sandbox.client, "redirect_uri": back, "state": "s-1"})
    page.goto(f"{airbnb_sandbox.url}/oauth2/auth?{query}")
    assert barriers(page) == []
    page.get_by_role("button", name="Allow as Olivia").click()
    page.wait_for_url("**/crashes?code=*&state=s-1")
