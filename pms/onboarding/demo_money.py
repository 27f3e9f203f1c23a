"""The demo's money: nights charged day by day, guests who paid and guests who owe, companies that pay later."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from django.db.models import QuerySet

from billing.folios.models import Article, Folio
from billing.folios.services import (
    allowance_post,
    article_post,
    city_ledger_move,
    folio_close,
    folio_open,
    main_folio,
    main_folios,
    nights_post,
    routing_set,
)
from billing.ledger.exchange import rates_set
from billing.ledger.models import LegalEntity
from billing.ledger.services import entity_of
from billing.payments.enums import Method, Purpose
from billing.payments.models import PaymentAccount
from billing.payments.services import account_save, accounts_by_hand_ensure, payment_take_manual
from billing.taxes.enums import Component
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.money import Money
from pms.properties.models import Property

from .demo_sandbox import online_account_ensure

#: How many days back the demo has charged its nights and let guests pay who left.
DAYS_BACK: Final = 3
#: What the bar, the laundry and the desk sell, in hundredths: code, name, component, price.
ARTICLES: Final = (
    ("WATER", "Mineral water", Component.BEVERAGES, 350),
    ("WINE", "Bottle of wine", Component.BEVERAGES, 2_400),
    ("COFFEE", "Coffee", Component.BEVERAGES, 280),
    ("SNACK", "Sandwich", Component.MEALS, 890),
    ("DINNER", "Dinner, three courses", Component.MEALS, 3_800),
    ("LAUNDRY", "Laundry, one bag", Component.OTHER, 1_800),
    ("SPA", "Massage, 50 minutes", Component.WELLNESS, 7_500),
    ("TAXI", "Taxi to the airport", Component.TRANSPORT, 2_200),
    ("KEY", "Lost key card", Component.OTHER, 1_000),
)
#: Who invoices, by country: name, VAT id, IBAN; numbers of documentation, not of a company.
COMPANY: Final = {
    "PT": ("Lusitania Hotéis, Lda.", "PT123456789", "PT50000201231234567890154"),
    "LT": ("UAB Baltic Apartments", "LT999999011", "LT121000011101001000"),
}
#: What one of a foreign currency is worth in euros.
RATES: Final = (("USD", Decimal("0.88")), ("GBP", Decimal("1.14")))
#: Who pays how, of a hundred.
METHODS: Final = ((Method.TERMINAL, 78), (Method.CASH, 14), (Method.TRANSFER, 8))
COMPLAINTS: Final = ("The air conditioning was loud", "Breakfast came late", "Building noise in the morning")
#: Guests in house who paid something ahead, who bought something, and coming guests who paid a deposit.
AHEAD, BUYERS, DEPOSITS, FORGIVEN, COMPANIES = 40, 45, 20, 3, 6


def demo_money(*, property: Property, seed: int, actor: Actor) -> None:
    """Give a demo property its folios and payments, as a desk would have made them; a property that has any is left.

    Days run from three before the business date on; what departs is paid, closed, or left to a company.
    """
    if Folio.objects.filter(property=property).exists():
        return
    _Till(property, Random(f"{seed} {property.code} money"), actor).open()


class _Till:
    """The desk of one property over the last days."""

    def __init__(self, place: Property, random: Random, actor: Actor) -> None:
        self.place, self.random, self.actor = place, random, actor
        self.today = place.business_date
        entity = entity_of(place)
        _named(entity, actor)
        accounts = accounts_by_hand_ensure(entity=entity, actor=actor)
        online_account_ensure(entity=entity, actor=actor)
        _takes_foreign_cash(accounts[0], self.today, actor)
        self.accounts = {Method(account.method): account for account in accounts if account.method}

    def open(self) -> None:
        """Run through the days."""
        self.articles = _articles_make(self.place)
        house = list(self._staying())
        self._companies(house)
        for back in range(DAYS_BACK, 0, -1):
            night = self.today - timedelta(days=back)
            there = [row for row in house if row.arrival <= night < row.departure]
            nights_post(reservations=there, through=night, on=night, actor=self.actor)
            self._leave([row for row in house if row.departure == night + timedelta(days=1)])
        in_house = [row for row in house if row.status == Status.CHECKED_IN]
        self._buy(in_house)
        for row in self.random.sample(in_house, min(AHEAD, len(in_house))):
            self._pay(main_folio(reservation=row), self.random.choice((5_000, 10_000, 15_000, row.grand_total_minor)))
        self._deposits()

    def _staying(self) -> QuerySet[Reservation]:
        since = self.today - timedelta(days=DAYS_BACK)
        rows = Reservation.objects.filter(property=self.place, departure__gt=since, arrival__lt=self.today)
        staying = rows.filter(status__in=[Status.CHECKED_IN, Status.CHECKED_OUT])
        return staying.select_related("property", "guest", "booking__company").order_by("pk")

    def _companies(self, house: Sequence[Reservation]) -> None:
        """Let some companies pay the room of their people."""
        travelling = [row for row in house if row.booking.company_id and row.status == Status.CHECKED_IN]
        for row in travelling[:COMPANIES]:
            bill = folio_open(property=self.place, reservation=row, company=row.booking.company, actor=self.actor)
            routing_set(reservation=row, folio=bill, components=[Component.ACCOMMODATION], actor=self.actor)

    def _leave(self, rows: Sequence[Reservation]) -> None:
        """Let who departed pay, or leave it to the company."""
        folios = main_folios(reservations=rows) if rows else {}
        for row in rows:
            if row.status != Status.CHECKED_OUT:
                continue
            folio = folios[row.pk]
            if not folio.owed_minor:
                continue
            if row.booking.company_id:
                city_ledger_move(folio=folio, reason="The company pays", actor=self.actor)
                continue
            self._pay(folio, folio.balance_minor)
            folio_close(folio=folio, actor=self.actor)

    def _buy(self, rows: Sequence[Reservation]) -> None:
        for row in self.random.sample(list(rows), min(BUYERS, len(rows))):
            for _ in range(self.random.choice((1, 1, 2, 3))):
                article_post(
                    folio=main_folio(reservation=row),
                    article=self.random.choice(self.articles),
                    quantity=self.random.choice((1, 1, 1, 2)),
                    actor=self.actor,
                )
        for row in self.random.sample(list(rows), min(FORGIVEN, len(rows))):
            night = row.postings.filter(kind="night", amount_minor__gt=5_000).first()
            if night is not None:
                reason = self.random.choice(COMPLAINTS)
                allowance_post(posting=night, amount_minor=2_000, reason=reason, actor=self.actor)

    def _deposits(self) -> None:
        """Take deposits of guests who come in the next weeks."""
        coming = Reservation.objects.filter(property=self.place, status=Status.CONFIRMED, arrival__gte=self.today)
        rows = list(coming.select_related("property", "guest", "booking").order_by("arrival", "pk")[: 20 * DEPOSITS])
        for row in self.random.sample(rows, min(DEPOSITS, len(rows))):
            self._pay(main_folio(reservation=row), row.grand_total_minor // 3, Purpose.DEPOSIT)

    def _pay(self, folio: Folio, amount_minor: int, purpose: Purpose = Purpose.PAYMENT) -> None:
        if amount_minor > 0:
            (method,) = self.random.choices([each for each, _ in METHODS], [share for _, share in METHODS])
            payment_take_manual(
                folio=folio,
                account=self.accounts[method],
                amount=Money(amount_minor, folio.currency),
                purpose=purpose,
                actor=self.actor,
            )


def _named(entity: LegalEntity, actor: Actor) -> None:
    """Give the books of the demo a company's name and numbers, none of them anybody's."""
    name, vat_id, iban = COMPANY.get(entity.country, ("", "", ""))
    if name and not entity.vat_id:
        before = entity.name
        entity.name, entity.vat_id, entity.iban = name, vat_id, iban
        entity.save(update_fields=["name", "vat_id", "iban"])
        audit_record(
            action="legalentity.changed",
            subject_type="legalentity",
            subject_code=entity.code,
            actor=actor,
            changes={"name": [before, name], "vat_id": ["", vat_id], "iban": ["", iban]},
        )


def _takes_foreign_cash(cash: PaymentAccount, today: date, actor: Actor) -> None:
    """Let the drawer take dollars and pounds, at rates that the demo made up."""
    if not cash.currencies and cash.entity.currency == "EUR":
        cash.currencies = ["EUR", *(currency for currency, _ in RATES)]
        account_save(account=cash, actor=actor)
        rows = [(today, currency, "EUR", rate, "The demo's own") for currency, rate in RATES]
        rates_set(rows=rows, actor=actor)


def _articles_make(place: Property) -> list[Article]:
    return Article.objects.bulk_create(
        Article(property=place, code=code, name=name, component=component, price_minor=price, position=position)
        for position, (code, name, component, price) in enumerate(ARTICLES)
    )
