"""What a guest reads before choosing."""

import json
import re
from datetime import date
from io import BytesIO
from typing import Any
from urllib.robotparser import RobotFileParser

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from bookings.rates.models import PlanChannel, RatePlan
from pms.branding.models import Brand
from pms.kernel.money import Money
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


PUBLIC = ["/", "/booking/search/", "/booking/property/LIS/", "/booking/property/LIS/rooms/DBL/"]
PUBLIC += ["/booking/property/LIS/calendar/", "/booking/property/LIS/book/", "/my-booking/"]


@pytest.mark.parametrize("prefix", ["", "/lt", "/de"])
@pytest.mark.parametrize("path", PUBLIC)
def test_every_public_page_has_a_title_a_description_and_a_canonical_address(guest, prefix, path):
    """Where the house has written nothing about itself either."""
    Property.objects.update(headline="", description=" ")
    RoomType.objects.update(description="")
    body = guest.get(f"{prefix}{path}").content.decode()
    assert re.search(r"<title>[^<]{5,}</title>", body)
    assert re.search(r'<meta name="description" content="[^"]{10,}">', body)
    assert f'<link rel="canonical" href="http://hotel-a.localhost{prefix}{path}">' in body


@pytest.mark.parametrize(
    "path", [*PUBLIC, "/booking/property/LIS/book/?arrival=2026-11-30&departure=2026-12-02&adults=2"]
)
def test_what_is_seen_of_a_link_is_in_what_is_heard(guest, path):
    """WCAG 2.2, 2.5.3: who speaks to the page says what stands on the link."""
    body = guest.get(path).content.decode()
    named = re.findall(r'<(a|button)\b[^>]*aria-label="([^"]*)"[^>]*>(.*?)</\1>', body, re.DOTALL)
    for _, heard, inside in named:
        seen = " ".join(re.sub(r"<[^>]+>", " ", inside).split())
        assert seen.lower() in heard.lower()


def offers_of(answer):
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', answer.content.decode(), re.DOTALL)
    return json.loads(script[1])["makesOffer"] if script else []


def test_offers_are_the_prices_that_the_page_shows(guest):
    answer = guest.get("/booking/property/LIS/book/?arrival=2026-11-30&departure=2026-12-02&adults=2")
    made = offers_of(answer)
    (room,) = answer.context["rooms"]
    assert [offer["price"] for offer in made] == [
        str(Money(rate.offer.total_minor, "EUR").amount) for kind in room.types for rate in kind.rates
    ]
    first = made[0]
    assert first["itemOffered"]["@type"] == "HotelRoom"
    assert (first["@type"], first["priceCurrency"], first["availability"]) == (
        "Offer",
        "EUR",
        "https://schema.org/InStock",
    )
    assert first["priceSpecification"] == {
        "@type": "PriceSpecification",
        "price": first["price"],
        "priceCurrency": "EUR",
        "valueAddedTaxIncluded": True,
        "validFrom": "2026-11-30",
        "validThrough": "2026-12-02",
    }


def test_calendar_offers_the_lowest_night_that_it_shows(guest):
    answer = guest.get("/booking/property/LIS/calendar/")
    (offer,) = offers_of(answer)
    lowest = min(day.night_minor for day in answer.context["calendar"].days if day.arrives)
    assert offer["price"] == str(Money(lowest, "EUR").amount)
    assert (offer["priceSpecification"]["@type"], offer["priceSpecification"]["unitCode"]) == (
        "UnitPriceSpecification",
        "DAY",
    )


@pytest.mark.parametrize("path", ["", "book/", "book/?arrival=2026-11-30&departure=2026-12-02&adults=9"])
def test_nothing_is_offered_where_no_price_is_shown(guest, path):
    script = re.search(r"makesOffer", guest.get(f"/booking/property/LIS/{path}").content.decode())
    assert script is None


def test_structured_words_cannot_leave_their_script(guest):
    name = "Casa </script><script>alert(1)</script>"
    Property.objects.update(name=name)
    body = guest.get("/booking/property/LIS/").content.decode()
    assert "<script>alert" not in body
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', body, re.DOTALL)
    assert script is not None
    written = json.loads(script[1])
    assert (written["@type"], written["name"], written["checkinTime"]) == ("Hotel", name, "15:00")


def test_sitemap_lists_every_language_and_robots_the_sitemap(guest):
    body = guest.get("/sitemap.xml").content.decode()
    assert "<loc>http://hotel-a.localhost/lt/booking/property/LIS/</loc>" in body
    assert "Sitemap: http://hotel-a.localhost/sitemap.xml" in guest.get("/robots.txt").content.decode()


def test_terms_of_rates_that_nobody_can_book_here_are_not_told(guest, property_a):
    plan = RatePlan.objects.get(is_default=True)
    hidden: list[dict[str, Any]] = [
        {"access_code": "ACME"},
        {"sale_last": date(2026, 1, 1)},
        {"retired_at": timezone.now()},
    ]
    for number, why in enumerate(hidden):
        RatePlan.objects.create(property=plan.property, code=f"X{number}", name=f"Secret {number}", **why)
    elsewhere = RatePlan.objects.create(property=plan.property, code="OTA", name="Secret elsewhere")
    PlanChannel.objects.create(rate_plan=elsewhere, source="direct_web", is_open=False)
    body = guest.get("/booking/property/LIS/").content.decode()
    assert plan.name in body
    assert "Secret" not in body


def test_a_rate_without_a_policy_says_that_it_is_free(guest, property_a):
    RatePlan.objects.update(cancellation_policy=None, texts={"lt": {"name": "Laisvai"}})
    assert "Free until arrival." in guest.get("/booking/property/LIS/").content.decode()
    assert "Laisvai" in guest.get("/lt/booking/property/LIS/rooms/DBL/").content.decode()


def test_the_foot_says_where_the_house_is_and_how_to_reach_it(guest):
    Property.objects.update(street="Rua do Cais 4", city="Lisboa", phone="+351 21 000 00 00", email="a@lis.example")
    body = guest.get("/booking/property/LIS/rooms/DBL/").content.decode()
    foot = body[body.index("<footer") :]
    assert all(text in foot for text in ("Rua do Cais 4", "tel:+351", "mailto:a@lis.example", "#cancelling"))


def test_who_shares_a_page_shares_its_picture(guest, property_a):
    picture_of(Property.objects.get())
    photos_shrink_waiting()
    body = guest.get("/booking/property/LIS/").content.decode()
    shared = re.search(r'<meta property="og:image" content="(http://hotel-a.localhost\S+\.1600\.webp)"', body)
    assert shared is not None
    assert b"".join(guest.get(shared[1]).streaming_content).startswith(b"RIFF")


@pytest.mark.parametrize("path", ["/manage/x/", "/lt/manage/x/", "/de/booking/checkout/x/", "/lt/pay/x/", "/desk/"])
def test_engines_stay_out_of_what_is_one_guests(guest, path):
    rules = RobotFileParser()
    rules.parse(guest.get("/robots.txt").content.decode().splitlines())
    assert not rules.can_fetch("*", path)
    assert rules.can_fetch("*", "/lt/booking/property/LIS/")


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
    address = re.search(r'srcset="(\S+) 480w', body)
    assert address is not None
    answer = guest.get(address[1])
    with Image.open(BytesIO(b"".join(answer.streaming_content))) as small:
        assert (small.format, small.size) == ("WEBP", (480, 240))


def test_photos_that_differ_in_their_ending_alone_keep_copies_of_their_own(property_a):
    place = Property.objects.get()
    one, other = picture_of(place, "room.jpg"), picture_of(place, "room.jpeg")
    assert copy_name(one.image.name, 480) != copy_name(other.image.name, 480)


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
