"""The sentences of cancellation terms in three languages: complete, with the cases and plurals each asks for."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bookings.rates.policies import sentences
from bookings.rates.quoting import CancellationTerms, TierTerms

VILNIUS = ZoneInfo("Europe/Vilnius")
ARRIVAL = date(2026, 11, 19)
FREE = TierTerms(None, "none")
NIGHT = TierTerms(2, "nights", nights=1)
LANGUAGES = ("en", "lt", "de")


def say(*tiers, language="en", arrival=None, at=None, no_show=None, hour="18:00"):
    """Return the sentences, with ordinary spaces."""
    terms = CancellationTerms(deadline_time=hour, tiers=tiers, no_show=no_show)
    said = sentences(terms, arrival=arrival, zone=VILNIUS, currency="EUR", language=language, at=at)
    return " ".join(said).replace("\N{NO-BREAK SPACE}", " ")


def in_all(*tiers, **wish):
    return [say(*tiers, language=language, **wish) for language in LANGUAGES]


def test_free_until_arrival():
    assert in_all(FREE) == [
        "Free until arrival.",
        "Atšaukti galima nemokamai iki atvykimo.",
        "Die Stornierung ist bis zur Anreise kostenlos.",
    ]


def test_never_free():
    assert in_all(TierTerms(None, "full")) == [
        "Cancelling costs the whole stay.",
        "Atšaukus mokama visa viešnagės kaina.",
        "Die Stornierung kostet den gesamten Aufenthaltspreis.",
    ]


def test_plan_in_general():
    assert in_all(FREE, NIGHT) == [
        "Free until 18:00 two days before arrival, then the first night.",
        (
            "Atšaukti galima nemokamai iki 18:00 val. likus dviem dienoms iki atvykimo, "
            "vėliau mokama pirmosios nakties kaina."
        ),
        (
            "Die Stornierung ist bis zwei Tage vor der Anreise, 18:00 Uhr, kostenlos; "
            "danach kostet sie den Preis der ersten Nacht."
        ),
    ]


def test_booking_with_its_dates():
    assert in_all(FREE, NIGHT, arrival=ARRIVAL) == [
        "Free until 18:00 on 17 November 2026, then the first night.",
        "Atšaukti galima nemokamai iki 2026 m. lapkričio 17 d. 18:00 val., vėliau mokama pirmosios nakties kaina.",
        (
            "Die Stornierung ist bis zum 17. November 2026, 18:00 Uhr, kostenlos; "
            "danach kostet sie den Preis der ersten Nacht."
        ),
    ]


def test_steps_follow_each_other():
    tiers = (FREE, TierTerms(14, "percent", percent="12.5"), TierTerms(1, "amount", amount_minor=123_450))
    assert in_all(*tiers, TierTerms(0, "full")) == [
        (
            "Free until 14 days before arrival at 18:00, then 12.5% of the stay, from 18:00 one day before arrival"
            " €1,234.50, from 18:00 on the day of arrival the whole stay."
        ),
        (
            "Atšaukti galima nemokamai iki 18:00 val. likus 14 dienų iki atvykimo, vėliau mokama 12,5 % viešnagės kainos,"
            " nuo 18:00 val. likus vienai dienai iki atvykimo \N{EN DASH} 1 234,50 €,"
            " nuo 18:00 val. atvykimo dieną \N{EN DASH} visa viešnagės kaina."
        ),
        (
            "Die Stornierung ist bis 14 Tage vor der Anreise, 18:00 Uhr, kostenlos; danach kostet sie 12,5 % des"
            " Aufenthaltspreises, ab einem Tag vor der Anreise, 18:00 Uhr, 1.234,50 €, ab dem Anreisetag, 18:00 Uhr,"
            " den gesamten Aufenthaltspreis."
        ),
    ]


def test_costly_from_the_sale_on_and_more_later():
    assert in_all(TierTerms(None, "percent", percent="10"), TierTerms(3, "full"), arrival=ARRIVAL) == [
        "Cancelling costs 10% of the stay, from 18:00 on 16 November 2026 the whole stay.",
        (
            "Atšaukus mokama 10 % viešnagės kainos,"
            " nuo 2026 m. lapkričio 16 d. 18:00 val. \N{EN DASH} visa viešnagės kaina."
        ),
        (
            "Die Stornierung kostet 10 % des Aufenthaltspreises,"
            " ab dem 16. November 2026, 18:00 Uhr, den gesamten Aufenthaltspreis."
        ),
    ]


def test_not_coming_is_told_where_it_differs():
    whole, last = TierTerms(None, "full"), TierTerms(None, "nights", nights=1)
    assert [
        said.removeprefix(start)
        for said, start in zip(in_all(FREE, NIGHT, no_show=whole), in_all(FREE, NIGHT), strict=True)
    ] == [
        " Not coming costs the whole stay.",
        " Neatvykus mokama visa viešnagės kaina.",
        " Eine Nichtanreise kostet den gesamten Aufenthaltspreis.",
    ]
    assert in_all(FREE, NIGHT, no_show=last) == in_all(FREE, NIGHT)
    assert say(NIGHT, no_show=FREE, language="lt").endswith(" Neatvykus nieko mokėti nereikia.")


@pytest.mark.parametrize(
    ("days", "english", "lithuanian", "german"),
    [
        (0, "18:00 on the day of arrival", "18:00 val. atvykimo dieną", "zum Anreisetag, 18:00 Uhr"),
        (
            1,
            "18:00 one day before arrival",
            "18:00 val. likus vienai dienai iki atvykimo",
            "einen Tag vor der Anreise, 18:00 Uhr",
        ),
        (
            9,
            "18:00 nine days before arrival",
            "18:00 val. likus devynioms dienoms iki atvykimo",
            "neun Tage vor der Anreise, 18:00 Uhr",
        ),
        (
            10,
            "18:00 ten days before arrival",
            "18:00 val. likus dešimčiai dienų iki atvykimo",
            "zehn Tage vor der Anreise, 18:00 Uhr",
        ),
        (
            12,
            "18:00 twelve days before arrival",
            "18:00 val. likus dvylikai dienų iki atvykimo",
            "zwölf Tage vor der Anreise, 18:00 Uhr",
        ),
        (
            21,
            "21 days before arrival at 18:00",
            "18:00 val. likus 21 dienai iki atvykimo",
            "21 Tage vor der Anreise, 18:00 Uhr",
        ),
        (
            22,
            "22 days before arrival at 18:00",
            "18:00 val. likus 22 dienoms iki atvykimo",
            "22 Tage vor der Anreise, 18:00 Uhr",
        ),
        (
            111,
            "111 days before arrival at 18:00",
            "18:00 val. likus 111 dienų iki atvykimo",
            "111 Tage vor der Anreise, 18:00 Uhr",
        ),
    ],
)
def test_days_before_arrival_in_their_case(days, english, lithuanian, german):
    assert in_all(FREE, TierTerms(days, "full")) == [
        f"Free until {english}, then the whole stay.",
        f"Atšaukti galima nemokamai iki {lithuanian}, vėliau mokama visa viešnagės kaina.",
        f"Die Stornierung ist bis {german}, kostenlos; danach kostet sie den gesamten Aufenthaltspreis.",
    ]


@pytest.mark.parametrize(
    ("nights", "english", "lithuanian", "german"),
    [
        (1, "the first night", "pirmosios nakties", "ersten Nacht"),
        (2, "the first two nights", "pirmųjų dviejų naktų", "ersten zwei Nächte"),
        (10, "the first ten nights", "pirmųjų dešimties naktų", "ersten zehn Nächte"),
        (13, "the first 13 nights", "pirmųjų 13 naktų", "ersten 13 Nächte"),
        (21, "the first 21 nights", "pirmosios 21 nakties", "ersten 21 Nächte"),
    ],
)
def test_nights_in_their_case(nights, english, lithuanian, german):
    assert in_all(TierTerms(None, "nights", nights=nights)) == [
        f"Cancelling costs {english}.",
        f"Atšaukus mokama {lithuanian} kaina.",
        f"Die Stornierung kostet den Preis der {german}.",
    ]


def test_only_what_still_holds_is_said():
    tiers = (FREE, NIGHT, TierTerms(0, "full"))
    late = datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert say(*tiers, arrival=ARRIVAL, at=late) == (
        "Cancelling costs the first night, from 18:00 on 19 November 2026 the whole stay."
    )
    assert say(*tiers, arrival=ARRIVAL, at=late.replace(day=20)) == "Cancelling costs the whole stay."


def test_hour_that_clocks_skip_is_told_as_clocks_show_it():
    """T6."""
    spring = date(2027, 3, 28)
    assert say(FREE, TierTerms(0, "full"), arrival=spring, hour="03:30") == (
        "Free until 04:30 on 28 March 2027, then the whole stay."
    )


@pytest.mark.parametrize(("tag", "language"), [("de-AT", "de"), ("lt_LT", "lt"), ("fr", "en"), ("en-GB", "en")])
def test_language_of_a_tag(tag, language):
    assert say(FREE, language=tag) == say(FREE, language=language)
