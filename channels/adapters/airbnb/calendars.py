"""Calendar, price for further guests and rules on their way out, and what the calendar shows.

Airbnb has less of each day than we do. The count and the closure are one state there: what is told of one is completed
with what the calendar shows of the other. A day that is sold out does not show whether it is closed as well; when a room
comes free it opens. An amount for further guests and weekdays without arrivals and departures are the listing's: they
follow where most of the days that are told say so, and days that say otherwise are refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from channels.adapters.airbnb.calls import Session, in_path
from channels.adapters.airbnb.listings import ARRIVAL, DEPARTURE, RATE, Whole, whole_of
from channels.adapters.airbnb.wishes import CALENDAR, MOST_NIGHTS, ONE_DAY, Wish, agreed, runs, wished
from channels.adapters.base import ChannelError, ChannelRoom, Parcel, Refused, Sent, Span, Wire
from channels.adapters.enums import Trouble
from channels.adapters.objects import mapping, sequence
from channels.adapters.values import day, major, minor, whole

#: A weekday is closed or opened where so many of its days are told, the price of a guest where so many days are.
LEAST_WEEKS = 4
LEAST_DAYS = 28
MOST_ROOMS = 254
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the calendar shows of a day; `is_closed` None: it is sold out, so that nobody can tell."""

    count: int = 0
    is_closed: bool | None = None
    price: int | None = None
    min_nights: int | None = None
    max_nights: int | None = None


def send(wire: Wire, parcel: Parcel) -> Sent:
    """Tell a listing; days that a rule of the whole listing does not follow are refused. Raises ChannelError."""
    if parcel.what != CALENDAR:
        raise ChannelError(Trouble.REFUSED, "no_such_message", f"Airbnb takes no message called {parcel.what!r}.")
    days, listing = wished(parcel), parcel.details.get("listing", "")
    if not days:
        return Sent()
    session, in_currency = Session(wire), wire.access.currency
    known = _shown_beside(session, listing, days, in_currency)
    operations = [
        {"dates": [f"{first}:{until - ONE_DAY}"], **operation}
        for first, until, operation in runs(
            {on: _operation(wish, known.get(on), in_currency) for on, wish in days.items()}
        )
        if operation
    ]
    if operations:
        session.call("PUT", f"/listings/{in_path(listing)}/calendar", what=CALENDAR, content={"operations": operations})
    return Sent(tuple(_told_whole(session, parcel, listing, days)))


def _shown_beside(session: Session, listing: str, days: Mapping[date, Wish], in_currency: str) -> dict[date, Shown]:
    """Return what is shown of days that are told either a count or a closure: one does not go without the other."""
    half = sorted(on for on, wish in days.items() if ("rooms" in wish) is not ("closed" in wish))
    return _calendar(session, listing, half[0], half[-1] + ONE_DAY, in_currency) if half else {}


def _calendar(session: Session, listing: str, first: date, until: date, in_currency: str) -> dict[date, Shown]:
    # The last day is meant as well there (T8).
    query = {"start": first.isoformat(), "end": (until - ONE_DAY).isoformat()}
    content = session.call("GET", f"/listings/{in_path(listing)}/calendar", what="calendar shown", query=query)
    found: dict[date, Shown] = {}
    for item in map(mapping, sequence(content.get("days"))):
        on = day(item.get("date"))
        if on is not None and first <= on < until:
            count = whole(item.get("available_count")) or 0
            found[on] = Shown(
                count=count,
                is_closed=item.get("availability") != "available" if count else None,
                price=minor(item.get("daily_price"), in_currency),
                min_nights=whole(item.get("min_nights")),
                max_nights=whole(item.get("max_nights")),
            )
    return found


def _operation(wish: Wish, shown: Shown | None, in_currency: str) -> dict[str, Any]:
    """Return what a day is told, in Airbnb's words, and nothing that is not wished (T27)."""
    operation: dict[str, Any] = {name: wish[name] for name in ("min_nights", "max_nights") if name in wish}
    if "price" in wish:
        operation["daily_price"] = major(wish["price"], in_currency)
    if "rooms" in wish or "closed" in wish:
        shown = shown or Shown()
        count = min(max(0, wish.get("rooms", shown.count)), MOST_ROOMS)
        is_closed = wish.get("closed", bool(shown.is_closed))
        operation["available_count"] = count
        operation["availability"] = "available" if count and not is_closed else "unavailable"
    return operation


def _told_whole(session: Session, parcel: Parcel, listing: str, days: Mapping[date, Wish]) -> Iterator[Refused]:
    """Tell what is the whole listing's, where it changes; yield the days that it does not follow."""
    extras = {on: int(wish["extra"]) for on, wish in days.items() if "extra" in wish}
    closures = {
        kind: {on: bool(wish[kind]) for on, wish in days.items() if kind in wish} for kind in (ARRIVAL, DEPARTURE)
    }
    if not extras and not any(closures.values()):
        return
    in_currency = session.wire.access.currency
    shown = whole_of(session, listing, in_currency)
    extra = agreed(extras, shown.extra, least=LEAST_DAYS)
    if extra != shown.extra:
        content = {"price_per_extra_guest": major(extra, in_currency)}
        session.call("PUT", f"/listings/{in_path(listing)}/pricing", what="pricing", content=content)
    other = {on for on, told in extras.items() if told != extra}
    spans = _parts(parcel, other, "prices")
    if spans:
        said = f"The price is taken; each further guest of this listing costs {major(extra, in_currency)}, every day."
        yield Refused(spans, "one_price_for_guests", said)
    yield from _told_rules(session, parcel, listing, shown, closures)


def _told_rules(
    session: Session, parcel: Parcel, listing: str, shown: Whole, closures: Mapping[str, Mapping[date, bool]]
) -> Iterator[Refused]:
    for kind, told in closures.items():
        before = shown.weekdays[kind]
        after = frozenset(
            weekday
            for weekday in range(7)
            if agreed(
                {on: closed for on, closed in told.items() if on.weekday() == weekday},
                weekday in before,
                least=LEAST_WEEKS,
            )
        )
        if after != before:
            path = f"/listings/{in_path(listing)}/rules"
            session.call("PUT", path, what="rules", content={kind: sorted(after)})
        spans = _parts(parcel, {on for on, closed in told.items() if closed is not (on.weekday() in after)}, kind)
        if spans:
            shut = ", ".join(_WEEKDAYS[weekday] for weekday in sorted(after)) or "no day of the week"
            what = "arrivals" if kind == ARRIVAL else "departures"
            yield Refused(spans, "by_weekday", f"Airbnb closes {what} by weekday alone; this listing's: {shut}.")


def _parts(parcel: Parcel, days: set[date], field: str) -> tuple[Span, ...]:
    """Return what spans say in one field of these days."""
    found: list[Span] = []
    for span in parcel.spans:
        value = getattr(span, field)
        if value is None or value == {}:
            continue
        mine = {on: True for on in days if span.first <= on < span.until}
        bare = Span(span.room_id, span.rate_id, span.first, span.until)
        found += [replace(bare, first=first, until=until, **{field: value}) for first, until, _ in runs(mine)]
    return tuple(found)


def read_back(wire: Wire, *, rooms: Sequence[ChannelRoom], first: date, until: date) -> list[Span]:
    """Return what each listing shows, day by day."""
    session, found = Session(wire), []
    for room in rooms:
        set_whole = whole_of(session, room.room_id, wire.access.currency)
        guests = room.rates[0].guests if room.rates else ()
        for on, shown in _calendar(session, room.room_id, first, until, wire.access.currency).items():
            found.append(Span(room.room_id, "", on, on + ONE_DAY, rooms=shown.count))
            found.append(_rate_shown(room.room_id, on, shown, set_whole, guests))
    return found


def _rate_shown(listing: str, on: date, shown: Shown, set_whole: Whole, guests: tuple[int, ...]) -> Span:
    prices: dict[int, int] = {}
    if shown.price is not None:
        prices = {count: shown.price + set_whole.extra * place for place, count in enumerate(guests or (0,))}
    most = shown.max_nights
    return Span(
        listing,
        RATE,
        on,
        on + ONE_DAY,
        prices=prices,
        min_stay_arrival=shown.min_nights,
        max_stay=None if most is None else 0 if most >= MOST_NIGHTS else most,
        closed_to_arrival=on.weekday() in set_whole.weekdays[ARRIVAL],
        closed_to_departure=on.weekday() in set_whole.weekdays[DEPARTURE],
        closed=shown.is_closed,
    )
