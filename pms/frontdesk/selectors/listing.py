"""The list of reservations: filters, order, pages and rows for export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.paginator import Paginator
from django.db.models import F, OrderBy, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import cached_property

from bookings.reservations.enums import EXPECTED, LOST, TAKING, Status
from bookings.reservations.models import Reservation, StayNight
from pms.frontdesk.selectors.finding import matching
from pms.frontdesk.selectors.stays import reservations_of, reservations_with_names
from pms.kernel.dates import local_instant
from pms.kernel.money import Money
from pms.properties.models import Property

PAGE_SIZE = 50
#: Counting stops here: nobody reads further, and the database need not either.
MOST_COUNTED = 10_000

#: What may be asked for as a state: one status, or a group of them.
STATE_GROUPS: dict[str, frozenset[Status]] = {"expected": EXPECTED, "active": TAKING, "lost": LOST}

#: The stay with everything: nights, extras, fees, taxes on top.
GRAND_TOTAL = F("total_minor") + F("charges_minor") + F("taxes_minor")
#: Name in the address -> columns; every order ends in the key, so that pages never overlap.
ORDERS: dict[str, tuple[str | OrderBy, ...]] = {
    "arrival": ("arrival", "pk"),
    "-arrival": ("-arrival", "-pk"),
    "departure": ("departure", "pk"),
    "-departure": ("-departure", "-pk"),
    "booked": ("made_at", "pk"),
    "-booked": ("-made_at", "-pk"),
    "guest": ("guest__last_name", "guest__first_name", "pk"),
    "-guest": ("-guest__last_name", "-guest__first_name", "-pk"),
    "total": (GRAND_TOTAL.asc(), "pk"),
    "-total": (GRAND_TOTAL.desc(), "-pk"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. `dates` says which date lies in [first, last]: arrival, departure, booked or stay."""

    text: str = ""
    state: str = ""
    source: str = ""
    room_type: str = ""
    tag: str = ""
    dates: str = "arrival"
    first: date | None = None
    last: date | None = None
    is_overbooked: bool = False
    is_unassigned: bool = False
    order: str = "-booked"


class CappedPaginator(Paginator[int]):
    """Pages of a long list: counts to MOST_COUNTED at most, and goes no further than that."""

    @cached_property
    def count(self) -> int:
        """The number of rows, MOST_COUNTED at most."""
        rows: QuerySet[Reservation, int] = self.object_list  # type: ignore[assignment]
        return min(rows.order_by()[: MOST_COUNTED + 1].count(), MOST_COUNTED)

    @property
    def is_capped(self) -> bool:
        """Whether there may be more rows than were counted."""
        return self.count >= MOST_COUNTED


def bookings_list(*, place: Property, filters: Filters) -> QuerySet[Reservation]:
    """Return the reservations of place that pass the filters, in the order asked for."""
    rows = reservations_of(property_id=place.pk)
    if filters.text:
        rows = matching(reservations=rows, text=filters.text)
    if filters.state:
        rows = rows.filter(status__in=STATE_GROUPS.get(filters.state, [filters.state]))
    if filters.source:
        rows = rows.filter(booking__source=filters.source)
    if filters.room_type:
        rows = rows.filter(room_type__code=filters.room_type)
    if filters.tag:
        rows = rows.filter(tags__contains=[filters.tag])
    if filters.is_overbooked:
        rows = rows.filter(is_overbooked=True, status__in=TAKING, departure__gt=place.business_date)
    if filters.is_unassigned:
        rows = rows.filter(status__in=TAKING, departure__gt=place.business_date).exclude(unassigned_reason="")
    return _within(rows, filters, place).order_by(*ORDERS.get(filters.order, ORDERS["-booked"]))


def page_rows(*, keys: Sequence[int]) -> list[Reservation]:
    """Return the reservations with these keys, in their order: a page is chosen by key alone and then read."""
    found = {row.pk: row for row in reservations_with_names().filter(pk__in=list(keys))}
    return [found[key] for key in keys if key in found]


def _within(rows: QuerySet[Reservation], filters: Filters, place: Property) -> QuerySet[Reservation]:
    first, last = filters.first, filters.last
    if filters.dates == "stay":
        rows = rows.filter(Q() if first is None else Q(departure__gt=first))
        return rows.filter(Q() if last is None else Q(arrival__lte=last))
    if filters.dates == "booked":
        rows = rows.filter(Q() if first is None else Q(made_at__gte=_midnight(first, place)))
        return rows.filter(Q() if last is None else Q(made_at__lt=_midnight(last + timedelta(days=1), place)))
    field = "departure" if filters.dates == "departure" else "arrival"
    rows = rows.filter(Q() if first is None else Q(**{f"{field}__gte": first}))
    return rows.filter(Q() if last is None else Q(**{f"{field}__lte": last}))


def _midnight(day: date, place: Property) -> datetime:
    return local_instant(day, time(0), place.zone)


def tags_in_use(*, place: Property) -> list[str]:
    """Return the tags of reservations that are still to come or in house, by name."""
    rows = (
        Reservation.objects.filter(property=place, status__in=TAKING, departure__gte=place.business_date)
        .exclude(tags=[])
        .values_list("tags", flat=True)[:2000]
    )
    return sorted({tag for tags in rows for tag in tags})


EXPORT_HEAD = (
    "Reservation", "Booking", "External number", "Status", "Guest", "E-mail", "Phone", "Country", "Arrival",
    "Departure", "Nights", "Adults", "Children", "Infants", "Room type", "Room", "Rate plan", "Source", "Company",
    "Agency", "Booked at", "Total", "Commission", "Currency", "Overbooked", "Unassigned because", "Tags",
    "Special requests",
)  # fmt: skip


def export_rows(*, reservations: QuerySet[Reservation], place: Property) -> Iterator[list[str]]:
    """Yield the cells of each reservation under EXPORT_HEAD. Amounts in major units, instants in the property's time."""
    first_unit = StayNight.objects.filter(reservation=OuterRef("pk"), released_at=None, unit__isnull=False).order_by(
        "date"
    )
    rows = reservations.select_related("booking__company", "booking__agency").annotate(
        first_room=Subquery(first_unit.values("unit__number")[:1]), source=F("booking__source")
    )
    for row in rows.iterator(chunk_size=1000):
        yield _export_row(row, place)


def _export_row(row: Reservation, place: Property) -> list[str]:
    guest, booking = row.guest, row.booking
    return [
        row.code, booking.code, booking.external_id, row.get_status_display(), guest.full_name, guest.email, guest.phone,
        guest.country, row.arrival.isoformat(), row.departure.isoformat(), str(row.nights_count), str(row.adults),
        str(row.children), str(row.infants), row.room_type.name, str(getattr(row, "first_room", None) or ""),
        row.rate_plan.name, booking.get_source_display(), booking.company.name if booking.company else "",
        booking.agency.name if booking.agency else "", row.made_at.astimezone(place.zone).strftime("%Y-%m-%d %H:%M"),
        str(Money(row.grand_total_minor, row.currency).amount), str(Money(row.commission_minor, row.currency).amount),
        row.currency, "yes" if row.is_overbooked else "", row.unassigned_reason, ", ".join(row.tags),
        row.special_requests,
    ]  # fmt: skip
