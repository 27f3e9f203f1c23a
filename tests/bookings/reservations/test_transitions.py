import pytest

from bookings.reservations.enums import Status
from bookings.reservations.transitions import TRANSITIONS, transition_check
from tests.house import refused

#: The table once more, by hand: who changes it in one place has to mean it.
ALLOWED = {
    "inquiry": {"hold", "pending", "confirmed", "cancelled", "rejected"},
    "hold": {"pending", "confirmed", "cancelled", "rejected", "failed"},
    "pending": {"confirmed", "cancelled", "rejected", "failed"},
    "confirmed": {"checked_in", "cancelled", "no_show"},
    "checked_in": {"confirmed", "checked_out"},
    "checked_out": {"checked_in", "completed"},
    "completed": set(),
    "cancelled": {"confirmed"},
    "no_show": {"confirmed"},
    "rejected": set(),
    "failed": set(),
}


def test_every_status_has_its_row():
    assert set(TRANSITIONS) == set(Status)


@pytest.mark.parametrize("to", list(Status))
@pytest.mark.parametrize("current", list(Status))
def test_each_pair_is_allowed_or_refused(current, to):
    if to in ALLOWED[current]:
        transition_check(current, to)
    else:
        with refused("transition_refused"):
            transition_check(current, to)


def test_a_service_may_allow_fewer_beginnings_than_the_table():
    """T56: reinstating ends in confirmed as confirming does, but only the one checks availability again."""
    with refused("transition_refused"):
        transition_check(Status.CANCELLED, Status.CONFIRMED, only_from={Status.PENDING})
