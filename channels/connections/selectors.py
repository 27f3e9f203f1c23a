"""Which of a channel's rooms and rates look like which of ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from re import findall
from typing import TypeVar

from bookings.rates.models import RatePlan
from channels.connections.models import Connection, RateLink, RoomLink
from pms.properties.models import RoomType

Row = TypeVar("Row", RoomType, RatePlan)

#: Names that are less alike than this are not suggested.
ALIKE = 0.5
#: Words that every hotel uses and that tell nothing apart.
_COMMON = frozenset({"room", "rate", "plan", "the", "a", "with", "and", "or"})
#: What is called differently at different places.
_SAME = {"standard": "classic", "bb": "breakfast", "nrf": "nonrefundable", "refundable": "flexible", "flex": "flexible"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a link probably is: of ours, by key; nothing where no name is alike."""

    rooms: dict[int, RoomType]
    rates: dict[int, RatePlan]


def suggestions(connection: Connection) -> Suggestion:
    """Return what unmapped rooms and rates of a connection probably are, by their names. A fixed number of queries."""
    place = connection.property
    kinds = list(place.room_types.filter(retired_at=None))
    plans = list(RatePlan.objects.filter(property=place, retired_at=None))
    rooms: dict[int, RoomType] = {}
    rates: dict[int, RatePlan] = {}
    for link in links_of(connection):
        if link.room_type is None and (kind := _best(link.name, kinds)) is not None:
            rooms[link.pk] = kind
        for rate in link.rate_links.all():
            if rate.rate_plan is not None or rate.read_only:
                continue
            plan = _best(rate.name, plans) or (next((each for each in plans if each.is_default), None))
            if plan is not None:
                rates[rate.pk] = plan
    return Suggestion(rooms, rates)


def links_of(connection: Connection) -> list[RoomLink]:
    """Return the rooms of a connection with their rates, mapped or not, those that are gone last."""
    found = connection.room_links.select_related("room_type").prefetch_related("rate_links__rate_plan")
    return sorted(found, key=lambda link: (link.gone_at is not None, link.name, link.room_id))


def unmapped_count(connection: Connection) -> tuple[int, int]:
    """Return how many rooms and how many rates of the channel's list are not mapped."""
    rooms = connection.room_links.filter(room_type=None, gone_at=None).count()
    rates = RateLink.objects.filter(
        room__connection=connection, rate_plan=None, gone_at=None, read_only=False, room__gone_at=None
    ).count()
    return rooms, rates


def _best(name: str, rows: Iterable[Row]) -> Row | None:
    scored = [(max(_alike(name, row.name), _alike(name, row.code)), row) for row in rows]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= ALIKE else None


def _alike(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1: by the words they share, else by their letters."""
    ours, theirs = _words(one), _words(other)
    if not ours or not theirs:
        return 0.0
    shared = len(ours & theirs) / len(ours | theirs)
    return max(shared, SequenceMatcher(None, " ".join(sorted(ours)), " ".join(sorted(theirs))).ratio() * 0.9)


def _words(name: str) -> frozenset[str]:
    words = findall(r"[^\W_]+", name.lower().replace("non-", "non").replace("&", " "))
    return frozenset(_SAME.get(word.rstrip("s"), word.rstrip("s")) for word in words if word not in _COMMON)
