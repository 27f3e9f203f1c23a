import pytest

from channels.adapters.bookingcom.tokens import forget_all
from tests.bookings.conftest import _certified, planted  # noqa: F401 - what channels do is certified as well
from tests.sandbox.fixtures import channex_sandbox, sandbox_judges, sandbox_server  # noqa: F401


@pytest.fixture(autouse=True)
def _no_token_of_another_test() -> None:
    """Booking.com gives thirty tokens an hour, and stand-ins more than one life."""
    forget_all()
