"""Stored messages and figures as a person reads them."""

import json
from dataclasses import dataclass
from datetime import date

from lxml import etree

from channels.sync.enums import NOTES, CaseKind
from channels.sync.models import BookingMessage, ChannelBooking, StoredLetter
from channels.sync.selectors import Health, Told
from guests.profiles.enums import Collector
from pms.kernel.money import Money


@dataclass(frozen=True, slots=True)
class KindCount:
    """So many open cases of a kind; of notes there is nothing to decide."""

    kind: str
    label: str
    count: int
    is_note: bool


def cases_by_kind(health: Health) -> list[KindCount]:
    """Return the open cases of a connection by kind, in the order of the kinds, notes after them."""
    kinds = sorted((row for row in CaseKind if row.value in health.cases), key=lambda row: row in NOTES)
    return [KindCount(row.value, row.label, health.cases[row.value], row in NOTES) for row in kinds]


def laid_out(text: str) -> str:
    """Return JSON and XML with indents; everything else, what was cut off among it, as it is."""
    stripped = text.strip()
    if stripped.startswith(("{", "[")):
        try:
            return json.dumps(json.loads(stripped), indent=2, ensure_ascii=False)
        except ValueError:
            return text
    if stripped.startswith("<"):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
        try:
            return etree.tostring(etree.fromstring(stripped.encode(), parser), pretty_print=True, encoding="unicode")
        except (etree.XMLSyntaxError, ValueError):
            return text
    return text


@dataclass(frozen=True, slots=True)
class MessageTold:
    """One message of a channel about a booking, with its letter as text."""

    row: BookingMessage
    content: str
    letter: str


def messages_told(told: Told) -> list[MessageTold]:
    """Return the messages of a booking, newest first."""
    return [
        MessageTold(
            row,
            json.dumps(row.content, indent=2, ensure_ascii=False),
            letter_text(told.letters.get(row.letter_id or 0)),
        )
        for row in reversed(told.messages)
    ]


def letter_text(letter: StoredLetter | None) -> str:
    """Return a letter as text, empty where it is kept no more."""
    return "" if letter is None else laid_out(bytes(letter.body).decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class Payout:
    """Who pays whom: in a sentence; `card` says what of a virtual card can be charged, and from when (T40)."""

    sentence: str
    card: str
    is_chargeable: bool
    total: Money | None
    commission: Money | None


def card_of(known: ChannelBooking, *, today: date) -> Payout:
    """Return how the money of a channel's booking comes."""
    has_card = known.virtual_from is not None or known.virtual_minor is not None
    if known.collector == Collector.PROPERTY and not has_card:
        sentence = "The guest pays here; the channel sends a bill for its commission."
    elif has_card:
        sentence = "The channel collected from the guest and pays with a virtual card."
    else:
        sentence = "The channel collected from the guest and pays by transfer, less its commission."
    chargeable = has_card and (known.virtual_from is None or known.virtual_from <= today) and (
        known.virtual_until is None or known.virtual_until >= today
    )  # fmt: skip
    return Payout(
        sentence=sentence,
        card=_card_words(known, today) if has_card else "",
        is_chargeable=chargeable,
        total=_money(known.total_minor, known.currency),
        commission=_money(known.commission_minor, known.currency),
    )


def _card_words(known: ChannelBooking, today: date) -> str:
    amount = _money(known.virtual_minor, known.currency)
    words = f"Ends in {known.card_last4}. " if known.card_last4 else ""
    words += f"Holds {amount}. " if amount else ""
    if known.virtual_from is not None:
        verb = "Can be charged since" if known.virtual_from <= today else "Can be charged from"
        words += f"{verb} {known.virtual_from:%-d %B %Y}"
        words += f" until {known.virtual_until:%-d %B %Y}." if known.virtual_until else "."
    return words.strip()


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None or not currency else Money(minor, currency)
