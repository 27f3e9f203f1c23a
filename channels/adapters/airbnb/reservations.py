"""What happened at Airbnb: reservations, and what only waits for a host's answer (requests, inquiries, alterations, words).

Nothing is acknowledged there: a list is read from a while before the last time on, and what was read before is known.
Amounts are what the host is paid, Airbnb's fee taken off, and the guest pays Airbnb.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bookings.rates.enums import Source
from channels.adapters.airbnb.calls import Session
from channels.adapters.airbnb.listings import RATE
from channels.adapters.airbnb.masking import masked
from channels.adapters.base import Access, ChannelError, Letter, Person, Reading, SoldBooking, SoldRoom, Wire
from channels.adapters.enums import Told, Trouble
from channels.adapters.objects import mapping, parsed, sequence
from channels.adapters.values import currency, day, identifier, instant, minor, name, text, whole
from guests.profiles.enums import Collector
from pms.kernel.money import allocate

#: A request is answered within a day, and nobody knows whether the answer counts as a change.
OVERLAP = timedelta(hours=25)
MOST_NIGHTS = 999
#: Taken for children, whose ages Airbnb does not tell.
ASSUMED_AGE = 10
MOST_NOTES = 8000
_WAITING = {"open", "pending"}


def fetch(wire: Wire, *, since: datetime | None) -> Iterator[Letter]:
    """Yield what changed since then, reservations first, in the order in which it did."""
    session = Session(wire)
    from_then = None if since is None else since - OVERLAP
    asked: dict[str, str | int] = (
        {} if from_then is None else {"updated_since": from_then.isoformat(timespec="seconds")}
    )
    for item in session.listed("/reservations", "reservations", asked):
        parts = [text(item.get(field), 40) for field in ("confirmation_code", "revision", "status")]
        yield _letter("reservation", item, " ".join(parts))
    for path, kind in (("inquiries", "inquiry"), ("alterations", "alteration")):
        for item in session.listed(f"/{path}", path):
            if item.get("status") in _WAITING:
                yield _letter(kind, item, f"{text(item.get('id'), 60)} {text(item.get('status'), 20)}")
    for thread in session.listed("/threads", "threads"):
        for message in map(mapping, sequence(thread.get("messages"))):
            at = instant(message.get("created_at"))
            if message.get("from") == "guest" and (from_then is None or at is None or at >= from_then):
                about = {field: thread.get(field) for field in ("guest_first_name", "confirmation_code", "host_id")}
                yield _letter("message", {**about, **message}, text(message.get("id"), 60))


def _letter(kind: str, item: Mapping[str, Any], key: str) -> Letter:
    return Letter(masked(json.dumps({kind: item}, default=str, sort_keys=True).encode()), kind, key)


def reading(access: Access, letter: Letter) -> Reading:
    """Return what a letter says. Raises ChannelError refused."""
    content = mapping(parsed(letter.body))
    kind = next((kind for kind in ("reservation", *_NOTICES) if kind in content), "")
    if not kind:
        raise ChannelError(Trouble.REFUSED, "no_booking", "The message holds nothing that we know.")
    item = mapping(content[kind])
    host = item.get("host_id")
    if host is not None and host != access.account:
        raise ChannelError(Trouble.REFUSED, "other_property", "The message is another host's.")
    return _reservation(access, item) if kind == "reservation" else _NOTICES[kind](item)


def _reservation(access: Access, item: Mapping[str, Any]) -> Reading:
    code, revision = identifier(item.get("confirmation_code")), whole(item.get("revision"), least=1, most=10**8)
    status = text(item.get("status"), 20).lower()
    if not code or revision is None or not status:
        raise ChannelError(Trouble.REFUSED, "no_name", "The reservation lacks its code, its revision or its status.")
    if status == "pending":
        return _notice("reservation_request", f"A guest asks to book ({code}); it is answered at Airbnb.", item)
    if status in {"denied", "timed_out"}:
        return _notice("reservation_request_closed", f"A request to book ({code}) was not accepted.", item)
    told = {"accepted": Told.NEW if revision == 1 else Told.MODIFIED, "cancelled": Told.CANCELLED}.get(status)
    if told is None:
        raise ChannelError(Trouble.REFUSED, "odd_status", f"Nobody knows where a reservation is that is {status}.")
    return Reading((_sold(access, item, code, revision, told),))


def _sold(access: Access, item: Mapping[str, Any], code: str, revision: int, told: Told) -> SoldBooking:
    in_currency = currency(item.get("currency")) or access.currency
    payout = minor(item.get("expected_payout"), in_currency)
    guest, warnings = _guest(mapping(item.get("guest"))), []
    if not currency(item.get("currency")):
        warnings.append(f"The reservation names no currency; {in_currency} is taken.")
    try:
        rooms: tuple[SoldRoom, ...] = (_room(item, code, payout, guest, warnings),)
    except ValueError as fault:
        if told != Told.CANCELLED:
            raise ChannelError(Trouble.REFUSED, "no_stay", f"The reservation cannot be read: {fault}") from fault
        rooms = ()
    if payout is None:
        warnings.append("What the host is paid cannot be read.")
    return SoldBooking(
        booking_id=code,
        revision=f"{code} {revision} {told.value}",
        order=f"{revision:010d}",
        told=told,
        currency=in_currency,
        rooms=rooms,
        channel="Airbnb",
        source=Source.AIRBNB,
        made_at=instant(item.get("booked_at")) if told == Told.NEW else None,
        booker=guest,
        total_minor=payout,
        # Nothing is owed beyond an amount that has the fee taken off (T44).
        commission_minor=0,
        cancellation_fee_minor=minor(item.get("cancellation_payout"), in_currency) if told == Told.CANCELLED else None,
        collector=Collector.SELLER,
        notes=_notes(item, code, in_currency),
        warnings=tuple(warnings),
    )


def _room(item: Mapping[str, Any], code: str, payout: int | None, guest: Person, warnings: list[str]) -> SoldRoom:
    """Return the stay. Raises ValueError, in words, where it has no dates."""
    arrival, departure = day(item.get("start_date")), day(item.get("end_date"))
    if arrival is None or departure is None:
        raise ValueError("it has no dates.")
    if not 0 < (departure - arrival).days <= MOST_NIGHTS:
        raise ValueError(f"nobody stays from {arrival} to {departure}.")
    adults = whole(item.get("adults"), most=99) or whole(item.get("number_of_guests"), most=99) or 0
    children = whole(item.get("children"), most=99) or 0
    if children:
        warnings.append(f"The ages of {children} children are not told; {ASSUMED_AGE} is taken.")
    return SoldRoom(
        room_ref=code,
        room_id=identifier(item.get("listing_id")),
        rate_id=RATE,
        arrival=arrival,
        departure=departure,
        adults=max(1, adults),
        child_ages=(ASSUMED_AGE,) * children,
        infants=whole(item.get("infants"), most=99) or 0,
        guest=guest if guest.first_name or guest.last_name else None,
        prices=_prices(arrival, departure, payout),
        total_minor=payout,
    )


def _prices(arrival: date, departure: date, payout: int | None) -> dict[date, int]:
    """Return the payout, shared out among the nights, for Airbnb tells it in one amount (T30)."""
    if payout is None or payout < 0:
        return {}
    nights = (departure - arrival).days
    return {arrival + timedelta(days=number): share for number, share in enumerate(allocate(payout, [1] * nights))}


def _guest(told: Mapping[str, Any]) -> Person:
    """Return the guest; the address is an alias that Airbnb passes on for a while."""
    mail = text(told.get("email"), 254)
    return Person(
        first_name=name(told.get("first_name")),
        last_name=name(told.get("last_name")),
        email=mail if "@" in mail else "",
        phone=name(told.get("phone"), 32),
        language=text(told.get("locale"), 8).lower()[:2],
    )


def _notes(item: Mapping[str, Any], code: str, in_currency: str) -> str:
    lines = [text(item.get("message"), MOST_NOTES), f"Airbnb {code}"]
    for field, called in (("base_price", "Price at Airbnb"), ("host_fee", "Airbnb's fee, taken off")):
        amount = text(item.get(field), 20)
        if amount:
            lines.append(f"{called}: {amount} {in_currency}")
    return "\n".join(line for line in lines if line)[:MOST_NOTES]


def _notice(kind: str, sentence: str, item: Mapping[str, Any]) -> Reading:
    """Return a fact that is no booking, with its dates and the guest's words."""
    dates = " to ".join(str(on) for field in ("start_date", "end_date") if (on := day(item.get(field))))
    guest = name(mapping(item.get("guest")).get("first_name")) or name(item.get("guest_first_name"))
    said = [sentence, guest, dates, text(item.get("message"), 1000)]
    return Reading(notices=((kind, " · ".join(part for part in said if part)),))


def _inquiry(item: Mapping[str, Any]) -> Reading:
    listing = text(item.get("listing_id"), 40)
    return _notice("inquiry", f"A guest asks about listing {listing}; it is answered at Airbnb.", item)


def _alteration(item: Mapping[str, Any]) -> Reading:
    code = text(item.get("confirmation_code"), 40)
    return _notice("alteration_request", f"A guest asks to change {code}; it is answered at Airbnb.", item)


def _message(item: Mapping[str, Any]) -> Reading:
    code = text(item.get("confirmation_code"), 40)
    return _notice("message", f"A guest wrote ({code})." if code else "A guest wrote.", item)


_NOTICES: Mapping[str, Callable[[Mapping[str, Any]], Reading]] = {
    "inquiry": _inquiry,
    "alteration": _alteration,
    "message": _message,
}
