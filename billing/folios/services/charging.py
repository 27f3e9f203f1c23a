"""By hand: articles, allowances, transfers, splits and merges. Each shows in the audit who did it and why."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet, Sum

from billing.folios.enums import CHARGES, MONEY, PostingKind
from billing.folios.lines import PartShare, TaxShare, charge_of, negated, parts_minus, scaled, scaled_tax
from billing.folios.models import Article, Folio, Posting
from billing.folios.services.opening import told
from billing.folios.services.writing import PostingDraft, folios_lock, postings_write
from billing.ledger.enums import EntryKind, Role
from billing.ledger.services import Draft
from billing.taxes.calculation import TaxItem, tax_lines
from billing.taxes.party import Party
from billing.taxes.selectors import rules_load
from bookings.reservations.models import Reservation
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried
from pms.kernel.money import Money
from pms.kernel.text import clean_text

MOST_QUANTITY = 999
#: How the source of a line ends that came from another folio.
ARRIVED = ":to"
#: What may be reduced by an allowance.
REDUCIBLE = frozenset(CHARGES - {PostingKind.TAX})


@retried
@transaction.atomic
def article_post(
    *,
    folio: Folio,
    article: Article,
    actor: Actor,
    quantity: int = 1,
    unit_minor: int | None = None,
    text: str = "",
    service_date: date | None = None,
    request_key: UUID | None = None,
) -> list[Posting]:
    """Charge an article to a folio with the taxes of the day; the same `request_key` again changes nothing.

    `unit_minor` is the price of one, the article's own unless given; `service_date` is today's business date unless given.
    Returns the line and its taxes on top. Locks the folio. Raises Invalid `other_property`, `absurd_quantity`,
    `negative_price`; Conflict `folio_closed`, `period_closed`.
    """
    if article.property_id != folio.property_id:
        raise Invalid("other_property", "The article belongs to another property.", field="article")
    if not 1 <= quantity <= MOST_QUANTITY:
        raise Invalid("absurd_quantity", f"From 1 to {MOST_QUANTITY} can be charged at once.", field="quantity")
    each = article.price_minor if unit_minor is None else unit_minor
    if each < 0:
        raise Invalid("negative_price", "A price is never negative: give an allowance instead.", field="unit")
    today = folio.property.business_date
    day = service_date or today
    total = each * quantity
    rules = rules_load(property=folio.property, first=day, until=date.fromordinal(day.toordinal() + 1))
    taxes = tax_lines(
        rules=rules,
        items=[TaxItem("article", day, article.component, total)],
        party=Party(adults=1),
        arrival=day,
    )
    charge = charge_of([(article.component, total)], taxes)
    source = f"article:{request_key or uuid4()}"
    drafts = [
        PostingDraft(
            folio=folio,
            kind=PostingKind.ARTICLE,
            source=source,
            group=source,
            text=clean_text(text, field="text", most=120) or article.name,
            amount_minor=charge.amount_minor,
            contra=[line for part in charge.parts for line in part.drafts(folio.currency)],
            service_date=day,
            quantity=quantity,
            unit_minor=each,
            item_code=article.code,
            component=article.component,
            parts=[part.as_json() for part in charge.parts],
            reservation=folio.reservation,
        )
    ]
    drafts += [
        PostingDraft(
            folio=folio,
            kind=PostingKind.TAX,
            source=f"{source}:{index}",
            group=source,
            text=share.name,
            amount_minor=share.amount_minor,
            contra=[share.draft(folio.currency)],
            service_date=day,
            item_code=share.code,
            component=component,
            tax=share.as_json(),
            parent_source=source,
            reservation=folio.reservation,
        )
        for index, (component, share) in enumerate(charge.on_top)
    ]
    written = postings_write(drafts=drafts, date=today, actor=actor)
    told(folio, "charged", actor, {"line": [None, written[0].text], "amount_minor": [None, total]})
    return written


@retried
@transaction.atomic
def allowance_post(
    *,
    posting: Posting,
    actor: Actor,
    reason: str,
    amount_minor: int | None = None,
    request_key: UUID | None = None,
) -> list[Posting]:
    """Reduce a charge by an amount, or by all that is left of it; its taxes go down in proportion, in it and on top.

    Several allowances of one line sum to exactly the line. A fixed tax on top (so much a night) is given back only with
    the whole line. Locks the folio. Raises Invalid `reason_missing`, `not_a_charge`, `no_amount`; Conflict
    `more_than_left`, `nothing_left`, `folio_closed`, `period_closed`.
    """
    reason = clean_text(reason, field="reason", most=200)
    if not reason:
        raise Invalid("reason_missing", "Say why the guest pays less.", field="reason")
    if posting.of_kind not in REDUCIBLE:
        raise Invalid(
            "not_a_charge", "An allowance is given on a night, an extra, a fee or an article.", field="posting"
        )
    if amount_minor is not None and amount_minor <= 0:
        raise Invalid("no_amount", "An allowance is more than nothing.", field="amount")
    folio = folios_lock([posting.folio])[posting.folio_id]
    source = f"allowance:{request_key or uuid4()}"
    if (known := Posting.objects.filter(source__startswith=source).order_by("pk")).exists():
        return list(known)
    left = left_minor(posting)
    given = left if amount_minor is None else amount_minor
    if left <= 0:
        raise Conflict("nothing_left", "Nothing of this line is left.", field="amount")
    if given > left:
        raise Conflict("more_than_left", f"Only {Money(left, folio.currency)} of this line is left.", field="amount")
    drafts = _reduced(posting, folio, given=given, left=left, source=source, kind=PostingKind.ALLOWANCE, reason=reason)
    written = postings_write(drafts=drafts, date=folio.property.business_date, actor=actor)
    told(folio, "reduced", actor, {posting.text: [left, left - given]}, reason)
    return written


def left_minor(posting: Posting) -> int:
    """Return what of a line is left after what corrected it on its folio."""
    given = Posting.objects.filter(corrects=posting, folio_id=posting.folio_id).aggregate(sum=Sum("amount_minor"))
    return posting.amount_minor + int(given["sum"] or 0)


def _reduced(
    posting: Posting, folio: Folio, *, given: int, left: int, source: str, kind: PostingKind, reason: str
) -> list[PostingDraft]:
    """Return the lines that take `given` of what is left of a line, with its share of the taxes on top."""
    entry_kind = EntryKind.ALLOWANCE if kind == PostingKind.ALLOWANCE else EntryKind.TRANSFER
    whole = posting.amount_minor
    taken = whole - left
    parts = [PartShare.from_json(part) for part in posting.parts]
    gone = parts_minus(scaled(parts, taken + given, whole), scaled(parts, taken, whole)) if parts else ()
    if posting.of_kind in MONEY or not parts:
        contra = [Draft(Role.CANCELLATION, given, folio.currency)] if kind == PostingKind.ALLOWANCE else []
    else:
        contra = [line for part in negated(gone) for line in part.drafts(folio.currency)]
    drafts = [
        PostingDraft(
            folio=folio,
            kind=kind,
            of_kind=PostingKind(posting.of_kind),
            entry_kind=entry_kind,
            source=source,
            group=source,
            text=posting.text,
            amount_minor=-given,
            contra=contra if kind != PostingKind.TRANSFER else [],
            service_date=posting.service_date,
            item_code=posting.item_code,
            component=posting.component,
            parts=[part.as_json() for part in negated(gone)],
            corrects=posting,
            reservation=posting.reservation,
            reason=reason,
        )
    ]
    for index, tax in enumerate(_taxes_on_top(posting, folio)):
        share = TaxShare.from_json(tax.tax or {})
        if share.percent is None and given != left:
            continue
        rest = _tax_left(tax)
        keep = scaled_tax(share, left - given, whole)
        less = TaxShare(
            share.code,
            share.name,
            share.kind,
            share.percent,
            rest.base_minor - keep.base_minor,
            rest.amount_minor - keep.amount_minor,
        )
        if not less.amount_minor and not less.base_minor:
            continue
        negative = TaxShare(less.code, less.name, less.kind, less.percent, -less.base_minor, -less.amount_minor)
        drafts.append(
            PostingDraft(
                folio=folio,
                kind=kind,
                of_kind=PostingKind.TAX,
                entry_kind=entry_kind,
                source=f"{source}:{index}",
                group=source,
                text=tax.text,
                amount_minor=-less.amount_minor,
                contra=[negative.draft(folio.currency)] if kind != PostingKind.TRANSFER else [],
                service_date=tax.service_date,
                item_code=tax.item_code,
                component=tax.component,
                tax=negative.as_json(),
                parent_source=source,
                corrects=tax,
                reservation=tax.reservation,
                reason=reason,
            )
        )
    return drafts


def _taxes_on_top(posting: Posting, folio: Folio) -> QuerySet[Posting]:
    on_top = posting.taxes_on_top.filter(of_kind=PostingKind.TAX, folio=folio)
    return on_top.exclude(kind=PostingKind.CORRECTION).order_by("pk")


def _tax_left(tax: Posting) -> TaxShare:
    share = TaxShare.from_json(tax.tax or {})
    base, amount = share.base_minor, share.amount_minor
    for row in Posting.objects.filter(corrects=tax, folio_id=tax.folio_id):
        kept = TaxShare.from_json(row.tax or {})
        base += kept.base_minor
        amount += kept.amount_minor
    return TaxShare(share.code, share.name, share.kind, share.percent, base, amount)


@retried
@transaction.atomic
def transfer(
    *,
    postings: Sequence[Posting],
    to_folio: Folio,
    actor: Actor,
    reason: str = "",
    amount_minor: int | None = None,
    request_key: UUID | None = None,
    for_reservation: Reservation | None = None,
) -> list[Posting]:
    """Move lines, with what corrected them and the taxes on top, to another folio; or `amount_minor` of a single line.

    Revenue and taxes stay as they are in the books: only who owes changes. Payments move as well; with `for_reservation`
    they count as that stay's from then on: one payment for several rooms is shared out so. Locks both folios.
    Raises Invalid `same_folio`, `other_property`, `other_currency`, `split_one_line`, `no_amount`; Conflict
    `more_than_left`, `nothing_left`, `folio_closed`, `period_closed`.
    """
    if not postings:
        raise Invalid("nothing_chosen", "Choose the lines to move.", field="postings")
    origin = postings[0].folio
    _require_transferable(postings, to_folio, amount_minor)
    locked = folios_lock([origin, to_folio])
    origin, to_folio = locked[origin.pk], locked[to_folio.pk]
    drafts: list[PostingDraft] = []
    key = request_key or uuid4()
    moved_minor = 0
    for index, posting in enumerate(_heads(postings)):
        left = left_minor(posting)
        # What is left of a payment is below zero: a part of it moves the same way.
        given = left if amount_minor is None else amount_minor if left > 0 else -amount_minor
        if left == 0:
            continue
        if abs(given) > abs(left):
            raise Conflict("more_than_left", f"Only {Money(abs(left), origin.currency)} is left.", field="amount")
        out = _reduced(
            posting,
            origin,
            given=given,
            left=left,
            source=f"transfer:{key}:{index}",
            kind=PostingKind.TRANSFER,
            reason=reason,
        )
        drafts += [*out, *(_arriving(draft, to_folio, for_reservation) for draft in out)]
        moved_minor += given
    if not drafts:
        raise Conflict("nothing_left", "Nothing of these lines is left to move.")
    written = postings_write(drafts=drafts, date=origin.property.business_date, actor=actor)
    told(origin, "transferred", actor, {"to": [None, to_folio.code], "amount_minor": [moved_minor, 0]}, reason)
    return written


def _require_transferable(postings: Sequence[Posting], to_folio: Folio, amount_minor: int | None) -> None:
    origin = postings[0].folio
    if any(posting.folio_id != origin.pk for posting in postings):
        raise Invalid("two_folios", "The lines stand on several folios: move those of one at a time.", field="postings")
    if origin.pk == to_folio.pk:
        raise Invalid("same_folio", "The lines are on that folio already.", field="folio")
    if origin.property_id != to_folio.property_id:
        raise Invalid("other_property", "The folio belongs to another property.", field="folio")
    if origin.currency != to_folio.currency:
        raise Invalid("other_currency", f"The folio is kept in {to_folio.currency}.", field="folio")
    if amount_minor is not None and len(postings) != 1:
        raise Invalid("split_one_line", "An amount can be moved of one line at a time.", field="amount")
    if amount_minor is not None and amount_minor <= 0:
        raise Invalid("no_amount", "Move more than nothing.", field="amount")


def _heads(postings: Sequence[Posting]) -> list[Posting]:
    """Return the lines that move by themselves: a tax goes with its charge, a correction with what it corrects."""
    found: dict[int, Posting] = {}
    for posting in postings:
        head = posting
        has_left = head.kind == PostingKind.TRANSFER and not head.source.endswith(ARRIVED)
        if head.corrects is not None and (has_left or head.kind in {PostingKind.ALLOWANCE, PostingKind.CORRECTION}):
            head = head.corrects
        if head.of_kind == PostingKind.TAX and head.parent is not None:
            head = head.parent
        found.setdefault(head.pk, head)
    return list(found.values())


def _arriving(draft: PostingDraft, folio: Folio, reservation: Reservation | None) -> PostingDraft:
    """Return the line that arrives for one that leaves."""
    parts = negated([PartShare.from_json(part) for part in draft.parts])
    tax = draft.tax
    if tax is not None:
        tax = tax | {"amount_minor": -tax["amount_minor"], "base_minor": -tax["base_minor"]}
    return PostingDraft(
        folio=folio,
        kind=PostingKind.TRANSFER,
        of_kind=draft.of_kind,
        entry_kind=EntryKind.TRANSFER,
        source=f"{draft.source}{ARRIVED}",
        group=draft.group,
        text=draft.text,
        amount_minor=-draft.amount_minor,
        contra=[],
        service_date=draft.service_date,
        item_code=draft.item_code,
        component=draft.component,
        parts=[part.as_json() for part in parts],
        tax=tax,
        parent_source=f"{draft.parent_source}{ARRIVED}" if draft.parent_source else "",
        corrects=draft.corrects,
        reservation=reservation or draft.reservation,
        reason=draft.reason,
    )


def folio_merge(*, origin: Folio, into: Folio, actor: Actor, reason: str = "") -> list[Posting]:
    """Move everything that is left on a folio to another. Raises what transfer raises."""
    rows = Posting.objects.filter(folio=origin, corrects=None).select_related("folio", "reservation", "parent")
    arrived = Posting.objects.filter(folio=origin, kind=PostingKind.TRANSFER, source__endswith=ARRIVED)
    lines = [*rows.order_by("pk"), *arrived.select_related("folio", "reservation", "parent").order_by("pk")]
    return transfer(postings=lines, to_folio=into, actor=actor, reason=reason)


@retried
@transaction.atomic
def write_off(*, folio: Folio, reason: str, actor: Actor) -> Posting:
    """Give up what a payer owes. Locks the folio. Raises Invalid `reason_missing`; Conflict `nothing_left`."""
    reason = clean_text(reason, field="reason", most=200)
    if not reason:
        raise Invalid("reason_missing", "Say why it is given up.", field="reason")
    row = folios_lock([folio])[folio.pk]
    owed = row.owed_minor
    if not owed:
        raise Conflict("nothing_left", "Nothing is owed on this folio.")
    source = f"write_off:{row.code}:{row.version}"
    (written,) = postings_write(
        drafts=[
            PostingDraft(
                folio=row,
                kind=PostingKind.WRITE_OFF,
                entry_kind=EntryKind.WRITE_OFF,
                source=source,
                group=source,
                text="Written off",
                amount_minor=-owed,
                contra=[Draft(Role.WRITE_OFF, owed, row.currency)],
                service_date=row.property.business_date,
                reservation=row.reservation,
                reason=reason,
            )
        ],
        date=row.property.business_date,
        actor=actor,
    )
    told(row, "written_off", actor, {"balance_minor": [owed, 0]}, reason)
    return written
