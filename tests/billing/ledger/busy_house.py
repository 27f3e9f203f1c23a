"""A house after five busy days: stays under the taxes of a place, payments, a refund, allowances, articles, companies."""

from dataclasses import dataclass
from datetime import timedelta

from billing.folios.models import Article, Folio, Posting
from billing.folios.services import (
    allowance_post,
    article_post,
    city_ledger_move,
    folio_open,
    main_folio,
    payment_post,
    stay_post,
    transfer,
    write_off,
)
from billing.ledger.enums import Role
from billing.ledger.exchange import exchange_lines
from billing.ledger.models import LegalEntity
from billing.ledger.services import Draft, entity_of
from bookings.lifecycle import services as desk
from bookings.reservations.models import Reservation
from guests.profiles.models import Company
from pms.properties.models import Property
from tests.billing.folios.test_stays import _wish
from tests.bookings.lifecycle.priced_house import make_priced_house
from tests.bookings.lifecycle.test_quote_is_sold import day, sell
from tests.conftest import TODAY
from tests.house import TESTER


@dataclass(frozen=True, slots=True)
class Busy:
    """What make_busy made: Greta stays with a child and has paid half, her company owes for dinner, somebody prepaid."""

    entity: LegalEntity
    property: Property
    stay: Reservation
    folio: Folio
    company: Folio
    prepaid: Folio


def pay(folio: Folio, amount: int, source: str, *, refund: bool = False, key: str = "cash") -> Posting:
    """Take (or give back) cash."""
    contra = [Draft(Role.CLEARING, -amount if refund else amount, folio.currency, key=key)]
    return payment_post(
        folio=folio, amount_minor=amount, contra=contra, source=source, text="Cash", refund=refund, actor=TESTER
    )


def trade(place: Property, days: int) -> None:
    """Let so many days pass."""
    place.business_date += timedelta(days=days)
    place.save(update_fields=["business_date"])


def make_busy(code: str = "LIS", regime: str = "de-berlin") -> Busy:
    """Make the house and five days of trade; a fixed story, so that the reports can be counted by hand."""
    priced = make_priced_house(code, regime)
    place = priced.house.property
    wish = _wish(priced)
    row = desk.reservation_check_in(reservation=sell(priced, wish), actor=TESTER)
    folio = main_folio(reservation=row)
    currency = folio.currency
    pay(folio, 20_000, f"{code}:deposit")
    bottle = Article.objects.create(property=place, code="WINE", name="Wine", component="beverages", price_minor=2_400)
    company = folio_open(
        property=place,
        reservation=row,
        company=Company.objects.create(code=f"ACME{code}", name="Acme GmbH"),
        actor=TESTER,
    )
    prepaid = folio_open(property=place, label="Choir", actor=TESTER)
    for night in range(3):
        stay_post(reservation=Reservation.objects.get(pk=row.pk), through=day(night), actor=TESTER)
        for fresh in (folio, company, prepaid):
            fresh.refresh_from_db()
        if night == 0:
            article_post(folio=company, article=bottle, quantity=3, actor=TESTER)
            pay(prepaid, 5_000, f"{code}:prepaid")
        if night == 1:
            first = Posting.objects.filter(folio=folio, kind="night").order_by("pk")[0]
            allowance_post(posting=first, amount_minor=1_111, reason="Noise", actor=TESTER)
            transfer(postings=[Posting.objects.filter(folio=folio, kind="extra")[0]], to_folio=company, actor=TESTER)
            dollars = Draft(Role.CLEARING, 11_000, "USD", key="card")
            if currency != "USD":
                payment_post(
                    folio=folio,
                    amount_minor=10_000,
                    contra=exchange_lines(foreign=dollars, currency=currency, value_minor=10_000),
                    source=f"{code}:dollars",
                    text="Card",
                    actor=TESTER,
                )
        place.refresh_from_db()
        trade(place, 1)
        for fresh in (folio, company, prepaid):
            fresh.property = place
    folio.refresh_from_db()
    place.refresh_from_db()
    folio.property = place
    company.refresh_from_db()
    company.property = place
    city_ledger_move(folio=company, actor=TESTER)
    pay(folio, 1_000, f"{code}:back", refund=True)
    house = folio_open(property=place, label="Staff", actor=TESTER)
    article_post(folio=house, article=bottle, actor=TESTER)
    house.refresh_from_db()
    write_off(folio=house, reason="A gift", actor=TESTER)
    return Busy(entity_of(place), place, Reservation.objects.get(pk=row.pk), folio, company, prepaid)


FIRST, LAST = TODAY.replace(day=1), TODAY.replace(day=30)
