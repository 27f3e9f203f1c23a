"""Which state of a payment, refund or dispute may follow which, and the functions that ask.

The provider is right about money: a payment that we cancelled and that was paid all the same is paid. So what ended
without money may still become paid, but nothing paid becomes unpaid; money that goes back is a refund of its own.
"""

from billing.payments.enums import DisputeStatus, PaymentStatus, RefundStatus
from pms.kernel.errors import Conflict

_MONEY = frozenset({PaymentStatus.AUTHORISED, PaymentStatus.PARTIALLY_CAPTURED, PaymentStatus.CAPTURED})
_OPEN = frozenset({PaymentStatus.SUBMITTED, PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING})
_END = frozenset({PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.EXPIRED})
_SAVED = frozenset({PaymentStatus.SAVED})

TRANSITIONS: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.SCHEDULED: frozenset({PaymentStatus.CREATED, PaymentStatus.CANCELLED}),
    PaymentStatus.CREATED: _OPEN | _MONEY | _END | _SAVED,
    PaymentStatus.SUBMITTED: _OPEN | _MONEY | _END | _SAVED,
    PaymentStatus.REQUIRES_ACTION: _OPEN | _MONEY | _END | _SAVED,
    PaymentStatus.PROCESSING: _OPEN | _MONEY | _END | _SAVED,
    # A capture may take a while itself.
    PaymentStatus.AUTHORISED: frozenset(
        {PaymentStatus.PROCESSING, PaymentStatus.PARTIALLY_CAPTURED, PaymentStatus.CAPTURED}
    )
    | _END,
    PaymentStatus.PARTIALLY_CAPTURED: frozenset({PaymentStatus.CAPTURED}),
    PaymentStatus.CAPTURED: frozenset(),
    PaymentStatus.SAVED: frozenset(),
    PaymentStatus.FAILED: _OPEN | _MONEY | _SAVED | frozenset({PaymentStatus.CANCELLED, PaymentStatus.EXPIRED}),
    PaymentStatus.CANCELLED: _MONEY,
    PaymentStatus.EXPIRED: _MONEY,
}

REFUND_TRANSITIONS: dict[RefundStatus, frozenset[RefundStatus]] = {
    RefundStatus.REQUESTED: frozenset(
        {RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.FAILED, RefundStatus.CANCELLED}
    ),
    RefundStatus.PENDING: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED, RefundStatus.CANCELLED}),
    # A bank may send a refund back days later.
    RefundStatus.SUCCEEDED: frozenset({RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset(),
    RefundStatus.CANCELLED: frozenset(),
}

DISPUTE_TRANSITIONS: dict[DisputeStatus, frozenset[DisputeStatus]] = {
    DisputeStatus.INQUIRY: frozenset({DisputeStatus.OPEN, DisputeStatus.WON, DisputeStatus.LOST}),
    DisputeStatus.OPEN: frozenset({DisputeStatus.WON, DisputeStatus.LOST}),
    DisputeStatus.WON: frozenset({DisputeStatus.LOST}),
    DisputeStatus.LOST: frozenset({DisputeStatus.WON}),
}


def may_become(current: str, to: PaymentStatus) -> bool:
    """Return whether a payment may go from current to `to`."""
    return to in TRANSITIONS[PaymentStatus(current)]


def transition_check(current: str, to: PaymentStatus) -> None:
    """Raise Conflict `transition_refused` unless a payment may go from current to `to`."""
    if not may_become(current, to):
        raise Conflict(
            "transition_refused",
            f"A payment that is “{PaymentStatus(current).label.lower()}” cannot become “{to.label.lower()}”.",
            current=current,
            to=to.value,
        )


def refund_may_become(current: str, to: RefundStatus) -> bool:
    """Return whether a refund may go from current to `to`."""
    return to in REFUND_TRANSITIONS[RefundStatus(current)]


def dispute_may_become(current: str, to: DisputeStatus) -> bool:
    """Return whether a dispute may go from current to `to`."""
    return to in DISPUTE_TRANSITIONS[DisputeStatus(current)]
