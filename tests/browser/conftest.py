"""What every journey in a real browser needs: Chromium, the address of hotel_a, signed-in pages, an accessibility check."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
#: WCAG 2.2 AA and what is below it.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for the tests of a module."""
    # Playwright's loop runs in this thread; the ORM calls of the fixtures are synchronous all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def host(live_server: Any, hotel_a: Any) -> str:
    """Where hotel_a answers."""
    url: str = live_server.url
    return url.replace("localhost", "hotel-a.localhost").replace("127.0.0.1", "hotel-a.localhost")


@pytest.fixture
def complaints() -> list[str]:
    """What the console called an error, refusals of the content security policy among them; it must stay empty.

    A refusal of ours answers 422, which the browser notes as well: that is none. A test that provokes others clears it.
    """
    return []


@pytest.fixture
def open_page(chromium: Browser, host: str, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Return open_page(**context): an empty page; every console error fails the test."""
    contexts = []

    def make(**options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 860}, "base_url": host, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert [line for line in complaints if "422" not in line] == []


@pytest.fixture
def open_as(open_page: Callable[..., Page], host: str, hotel_a: Any, client_for: Any) -> Callable[..., Page]:
    """Return open_as(user, path, **context): the page at path, signed in, once it is at rest."""

    def make(user: Any, path: str, **options: Any) -> Page:
        page = open_page(**options)
        session = client_for(user, hotel_a).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": host}])
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page

    return make


@pytest.fixture
def barriers() -> Callable[[Page], list[tuple[str, list[str]]]]:
    """Return barriers(page): what axe finds against WCAG 2.2 AA, rule by rule with the elements it concerns."""

    def find(page: Page) -> list[tuple[str, list[str]]]:
        found = Axe().run(page, options=RULES).response["violations"]
        return [(rule["id"], [node["html"][:140] for node in rule["nodes"]][:4]) for rule in found]

    return find
