"""What the books refuse."""

from datetime import date

from pms.kernel.errors import Conflict


def period_closed(closed_through: date) -> Conflict:
    """Return the refusal of an entry on a day that is closed."""
    return Conflict(
        "period_closed",
        f"The books are closed through {closed_through:%-d %B %Y}: post it on a later day.",
        field="date",
    )
