"""From rows to what a mail says: the values of a template's variables, and the table of the stay, in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import translation

from billing.folios.selectors import stay_accounts
from bookings.rates.policies import sentences
from bookings.reservations.enums import LOST
from bookings.reservations.manage_links import manage_url
from bookings.reservations.models import Booking, Reservation
from bookings.reservations.terms import terms_from_json
from guests.messaging.addresses import host_here, name_here, page_on
from guests.messaging.enums import STAFF, Kind
from guests.messaging.wording import labels
from pms.branding.formats import day, price
from pms.branding.selectors import look
from pms.kernel.wording import said
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of a stay. `title` begins a room; `strong` is a sum."""

    label: str
    value: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a mail says, as plain text in one language."""

    kind: Kind
    language: str
    organization: str
    accent: str
    hotel: str
    footer: tuple[str, ...]
    values: Mapping[str, str]
    stay: tuple[Row, ...]


def reservations_of(booking: Booking) -> list[Reservation]:
    """Return the reservations of a booking with what a mail shows of them. One query."""
    related = ("guest", "room_type", "rate_plan", "property", "booking")
    return list(booking.reservations.select_related(*related).order_by("arrival", "pk"))


def letter_of(
    *,
    kind: Kind,
    booking: Booking,
    rooms: Sequence[Reservation],
    language: str,
    special: Mapping[str, str],
    reservation: Reservation | None = None,
) -> Letter:
    """Return what a mail of kind says about these rooms of a booking. A fixed number of queries.

    `special` are values of this kind alone, already in the reader's language.
    """
    with translation.override(language):
        return _letter(kind, booking, rooms, language, special=special, reservation=reservation)


def _letter(
    kind: Kind,
    booking: Booking,
    rooms: Sequence[Reservation],
    language: str,
    *,
    special: Mapping[str, str],
    reservation: Reservation | None,
) -> Letter:
    place, host = booking.property, host_here()
    shown = look()
    organization = shown.name or name_here()
    guest = reservation.guest if reservation is not None else booking.booker
    currency = rooms[0].currency
    live = [row for row in rooms if row.status not in LOST]
    accounts = stay_accounts(reservations=rooms)
    left = sum(accounts[row.pk].guest_due_minor for row in live)
    address = place_of(place)
    values = {
        "guest": guest.full_name,
        "first_name": guest.first_name or guest.full_name,
        "guest_email": guest.email or booking.booker.email,
        "hotel": said(place, "name"),
        "organization": organization,
        "booking": booking.code,
        "arrival": day(min(row.arrival for row in rooms)),
        "departure": day(max(row.departure for row in rooms)),
        "check_in_time": f"{place.check_in_time:%H:%M}",
        "check_out_time": f"{place.check_out_time:%H:%M}",
        "address": address,
        "phone": place.phone,
        "email": place.email,
        "total": price(sum(row.grand_total_minor for row in live or rooms), currency),
        "balance": price(left, currency) if left > 0 else "",
        "policy": policy_of(live, language),
        "requests": "\n".join(dict.fromkeys(row.special_requests for row in rooms if row.special_requests)),
        "house_rules": said(place, "house_rules"),
        "site_url": page_on(host, "website:home", language=language),
        "manage_url": "" if kind in STAFF else manage_url(booking=booking, host=host, language=language),
        "desk_url": page_on(host, "desk:booking", booking.code),
        **special,
    }
    paid = sum(accounts[row.pk].paid_minor for row in live)
    return Letter(
        kind=kind,
        language=language,
        organization=organization,
        accent=shown.accent,
        hotel=values["hotel"],
        footer=tuple(part for part in (address, place.phone, place.email) if part),
        values=values,
        stay=tuple(_stay(booking, rooms, labels(language), paid, left)),
    )


def place_of(place: Property) -> str:
    """Return where a property is, in one line."""
    town = f"{place.postal_code} {place.city}".strip()
    return ", ".join(part for part in (place.street, town) if part)


def policy_of(rooms: Sequence[Reservation], language: str) -> str:
    """Return the cancellation terms that rooms were sold under, each sentence once (T47)."""
    told: dict[str, None] = {}
    for row in rooms:
        if row.terms:
            terms = terms_from_json(row.terms)
            arrival = terms.deadline_arrival or row.arrival
            zone, currency = row.property.zone, row.currency
            for sentence in sentences(
                terms.cancellation, arrival=arrival, zone=zone, currency=currency, language=language
            ):
                told[sentence] = None
    return " ".join(told)


def _stay(booking: Booking, rooms: Sequence[Reservation], words: Mapping[str, str], paid: int, left: int) -> list[Row]:
    rows = [Row(words["booking"], booking.code)]
    for row in rooms:
        rows += _room(row, words)
        if len(rooms) > 1 and row.status not in LOST:
            rows.append(Row(words["room_price"], price(row.grand_total_minor, row.currency)))
    live = [row for row in rooms if row.status not in LOST]
    if not live:
        return rows
    currency = live[0].currency
    rows.append(Row(words["total"], price(sum(row.grand_total_minor for row in live), currency), "strong"))
    if paid > 0:
        rows.append(Row(words["paid"], price(paid, currency)))
    if left > 0:
        rows.append(Row(words["balance"], price(left, currency), "strong"))
    return rows


def _room(row: Reservation, words: Mapping[str, str]) -> list[Row]:
    place = row.property
    begins = words["from_time"].format(time=f"{place.check_in_time:%H:%M}")
    ends = words["until_time"].format(time=f"{place.check_out_time:%H:%M}")
    name = said(row.room_type, "name")
    heading = f"{name} \N{MIDDLE DOT} {words['cancelled']}" if row.status in LOST else name
    children = row.children + row.infants
    party = f"{words['adults']}: {row.adults}" + (f", {words['children'].lower()}: {children}" if children else "")
    meals = words.get(str(row.rate_plan.board), "")
    rows = [
        Row(words["room"], heading, "title"),
        Row(words["arrival"], f"{day(row.arrival)}, {begins}"),
        Row(words["departure"], f"{day(row.departure)}, {ends}"),
        Row(words["nights"], str(row.nights_count)),
        Row(words["guests"], party),
    ]
    if meals:
        rows.append(Row(words["meals"], meals))
    return rows
