"""Photos belong to their organization and are served on its host alone."""

import base64

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from pms.properties.models import Photo

pytestmark = pytest.mark.django_db

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def photo(property_a, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    vars(storages["default"]).pop("relative_media_root", None)  # django-tenants keeps the old one
    image = SimpleUploadedFile("front.png", PIXEL, content_type="image/png")
    yield Photo.objects.create(property=property_a.property, image=image, alt_text="The house from the street")
    vars(storages["default"]).pop("relative_media_root", None)


def test_it_serves_a_photo_to_anybody(photo, client_for, hotel_a):
    response = client_for(None, hotel_a).get(photo.image.url)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert b"".join(response.streaming_content) == PIXEL


def test_another_organization_does_not_have_it(photo, client_for, hotel_b):
    assert client_for(None, hotel_b).get(photo.image.url).status_code == 404


@pytest.mark.parametrize("name", ["missing.png", "../../etc/passwd", "..%2f..%2fsettings.py", "%00"])
def test_only_photos_are_served(photo, client_for, hotel_a, name):
    assert client_for(None, hotel_a).get(f"/media/hotel_a/photos/{name}").status_code == 404
