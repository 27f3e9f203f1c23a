"""What is printed without a number: a folio, a registration card, an account statement. Each is true of its moment."""

from collections.abc import Sequence

from django.db import transaction

from billing.folios.enums import UNINVOICED, PostingKind
from billing.folios.models import Folio, Posting
from billing.folios.selectors import folio_page
from billing.invoices.content import (
    Address,
    Buyer,
    CardContent,
    FolioContent,
    FolioEntry,
    Person,
    StatementContent,
)
from billing.invoices.enums import PrintKind
from billing.invoices.kept import as_json
from billing.invoices.models import Print
from billing.invoices.selectors import open_items
from billing.invoices.services.issuing import language_wanted
from billing.invoices.snapshots import buyer_of, seller_of, stay_of, stay_of_reservation
from billing.invoices.wording import language_of, words
from billing.ledger.services import entity_of
from billing.taxes.naming import levy_said
from bookings.reservations.models import Reservation
from guests.profiles.models import Company
from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.jobs import enqueue_in_tenant
from pms.properties.models import Property


@transaction.atomic
def folio_print(*, folio: Folio, actor: Actor, language: str = "") -> Print:
    """Print a folio as it stands: every line with the balance after it."""
    payer = folio.company or folio.guest or Buyer(name=folio.label)
    written_in = language_of(language, language_wanted(payer, folio))
    running, entries = 0, []
    for line in folio_page(folio=folio).lines:
        for posting in (line.posting, *line.taxes):
            running += posting.amount_minor
            entries.append(
                FolioEntry(
                    date=posting.service_date,
                    text=_text(posting, written_in),
                    amount_minor=posting.amount_minor,
                    balance_minor=running,
                    is_payment=posting.of_kind in UNINVOICED,
                    is_tax=posting.of_kind == PostingKind.TAX,
                )
            )
    content = FolioContent(
        code=folio.code,
        language=written_in,
        currency=folio.currency,
        printed_on=folio.property.business_date,
        seller=seller_of(folio.entity, folio.property),
        buyer=buyer_of(payer),
        entries=tuple(entries),
        stay=stay_of(folio),
    )
    return _print(PrintKind.FOLIO, folio.property, content, actor, folio.code)


def _text(posting: Posting, language: str) -> str:
    """What a line is about in the words of a language; what the house named itself stays as it is."""
    said = words(language)
    is_tax = posting.of_kind == PostingKind.TAX
    named = levy_said(posting.text, language) if is_tax else said.get(f"kind_{posting.of_kind}", posting.text)
    return f"{said['kind_allowance']}: {named}" if posting.kind == PostingKind.ALLOWANCE else named


@transaction.atomic
def card_print(*, reservation: Reservation, actor: Actor, language: str = "") -> Print:
    """Print the registration card of a reservation, with what is known and lines for what is not."""
    place, guest = reservation.property, reservation.guest
    others = reservation.occupants.select_related("guest").exclude(guest=guest)
    party = [
        Person(
            name=other.guest.full_name if other.guest else "",
            country=other.guest.country.upper() if other.guest else "",
            birth_on=other.born_on,
        )
        for other in others
    ]
    content = CardContent(
        language=language_of(language, guest.language),
        printed_on=place.business_date,
        seller=seller_of(entity_of(place), place),
        guest=Person(guest.full_name, guest.country.upper()),
        address=Address(guest.street, guest.postal_code, guest.city, guest.country.upper()),
        email=guest.email,
        phone=guest.phone,
        stay=stay_of_reservation(reservation),
        party=tuple(party),
    )
    return _print(PrintKind.CARD, place, content, actor, reservation.code)


@transaction.atomic
def statement_print(
    *, company: Company, property: Property, actor: Actor, property_ids: Sequence[int] | None = None, language: str = ""
) -> Print:
    """Print what a company owes on its invoices, in the property's currency, at it or at the properties named."""
    ids = [property.pk] if property_ids is None else property_ids
    items = open_items(company=company, property_ids=ids, currency=property.currency)
    content = StatementContent(
        language=language_of(language, company.language),
        currency=property.currency,
        printed_on=property.business_date,
        seller=seller_of(entity_of(property), property),
        buyer=buyer_of(company),
        items=tuple(items),
    )
    return _print(PrintKind.STATEMENT, property, content, actor, company.code)


def _print(
    kind: PrintKind, place: Property, content: FolioContent | CardContent | StatementContent, actor: Actor, about: str
) -> Print:
    row = Print.objects.create(property=place, kind=kind, content=as_json(content), actor_label=actor.label[:160])
    audit_record(
        action=f"{kind}.printed",
        subject_type="print",
        subject_code=str(row.code),
        property_code=place.code,
        actor=actor,
        changes={"about": [None, about]},
    )
    enqueue_in_tenant("billing.invoices.jobs.render_print", print_id=row.pk)
    return row
