"""Prices, days and moments as guests read them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from pms.branding.formats import day, day_short, moment, price


@pytest.mark.parametrize(
    ("language", "minor", "currency", "written"),
    [
        ("en", 42800, "EUR", "€428.00"),
        ("de", 123456, "EUR", "1.234,56\xa0€"),
        ("lt", 123456, "EUR", "1\xa0234,56\xa0€"),
        ("en", 428, "JPY", "JP¥428"),
    ],
)
def test_price(language, minor, currency, written):
    with translation.override(language):
        assert price(minor, currency) == written


def test_days_are_written_as_the_language_does():
    with translation.override("en"):
        assert (day(date(2026, 11, 24)), day_short(date(2026, 11, 24))) == ("Tue, 24 November 2026", "Tue 24 Nov")
    with translation.override("lt"):
        assert day(date(2026, 11, 24)) == "2026 m. lapkričio 24 d., an"
    with translation.override("de"):
        assert day_short(date(2026, 11, 24)) == "Di. 24. Nov."


def test_moment_is_the_propertys_wall_clock():
    """T7: an instant is shown in the property's zone, whatever the server's."""
    with translation.override("en"):
        assert moment(datetime(2026, 11, 23, 16, 0, tzinfo=UTC), ZoneInfo("Europe/Vilnius")) == "Mon 23 Nov, 18:00"
