"""Virtual cards of channels: when one can be charged, somebody is told; charged, or good no more, it is over (T40).

Their numbers are never here: a card is charged where the channel shows it, and the payment written down on the folio of
whoever owes it.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from billing.folios.enums import MONEY, FolioKind
from billing.folios.models import Posting
from bookings.reservations.enums import LOST
from bookings.reservations.models import Reservation
from channels.adapters.enums import Told
from channels.connections.models import Connection
from channels.sync.cases import case_open, cases_over
from channels.sync.enums import CaseKind
from channels.sync.models import Case, ChannelBooking
from pms.kernel.money import Money


def cards_look(*, connection: Connection, now: datetime) -> int:
    """Open a case for each card that can be charged by the business date, and close what is over; return how many are open.

    A fixed number of queries, and some for each card of these days.
    """
    today = connection.property.business_date
    known = ChannelBooking.objects.filter(connection=connection, booking__isnull=False)
    chargeable = known.filter(virtual_from__lte=today).filter(Q(virtual_until=None) | Q(virtual_until__gte=today))
    cases = Case.objects.filter(connection=connection, kind=CaseKind.CARD_DUE)
    seen = {(subject, _said(details)) for subject, details in cases.values_list("subject", "details")}
    count = 0
    for row in chargeable.select_related("booking"):
        stays = _stays(row)
        if not stays or ((stays[0].code, _said(_details(row))) in seen and not _is_open(connection, stays[0])):
            # Somebody has seen to it already; a card that holds another amount since is another one.
            continue
        if not _amount(row, stays) or _is_paid(row, stays):
            cases_over(connection=connection, kinds=[CaseKind.CARD_DUE], subject=stays[0].code, now=now)
            continue
        _open(connection, row, stays, now)
        count += 1
    for row in known.filter(virtual_until__lt=today, booking__reservations__channel_cases__kind=CaseKind.CARD_DUE):
        for stay in _stays(row):
            cases_over(connection=connection, kinds=[CaseKind.CARD_DUE], subject=stay.code, now=now)
    return count


def _stays(row: ChannelBooking) -> list[Reservation]:
    stays: QuerySet[Reservation] = Reservation.objects.filter(booking=row.booking_id)
    return list(stays.select_related("guest").order_by("pk"))


def _is_open(connection: Connection, stay: Reservation) -> bool:
    return Case.objects.filter(
        connection=connection, kind=CaseKind.CARD_DUE, subject=stay.code, resolved_at=None
    ).exists()


def _amount(row: ChannelBooking, stays: list[Reservation]) -> int:
    """Return what there is to charge: nothing of a stay that was lost at no cost."""
    if row.told == Told.CANCELLED or all(stay.status in LOST for stay in stays):
        return sum(stay.cancellation_fee_minor for stay in stays if stay.fee_told)
    return row.virtual_minor if row.virtual_minor is not None else sum(stay.total_minor for stay in stays)


def _paid_minor(stays: list[Reservation]) -> int:
    """Return how much of the channel's money somebody wrote down."""
    rows = Posting.objects.filter(reservation__in=stays, of_kind__in=MONEY, folio__kind=FolioKind.COMPANY)
    return -(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _is_paid(row: ChannelBooking, stays: list[Reservation]) -> bool:
    """Whether what the card holds was written down; where nobody knows how much that is, whether anything was."""
    paid = _paid_minor(stays)
    is_known = row.virtual_minor is not None and row.currency == stays[0].currency
    return paid > 0 and (not is_known or paid >= (row.virtual_minor or 0))


def _details(row: ChannelBooking) -> dict[str, object]:
    return {"virtual_minor": row.virtual_minor, "currency": row.currency}


def _said(details: Mapping[str, object]) -> tuple[object, object]:
    return details.get("virtual_minor"), details.get("currency")


@transaction.atomic
def _open(connection: Connection, row: ChannelBooking, stays: list[Reservation], now: datetime) -> None:
    stay = stays[0]
    amount = f" It holds {Money(row.virtual_minor, row.currency)}" if row.virtual_minor is not None else ""
    paid = _paid_minor(stays)
    if amount:
        amount += f", of which {Money(paid, stay.currency)} was written down." if paid > 0 else "."
    until = f" until {row.virtual_until:%-d %B %Y}" if row.virtual_until else ""
    named = f" that ends in {row.card_last4}" if row.card_last4 else ""
    case_open(
        connection=connection,
        kind=CaseKind.CARD_DUE,
        subject=stay.code,
        words=(
            f"{row.channel or connection.name}'s virtual card{named} for booking {row.external_id} "
            f"({stay.guest.full_name}) can be charged since {row.virtual_from:%-d %B %Y}{until}.{amount}"
        ),
        now=now,
        reservation=stay,
        details=_details(row),
    )
