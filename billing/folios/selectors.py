"""Folios read: the lines of one, what a stay has cost so far and will cost, and whether folios and books agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Case, F, IntegerField, Q, QuerySet, Sum, Value, When

from billing.folios.enums import CHARGES, MONEY, FolioKind, FolioLedger, PostingKind
from billing.folios.models import Folio, Posting
from bookings.reservations.enums import LOST
from bookings.reservations.models import Reservation
from pms.kernel.money import Money
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class FolioLine:
    """A line with what is left of it after allowances, corrections and transfers, and the balance after it."""

    posting: Posting
    left_minor: int
    running_minor: int
    taxes: tuple[Posting, ...] = ()


@dataclass(frozen=True, slots=True)
class FolioPage:
    """A folio as it is read: lines by the day they were consumed, taxes on top beside their charge."""

    folio: Folio
    lines: tuple[FolioLine, ...]
    charged_minor: int
    paid_minor: int

    @property
    def balance(self) -> Money:
        """What the payer owes; below zero what we hold."""
        return Money(self.folio.balance_minor, self.folio.currency)


@dataclass(frozen=True, slots=True)
class StayAccount:
    """What a reservation costs and who has paid what, over all its folios. Minor units of `currency`.

    `posted_minor` is charged already, `to_come_minor` still to be charged as days pass; together they are the price of
    the stay with everything posted by hand. `due_minor` is what nobody has paid of it yet; below zero it is too much.
    `paid_minor` is what came in, and what the seller of the stay keeps of the money that it collected.
    `elsewhere_minor` is what of it companies and the city ledger owe, and the guest at the desk does not.
    """

    currency: str
    posted_minor: int
    to_come_minor: int
    paid_minor: int
    elsewhere_minor: int = 0

    @property
    def total_minor(self) -> int:
        """What the stay costs."""
        return self.posted_minor + self.to_come_minor

    @property
    def balance_minor(self) -> int:
        """The sum of the folios."""
        return self.posted_minor - self.paid_minor

    @property
    def due_minor(self) -> int:
        """What is still to be paid."""
        return self.total_minor - self.paid_minor

    @property
    def guest_due_minor(self) -> int:
        """What of it the guest pays at the desk."""
        return self.due_minor - self.elsewhere_minor


def folios_of(*, reservation: Reservation) -> QuerySet[Folio]:
    """Return the folios of a reservation, its main one first, and those that its charges are sent to."""
    own = Folio.objects.filter(reservation=reservation)
    routed = Folio.objects.filter(routed__reservation=reservation)
    return (own | routed).select_related("property", "entity", "guest", "company").distinct().order_by("-is_main", "pk")


def seller_folio(*, reservation: Reservation) -> Folio | None:
    """Return the folio of the agency or channel that owes what the nights cost, None where the guest does. One query."""
    rows = Folio.objects.filter(kind=FolioKind.COMPANY, routed__reservation=reservation, routed__nights_only=True)
    return rows.select_related("property", "entity", "company").order_by("pk").first()


def folio_get(*, code: str, property_ids: Sequence[int]) -> Folio | None:
    """Return the folio called code at one of the properties, or None."""
    rows = Folio.objects.filter(code=code, property_id__in=property_ids)
    return rows.select_related("property", "entity", "guest", "company", "reservation", "booking").first()


def folio_page(*, folio: Folio) -> FolioPage:
    """Return a folio with its lines. One query, whatever their number."""
    rows = list(Posting.objects.filter(folio=folio).order_by("service_date", "pk"))
    corrected: dict[int, int] = {}
    on_top: dict[int, list[Posting]] = {}
    for row in rows:
        if row.corrects_id is not None:
            corrected[row.corrects_id] = corrected.get(row.corrects_id, 0) + row.amount_minor
        if row.parent_id is not None:
            on_top.setdefault(row.parent_id, []).append(row)
    shown = {row.pk for row in rows}
    lines: list[FolioLine] = []
    running = charged = paid = 0
    for row in rows:
        running += row.amount_minor
        if row.of_kind in MONEY or row.of_kind == PostingKind.COMMISSION:
            paid -= row.amount_minor
        else:
            charged += row.amount_minor
        if row.parent_id in shown:
            continue
        taxes = tuple(on_top.get(row.pk, ()))
        lines.append(FolioLine(row, row.amount_minor + corrected.get(row.pk, 0), running, taxes))
    return FolioPage(folio=folio, lines=tuple(lines), charged_minor=charged, paid_minor=paid)


def stay_account(*, reservation: Reservation) -> StayAccount:
    """Return what a reservation has cost, will cost and what was paid. One query."""
    return stay_accounts(reservations=[reservation])[reservation.pk]


def stay_accounts(*, reservations: Sequence[Reservation]) -> dict[int, StayAccount]:
    """Return the accounts of reservations by key. One query, whatever their number."""
    if not reservations:
        return {}
    rows = (
        Posting.objects.filter(reservation__in=[row.pk for row in reservations])
        .order_by()
        .values("reservation_id")
        .annotate(
            posted=Sum(Case(When(of_kind__in=CHARGES, then=F("amount_minor")), default=Value(0))),
            paid=Sum(
                Case(When(of_kind__in=[*MONEY, PostingKind.COMMISSION], then=F("amount_minor")), default=Value(0))
            ),
            stay=Sum(
                Case(
                    When(Q(source__startswith="stay:") & ~Q(of_kind=PostingKind.COMMISSION), then=F("amount_minor")),
                    default=Value(0),
                    output_field=IntegerField(),
                )
            ),
            written_off=Sum(Case(When(kind="write_off", then=F("amount_minor")), default=Value(0))),
            elsewhere=Sum(
                Case(
                    When(Q(folio__kind=FolioKind.COMPANY) | Q(folio__ledger=FolioLedger.CITY), then=F("amount_minor")),
                    default=Value(0),
                )
            ),
        )
    )
    sums: dict[int | None, Mapping[str, Any]] = {row["reservation_id"]: row for row in rows}
    return {row.pk: _account(row, sums.get(row.pk, {})) for row in reservations}


def _account(row: Reservation, sums: Mapping[str, Any]) -> StayAccount:
    whole = row.cancellation_fee_minor if row.status in LOST else row.grand_total_minor
    return StayAccount(
        currency=row.currency,
        posted_minor=(sums.get("posted") or 0) + (sums.get("written_off") or 0),
        to_come_minor=whole - (sums.get("stay") or 0),
        paid_minor=-(sums.get("paid") or 0),
        elsewhere_minor=sums.get("elsewhere") or 0,
    )


#: (rule, query): what must hold between folios, what was sold, and the books. Every row found is one finding.
FOLIO_RULES = (
    (
        "a folio's balance is not the sum of its lines",
        """
        SELECT f.code, f.balance_minor, coalesce(sum(p.amount_minor), 0) FROM folios_folio f
        LEFT JOIN folios_posting p ON p.folio_id = f.id WHERE f.property_id = %(property)s
        GROUP BY f.id HAVING f.balance_minor <> coalesce(sum(p.amount_minor), 0)
        """,
    ),
    (
        "a folio and its accounts in the books disagree",
        """
        SELECT f.code, f.balance_minor, coalesce(sum(l.amount_minor), 0) FROM folios_folio f
        LEFT JOIN (
            SELECT l.subledger, l.amount_minor FROM ledger_line l JOIN ledger_account a ON a.id = l.account_id
            WHERE l.subledger <> '' AND a.role IN ('guest_ledger', 'city_ledger', 'deposits')
        ) l ON l.subledger = f.code
        WHERE f.property_id = %(property)s GROUP BY f.id HAVING f.balance_minor <> coalesce(sum(l.amount_minor), 0)
        """,
    ),
    (
        "what a payer owes stands in the wrong ledger",
        """
        SELECT f.code, a.role, sum(l.amount_minor) FROM folios_folio f
        JOIN ledger_line l ON l.subledger = f.code JOIN ledger_account a ON a.id = l.account_id
        WHERE f.property_id = %(property)s GROUP BY f.id, a.role
        HAVING sum(l.amount_minor) <> CASE
            WHEN a.role = 'deposits' THEN least(f.balance_minor, 0)
            WHEN a.role = f.ledger || '_ledger' THEN greatest(f.balance_minor, 0)
            ELSE 0 END
        """,
    ),
    (
        "a night in house before the business date is not charged as it was sold",
        """
        SELECT r.code, n.date, n.price_minor, coalesce(sum(p.amount_minor), 0) FROM reservations_staynight n
        JOIN reservations_reservation r ON r.id = n.reservation_id JOIN properties_property b ON b.id = r.property_id
        LEFT JOIN folios_posting p ON p.reservation_id = r.id AND p.of_kind = 'night'
            AND p.source LIKE 'stay:night:' || r.code || ':' || n.date || '|%%'
        WHERE n.released_at IS NULL AND r.status = 'checked_in' AND n.date < b.business_date
            AND r.property_id = %(property)s
            AND EXISTS (SELECT FROM folios_posting q WHERE q.reservation_id = r.id AND q.of_kind = 'night')
        GROUP BY r.id, n.id HAVING n.price_minor <> coalesce(sum(p.amount_minor), 0)
        """,
    ),
    (
        "a line and its entry in the books disagree",
        """
        SELECT e.code, sum(p.amount_minor), (
            SELECT sum(l.amount_minor) FROM ledger_line l JOIN ledger_account a ON a.id = l.account_id
            WHERE l.entry_id = e.id AND a.role IN ('guest_ledger', 'city_ledger', 'deposits'))
        FROM ledger_entry e JOIN folios_posting p ON p.entry_id = e.id
        WHERE e.property_id = %(property)s GROUP BY e.id
        HAVING sum(p.amount_minor) <> coalesce((
            SELECT sum(l.amount_minor) FROM ledger_line l JOIN ledger_account a ON a.id = l.account_id
            WHERE l.entry_id = e.id AND a.role IN ('guest_ledger', 'city_ledger', 'deposits')), 0)
        """,
    ),
)


def folio_findings(*, property: Property) -> list[tuple[str, str]]:
    """Return (rule, detail) for everything at a property in which folios, stays and books disagree; none is as it must be."""
    found = []
    with connection.cursor() as cursor:
        for rule, query in FOLIO_RULES:
            cursor.execute(query, {"property": property.pk})
            found += [(rule, ", ".join(str(value) for value in row)) for row in cursor.fetchall()]
    return found
