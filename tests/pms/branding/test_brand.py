"""How an organization shows itself."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image

from pms.audit.models import AuditEvent
from pms.branding.colours import contrast, lightened
from pms.branding.models import Brand
from pms.branding.selectors import look
from pms.branding.services import brand_save
from tests.house import TESTER, refused


def test_a_brand_is_saved_and_told(in_tenant):
    brand_save(brand=Brand(name="Rio", accent="#00695c"), actor=TESTER)
    assert look().name == "Rio"
    assert AuditEvent.objects.get(action="brand.changed").changes["name"] == [None, "Rio"]


def test_there_is_one_brand(in_tenant):
    brand_save(brand=Brand(name="Rio"), actor=TESTER)
    with pytest.raises(ValidationError):
        brand_save(brand=Brand(name="Other"), actor=TESTER)


@pytest.mark.parametrize("accent", ["#ffd400", "#00b3a1", "red", "#12345"])
def test_an_accent_nobody_can_read_is_refused(in_tenant, accent):
    with pytest.raises(ValidationError):
        brand_save(brand=Brand(accent=accent), actor=TESTER)


def test_an_accent_is_lightened_until_the_dark_can_show_it():
    assert contrast("#000000", "#ffffff") == 21
    assert contrast(lightened("#003333"), "#16181c") >= 4.5


def test_a_language_nobody_speaks_here(in_tenant):
    with refused("unknown_language"):
        brand_save(brand=Brand(languages=["en", "xx"]), actor=TESTER)


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example/path",
        "a.example",
        "javascript:alert(1)",
        "https://a.example; script-src *",
        "https://*",
        "null",
        "http://a.example",
        "https://A.example",
        "https://ė.example",
        "http://[::1",
        "https://a.example:99999",
        "https://a.example:0",
        "https://a.example:",
        "https://a.example\n",
    ],
)
def test_an_origin_is_scheme_and_host(in_tenant, origin):
    with pytest.raises(ValidationError):
        brand_save(brand=Brand(allowed_origins=[origin]), actor=TESTER)


@pytest.mark.parametrize(
    "origin", ["https://a.example", "https://xn--a-nda.example:8443", "http://shop.localhost:8000"]
)
def test_an_origin_that_may_show_the_widget(in_tenant, origin):
    assert brand_save(brand=Brand(allowed_origins=[origin]), actor=TESTER).allowed_origins == [origin]


@pytest.mark.parametrize(
    "texts", [["lt"], {"lt": "Prie upės"}, {"lt": {"tagline": 1}}, {"xx": {"tagline": "By the river"}}]
)
def test_texts_that_no_page_could_read_are_refused(in_tenant, texts):
    with pytest.raises(ValidationError):
        brand_save(brand=Brand(texts=texts), actor=TESTER)


@pytest.fixture
def logo(in_tenant):
    written = BytesIO()
    Image.new("RGB", (320, 80), "teal").save(written, "PNG")
    brand = Brand(name="Rio")
    brand.logo.save("rio.png", ContentFile(written.getvalue()), save=False)
    return brand_save(brand=brand, actor=TESTER).logo


def test_the_logo_is_shown_to_strangers(client_for, hotel_a, logo):
    answer = client_for(None, hotel_a).get(logo.url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")
    assert logo.url in client_for(None, hotel_a).get("/").content.decode()


def test_another_organization_does_not_show_our_logo(client_for, hotel_b, logo):
    assert client_for(None, hotel_b).get(logo.url).status_code == 404


def test_a_logo_that_was_replaced_is_gone(client_for, hotel_a, logo):
    Brand.objects.update(logo="")
    assert client_for(None, hotel_a).get(logo.url).status_code == 404


def test_whoever_adds_a_second_brand_is_led_to_the_first(client_for, hotel_a, olivia, in_tenant):
    brand = brand_save(brand=Brand(name="Rio"), actor=TESTER)
    answer = client_for(olivia, hotel_a).get("/hotel-admin/branding/brand/add/")
    assert answer["Location"] == f"/hotel-admin/branding/brand/{brand.pk}/change/"
