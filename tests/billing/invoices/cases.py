"""What several tests of documents need: who sells, who buys, how money comes."""

from datetime import timedelta

import time_machine
from django.db.models import Sum

from billing.folios.models import Posting
from billing.folios.services import main_folio, payment_post, stay_post
from billing.invoices.models import Document
from billing.ledger.enums import Role
from billing.ledger.models import Line
from billing.ledger.services import Draft, entity_of
from billing.taxes.party import Party
from bookings.lifecycle import services as desk
from bookings.rates.quoting import ExtraWish
from tests.bookings.lifecycle.priced_house import make_priced_house
from tests.bookings.lifecycle.test_quote_is_sold import NOW, sell
from tests.house import TESTER

SELLER = {
    "name": "Casa Lisboa Lda.",
    "street": "Rua da Prata 5",
    "postal_code": "1100-052",
    "city": "Lisboa",
    "country": "PT",
    "vat_id": "PT501964843",
    "register_entry": "CRC Lisboa 501964843",
    "iban": "PT50 0002 0123 1234 5678 9015 4",
}
COMPANY = {
    "code": "ACME",
    "kind": "company",
    "name": "Acme Lietuva UAB",
    "street": "Gedimino pr. 1",
    "postal_code": "01103",
    "city": "Vilnius",
    "country": "LT",
    "vat_id": "LT119511515",
    "language": "lt",
}


def pay(folio, amount_minor, source="cash", *, refund=False):
    """Money that came (or went) in cash."""
    amount = -amount_minor if refund else amount_minor
    contra = [Draft(Role.CLEARING, amount, folio.currency, key="cash")]
    return payment_post(
        folio=folio, amount_minor=amount_minor, contra=contra, source=source, text="Cash", actor=TESTER, refund=refund
    )


def stay_under(regime, *, plan=2, code="TAXED", **entity):
    """A stay sold under the taxes of a place, checked in, wholly charged; with its folio."""
    with time_machine.travel(NOW, tick=False):
        priced = make_priced_house(code, regime)
        place = priced.house.property
        place.country = entity.pop("country", "DE")
        place.save()
        row = sell(priced, _wish(priced, plan))
        row = desk.reservation_check_in(reservation=row, actor=TESTER)
        stay_post(reservation=row, through=row.departure, actor=TESTER)
        books = entity_of(place)
        for name, value in ({"tax_number": "12/345"} | entity).items():
            setattr(books, name, value)
        books.save()
    row.refresh_from_db()
    return row, main_folio(reservation=row)


def _wish(priced, plan):
    return {
        "room_type": priced.house.double,
        "plan": priced.plans[plan],
        "arrival": priced.house.property.business_date,
        "departure": priced.house.property.business_date + timedelta(days=3),
        "party": Party(adults=2),
        "promo_code": "TENTH",
        "extras": (ExtraWish("PARK", 1), ExtraWish("BREAK", 1)),
    }


def charged(folio):
    """What the charges on a folio sum to."""
    rows = Posting.objects.filter(folio=folio).exclude(of_kind__in=["payment", "refund", "write_off"])
    return rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def taxes_in_the_books(entity):
    """What the books owe in taxes, VAT and city tax together."""
    owed = Line.objects.filter(account__entity=entity, account__role=Role.TAX).aggregate(sum=Sum("amount_minor"))
    return -(owed["sum"] or 0)


def fresh(row):
    """The row as the database has it."""
    return type(row).objects.get(pk=row.pk)


def references():
    """The numbers given so far."""
    return list(Document.objects.exclude(reference="").order_by("pk").values_list("reference", flat=True))
