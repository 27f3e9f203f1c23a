"""Writing the books: accounts that are made when first needed, entries from facts, closing a period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from billing.ledger.balances import balances_drop, balances_keep
from billing.ledger.enums import ROLES, SUBLEDGERS, EntryKind, Role
from billing.ledger.errors import period_closed
from billing.ledger.models import Account, Entry, LegalEntity, Line, PropertyBooks
from billing.taxes.enums import Component
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, retried
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class Draft:
    """A line to be written: debit above zero, credit below, minor units. Zero only where a tax keeps its base."""

    role: Role
    amount_minor: int
    currency: str
    key: str = ""
    subledger: str = ""
    tax_percent: Decimal | None = None
    base_minor: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A fact to be written into the books of `entity`; `source` names it, once and for ever."""

    entity: LegalEntity
    date: date
    kind: EntryKind
    source: str
    lines: Sequence[Draft]
    memo: str = ""
    property: Property | None = None


@dataclass(slots=True)
class Chart:
    """The accounts of an entity as they are asked for, each read or made once."""

    entity: LegalEntity
    known: dict[tuple[str, str], Account] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = {(row.role, row.key): row for row in Account.objects.filter(entity=self.entity)}

    def account(self, role: Role, key: str = "", name: str = "") -> Account:
        """Return the account of a role; made on first use, under the number the role begins with."""
        found = self.known.get((role, key))
        if found is None:
            found = account_for(entity=self.entity, role=role, key=key, name=name)
            self.known[role, key] = found
        return found


def entity_of(property: Property) -> LegalEntity:
    """Return the legal entity in whose books the property's money stands.

    A property that nobody assigned gets the organization's only entity of its currency and country, else one of its own
    name and address. Safe to call at once from several transactions.
    """
    books = PropertyBooks.objects.filter(property=property).select_related("entity").first()
    if books is not None:
        return books.entity
    with transaction.atomic():
        lock(Property.objects.filter(pk=property.pk))
        books = PropertyBooks.objects.filter(property=property).select_related("entity").first()
        if books is None:
            alike = list(LegalEntity.objects.filter(currency=property.currency, country=property.country)[:2])
            entity = alike[0] if len(alike) == 1 else _entity_make(property)
            books = PropertyBooks.objects.create(property=property, entity=entity)
    return books.entity


def _entity_make(property: Property) -> LegalEntity:
    entity, _ = LegalEntity.objects.get_or_create(
        code=property.code,
        defaults={
            "name": property.name,
            "street": property.street,
            "postal_code": property.postal_code,
            "city": property.city,
            "country": property.country,
            "currency": property.currency,
            "email": property.email,
            "phone": property.phone,
        },
    )
    return entity


def account_for(*, entity: LegalEntity, role: Role, key: str = "", name: str = "") -> Account:
    """Return the account of a role and key, making it on first use. Two who make it at once get the same one."""
    kind, number = ROLES[role]
    words = name or (Component(key).label if role == Role.REVENUE and key in Component.values else key)
    Account.objects.bulk_create(
        [
            Account(
                entity=entity,
                role=role,
                key=key,
                kind=kind,
                code=f"{number}-{key}".rstrip("-")[:40],
                name=f"{role.label}: {words}" if words else role.label,
            )
        ],
        ignore_conflicts=True,
    )
    return Account.objects.get(entity=entity, role=role, key=key)


def entry_post(*, draft: EntryDraft, actor: Actor) -> Entry:
    """Write one entry; a source that was written before changes nothing. See entries_post."""
    found = Entry.objects.filter(entity=draft.entity, source=draft.source).first()
    return found or entries_post(drafts=[draft], actor=actor)[0]


def entries_post(*, drafts: Sequence[EntryDraft], actor: Actor, at: datetime | None = None) -> list[Entry]:
    """Write entries with their lines in the caller's transaction, in the order given; four queries for any number.

    All are of one legal entity. Its row is share-locked until the commit, so no period closes underneath. Raises Conflict
    `period_closed`, Invalid `entry_unbalanced`; the database refuses a source that was written before.
    """
    if not drafts:
        return []
    entity = drafts[0].entity
    _require_open(entity, drafts)
    chart = Chart(entity)
    moment = at or timezone.now()
    entries = [
        Entry(
            entity=entity,
            property=draft.property,
            date=draft.date,
            posted_at=moment,
            kind=draft.kind,
            source=draft.source,
            memo=draft.memo[:200],
            actor_label=actor.label[:160],
            lines_count=len(draft.lines),
        )
        for draft in drafts
    ]
    Entry.objects.bulk_create(entries)
    Line.objects.bulk_create(
        [
            Line(
                entry=entry,
                account=chart.account(line.role, line.key, line.name),
                date=draft.date,
                currency=line.currency,
                amount_minor=line.amount_minor,
                subledger=line.subledger,
                tax_percent=line.tax_percent,
                base_minor=line.base_minor,
            )
            for entry, draft in zip(entries, drafts, strict=True)
            for line in draft.lines
        ],
        batch_size=2000,
    )
    return entries


def _require_open(entity: LegalEntity, drafts: Sequence[EntryDraft]) -> None:
    for draft in drafts:
        sums: dict[str, int] = {}
        for line in draft.lines:
            sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
        if any(sums.values()):
            raise Invalid("entry_unbalanced", f"{draft.memo or draft.source} does not balance.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT closed_through FROM ledger_legalentity WHERE id = %s FOR SHARE", [entity.pk])
        closed = cursor.fetchone()[0]
    if closed is not None and min(draft.date for draft in drafts) <= closed:
        raise period_closed(closed)


def open_day(*, entity: LegalEntity, wanted: date) -> date:
    """Return the day on which a fact that cannot wait is posted: the one wanted, or the first that is not closed."""
    closed = LegalEntity.objects.values_list("closed_through", flat=True).get(pk=entity.pk)
    return wanted if closed is None or wanted > closed else closed + timedelta(days=1)


@retried
@transaction.atomic
def period_close(*, entity: LegalEntity, through: date, actor: Actor) -> LegalEntity:
    """Close the books through a day: nothing is posted on it or before any more. Closing what is closed changes nothing.

    Locks the entity, and so waits for whoever is posting. Raises Invalid `period_not_over` unless every property of the
    entity trades a later business date; Conflict `closed_further` when more is closed already.
    """
    (row,) = lock(LegalEntity.objects.filter(pk=entity.pk))
    if row.closed_through == through:
        return row
    if row.closed_through is not None and row.closed_through > through:
        raise Conflict("closed_further", f"The books are closed through {row.closed_through:%-d %B %Y} already.")
    places = Property.objects.filter(books__entity=row)
    for place in places:
        if place.business_date <= through:
            raise Invalid(
                "period_not_over", f"{place.name} is still trading {place.business_date:%-d %B %Y}.", field="through"
            )
    closed = _close(row, through, actor, "period_closed", "")
    balances_keep(entity=row, through=through)
    return closed


@retried
@transaction.atomic
def period_reopen(*, entity: LegalEntity, through: date | None, reason: str, actor: Actor) -> LegalEntity:
    """Open the books again after `through` (None: all of them), with a reason that the audit keeps. Locks the entity.

    Raises Invalid `reason_missing`, `not_closed`.
    """
    (row,) = lock(LegalEntity.objects.filter(pk=entity.pk))
    if not reason.strip():
        raise Invalid("reason_missing", "Say why the period is opened again.", field="reason")
    if row.closed_through is None or (through is not None and through >= row.closed_through):
        raise Invalid("not_closed", "That period is open.", field="through")
    balances_drop(entity=row, after=through)
    return _close(row, through, actor, "period_reopened", reason.strip())


@retried
@transaction.atomic
def property_assign(*, property: Property, entity: LegalEntity, actor: Actor) -> PropertyBooks:
    """Keep a property's money in the books of another legal entity from now on. What was posted stays where it is.

    Locks the property, so that no folio opens meanwhile. Raises Invalid `other_currency`; Conflict `folios_open` when
    somebody at the property owes something or has paid ahead: that debt belongs to the entity of before.
    """
    (place,) = lock(Property.objects.filter(pk=property.pk))
    books = PropertyBooks.objects.filter(property=place).select_related("entity").first()
    if books is not None and books.entity_id == entity.pk:
        return books
    if place.currency != entity.currency:
        raise Invalid(
            "other_currency",
            f"{entity.name} keeps its books in {entity.currency}, {place.name} trades in {place.currency}.",
        )
    before = books.entity if books else None
    open_folios = 0 if before is None else _folios_with_balance(place)
    if before is not None and open_folios:
        raise Conflict(
            "folios_open",
            f"{open_folios} folios of {place.name} have a balance in the books of {before.name}: settle them first.",
        )
    if books is None:
        books = PropertyBooks.objects.create(property=place, entity=entity)
    else:
        books.entity = entity
        books.save(update_fields=["entity"])
    audit_record(
        action="ledger.property_assigned",
        subject_type="legal_entity",
        subject_code=entity.code,
        property_code=place.code,
        actor=actor,
        changes={place.code: [before.code if before else None, entity.code]},
    )
    event_publish(kind="ledger.property_assigned", subject_type="legal_entity", subject_code=entity.code)
    return books


def _folios_with_balance(place: Property) -> int:
    """Return how many folios of a property owe or hold something, by the books alone."""
    lines = Line.objects.filter(entry__property=place, account__role__in=SUBLEDGERS).values("subledger")
    return lines.annotate(balance=Sum("amount_minor")).exclude(balance=0).count()


def _close(row: LegalEntity, through: date | None, actor: Actor, verb: str, reason: str) -> LegalEntity:
    before, row.closed_through = row.closed_through, through
    row.save(update_fields=["closed_through"])
    audit_record(
        action=f"ledger.{verb}",
        subject_type="legal_entity",
        subject_code=row.code,
        actor=actor,
        reason=reason,
        changes={"closed_through": [before, through]},
    )
    event_publish(kind=f"ledger.{verb}", subject_type="legal_entity", subject_code=row.code)
    return row


def swapped(lines: Iterable[Draft]) -> list[Draft]:
    """Return lines the other way round: what a reversal posts."""
    return [
        Draft(
            line.role,
            -line.amount_minor,
            line.currency,
            key=line.key,
            subledger=line.subledger,
            tax_percent=line.tax_percent,
            base_minor=None if line.base_minor is None else -line.base_minor,
            name=line.name,
        )
        for line in lines
    ]
