"""Writing lines: the one way a posting comes about, in the folio and in the books at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone

from billing.folios.enums import FolioLedger, FolioStatus, PostingKind
from billing.folios.errors import folio_closed
from billing.folios.models import Folio, Posting
from billing.ledger.enums import EntryKind, Role
from billing.ledger.models import Entry, LegalEntity
from billing.ledger.services import Draft, EntryDraft, entries_post
from bookings.reservations.models import Reservation
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock

OWED = {FolioLedger.GUEST: Role.GUEST_LEDGER, FolioLedger.CITY: Role.CITY_LEDGER}


@dataclass(frozen=True, slots=True)
class PostingDraft:
    """A line to be written. Drafts that follow each other with the same `group` share an entry of the books.

    `contra` is what lies on the other side in the books; with what the payer's side makes of `amount_minor` it balances.
    `parent_source` names the line of the same writing that a tax on top was counted on, `parent_id` one of before.
    """

    folio: Folio
    kind: PostingKind
    source: str
    group: str
    text: str
    amount_minor: int
    contra: Sequence[Draft]
    service_date: date
    entry_kind: EntryKind = EntryKind.CHARGE
    of_kind: PostingKind | None = None
    quantity: int = 1
    unit_minor: int | None = None
    item_code: str = ""
    component: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)
    tax: dict[str, Any] | None = None
    parent_source: str = ""
    parent_id: int | None = None
    corrects: Posting | None = None
    reservation: Reservation | None = None
    reason: str = ""


def folios_lock(folios: Iterable[Folio]) -> dict[int, Folio]:
    """Lock folios in key order and return them by key. Raises Conflict `folio_closed` when one is closed."""
    rows = lock(Folio.objects.filter(pk__in={folio.pk for folio in folios}).select_related("entity", "property"))
    for row in rows:
        if row.status == FolioStatus.CLOSED:
            raise folio_closed(row)
    return {row.pk: row for row in rows}


def postings_write(
    *, drafts: Sequence[PostingDraft], date: date, actor: Actor, at: datetime | None = None
) -> list[Posting]:
    """Write lines and their entries in the caller's transaction; return them in order. A fixed number of queries.

    A group whose lines were written before is left alone, and returned. Locks the folios in key order, then the legal
    entity against closing. `date` is the business date. Raises Conflict `folio_closed`, `period_closed`; Invalid
    `currency_mismatch`, `two_entities`.
    """
    if not drafts:
        return []
    folios = folios_lock(draft.folio for draft in drafts)
    there = {row.source: row for row in Posting.objects.filter(source__in=[draft.source for draft in drafts])}
    known = {draft.group for draft in drafts if draft.source in there}
    fresh = [draft for draft in drafts if draft.group not in known]
    if fresh:
        moment = at or timezone.now()
        entries = _entries(fresh, folios, date=date, actor=actor, moment=moment)
        for row in _rows(fresh, folios, entries, date=date, actor=actor, moment=moment):
            there[row.source] = row
        changed = [folios[key] for key in {draft.folio.pk for draft in fresh}]
        for folio in changed:
            folio.version += 1
        Folio.objects.bulk_update(changed, ["balance_minor", "version"], batch_size=500)
        for draft in fresh:
            draft.folio.balance_minor = folios[draft.folio.pk].balance_minor
            draft.folio.version = folios[draft.folio.pk].version
    return [there[draft.source] for draft in drafts]


def _entries(
    drafts: Sequence[PostingDraft], folios: dict[int, Folio], *, date: date, actor: Actor, moment: datetime
) -> dict[str, Entry]:
    """Write an entry for each group, moving the folios' balances along, and return them by group."""
    wanted: dict[int, list[tuple[str, EntryDraft]]] = {}
    for group, of_group in groupby(drafts, key=lambda draft: draft.group):
        members = list(of_group)
        entity = _one_entity(members, folios)
        contra = [line for draft in members for line in draft.contra if line.amount_minor or line.base_minor]
        lines = [*_payers_side(members, folios), *contra]
        if not any(line.amount_minor for line in lines):
            continue
        first = members[0]
        entry = EntryDraft(
            entity=entity,
            date=date,
            kind=first.entry_kind,
            source=f"folio:{group}",
            lines=lines,
            memo=f"{first.text}, {folios[first.folio.pk].label}",
            property=folios[first.folio.pk].property,
        )
        wanted.setdefault(entity.pk, []).append((group, entry))
    found: dict[str, Entry] = {}
    # A property that moved to other books has folios of both for a while: each posts into its own.
    for key in sorted(wanted):
        groups, entries = zip(*wanted[key], strict=True)
        found |= dict(zip(groups, entries_post(drafts=entries, actor=actor, at=moment), strict=True))
    return found


def _one_entity(drafts: Sequence[PostingDraft], folios: dict[int, Folio]) -> LegalEntity:
    """Return in whose books a group stands. Raises Invalid `two_entities`."""
    first = folios[drafts[0].folio.pk].entity
    if any(folios[draft.folio.pk].entity_id != first.pk for draft in drafts):
        raise Invalid("two_entities", "These folios belong to two legal entities; nothing passes between their books.")
    return first


def _payers_side(members: Sequence[PostingDraft], folios: dict[int, Folio]) -> list[Draft]:
    """Return what the payers' accounts change by: what is owed where they owe, the deposit where we hold money (T42)."""
    before: dict[int, int] = {}
    for draft in members:
        folio = folios[draft.folio.pk]
        if any(line.currency != folio.currency for line in draft.contra) and not _exchanged(draft, folio):
            raise Invalid("currency_mismatch", f"Folio {folio.code} is kept in {folio.currency}.")
        before.setdefault(folio.pk, folio.balance_minor)
        folio.balance_minor += draft.amount_minor
    lines = []
    for key, was in before.items():
        folio = folios[key]
        lines += balance_lines(folio, was, folio.balance_minor)
    return lines


def _exchanged(draft: PostingDraft, folio: Folio) -> bool:
    """Whether the other side balances in the folio's own currency, over the exchange account."""
    return -draft.amount_minor == sum(line.amount_minor for line in draft.contra if line.currency == folio.currency)


def balance_lines(folio: Folio, before: int, after: int) -> list[Draft]:
    """Return the lines by which a folio's balance goes from one to another: owed above zero, a deposit below (T42)."""
    owed = max(after, 0) - max(before, 0)
    held = max(-after, 0) - max(-before, 0)
    found = []
    if owed:
        found.append(Draft(OWED[FolioLedger(folio.ledger)], owed, folio.currency, subledger=folio.code))
    if held:
        found.append(Draft(Role.DEPOSITS, -held, folio.currency, subledger=folio.code))
    return found


def _rows(
    drafts: Sequence[PostingDraft],
    folios: dict[int, Folio],
    entries: dict[str, Entry],
    *,
    date: date,
    actor: Actor,
    moment: datetime,
) -> list[Posting]:
    def row(draft: PostingDraft, parent_id: int | None) -> Posting:
        folio = folios[draft.folio.pk]
        return Posting(
            folio=folio,
            entry=entries.get(draft.group),
            kind=draft.kind,
            of_kind=draft.of_kind or draft.kind,
            source=draft.source,
            date=date,
            service_date=draft.service_date,
            posted_at=moment,
            text=draft.text[:160],
            item_code=draft.item_code,
            component=draft.component,
            quantity=draft.quantity,
            unit_minor=draft.amount_minor if draft.unit_minor is None else draft.unit_minor,
            amount_minor=draft.amount_minor,
            currency=folio.currency,
            parts=draft.parts,
            tax=draft.tax,
            parent_id=parent_id,
            corrects=draft.corrects,
            reservation=draft.reservation,
            reason=draft.reason[:200],
            actor_label=actor.label[:160],
        )

    first = [row(draft, draft.parent_id) for draft in drafts if not draft.parent_source]
    Posting.objects.bulk_create(first, batch_size=1000)
    by_source = {posting.source: posting for posting in first}
    second = [row(draft, by_source[draft.parent_source].pk) for draft in drafts if draft.parent_source]
    Posting.objects.bulk_create(second, batch_size=1000)
    return [*first, *second]
