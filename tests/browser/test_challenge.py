"""The proof of work in a real browser: solved without a click, by a question without JavaScript, and accessible."""

import pytest
from django.http import HttpResponse
from django.template import engines
from django.urls import path
from playwright.sync_api import expect

from bookings.funnel.challenge import challenged
from config import urls_tenant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FORM = """{% load challenge %}<!doctype html><html lang="en"><title>Form</title><link rel="icon" href="/static/favicon.svg">
<form method="post">{% csrf_token %}{% challenge %}
<input type="hidden" name="offer" value="DBL &amp; BAR"><input type="hidden" name="homepage" value="I am a program">
<button>Keep the rooms</button></form></html>"""


@challenged
def form(request):
    """Show a form that a program has filled in, and what came through."""
    if request.method == "POST":
        return HttpResponse(
            f"<!doctype html><html lang=en><title>Kept</title><link rel=icon href=/static/favicon.svg><h1>Kept {request.POST['offer']}</h1>"
        )
    return HttpResponse(engines["django"].from_string(FORM).render({}, request))


@pytest.fixture(autouse=True)
def _suspicious_form(settings):
    settings.ROOT_URLCONF = __name__


urlpatterns = [path("suspicious/", form), *urls_tenant.urlpatterns]


def test_browser_solves_it_by_itself(open_page):
    page = open_page()
    page.goto("/suspicious/")
    page.get_by_role("button", name="Keep the rooms").click()
    expect(page.get_by_role("heading", name="Kept DBL & BAR")).to_be_visible(timeout=20_000)


def test_own_sha_256_is_the_browsers(open_page):
    page = open_page()
    page.goto("/suspicious/")
    wrong = page.evaluate(
        """async () => {
            const { searcher } = await import("/static/js/challenge.js");
            const wrong = [];
            for (let length = 0; length < 260; length += 1) {
                const prefix = "é".repeat(length % 3) + "x".repeat(length);
                const bytes = new TextEncoder().encode(`${prefix}${length}`);
                const digest = new DataView(await crypto.subtle.digest("SHA-256", bytes)).getUint32(0);
                for (const bits of [1, 2, 3, 5]) {
                    if (searcher(prefix, bits)(length) !== (digest >>> (32 - bits) === 0)) wrong.push([length, bits]);
                }
            }
            return wrong;
        }"""
    )
    assert wrong == []


def test_question_without_javascript(open_page, barriers):
    page = open_page(java_script_enabled=False)
    page.goto("/suspicious/")
    page.get_by_role("button", name="Keep the rooms").click()
    first, second = (
        page.get_by_text("How much is").inner_text().removeprefix("How much is ").rstrip("?").split(" plus ")
    )
    page.get_by_label("How much is").fill(str(int(first) + int(second)))
    page.wait_for_timeout(3_100)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Kept DBL & BAR")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_page_is_accessible_and_fits(open_page, barriers, width):
    page = open_page(viewport={"width": width, "height": 800}, bypass_csp=True)
    page.route("**/js/challenge.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto("/suspicious/")
    page.get_by_role("button", name="Keep the rooms").click()
    expect(page.get_by_role("heading", name="A short check")).to_be_visible()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
