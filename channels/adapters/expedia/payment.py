"""Who takes the guest's money at Expedia, and by which card: never its number, never its code."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from channels.adapters.base import VirtualCard
from channels.adapters.expedia.stays import Stay
from channels.adapters.values import amount, currency, day, end_of_month, minor, text
from guests.profiles.enums import Collector

_LAST4 = re.compile(r"(\d{4})$", re.ASCII)
_EXPIRY = re.compile(r"(\d{2})(\d{2})", re.ASCII)
#: How long after the departure Expedia's card can be charged.
CHARGEABLE_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Paid:
    """Who collects, the card, whether the amounts are what Expedia pays out, and what the desk must know besides."""

    collector: Collector
    virtual: VirtualCard | None = None
    last4: str = ""
    is_net: bool = False
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def with_line(self, line: str) -> "Paid":
        """Return the same with a line more, where it says something."""
        return replace(self, lines=(*self.lines, line)) if line else self


def paid(
    *,
    source: str,
    rate_id: str,
    method: str,
    kind: str,
    card_number: str,
    activation: str,
    expiry: str,
    has_card: bool,
    held: str,
    held_currency: str,
    model: str,
    stay: Stay | None,
) -> Paid:
    """Return what a booking says of its payment (T50).

    Newer messages name the way. In others a guest pays at the hotel where the point of sale begins with "A-" or the rate
    plan's number ends in A; else Expedia collects, and a card that comes with the booking is its own (T40).
    """
    pays_here = source.startswith("A-") or rate_id.endswith("A")
    by_method = {"HotelCollect": True, "ExpediaCollect": False, "VirtualCard": False}.get(method)
    pays_here = pays_here if by_method is None else by_method
    found = _LAST4.search(card_number)
    last4 = found[1] if found else ""
    # Without a word of it, what Expedia collects for is told at what it pays the hotel.
    is_net = not pays_here and kind != "Sell"
    lines = [f"Amounts are what Expedia calls {text(kind, 20)} rates."] if kind else []
    if pays_here:
        return Paid(Collector.PROPERTY, None, last4, is_net, tuple(lines))
    if not has_card:
        return Paid(Collector.SELLER, None, "", is_net, tuple(lines))
    in_currency = currency(held_currency) or (stay.currency if stay else "")
    balance, warnings = _held(held, in_currency, stay)
    if held and model:
        lines.append(f"The card holds {text(held, 20)} {in_currency} ({text(model, 20)}).")
    opens = day(activation) or (stay.arrival if stay else None)
    closes = [stay.departure + CHARGEABLE_FOR] if stay and stay.departure else []
    month = _EXPIRY.fullmatch(expiry)
    ends = end_of_month(f"{month[1]}/20{month[2]}") if month else None
    closes += [ends] if ends else []
    card = VirtualCard(opens, min(closes, default=None), balance, last4)
    return Paid(Collector.SELLER, card, "", is_net, tuple(lines), warnings)


def _held(told: str, in_currency: str, stay: Stay | None) -> tuple[int | None, tuple[str, ...]]:
    """Return what the card holds in the booking's currency; nothing where it is in another one."""
    if amount(told) is None or not in_currency:
        return None, ()
    if stay is not None and stay.currency and in_currency != stay.currency:
        return None, (f"Expedia's card is in another currency: {text(told, 20)} {in_currency}.",)
    return minor(told, in_currency), ()
