"""The sentences of cancellation terms in English, Lithuanian and German, with the grammar each needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Protocol

from babel.dates import format_date
from babel.numbers import format_decimal

from bookings.rates.enums import Penalty
from bookings.rates.quoting import TierTerms
from pms.kernel.money import Money


@dataclass(frozen=True, slots=True)
class DaysBefore:
    """A moment told without an arrival: so many days before it, at `wall` time at the property."""

    days: int
    wall: time


#: A moment is property-local: counted back from an arrival nobody knows yet, or a date and time.
Moment = DaysBefore | datetime
#: What cancelling costs from a moment on.
Step = tuple[Moment, TierTerms]


class Speech(Protocol):
    """One language. Sentences are complete and end with a full stop."""

    def cancelling(self, first: TierTerms, later: Sequence[Step], currency: str) -> str:
        """Return what cancelling costs, from now on by `first` and then by each later step, as one sentence."""

    def not_coming(self, tier: TierTerms, currency: str) -> str:
        """Return what not coming costs, as one sentence."""


def speech_in(language: str) -> Speech:
    """Return the language of a tag like "lt", "de-AT" or "de_CH"; English for every other."""
    return _SPEECHES.get(language.replace("_", "-").split("-")[0].lower(), _English())


def _percent(tier: TierTerms, locale: str) -> str:
    return str(format_decimal(Decimal(tier.percent or 0), locale=locale))


def _amount(tier: TierTerms, currency: str, locale: str) -> str:
    return Money(tier.amount_minor or 0, currency).format(locale)


class _English:
    _WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]

    def cancelling(self, first: TierTerms, later: Sequence[Step], currency: str) -> str:
        free = first.penalty == Penalty.NONE
        if not later:
            return "Free until arrival." if free else f"Cancelling costs {self._cost(first, currency)}."
        said = []
        for index, (moment, tier) in enumerate(later):
            cost = self._cost(tier, currency)
            if free and index == 0:
                said.append(f"Free until {self._when(moment)}, then {cost}")
            else:
                said.append(f"from {self._when(moment)} {cost}")
        if not free:
            said.insert(0, f"Cancelling costs {self._cost(first, currency)}")
        return ", ".join(said) + "."

    def not_coming(self, tier: TierTerms, currency: str) -> str:
        return f"Not coming costs {self._cost(tier, currency)}."

    def _when(self, moment: Moment) -> str:
        if isinstance(moment, datetime):
            return f"{moment:%H:%M} on {format_date(moment.date(), 'd MMMM y', locale='en_GB')}"
        if moment.days == 0:
            return f"{moment.wall:%H:%M} on the day of arrival"
        if moment.days >= len(self._WORDS):
            # "18:00 14 days" would be read as one number.
            return f"{moment.days} days before arrival at {moment.wall:%H:%M}"
        return f"{moment.wall:%H:%M} {self._WORDS[moment.days]} day{'s' * (moment.days != 1)} before arrival"

    def _cost(self, tier: TierTerms, currency: str) -> str:
        match tier.penalty:
            case Penalty.NIGHTS:
                count = tier.nights or 1
                return "the first night" if count == 1 else f"the first {self._count(count)} nights"
            case Penalty.PERCENT:
                return f"{_percent(tier, 'en_GB')}% of the stay"
            case Penalty.AMOUNT:
                return _amount(tier, currency, "en_GB")
            case Penalty.FULL:
                return "the whole stay"
            case _:
                return "nothing"

    def _count(self, number: int) -> str:
        return self._WORDS[number] if number < len(self._WORDS) else str(number)


class _German:
    _WORDS = [
        "kein",
        "einen",
        "zwei",
        "drei",
        "vier",
        "fünf",
        "sechs",
        "sieben",
        "acht",
        "neun",
        "zehn",
        "elf",
        "zwölf",
    ]

    def cancelling(self, first: TierTerms, later: Sequence[Step], currency: str) -> str:
        free = first.penalty == Penalty.NONE
        if not later:
            return (
                "Die Stornierung ist bis zur Anreise kostenlos."
                if free
                else f"Die Stornierung kostet {self._cost(first, currency)}."
            )
        said = []
        for index, (moment, tier) in enumerate(later):
            cost = self._cost(tier, currency)
            if free and index == 0:
                said.append(f"Die Stornierung ist bis {self._until(moment)}, kostenlos; danach kostet sie {cost}")
            else:
                said.append(f"ab {self._since(moment)}, {cost}")
        if not free:
            said.insert(0, f"Die Stornierung kostet {self._cost(first, currency)}")
        return ", ".join(said) + "."

    def not_coming(self, tier: TierTerms, currency: str) -> str:
        return f"Eine Nichtanreise kostet {self._cost(tier, currency)}."

    def _until(self, moment: Moment) -> str:
        """Return what follows "bis": the accusative, or "zum" and the dative."""
        if isinstance(moment, datetime) or moment.days == 0:
            return f"zum {self._day(moment)}"
        days = "einen Tag" if moment.days == 1 else f"{self._count(moment.days)} Tage"
        return f"{days} vor der Anreise, {moment.wall:%H:%M} Uhr"

    def _since(self, moment: Moment) -> str:
        """Return what follows "ab": the dative."""
        if isinstance(moment, datetime) or moment.days == 0:
            return f"dem {self._day(moment)}"
        days = "einem Tag" if moment.days == 1 else f"{self._count(moment.days)} Tagen"
        return f"{days} vor der Anreise, {moment.wall:%H:%M} Uhr"

    def _day(self, moment: Moment) -> str:
        if isinstance(moment, datetime):
            return f"{format_date(moment.date(), 'long', locale='de')}, {moment:%H:%M} Uhr"
        return f"Anreisetag, {moment.wall:%H:%M} Uhr"

    def _cost(self, tier: TierTerms, currency: str) -> str:
        match tier.penalty:
            case Penalty.NIGHTS:
                count = tier.nights or 1
                return (
                    "den Preis der ersten Nacht" if count == 1 else f"den Preis der ersten {self._count(count)} Nächte"
                )
            case Penalty.PERCENT:
                return f"{_percent(tier, 'de')}\N{NO-BREAK SPACE}% des Aufenthaltspreises"
            case Penalty.AMOUNT:
                return _amount(tier, currency, "de")
            case Penalty.FULL:
                return "den gesamten Aufenthaltspreis"
            case _:
                return "nichts"

    def _count(self, number: int) -> str:
        return self._WORDS[number] if number < len(self._WORDS) else str(number)


class _Lithuanian:
    """Numbers take cases: "likus" the dative, "kaina" the genitive; 1, 21, 31 are singular, 10 to 20 ask the genitive."""

    _DATIVE = [
        "nuliui",
        "vienai",
        "dviem",
        "trims",
        "keturioms",
        "penkioms",
        "šešioms",
        "septynioms",
        "aštuonioms",
        "devynioms",
        "dešimčiai",
        "vienuolikai",
        "dvylikai",
    ]
    _GENITIVE = [
        "nulio",
        "vienos",
        "dviejų",
        "trijų",
        "keturių",
        "penkių",
        "šešių",
        "septynių",
        "aštuonių",
        "devynių",
        "dešimties",
        "vienuolikos",
        "dvylikos",
    ]

    def cancelling(self, first: TierTerms, later: Sequence[Step], currency: str) -> str:
        free = first.penalty == Penalty.NONE
        if not later:
            return "Atšaukti galima nemokamai iki atvykimo." if free else f"Atšaukus {self._paid(first, currency)}."
        said = []
        for index, (moment, tier) in enumerate(later):
            if free and index == 0:
                paid = self._paid(tier, currency)
                said.append(f"Atšaukti galima nemokamai iki {self._when(moment)}, vėliau {paid}")
            else:
                said.append(f"nuo {self._when(moment)} \N{EN DASH} {self._cost(tier, currency)}")
        if not free:
            said.insert(0, f"Atšaukus {self._paid(first, currency)}")
        return ", ".join(said) + "."

    def not_coming(self, tier: TierTerms, currency: str) -> str:
        return f"Neatvykus {self._paid(tier, currency)}."

    def _when(self, moment: Moment) -> str:
        if isinstance(moment, datetime):
            return f"{format_date(moment.date(), 'long', locale='lt')} {moment:%H:%M} val."
        if moment.days == 0:
            return f"{moment.wall:%H:%M} val. atvykimo dieną"
        days = self._DATIVE[moment.days] if moment.days < len(self._DATIVE) else str(moment.days)
        return f"{moment.wall:%H:%M} val. likus {days} {self._days(moment.days)} iki atvykimo"

    def _days(self, number: int) -> str:
        """Return "day" after "likus" and a number in the dative."""
        if number % 10 == 0 or 11 <= number % 100 <= 19:
            return "dienų"
        return "dienai" if number % 10 == 1 else "dienoms"

    def _paid(self, tier: TierTerms, currency: str) -> str:
        return "nieko mokėti nereikia" if tier.penalty == Penalty.NONE else f"mokama {self._cost(tier, currency)}"

    def _cost(self, tier: TierTerms, currency: str) -> str:
        match tier.penalty:
            case Penalty.NIGHTS:
                return f"{self._nights(tier.nights or 1)} kaina"
            case Penalty.PERCENT:
                return f"{_percent(tier, 'lt')}\N{NO-BREAK SPACE}% viešnagės kainos"
            case Penalty.AMOUNT:
                return _amount(tier, currency, "lt")
            case Penalty.FULL:
                return "visa viešnagės kaina"
            case _:
                return "nemokamai"

    def _nights(self, number: int) -> str:
        """Return "of the first so many nights"."""
        if number == 1:
            return "pirmosios nakties"
        count = self._GENITIVE[number] if number < len(self._GENITIVE) else str(number)
        if number % 10 == 1 and number % 100 != 11:
            return f"pirmosios {count} nakties"
        return f"pirmųjų {count} naktų"


_SPEECHES: dict[str, Speech] = {"en": _English(), "lt": _Lithuanian(), "de": _German()}
