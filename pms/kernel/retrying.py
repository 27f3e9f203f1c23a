"""When to try again what failed: later each time, and never everybody at once."""

from datetime import datetime, timedelta
from random import uniform

FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 6 * 3600.0


def retry_at(*, attempts: int, now: datetime) -> datetime:
    """Return when to try again after so many attempts: twice as long each time, up to six hours, give or take a fifth."""
    seconds = min(FIRST_RETRY_SECONDS * 2 ** (attempts - 1), LONGEST_RETRY_SECONDS)
    return now + timedelta(seconds=seconds * uniform(0.8, 1.2))
