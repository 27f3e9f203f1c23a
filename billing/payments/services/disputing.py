"""What the provider says of disputes: while one is open the money lies apart, and the decision posts what it means."""

from collections.abc import Iterable

import structlog
from django.utils import timezone

from billing.folios.models import Folio
from billing.payments.enums import DisputeStatus
from billing.payments.models import Dispute, PaymentIntent
from billing.payments.providers.base import DisputeOutcome, ProviderDispute
from billing.payments.services.posting import (
    dispute_lost,
    dispute_regained,
    dispute_reinstated,
    dispute_withdrawn,
    folio_share,
)
from billing.payments.services.telling import tell
from billing.payments.transitions import dispute_may_become
from pms.kernel.actors import Actor

logger = structlog.get_logger(__name__)

_STATUS = {
    DisputeOutcome.INQUIRY: DisputeStatus.INQUIRY,
    DisputeOutcome.OPEN: DisputeStatus.OPEN,
    DisputeOutcome.WON: DisputeStatus.WON,
    DisputeOutcome.LOST: DisputeStatus.LOST,
}
_TOLD = {DisputeStatus.OPEN: "disputed", DisputeStatus.WON: "dispute_won", DisputeStatus.LOST: "dispute_lost"}


def disputes_apply(row: PaymentIntent, folio: Folio, disputes: Iterable[ProviderDispute], actor: Actor) -> int:
    """Apply every dispute; return how many changed. Both rows are locked by the caller."""
    return sum(_apply(row, folio, theirs, actor) for theirs in disputes)


def _apply(row: PaymentIntent, folio: Folio, theirs: ProviderDispute, actor: Actor) -> bool:
    to = _STATUS[theirs.outcome]
    dispute = row.disputes.filter(provider_id=theirs.dispute_id).first()
    if dispute is None:
        # One that we hear of only when it is decided was open before, and is posted so.
        dispute = Dispute.objects.create(
            payment=row,
            provider_id=theirs.dispute_id,
            amount_minor=theirs.amount.minor,
            folio_amount_minor=max(1, folio_share(row, theirs.amount.minor)),
            status=DisputeStatus.INQUIRY,
            reason=theirs.reason[:80],
            respond_by=theirs.respond_by,
            opened_at=timezone.now(),
        )
    before = DisputeStatus(dispute.status)
    if to == before:
        return False
    if not dispute_may_become(before, to):
        logger.warning("dispute_stays", dispute=dispute.provider_id, status=before, provider=to)
        return False
    _post(row, folio, dispute, before, to, actor)
    dispute.status, dispute.respond_by = to, theirs.respond_by or dispute.respond_by
    dispute.closed_at = timezone.now() if to in {DisputeStatus.WON, DisputeStatus.LOST} else None
    dispute.save()
    payload = {"dispute_minor": dispute.amount_minor, "respond_by": dispute.respond_by}
    if to in _TOLD:
        tell(row, _TOLD[to], actor, {"dispute": [before, to]}, reason=dispute.reason, payload=payload)
    return True


def _post(  # noqa: PLR0917 - one step of a state machine
    row: PaymentIntent, folio: Folio, dispute: Dispute, before: DisputeStatus, to: DisputeStatus, actor: Actor
) -> None:
    if before == DisputeStatus.LOST:
        dispute_regained(row, dispute, folio=folio, actor=actor)
        dispute.turns += 1
        return
    if before == DisputeStatus.WON:
        dispute.turns += 1
    if before != DisputeStatus.OPEN:
        dispute_withdrawn(row, dispute, actor=actor)
    if to == DisputeStatus.WON:
        dispute_reinstated(row, dispute, actor=actor)
    elif to == DisputeStatus.LOST:
        dispute_lost(row, dispute, folio=folio, actor=actor)
