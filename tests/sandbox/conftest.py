"""The stand-ins as fixtures. Other tests take them with the same import in their conftest."""

from collections.abc import Iterator

import pytest

from tests.sandbox.endpoint import Endpoint
from tests.sandbox.fixtures import (
    channex_sandbox,
    paypal_sandbox,
    razorpay_sandbox,
    sandbox_judges,
    sandbox_server,
    stripe_sandbox,
)

__all__ = [
    "channex_sandbox",
    "paypal_sandbox",
    "razorpay_sandbox",
    "sandbox_judges",
    "sandbox_server",
    "stripe_sandbox",
]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that a stand-in may send its notifications to."""
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()
