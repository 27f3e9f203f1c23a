"""What a guest asks for, as the addresses of guests' pages carry it: dates, guests, rooms, a code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import urlencode

from django.utils.translation import gettext, ngettext

from billing.taxes.party import ADULT_AGE, Party
from pms.kernel.dates import MAX_NIGHTS
from pms.kernel.errors import Invalid

MOST_ADULTS = 30
MOST_CHILDREN = 20
MOST_ROOMS = 9
#: Past every selling horizon, and near enough that days can still be counted from it.
FURTHEST_DAYS = 1_100
MOST_CODE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish: property-local dates, everybody who comes (ages on arrival), how many rooms, a promo or access code."""

    arrival: date
    departure: date
    adults: int = 2
    child_ages: tuple[int, ...] = ()
    rooms: int = 1
    code: str = ""

    @property
    def length(self) -> int:
        """How many nights."""
        return (self.departure - self.arrival).days

    @property
    def persons(self) -> int:
        """Everybody."""
        return self.adults + len(self.child_ages)

    @property
    def parties(self) -> tuple[Party, ...]:
        """Who sleeps in which room: adults shared out evenly, children from the oldest to where the fewest are."""
        return _parties(self.adults, self.child_ages, self.rooms)


@lru_cache(maxsize=1_024)
def _parties(adults: int, child_ages: tuple[int, ...], rooms: int) -> tuple[Party, ...]:
    whole, rest = divmod(adults, rooms)
    of_adults = [whole + (room < rest) for room in range(rooms)]
    children: list[list[int]] = [[] for _ in of_adults]
    for age in sorted(child_ages, reverse=True):
        emptiest = min(range(rooms), key=lambda room: (of_adults[room] + len(children[room]), room))
        children[emptiest].append(age)
    return tuple(
        Party(adults=of_room, child_ages=tuple(ages)) for of_room, ages in zip(of_adults, children, strict=True)
    )


def wish_read(params: Mapping[str, str], *, today: date) -> Wish | None:
    """Return the wish in the query parameters of an address; None where it has neither date.

    `today` is the business date (T5). Raises Invalid, each with its field: `bad_date`, `arrival_past`, `too_far`,
    `no_nights`, `too_long`, `bad_number`, `bad_age`, `room_without_adult`.
    """
    if not (params.get("arrival") or params.get("departure")):
        return None
    arrival, departure = _day(params, "arrival"), _day(params, "departure")
    if arrival < today:
        raise Invalid("arrival_past", gettext("The arrival is in the past."), field="arrival")
    if (arrival - today).days > FURTHEST_DAYS:
        raise Invalid("too_far", gettext("The arrival is further ahead than anybody sells."), field="arrival")
    if departure <= arrival:
        message = gettext("The departure must be after the arrival: a stay has at least one night.")
        raise Invalid("no_nights", message, field="departure")
    if (departure - arrival).days > MAX_NIGHTS:
        message = gettext("A stay has at most %(most)s nights.") % {"most": MAX_NIGHTS}
        raise Invalid("too_long", message, field="departure")
    adults, rooms = _number(params, "adults", 2, MOST_ADULTS), _number(params, "rooms", 1, MOST_ROOMS)
    if adults < rooms:
        message = gettext("At least one adult stays in each room.")
        raise Invalid("room_without_adult", message, field="rooms")
    code = "".join(filter(str.isprintable, params.get("code", ""))).strip()[:MOST_CODE_LENGTH]
    return Wish(arrival, departure, adults, _ages(params), rooms, code)


def wish_query(wish: Wish) -> str:
    """Return the query string that `wish_read` reads back; what is as usual is left out."""
    query = {
        "arrival": wish.arrival.isoformat(),
        "departure": wish.departure.isoformat(),
        "adults": str(wish.adults),
        "children": ",".join(map(str, wish.child_ages)),
        "rooms": "" if wish.rooms == 1 else str(wish.rooms),
        "code": wish.code,
    }
    return urlencode({name: value for name, value in query.items() if value}, safe=",")


def wish_usual(*, today: date) -> Wish:
    """Return what a form begins with: two adults, from the business date's next day for a night."""
    return Wish(today + timedelta(days=1), today + timedelta(days=2))


def _day(params: Mapping[str, str], field: str) -> date:
    text = params.get(field, "").strip()
    if not text:
        said = {"arrival": gettext("Choose the day of arrival."), "departure": gettext("Choose the day of departure.")}
        raise Invalid("bad_date", said[field], field=field)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("bad_date", gettext("This is not a date."), field=field) from None


def _number(params: Mapping[str, str], field: str, usual: int, most: int) -> int:
    text = params.get(field, "").strip()
    if not text:
        return usual
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= number <= most:
        message = gettext("Say a number from 1 to %(most)s.") % {"most": most}
        raise Invalid("bad_number", message, field=field)
    return number


def _ages(params: Mapping[str, str]) -> tuple[int, ...]:
    """Read the children's ages, comma separated."""
    texts = [text.strip() for text in params.get("children", "").split(",") if text.strip()]
    if len(texts) > MOST_CHILDREN:
        message = ngettext("At most %(most)s child.", "At most %(most)s children.", MOST_CHILDREN)
        raise Invalid("bad_number", message % {"most": MOST_CHILDREN}, field="children")
    ages = [int(text) if text.isascii() and text.isdigit() and len(text) < 3 else ADULT_AGE for text in texts]
    if any(age >= ADULT_AGE for age in ages):
        message = gettext("Say the age of each child in years, from 0 to 17.")
        raise Invalid("bad_age", message, field="children")
    return tuple(ages)
