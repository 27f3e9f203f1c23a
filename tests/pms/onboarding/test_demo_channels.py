"""The demo's hotel at the stand-in of Channex: made once, made good when forgotten, bought by a guest of Booking.com."""

import pytest
from django.utils import timezone

from channels.connections.enums import State
from channels.connections.models import Connection
from channels.connections.selectors import unmapped_count
from channels.connections.wire import _client
from channels.sync.pushing import push
from pms.onboarding import demo_channels
from pms.onboarding.demo_channels import channels_connect
from tests.house import TESTER, make_house
from tests.sandbox.fixtures import channex_sandbox, sandbox_judges, sandbox_server  # noqa: F401 - fixtures


@pytest.fixture(autouse=True, scope="module")
def _hung_up():
    """Close the connections that the wire keeps open for this process, before their stand-ins go."""
    yield
    _client().close()
    _client.cache_clear()


@pytest.fixture
def channex(channex_sandbox, settings, monkeypatch):  # noqa: F811
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": f"{channex_sandbox.url}/api/v1"}
    monkeypatch.setattr(demo_channels, "PLANS", ("BAR",))
    return channex_sandbox


@pytest.fixture
def house(in_tenant):
    return make_house(code="LIS", name="Lusitania City", today=timezone.now().date(), horizon_days=60)


def test_the_hotel_is_made_connected_mapped_and_live_once(house, channex):
    assert [channels_connect(actor=TESTER), channels_connect(actor=TESTER)] == [1, 0]
    row = Connection.objects.get()
    assert (row.state, unmapped_count(row)) == (State.LIVE, (0, 0))
    assert push(row.pk) > 0
    assert channex.connection("booking.com", row.account)["rooms"]


def test_a_hotel_that_the_stand_in_forgot_is_made_again(house, channex):
    channels_connect(actor=TESTER)
    first = Connection.objects.get().account
    channex.control("POST", "reset")
    assert channels_connect(actor=TESTER) == 1
    row = Connection.objects.get()
    assert row.account != first
    assert row.state == State.LIVE


def test_an_organization_without_the_demos_hotel_is_left_alone(property_other, channex):
    assert channels_connect(actor=TESTER) == 0
    assert not Connection.objects.exists()


def test_channex_itself_is_left_alone(house, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": "https://app.channex.io/api/v1"}
    assert channels_connect(actor=TESTER) == 0
