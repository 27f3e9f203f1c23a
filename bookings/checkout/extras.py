"""Extras as a form says them: for each room by its number, and of how many persons where the extra counts persons."""

from collections.abc import Mapping, Sequence
from datetime import date

from billing.taxes.party import Party
from bookings.rates.charges import BY_PERSON
from bookings.rates.models import Extra
from bookings.rates.quoting import ExtraWish

#: How many of one extra a room can have.
MOST = 9


def field_of(*, number: int, code: str) -> str:
    """Return the name of the field that says how many of an extra a room (counted from 1) has."""
    return f"extra-{number}-{code}"


def most_of(extra: Extra, *, party: Party, day: date) -> int:
    """Return how many of an extra a party can choose: as many persons as it counts, or so many pieces."""
    return party.count_from(extra.age_from, day) if extra.basis in BY_PERSON else MOST


def wish_of(extra: Extra, *, count: int, party: Party, day: date) -> ExtraWish | None:
    """Return the wish for so many of an extra, at most as many as there can be; None for none.

    For everybody it counts it is for all, whoever that is after a change of the party.
    """
    most = most_of(extra, party=party, day=day)
    count = min(count, most)
    if count <= 0:
        return None
    if extra.basis in BY_PERSON:
        return ExtraWish(extra.code, 1, persons=None if count == most else count)
    return ExtraWish(extra.code, count)


def chosen_of(extra: Extra, *, wishes: Sequence[ExtraWish], party: Party, day: date) -> int:
    """Return what a form shows for an extra that was wished, or none."""
    wish = next((each for each in wishes if each.code == extra.code and each.quantity), None)
    if wish is None:
        return 0
    if extra.basis not in BY_PERSON:
        return wish.quantity
    most = most_of(extra, party=party, day=day)
    return most if wish.persons is None else min(wish.persons, most)


def wishes_typed(
    typed: Mapping[str, str], *, number: int, extras: Sequence[Extra], party: Party, day: date
) -> tuple[ExtraWish, ...]:
    """Return the extras that a form names for a room; what is no number counts as none."""
    found = []
    for extra in extras:
        wish = wish_of(
            extra, count=_count(typed.get(field_of(number=number, code=extra.code), "")), party=party, day=day
        )
        if wish is not None:
            found.append(wish)
    return tuple(found)


def wishes_unnumbered(typed: Mapping[str, str], *, extras: Sequence[Extra], party: Party, day: date) -> list[ExtraWish]:
    """Return the extras of fields without the number of a room, which are the first room's; nobody's code is refused later."""
    known = {extra.code: extra for extra in extras}
    numbered = {field_of(number=number, code=code) for number in range(1, MOST + 1) for code in known}
    found = []
    for name in typed:
        count = _count(typed[name])
        if not name.startswith("extra-") or name in numbered or not count:
            continue
        code = name.removeprefix("extra-")
        wish = wish_of(known[code], count=count, party=party, day=day) if code in known else ExtraWish(code, count)
        found += [wish] if wish is not None else []
    return found


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
