"""What the provider says of refunds: each is an entry of its own, known by our key or by the provider's id (T38)."""

from collections.abc import Iterable

import structlog
from django.db.models import Sum
from django.utils import timezone

from billing.folios.models import Folio
from billing.payments.enums import COUNTED, POSTED, RefundStatus
from billing.payments.models import PaymentIntent, Refund
from billing.payments.providers.base import ProviderRefund, RefundOutcome
from billing.payments.services.posting import folio_share, refund_post, refund_post_back
from billing.payments.services.telling import tell
from billing.payments.shares import Share, shares_of_payment
from billing.payments.transitions import refund_may_become
from pms.kernel.actors import Actor

logger = structlog.get_logger(__name__)

_STATUS = {
    RefundOutcome.PENDING: RefundStatus.PENDING,
    RefundOutcome.SUCCEEDED: RefundStatus.SUCCEEDED,
    RefundOutcome.FAILED: RefundStatus.FAILED,
    RefundOutcome.CANCELLED: RefundStatus.CANCELLED,
}


def refunds_apply(row: PaymentIntent, folio: Folio, refunds: Iterable[ProviderRefund], actor: Actor) -> int:
    """Apply every refund; return how many changed. Both rows are locked by the caller, who saves the payment.

    Refunds that failed are applied first: they make room for others. One that nobody here asked for was made on the
    provider's own pages, and is written down as it is.
    """
    changed = 0
    for theirs in sorted(
        refunds, key=lambda refund: refund.outcome not in {RefundOutcome.FAILED, RefundOutcome.CANCELLED}
    ):
        mine = _find(row, theirs) or _made_elsewhere(row, theirs)
        if mine is not None:
            changed += refund_advance(row, mine, theirs, folio=folio, actor=actor)
    row.refunded_minor = _refunded(row, POSTED)
    return changed


def refund_advance(row: PaymentIntent, refund: Refund, theirs: ProviderRefund, *, folio: Folio, actor: Actor) -> bool:
    """Bring one refund to where it is at the provider, and post what that means; return whether anything changed."""
    to = _STATUS[theirs.outcome]
    before = refund.status
    is_new = refund.pk is None
    if not is_new and to != before and not refund_may_become(before, to):
        logger.warning("refund_stays", refund=str(refund.code), status=before, provider=to)
        return False
    if not is_new and to == before and refund.provider_id == theirs.refund_id:
        return False
    refund.provider_id, refund.status = theirs.refund_id, to
    refund.next_attempt_at = None
    refund.last_error_code, refund.last_error = "", theirs.reason[:500]
    if to in POSTED and refund.posting_code is None:
        refund.posting_code = refund_post(row, refund, folio=folio, actor=actor).code
    if to not in POSTED:
        refund.ended_at = timezone.now()
        if refund.posting_code is not None and refund.counter_posting_code is None:
            refund.counter_posting_code = refund_post_back(row, refund, folio=folio, actor=actor).code
    if to == RefundStatus.SUCCEEDED:
        refund.ended_at = timezone.now()
    refund.save()
    verb = "refunded" if to in POSTED else "refund_failed"
    if before != to and not (before == RefundStatus.PENDING and to == RefundStatus.SUCCEEDED):
        payload = {"refund": str(refund.code), "refund_minor": refund.amount_minor}
        tell(row, verb, actor, {"refund": [None if is_new else before, to]}, reason=refund.reason, payload=payload)
    return True


def refund_share(row: PaymentIntent, amount_minor: int) -> int:
    """Return what the next refund of so much is in the folio's currency: all refunds together give the whole back."""
    counted = row.refunds.filter(status__in=COUNTED)
    sums = counted.aggregate(paid=Sum("amount_minor"), folio=Sum("folio_amount_minor"))
    return max(1, folio_share(row, (sums["paid"] or 0) + amount_minor) - (sums["folio"] or 0))


def home_of(row: PaymentIntent, folio_minor: int) -> Share | None:
    """Return the share that a refund of so much is taken from; None: the payment's own folio, which has it all or most."""
    shares = shares_of_payment(payment=row)
    own = (row.folio_id, row.reservation_id)
    if any((each.folio.pk, each.reservation_id) == own and each.left_minor >= folio_minor for each in shares):
        return None
    return next((each for each in shares if each.left_minor >= folio_minor), None)


def _find(row: PaymentIntent, theirs: ProviderRefund) -> Refund | None:
    """Return our row of a refund: by the provider's id, else by our own key."""
    by_id = row.refunds.filter(provider_id=theirs.refund_id).first()
    if by_id is not None or not theirs.key:
        return by_id
    return next((mine for mine in row.refunds.filter(provider_id="") if str(mine.code) == theirs.key), None)


def _made_elsewhere(row: PaymentIntent, theirs: ProviderRefund) -> Refund | None:
    if theirs.outcome in {RefundOutcome.FAILED, RefundOutcome.CANCELLED}:
        return None
    _make_room(row, theirs)
    home = home_of(row, folio_share(row, theirs.amount.minor))
    return Refund(
        payment=row,
        folio=home.folio if home else None,
        reservation_id=home.reservation_id if home else None,
        amount_minor=theirs.amount.minor,
        folio_amount_minor=refund_share(row, theirs.amount.minor),
        reason="Refunded on the provider's own pages.",
        actor_label=row.account.name,
        requested_at=timezone.now(),
    )


def _make_room(row: PaymentIntent, theirs: ProviderRefund) -> None:
    """Take back what we only asked for, where the provider has meanwhile given back so much that it cannot be done."""
    for mine in row.refunds.filter(status=RefundStatus.REQUESTED).order_by("-pk"):
        if _refunded(row, COUNTED) + theirs.amount.minor <= row.captured_minor:
            return
        mine.status, mine.ended_at, mine.next_attempt_at = RefundStatus.FAILED, timezone.now(), None
        mine.last_error = "Somebody refunded it on the provider's own pages first."
        mine.save(update_fields=["status", "ended_at", "next_attempt_at", "last_error"])


def _refunded(row: PaymentIntent, statuses: Iterable[RefundStatus]) -> int:
    return int(row.refunds.filter(status__in=list(statuses)).aggregate(sum=Sum("amount_minor"))["sum"] or 0)
