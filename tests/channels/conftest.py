from tests.bookings.conftest import _certified, planted  # noqa: F401 - what channels do is certified as well
from tests.sandbox.fixtures import channex_sandbox, sandbox_judges, sandbox_server  # noqa: F401
