"""After every test here everything is recomputed: whatever the test did, the counters and nights must still agree."""

from collections.abc import Iterator
from typing import Any

import pytest
from django_tenants.utils import schema_context

from tests.conftest import HORIZON_DAYS, TODAY
from tests.house import Estate, make_estate


@pytest.fixture
def estate(in_tenant: Any) -> Estate:
    """Two houses let whole or by flat, and a flat that stands alone, in hotel_a."""
    return make_estate(code="VNO", today=TODAY, horizon_days=HORIZON_DAYS)


@pytest.fixture
def planted() -> None:
    """Say that the test breaks the inventory on purpose: it is not certified afterwards."""


@pytest.fixture(autouse=True)
def _certified(request: pytest.FixtureRequest) -> Iterator[None]:
    if "in_tenant" not in request.fixturenames or "planted" in request.fixturenames:
        yield
        return
    tenant = request.getfixturevalue("in_tenant")
    yield
    from bookings.lifecycle.invariants import certify
    from pms.properties.models import Property

    with schema_context(tenant.schema_name):
        for place in Property.objects.all():
            assert certify(property=place).findings == ()
