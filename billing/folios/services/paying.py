"""Money on a folio. Where it lies meanwhile is the caller's to say: billing.payments knows the providers."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from billing.folios.enums import PostingKind
from billing.folios.models import Folio, Posting
from billing.folios.services.opening import folio_reopen, told
from billing.folios.services.writing import PostingDraft, postings_write
from billing.ledger.enums import EntryKind
from billing.ledger.services import Draft, open_day
from bookings.reservations.models import Reservation
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.kernel.locking import retried


@retried
@transaction.atomic
def payment_post(
    *,
    folio: Folio,
    amount_minor: int,
    contra: Sequence[Draft],
    source: str,
    text: str,
    actor: Actor,
    refund: bool = False,
    entry_kind: EntryKind | None = None,
    date: date | None = None,
    item_code: str = "",
    reason: str = "",
    reservation: Reservation | None = None,
) -> Posting:
    """Write money that came (or, for `refund`, went) on a folio, once for each `source`.

       `amount_minor` is above zero, in the folio's currency; `contra` is where it lies, a debit for a payment, over
       Role.EXCHANGE when it was paid in another currency (T37). It is dated `date` or today's business date, or the first
       open day after it: money that moved cannot wait for a period. For the same reason a closed folio opens again.
       It counts for the folio's stay, unless `reservation` names another.
    the folio. Raises Invalid `no_amount`, `currency_mismatch`, `entry_unbalanced`.
    """
    if amount_minor <= 0:
        raise Invalid("no_amount", "A payment is more than nothing.", field="amount")
    day = open_day(entity=folio.entity, wanted=date or folio.property.business_date)
    known = Posting.objects.filter(source=source).first()
    if known is not None:
        return known
    folio_reopen(folio=folio, reason=f"{text} came after it was closed", actor=actor)
    (written,) = postings_write(
        drafts=[
            PostingDraft(
                folio=folio,
                kind=PostingKind.REFUND if refund else PostingKind.PAYMENT,
                entry_kind=entry_kind or (EntryKind.REFUND if refund else EntryKind.PAYMENT),
                source=source,
                group=source,
                text=text,
                amount_minor=amount_minor if refund else -amount_minor,
                contra=contra,
                service_date=day,
                item_code=item_code,
                reservation=reservation or folio.reservation,
                reason=reason,
            )
        ],
        date=day,
        actor=actor,
    )
    verb = "refunded" if refund else "paid"
    told(folio, verb, actor, {"amount_minor": [None, amount_minor], "what": [None, text]}, reason)
    return written
