"""Later each time, up to a bound, and never everybody at once."""

from datetime import UTC, datetime

from pms.kernel.retrying import FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, retry_at


def test_retries_wait_twice_as_long_each_time_up_to_six_hours():
    now = datetime(2026, 11, 20, tzinfo=UTC)
    waits = [(retry_at(attempts=attempts, now=now) - now).total_seconds() for attempts in range(1, 30)]
    for attempt, wait in enumerate(waits):
        expected = min(FIRST_RETRY_SECONDS * 2**attempt, LONGEST_RETRY_SECONDS)
        assert 0.8 * expected <= wait <= 1.2 * expected
    assert len({(retry_at(attempts=5, now=now)) for _ in range(20)}) > 1
