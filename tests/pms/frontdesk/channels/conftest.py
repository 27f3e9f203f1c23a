"""The stand-in for Channex, and an end of its HTTP connections."""

from collections.abc import Iterator

import pytest

from channels.connections.wire import _client
from tests.sandbox.fixtures import channex_sandbox, sandbox_judges, sandbox_server  # noqa: F401


@pytest.fixture(autouse=True, scope="session")
def _hung_up() -> Iterator[None]:
    """Close the connections that the wire keeps open for this process, before their stand-ins go."""
    yield
    _client().close()
    _client.cache_clear()
