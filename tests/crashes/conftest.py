"""The premises, made once for the whole run, and a guest who is about to pay."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from billing.payments.selectors import webhook_url
from pms.tenants.models import Organization
from tests.billing.payments.conftest import account_make
from tests.crashes.certainty import recovered
from tests.crashes.guests import Guest, guest_make
from tests.crashes.premises import Premises, furnish
from tests.sandbox import together
from tests.sandbox.fixtures import StripeRemote, sandbox_judges

__all__ = ["sandbox_judges"]


@pytest.fixture(scope="session")
def _stand_in(sandbox_judges: dict[str, Any]) -> Iterator[StripeRemote]:
    """The stand-ins, Stripe's judged at the end by Stripe's own document where that is at hand."""
    server = together.build(port=0, public_url="http://127.0.0.1", folder=None, listeners={})
    for prefix, each in server.mounts.items():
        each.public_url = f"http://127.0.0.1:{server.port}{prefix}"
    provider = server.mounts["/stripe"]
    server.start()
    yield StripeRemote(provider.public_url)
    judge = sandbox_judges.get("stripe")
    crashes = [crash for each in server.mounts.values() for crash in each.crashes]
    found = [*crashes, *(each for exchange in provider.exchanges if judge for each in judge.judge(exchange))]
    server.close()
    assert not found, "\n".join(dict.fromkeys(found))


@pytest.fixture(scope="session")
def _premises(
    _stand_in: StripeRemote, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Premises]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    premises = Premises(tmp_path_factory.mktemp("premises"), _stand_in, port)
    try:
        with django_db_blocker.unblock():
            premises.stores.fill(connection.settings_dict)
            with premises.inside():
                _open(premises)
        premises.start("web", "worker")
        yield premises
    finally:
        premises.close()


def _open(premises: Premises) -> None:
    """Make the house and its account, and have the stand-in send its messages here."""
    Organization.objects.exclude(slug="hotel-a").update(suspended_at=timezone.now())
    furnish(premises)
    account = account_make(
        premises.house.property,
        code="STRIPE",
        provider="stripe",
        secrets={"secret_key": premises.sandbox.secret_key, "webhook_secret": "whsec_sandbox"},
        public_key="pk_test_1",
    )
    path = urlsplit(webhook_url(account=account)).path
    premises.sandbox.listen(f"http://localhost:{premises.port}{path}")
    premises.sandbox.webhooks(retry_seconds=[0.5] * 40)


@pytest.fixture
def premises(_premises: Premises, django_db_blocker: Any) -> Iterator[Premises]:
    """The premises with everything running; the test is in hotel_a of their database. Afterwards all must hold."""
    with django_db_blocker.unblock(), _premises.inside():
        _premises.ensure()
        yield _premises
        recovered(_premises)


@pytest.fixture
def guest(premises: Premises) -> Guest:
    """Greta, who keeps a double and pays in advance."""
    return guest_make(premises)
