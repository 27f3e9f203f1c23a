"""Amounts as Booking.com writes them, and cards as far as they may be known."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

from channels.adapters.base import VirtualCard
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.settings import MINOR, Chosen
from channels.adapters.bookingcom.xml import Element
from channels.adapters.values import YEARS, currency, day, end_of_month, minor, whole
from guests.profiles.enums import Collector

#: What stands behind a rate's number when Booking.com pays with a virtual card.
VIRTUAL_SUFFIX = "VCC"
_LAST4 = re.compile(r"(\d{4})\D*$", re.ASCII)
_MONTH_YEAR = re.compile(r"(\d{2})(\d{2})", re.ASCII)


def told_amount(node: Element | None, in_currency: str, choices: Chosen) -> int | None:
    """Return an OpenTravel amount in minor units. With DecimalPlaces and no point in it, it is in units that small where
    the connection says so; nothing for an amount in another currency than the booking's."""
    said = xml.attribute(node, "AmountAfterTax") or xml.attribute(node, "AmountBeforeTax")
    own = currency(xml.attribute(node, "CurrencyCode"))
    if not said or (own and own != in_currency):
        return None
    places = whole(xml.attribute(node, "DecimalPlaces"), most=6)
    is_shifted = places is not None and "." not in said and choices.amounts_read == MINOR
    return minor(said, in_currency, decimals=places if is_shifted and places else 0)


def own_rate(rate_id: str) -> tuple[str, bool]:
    """Return a rate's number as it is mapped, and whether a virtual card pays."""
    bare = rate_id.removesuffix(VIRTUAL_SUFFIX)
    return (bare, True) if bare and bare != rate_id else (rate_id, False)


@dataclass(frozen=True, slots=True)
class Card:
    """What a message says of a card that may be kept; `number` is read for its end alone."""

    number: str = ""
    expires: str = ""
    effective: str = ""

    @property
    def last4(self) -> str:
        digits = re.sub(r"[^0-9]", "", self.number)
        found = _LAST4.search(self.number.strip())
        return found[1] if found and digits.strip("0") else ""

    @property
    def is_unreadable(self) -> bool:
        """Whether zeros stand in the place of a number that could not be read: it may come later, and is none."""
        digits = re.sub(r"[^0-9]", "", self.number)
        return bool(digits) and not digits.strip("0")


@dataclass(frozen=True, slots=True)
class Payment:
    """Who takes the guest's money, and by which card."""

    collector: Collector
    virtual: VirtualCard | None
    last4: str
    warnings: tuple[str, ...]


def payment(card: Card, *, pays_virtually: bool) -> Payment:
    """Return what follows from a card and from the rates: a virtual card means that Booking.com has taken the money. Only
    a virtual card tells a day from which on it can be charged (T40)."""
    warnings = ["The card could not be read at Booking.com; it may be readable later."] if card.is_unreadable else []
    from_day = None if card.is_unreadable else _beginning(card.effective)
    if not (pays_virtually or from_day):
        return Payment(Collector.PROPERTY, None, card.last4, tuple(warnings))
    return Payment(Collector.SELLER, VirtualCard(from_day, _end(card.expires), None, card.last4), "", tuple(warnings))


def _month(told: str) -> tuple[int, int] | None:
    """Return (year, month) of a month written as 0829."""
    found = _MONTH_YEAR.fullmatch(told.strip())
    if found is None or not 1 <= int(found[1]) <= 12:
        return None
    year = 2000 + int(found[2])
    return (year, int(found[1])) if year in YEARS else None


def _beginning(told: str) -> date | None:
    month = _month(told)
    return date(month[0], month[1], 1) if month else day(told)


def _end(told: str) -> date | None:
    month = _month(told)
    return date(*month, calendar.monthrange(*month)[1]) if month else end_of_month(told) or day(told)
