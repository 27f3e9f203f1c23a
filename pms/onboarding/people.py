"""Invented guests of the demo: names usual in their country, and addresses and numbers that reach nobody."""

import unicodedata
from random import Random
from typing import Final

from .drafts import GuestDraft
from .names import names_of

#: Ranges that the regulators keep for films and examples; other countries' guests leave no number.
PHONES: Final = {
    "GB": "+44 7700 900{:03}",
    "US": "+1 202 555 0{:03}",
    "FR": "+33 6 39 98 0{:03}",
    "DE": "+49 171 392 0{:03}",
    "SE": "+46 70 174 0{:03}",
    "IE": "+353 20 910 {:04}",
}
VIP_NOTES: Final = (
    "Prefers the same room as last year.",
    "Knows the house well; says hello to the kitchen.",
    "Allergic to feathers: synthetic pillows.",
    "Writes about hotels; no fuss, please.",
    "Brings a cello: needs a room with space.",
    "Late riser: clean after 14:00.",
)


def person(country: str, random: Random, *, vip: bool = False) -> GuestDraft:
    """Somebody from a country; about half leave an address, some a number."""
    names = names_of(country)
    first, last = random.choice(names.first), random.choice(names.last)
    email = phone = ""
    if random.random() < 0.6 or vip:
        email = f"{_plain(first)}.{_plain(last)}{random.randint(1, 99)}@guests.example"
    if random.random() < 0.5 and country in PHONES:
        phone = PHONES[country].format(random.randint(100, 199))
    return GuestDraft(
        first_name=first,
        last_name=last,
        country=country,
        language=names.language,
        email=email,
        phone=phone,
        is_vip=vip,
        notes=random.choice(VIP_NOTES) if vip else "",
    )


def _plain(name: str) -> str:
    spelt = name.translate(str.maketrans("ßøłŁØ", "sollo"))
    letters = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return "".join(letter for letter in letters.lower() if letter.isalpha())
