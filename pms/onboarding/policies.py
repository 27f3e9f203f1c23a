"""Cancellation policies that hotels commonly have, on paper."""

from decimal import Decimal
from typing import Final

from bookings.rates.enums import Penalty

from .rate_drafts import PolicyDraft, TierDraft

#: Nothing is paid back, from the sale on.
NON_REFUNDABLE: Final = PolicyDraft("NONREF", "Non-refundable", (TierDraft(None, Penalty.FULL),))
#: Free until two weeks before, then half, from two days before all of it; who books late has a day to think.
TIERED: Final = PolicyDraft(
    "TIERED",
    "Free until 14 days before, then half",
    (
        TierDraft(None, Penalty.NONE),
        TierDraft(14, Penalty.PERCENT, percent=Decimal(50)),
        TierDraft(2, Penalty.FULL),
        TierDraft(None, Penalty.NONE, booked_days_below=14),
        TierDraft(1, Penalty.NIGHTS, nights=1, booked_days_below=14),
    ),
)


def free_until(code: str, days: int, *, full_no_show: bool = False) -> PolicyDraft:
    """Free until so many days before arrival, then the first night; not coming may cost all of it."""
    no_show = (TierDraft(None, Penalty.FULL, is_no_show=True),) if full_no_show else ()
    when = f"{days} day{'s' if days > 1 else ''} before" if days else "the day of arrival"
    return PolicyDraft(
        code, f"Free until {when}", (TierDraft(None, Penalty.NONE), TierDraft(days, Penalty.NIGHTS, nights=1), *no_show)
    )
