"""What a guest reads before choosing."""

import json
import re
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image

from pms.branding.models import Brand
from pms.properties.models import Photo, Property, RoomType
from pms.properties.photos import copy_name, photo_shrink, photos_shrink_waiting


@pytest.fixture
def guest(client_for, hotel_a, property_a):
    return client_for(None, hotel_a)


def picture_of(place, name="river.jpg", size=(2000, 1000)):
    written = BytesIO()
    Image.new("RGB", size, "teal").save(written, "JPEG")
    photo = Photo(property=place, alt_text="The river at dusk")
    photo.image.save(name, ContentFile(written.getvalue()), save=True)
    return photo


def test_home_shows_strangers_the_houses(guest):
    body = guest.get("/").content.decode()
    assert "Casa Lisboa" in body
    assert "/booking/property/LIS/" in body


def test_home_takes_staff_to_their_work_unless_they_ask_for_the_site(client_for, hotel_a, hana, property_a):
    client = client_for(hana, hotel_a)
    assert client.get("/")["Location"] == "/desk/"
    assert "Casa Lisboa" in client.get("/?view=site").content.decode()


@pytest.mark.parametrize("path", ["", "rooms/DBL/"])
def test_a_house_that_is_not_listed_is_not_there(guest, path):
    Property.objects.update(is_listed=False)
    assert guest.get(f"/booking/property/LIS/{path}").status_code == 404
    assert "Casa Lisboa" not in guest.get("/").content.decode()
    assert "LIS" not in guest.get("/sitemap.xml").content.decode()


def test_property_page_says_what_is_there(guest):
    kind = RoomType.objects.first()
    body = guest.get("/booking/property/LIS/").content.decode()
    assert all(text in body for text in ("Casa Lisboa", kind.name, "Check-in from", "15:00"))
    assert kind.name in guest.get(f"/booking/property/LIS/rooms/{kind.code}/").content.decode()
    assert guest.get("/booking/property/LIS/rooms/NOPE/").status_code == 404


def test_words_come_in_the_language_of_the_address(guest):
    Property.objects.update(headline="By the river", texts={"lt": {"headline": "Prie upės"}})
    assert "By the river" in guest.get("/booking/property/LIS/").content.decode()
    lithuanian = guest.get("/lt/booking/property/LIS/").content.decode()
    assert "Prie upės" in lithuanian
    assert '<html lang="lt">' in lithuanian
    assert "By the river" in guest.get("/de/booking/property/LIS/").content.decode()


def test_each_page_names_its_sisters(guest):
    body = guest.get("/lt/booking/property/LIS/").content.decode()
    assert '<link rel="canonical" href="http://hotel-a.localhost/lt/booking/property/LIS/">' in body
    assert set(re.findall(r'<link rel="alternate" hreflang="(\w+)"', body)) == {"en", "lt", "de"}
    assert 'hreflang="en" href="http://hotel-a.localhost/booking/property/LIS/"' in body


def test_structured_words_cannot_leave_their_script(guest):
    name = "Casa </script><script>alert(1)</script>"
    Property.objects.update(name=name)
    body = guest.get("/booking/property/LIS/").content.decode()
    assert "<script>alert" not in body
    written = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', body, re.DOTALL)[1])
    assert (written["@type"], written["name"], written["checkinTime"]) == ("Hotel", name, "15:00")


def test_sitemap_lists_every_language_and_robots_the_sitemap(guest):
    body = guest.get("/sitemap.xml").content.decode()
    assert "<loc>http://hotel-a.localhost/lt/booking/property/LIS/</loc>" in body
    assert "Sitemap: http://hotel-a.localhost/sitemap.xml" in guest.get("/robots.txt").content.decode()


def test_a_page_costs_the_same_for_one_and_for_many_rooms(guest, property_a, django_assert_max_num_queries):
    with django_assert_max_num_queries(14) as one:
        guest.get("/booking/property/LIS/")
    place = Property.objects.get()
    for number in range(3):
        RoomType.objects.create(property=place, code=f"X{number}", name=f"Extra {number}")
        picture_of(place, f"{number}.jpg")
    with django_assert_max_num_queries(len(one)):
        guest.get("/booking/property/LIS/")


def test_photos_come_in_three_sizes(guest, property_a):
    photo = picture_of(Property.objects.get())
    assert photos_shrink_waiting() == 1
    assert photos_shrink_waiting() == 0
    photo.refresh_from_db()
    assert (photo.widths, photo.proportion) == ([480, 960, 1600], 2.0)
    body = guest.get("/booking/property/LIS/").content.decode()
    address = re.search(r'srcset="(\S+) 480w', body)[1]
    answer = guest.get(address)
    with Image.open(BytesIO(b"".join(answer.streaming_content))) as small:
        assert (small.format, small.size) == ("WEBP", (480, 240))


def test_a_file_that_is_no_picture_is_tried_once(property_a):
    photo = Photo(property=Property.objects.get(), alt_text="Nothing")
    photo.image.save("broken.jpg", ContentFile(b"not a picture"), save=True)
    photo_shrink(photo=photo)
    assert photos_shrink_waiting() == 0


def test_a_copy_of_a_photo_that_is_not_ours_is_not_served(guest, property_a, hotel_a):
    name = copy_name("photos/strange.jpg", 480)
    assert guest.get(f"/media/{hotel_a.schema_name}/{name}").status_code == 404


def test_brand_shows_its_name_and_colour(guest, in_tenant):
    Brand.objects.create(name="Rio Houses", accent="#8a1c4a", languages=["en", "de"])
    body = guest.get("/").content.decode()
    assert "Rio Houses" in body
    assert "#8a1c4a" in body
    assert 'hreflang="lt"' not in body


def test_urls_have_names():
    assert reverse("website:property", urlconf="config.urls_tenant", args=["LIS"]) == "/booking/property/LIS/"
