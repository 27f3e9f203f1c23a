"""Who takes the money, and by which card: never its number, never its code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookings.rates.enums import Source
from channels.adapters.base import VirtualCard
from channels.adapters.channex.values import (
    amount,
    currency,
    day,
    end_of_month,
    flag,
    major,
    mapping,
    minor,
    text,
    whole,
)
from guests.profiles.enums import Collector

_LAST4 = re.compile(r"[\d*xX•\-]{4,}[ -]?(\d{4})$", re.ASCII)
#: Sites write their terms into a sentence; these two say that the guest pays here, whatever card comes with it.
_PAYS_HERE = re.compile(r"(?i)collect payment from (?:the )?(?:travell?er|guest)|hotel collect|guest pays at")


@dataclass(frozen=True, slots=True)
class Cards:
    """What a guarantee says that may be kept."""

    last4: str = ""
    virtual: VirtualCard | None = None
    warnings: tuple[str, ...] = ()


def cards_of(guarantee: Mapping[str, Any], in_currency: str) -> Cards:
    """Return the end of the guest's card, or the channel's own virtual card."""
    shown = _LAST4.search(str(guarantee.get("card_number") or "").strip())
    last4 = shown[1] if shown else ""
    if flag(guarantee.get("is_virtual")) is not True:
        return Cards(last4)
    meta = mapping(guarantee.get("meta"))
    balance, warnings = _balance(meta, in_currency)
    until = day(meta.get("virtual_card_expiration_date")) or end_of_month(guarantee.get("expiration_date"))
    card = VirtualCard(day(meta.get("virtual_card_effective_date")), until, balance, last4)
    return Cards("", card, warnings)


def _balance(meta: Mapping[str, Any], in_currency: str) -> tuple[int | None, tuple[str, ...]]:
    """Return the balance in the booking's currency; it is told shifted by decimals that are told beside it."""
    told = amount(meta.get("virtual_card_current_balance"))
    if told is None:
        return None, ()
    own = currency(meta.get("virtual_card_currency_code")) or in_currency
    shifted = whole(meta.get("virtual_card_decimal_places"), most=6) or 0
    balance = minor(told, own, decimals=shifted)
    if balance is not None and own != in_currency:
        return None, (f"The virtual card is in another currency: {major(balance, own)} {own}.",)
    return balance, ()


def collector_of(
    attributes: Mapping[str, Any], *, source: Source | None, virtual: VirtualCard | None, instruction: str
) -> tuple[Collector, tuple[str, ...]]:
    """Return who takes the guest's money, and a warning where it is only to be concluded (T50).

    Where Channex does not say, the property does; but Airbnb always takes it itself, and a site that transfers it or
    sends a card of its own has taken it, unless it writes that the guest pays here.
    """
    told = text(attributes.get("payment_collect"), 20).lower()
    if told in {"ota", "property"}:
        return (Collector.SELLER if told == "ota" else Collector.PROPERTY), ()
    if source == Source.AIRBNB:
        return Collector.SELLER, ()
    if _PAYS_HERE.search(instruction):
        return Collector.PROPERTY, ()
    if text(attributes.get("payment_type"), 20).lower() == "bank_transfer":
        return Collector.SELLER, ("Nobody says who collects; the channel pays by transfer, so it does.",)
    if virtual is not None:
        return Collector.SELLER, ("Nobody says who collects; the channel sends a card of its own, so it does.",)
    return Collector.PROPERTY, ()
