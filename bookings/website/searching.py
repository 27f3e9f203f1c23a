"""The search over all listed properties: filters, the cheapest rooms at each, why others are not sold. A fixed number of queries."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from babel import Locale
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, TextChoices
from django.db.models.functions import JSONObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bookings.rates.enums import Source
from bookings.rates.loading import load_many
from bookings.rates.quoting import Refusal
from bookings.rates.snapshot import Snapshot
from bookings.rates.wishes import Wish, wish_query
from bookings.website.selling import AROUND, RoomsSold, WishAt
from pms.kernel.money import exponent
from pms.kernel.prepared import Prepared, columns_of, read_as
from pms.properties.models import Amenity, Photo, Property

PAGE = 20
#: How many other dates are shown for a property that is not sold.
OTHER_DATES = 2


class Sort(TextChoices):
    """The order of results."""

    PRICE = "price", _("Price")
    NAME = "name", _("Name")
    PLACE = "place", _("Place")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search down. Prices are whole units of each property's currency for one night of all rooms."""

    place: str = ""
    amenities: tuple[str, ...] = ()
    price_from: int | None = None
    price_to: int | None = None
    sort: Sort = Sort.PRICE
    page: int = 1


@dataclass(frozen=True, slots=True)
class OtherDates:
    """Dates on which the wish is sold instead."""

    wish: Wish
    total_minor: int
    currency: str

    @property
    def query(self) -> str:
        """The query string of the wish."""
        return wish_query(self.wish)


@dataclass(frozen=True)
class Found:
    """A property in the answer: with `sold` when it can be booked, else with the rule that refuses and other dates."""

    place: Property
    amenities: tuple[Amenity, ...]
    photo: Photo | None
    asked: WishAt | None = field(default=None, repr=False)
    #: The nearest other dates where the wish is not sold; only on the page that is looked at.
    other_dates: tuple[OtherDates, ...] = ()

    @property
    def sold(self) -> RoomsSold | None:
        """The cheapest rooms for the wish."""
        return None if self.asked is None else self.asked.sold

    @property
    def free_until(self) -> datetime | None:
        """The UTC instant until which cancelling costs nothing."""
        return None if self.asked is None else self.asked.free_until

    @cached_property
    def refusal(self) -> Refusal | None:
        """The rule to say where the wish is not sold."""
        return None if self.asked is None or self.asked.sold is not None else self.asked.refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of a search. `count` are all that fit the filters, `sold` those that can be booked.

    `places` and `amenities` are what there is to filter by, whatever was chosen.
    """

    results: tuple[Found, ...]
    count: int
    sold: int
    page: int
    pages: int
    places: tuple[str, ...]
    amenities: tuple[Amenity, ...]
    knows_code: bool


def search(*, listed: Sequence[Found], wish: Wish | None, filters: Filters, at: datetime) -> Answer:
    """Return the properties of `listed_properties` that fit, those that are sold first; without a wish no prices.

    Each property trades by its own business date (T5). `at` is the UTC instant of the search. The same number of queries
    whatever the properties, types and plans; as many again where the page has properties that are not sold, for the
    dates on which they are.
    """
    fitting = [found for found in listed if _fits(found, filters)]
    knows_code = wish is None or not wish.code
    if wish is not None:
        fitting, opened = _asked(fitting, wish, at)
        knows_code = knows_code or opened
    fitting = [found for found in fitting if _in_price(found, filters)]
    main = Counter(found.place.currency for found in fitting).most_common(1)
    fitting.sort(key=lambda found: _key(found, filters.sort, main[0][0]))
    pages = max(1, -(-len(fitting) // PAGE))
    page = min(max(1, filters.page), pages)
    return Answer(
        results=tuple(_with_other_dates(fitting[(page - 1) * PAGE : page * PAGE], at)),
        count=len(fitting),
        sold=sum(found.sold is not None for found in fitting),
        page=page,
        pages=pages,
        places=tuple(sorted({found.place.city for found in listed if found.place.city}, key=str.casefold)),
        amenities=tuple({has.code: has for found in listed for has in found.amenities}.values()),
        knows_code=knows_code,
    )


def business_date(listed: Sequence[Found], *, at: datetime) -> date:
    """Return the earliest business date of the properties: what is past there is past everywhere (T5)."""
    return min((found.place.business_date for found in listed), default=at.date())


def listed_properties() -> list[Found]:
    """Return every listed property with its amenities and first photo, in one query."""
    amenity_of = lru_cache(maxsize=None)(lambda row: Amenity(**json.loads(row)))
    return [
        Found(
            place=place,
            amenities=tuple(map(amenity_of, has)),
            photo=next((Photo(**json.loads(row)) for row in pictures), None),
        )
        for place, (has, pictures) in read_as(Property, _LISTED.rows())
    ]


def _listed() -> QuerySet[Property, Any]:
    has = Property.amenities.through.objects.filter(property=OuterRef("pk")).order_by("amenity__name")
    photos = Photo.objects.filter(property=OuterRef("pk"), room_type=None).order_by("position", "pk")
    of_amenity = {name: f"amenity__{name}" for name in ("code", "name", "icon", "texts")}
    of_photo = {name: name for name in ("image", "alt_text", "widths", "proportion", "texts")}
    return Property.objects.filter(is_listed=True).values_list(
        *columns_of(Property),
        ArraySubquery(has.values(row=JSONObject(**of_amenity))),
        ArraySubquery(photos.values(row=JSONObject(**of_photo))[:1]),
    )


_LISTED = Prepared(_listed)


def _with_other_dates(results: Sequence[Found], at: datetime) -> list[Found]:
    """Look for other dates where the wish is not sold, in wider snapshots of only these properties."""
    unsold = {found.place.pk: found for found in results if found.asked is not None and found.sold is None}
    if not unsold:
        return list(results)
    wish = next(found.asked.wish for found in unsold.values() if found.asked is not None)
    wider = _snapshots(list(unsold.values()), wish, at, around=AROUND)
    return [
        replace(found, other_dates=tuple(_other_dates(WishAt(wider[found.place.pk], wish, at))))
        if found.place.pk in unsold
        else found
        for found in results
    ]


def _other_dates(asked: WishAt) -> Iterator[OtherDates]:
    for other in islice(asked.others(), OTHER_DATES):
        if other.sold is not None:
            yield OtherDates(other.wish, other.sold.total_minor, other.sold.currency)


def _snapshots(
    fitting: Sequence[Found], wish: Wish, at: datetime, *, around: timedelta = timedelta()
) -> dict[int, Snapshot]:
    return load_many(
        properties=[found.place for found in fitting],
        first=wish.arrival - around,
        until=wish.departure + around,
        at=at,
        source=Source.DIRECT_WEB,
        promo_code=wish.code,
    )


def _asked(fitting: Sequence[Found], wish: Wish, at: datetime) -> tuple[list[Found], bool]:
    """Ask every property for the wish; return too whether some property knows its code."""
    snapshots = _snapshots(fitting, wish, at)
    asked = [
        Found(found.place, found.amenities, found.photo, WishAt(snapshots[found.place.pk], wish, at))
        for found in fitting
    ]
    code = wish.code.casefold()
    opened = any(
        snapshot.promotion is not None or any(plan.access_code.casefold() == code for plan in snapshot.plans.values())
        for snapshot in snapshots.values()
    )
    return asked, opened


def _fits(found: Found, filters: Filters) -> bool:
    if not {has.code for has in found.amenities}.issuperset(filters.amenities):
        return False
    words = _plain(filters.place).split()
    if not words:
        return True
    place = found.place
    language = (get_language() or "en").replace("-", "_")
    countries = (_country(place.country, language), _country(place.country, "en")) if place.country else ()
    text = _plain(" ".join((place.name, place.city, place.postal_code, *countries)))
    return all(word in text for word in words)


def _in_price(found: Found, filters: Filters) -> bool:
    """Whether a night's price is within; what has no price is kept, and says why."""
    sold = found.sold
    if sold is None:
        return True
    whole: int = 10 ** exponent(sold.currency)
    least, most = filters.price_from, filters.price_to
    return (least is None or sold.night_minor >= least * whole) and (most is None or sold.night_minor <= most * whole)


def _key(found: Found, sort: Sort, currency: str) -> tuple[object, ...]:
    """Order: what is sold first. Amounts are compared within a currency, that of most properties first."""
    place, sold = found.place, found.sold
    name = (_plain(place.name), place.pk)
    if sort == Sort.NAME:
        return found.asked is not None and sold is None, *name
    if sort == Sort.PLACE:
        return found.asked is not None and sold is None, place.country, _plain(place.city), *name
    if sold is None:
        return True, False, "", place.position, *name
    return False, sold.currency != currency, sold.currency, sold.total_minor, *name


def _plain(text: str) -> str:
    """Return text without case and accents: who types Siauliai finds Šiauliai."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)).casefold()


@lru_cache(maxsize=1_024)
def _country(code: str, language: str) -> str:
    return str(Locale.parse(language).territories.get(code, code))
