"""Jobs: thin, repeatable, inside the organization already."""

import structlog

from guests.portal.models import Cancellation
from guests.portal.services import cancellation_settle, links_ask
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError

logger = structlog.get_logger(__name__)

SWEEP_LIMIT = 500


def give_back(code: str) -> bool:
    """Give back what was paid too much for the cancelled stay with this code; return whether that is done."""
    row = Cancellation.objects.filter(reservation__code=code).first()
    return row is not None and _settled(row)


def sweep() -> int:
    """Take up every cancellation that is not settled, whatever the queue lost; return how many are now."""
    rows = Cancellation.objects.filter(settled_at=None).order_by("cancelled_at")[:SWEEP_LIMIT]
    return sum(_settled(row) for row in rows)


def find(email: str, code: str) -> int:
    """Send the links of the bookings of an address to it; return how many."""
    return links_ask(email=email, code=code)


def _settled(row: Cancellation) -> bool:
    try:
        return cancellation_settle(cancellation=row, actor=Actor.system("refunds")).settled_at is not None
    except DomainError as refusal:
        # It stays open: the sweep brings it again.
        logger.warning("refund_waits", reservation=row.reservation.code, code=refusal.code)
        return False
