"""How an organization shows itself."""

import pytest
from django.core.exceptions import ValidationError

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
    ],
)
def test_an_origin_is_scheme_and_host(in_tenant, origin):
    with pytest.raises(ValidationError):
        brand_save(brand=Brand(allowed_origins=[origin]), actor=TESTER)
