"""Texts in other languages, filled in by a manager in the back office."""

import pytest
from django.forms import model_to_dict
from django.urls import reverse

from pms.branding.models import Brand
from pms.properties.models import Amenity


def page(name, *args):
    return reverse(f"hotel:{name}", urlconf="config.urls_tenant", args=args)


@pytest.fixture
def client(client_for, hotel_a, olivia, in_tenant):
    return client_for(olivia, hotel_a)


def test_words_are_filled_in_and_taken_away(client):
    row = Amenity.objects.create(code="pool", name="Pool", texts={"lt": {"name": "Baseinas"}})
    address = page("properties_amenity_change", row.pk)
    assert "Baseinas" in client.get(address).content.decode()
    assert client.post(address, {"name": "Pool", "icon": "", "name_lt": "", "name_de": "Becken"}).status_code == 302
    row.refresh_from_db()
    assert row.texts == {"de": {"name": "Becken"}}


def test_words_that_the_page_does_not_show_stay(client):
    row = Amenity.objects.create(code="pool", name="Pool", texts={"lt": {"plural": "Baseinai"}})
    client.post(page("properties_amenity_change", row.pk), {"name": "Pool", "icon": "", "name_lt": "Baseinas"})
    row.refresh_from_db()
    assert row.texts == {"lt": {"plural": "Baseinai", "name": "Baseinas"}}


def filled(**changes):
    return {
        **model_to_dict(Brand(name="Rio"), ["name", "accent", "tagline", "about"]),
        "languages": ["en", "lt"],
        "allowed_origins": "https://a.example\r\n\r\nhttps://b.example",
        "tagline_lt": "Prie upės",
        **changes,
    }


def test_a_manager_fills_in_the_brand(client):
    assert client.post(page("branding_brand_add"), filled()).status_code == 302
    brand = Brand.objects.get()
    assert brand.allowed_origins == ["https://a.example", "https://b.example"]
    assert (brand.languages, brand.texts) == (["en", "lt"], {"lt": {"tagline": "Prie upės"}})
    assert client.get(page("branding_brand_add"))["Location"] == page("branding_brand_change", brand.pk)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"accent": "#ffd400"}, "Choose a darker one."),
        ({"allowed_origins": "https://a.example/path"}, "without a path"),
    ],
)
def test_what_cannot_stand_is_said_at_the_field(client, changes, sentence):
    answer = client.post(page("branding_brand_add"), filled(**changes))
    assert sentence in answer.content.decode()
    assert not Brand.objects.exists()


def test_front_desk_does_not_change_the_brand(client_for, hotel_a, felix, in_tenant):
    assert client_for(felix, hotel_a).post(page("branding_brand_add"), filled()).status_code == 403
