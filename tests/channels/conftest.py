from tests.bookings.conftest import _certified, planted  # noqa: F401 - what channels do is certified as well
