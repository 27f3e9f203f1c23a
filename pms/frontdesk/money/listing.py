"""Folios as a list: who owes, what is held, house accounts; by payer, code or stay."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from billing.folios.enums import FolioKind, FolioLedger, FolioStatus
from billing.folios.models import Folio
from pms.kernel.money import Money
from pms.properties.models import Property

#: Name in the address -> columns; every order ends in the key, so that pages never overlap.
ORDERS: dict[str, tuple[str, ...]] = {
    "balance": ("balance_minor", "pk"),
    "-balance": ("-balance_minor", "-pk"),
    "payer": ("label", "pk"),
    "-payer": ("-label", "-pk"),
    "opened": ("opened_on", "pk"),
    "-opened": ("-opened_on", "-pk"),
}
SHOWS = [
    ("balance", "With a balance"),
    ("owed", "Owed to us"),
    ("held", "Deposits held"),
    ("open", "Open"),
    ("closed", "Closed"),
    ("all", "All folios"),
]
KINDS = [
    ("", "Every payer"),
    (FolioKind.GUEST, "Guests"),
    (FolioKind.COMPANY, "Companies"),
    (FolioKind.HOUSE, "House accounts"),
]
LEDGERS = [("", "Every ledger"), *FolioLedger.choices]


@dataclass(frozen=True, slots=True)
class FolioFilters:
    """What the list is narrowed to."""

    text: str = ""
    show: str = "balance"
    kind: str = ""
    ledger: str = ""
    order: str = "-balance"


@dataclass(frozen=True, slots=True)
class FolioSums:
    """What is owed to a property and what it holds, in its currency."""

    owed: Money
    held: Money
    city: Money


def folios_list(*, place: Property, filters: FolioFilters) -> QuerySet[Folio]:
    """Return the folios of a property that pass the filters, in the order asked for."""
    rows = Folio.objects.filter(property=place)
    shows = {
        "balance": ~Q(balance_minor=0),
        "owed": Q(balance_minor__gt=0),
        "held": Q(balance_minor__lt=0),
        "open": Q(status=FolioStatus.OPEN),
        "closed": Q(status=FolioStatus.CLOSED),
        "all": Q(),
    }
    rows = rows.filter(shows.get(filters.show, shows["balance"]))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.ledger:
        rows = rows.filter(ledger=filters.ledger)
    if filters.text:
        word = filters.text.strip()
        rows = rows.filter(
            Q(label__icontains=word)
            | Q(code__iexact=word)
            | Q(reservation__code__iexact=word)
            | Q(booking__code__iexact=word)
        )
    return rows.order_by(*ORDERS.get(filters.order, ORDERS["-balance"]))


def folio_sums(*, place: Property) -> FolioSums:
    """Return what is owed and held over all folios of a property in its own currency. One query."""
    sums = Folio.objects.filter(property=place, currency=place.currency, status=FolioStatus.OPEN).aggregate(
        owed=Sum("balance_minor", filter=Q(balance_minor__gt=0, ledger=FolioLedger.GUEST)),
        city=Sum("balance_minor", filter=Q(balance_minor__gt=0, ledger=FolioLedger.CITY)),
        held=Sum("balance_minor", filter=Q(balance_minor__lt=0)),
    )
    return FolioSums(*(Money(abs(sums[name] or 0), place.currency) for name in ("owed", "held", "city")))


def folio_rows(*, keys: list[int]) -> list[Folio]:
    """Return the folios with these keys, in their order, with all that a row shows."""
    rows = Folio.objects.select_related("reservation__room_type", "guest", "company", "property").in_bulk(keys)
    return [rows[key] for key in keys if key in rows]
