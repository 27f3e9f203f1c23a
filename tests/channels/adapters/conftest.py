"""The stand-ins, and a hotel behind each."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite(
    "tests.channels.adapters.contract",
    "tests.channels.adapters.airbnb_hotel",
    "tests.channels.adapters.bookingcom_hotel",
    "tests.channels.adapters.channex_hotel",
    "tests.channels.adapters.expedia_hotel",
)

from channels.connections.wire import _client  # noqa: E402
from tests.channels.adapters.airbnb_hotel import AirbnbHotel  # noqa: E402
from tests.channels.adapters.channex_hotel import ChannexHotel  # noqa: E402 (its asserts are rewritten first)
from tests.channels.adapters.expedia_hotel import ExpediaHotel  # noqa: E402
from tests.sandbox.airbnb.fixtures import AirbnbRemote, airbnb_sandbox  # noqa: E402
from tests.sandbox.bookingcom.fixtures import bookingcom_sandbox  # noqa: E402
from tests.sandbox.endpoint import Endpoint  # noqa: E402
from tests.sandbox.expedia.fixtures import ExpediaRemote, Receiver, expedia_sandbox, receiver  # noqa: E402
from tests.sandbox.fixtures import ChannexRemote, channex_sandbox, sandbox_server  # noqa: E402

__all__ = [
    "Receiver",
    "airbnb_sandbox",
    "bookingcom_sandbox",
    "channex_sandbox",
    "expedia_sandbox",
    "receiver",
    "sandbox_server",
]


@pytest.fixture
def channex_hotel(channex_sandbox: ChannexRemote) -> ChannexHotel:
    """Two rooms with three rates, at Booking.com, Airbnb and Expedia through Channex."""
    return ChannexHotel(channex_sandbox)


@pytest.fixture
def expedia_hotel(expedia_sandbox: ExpediaRemote) -> ExpediaHotel:
    """Two rooms with two rates each at Expedia."""
    return ExpediaHotel(expedia_sandbox)


@pytest.fixture
def airbnb_hotel(airbnb_sandbox: AirbnbRemote) -> AirbnbHotel:
    """A loft at Airbnb, whose host has agreed."""
    return AirbnbHotel(airbnb_sandbox)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """The hotel's end of a webhook."""
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture(autouse=True, scope="session")
def _hung_up() -> Iterator[None]:
    """Close the connections that the wire keeps open for this process, before their stand-ins go."""
    yield
    _client().close()
    _client.cache_clear()
