"""What Stripe transferred to the bank, line by line: payments, refunds, disputes and fees."""

from datetime import UTC, datetime
from typing import Any

from billing.payments.providers.amounts import from_provider
from billing.payments.providers.base import PayoutLine, ProviderPayout
from billing.payments.providers.stripe.client import PAGE, every
from pms.kernel.money import Money

_KINDS = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "payment_failure_refund": "refund",
    "refund_failure": "refund",
    "adjustment": "dispute",
    "stripe_fee": "fee",
    "application_fee": "fee",
}


def payouts_since(api: Any, since: datetime) -> list[ProviderPayout]:
    """Return every payout since then with its lines. One call, and one for each payout."""
    begun = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
    return [_payout(api, payout) for payout in every(api.payouts.list(begun))]


def _payout(api: Any, payout: Any) -> ProviderPayout:
    asked = {"payout": payout.id, "limit": PAGE, "expand": ["data.source"]}
    lines = every(api.balance_transactions.list(asked), lambda each: each.type != "payout")
    return ProviderPayout(
        payout_id=payout.id,
        amount=from_provider(payout.amount, payout.currency),
        status=payout.status,
        arrives_on=datetime.fromtimestamp(payout.arrival_date, tz=UTC).date(),
        lines=tuple(_line(line) for line in lines),
    )


def _line(line: Any) -> PayoutLine:
    settled = from_provider(line.amount, line.currency)
    source = line.source if hasattr(line.source, "id") else None
    kind = _KINDS.get(line.type, "other")
    if kind == "dispute" and (source is None or getattr(source, "object", "") != "dispute"):
        kind = "other"
    return PayoutLine(
        line_id=line.id,
        kind=kind,
        gross=_gross(source, settled),
        settled=settled,
        fee_minor=from_provider(line.fee, line.currency).minor,
        net_minor=from_provider(line.net, line.currency).minor,
        payment_id=str(getattr(source, "payment_intent", None) or "") if source is not None else "",
        description=line.description or "",
    )


def _gross(source: Any, settled: Money) -> Money:
    """Return the amount in the currency that the guest paid in; its sign is that of what was settled."""
    if source is None or not getattr(source, "currency", None) or getattr(source, "amount", None) is None:
        return settled
    paid = from_provider(source.amount, source.currency)
    return paid if (paid.minor < 0) == (settled.minor < 0) else -paid
