"""A hotel that takes money: by hand, and at the providers' stand-ins over real HTTP."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from billing.folios.models import Folio
from billing.folios.services import main_folio
from billing.ledger.services import entity_of
from billing.payments.models import PaymentAccount
from billing.payments.selectors import webhook_url
from billing.payments.services import account_save, accounts_by_hand_ensure
from pms.inbox.enums import MessageStatus
from pms.inbox.jobs import handle
from pms.inbox.selectors import messages_here
from tests.house import TESTER, book
from tests.sandbox.fixtures import paypal_sandbox, razorpay_sandbox, sandbox_judges, sandbox_server, stripe_sandbox

__all__ = ["paypal_sandbox", "razorpay_sandbox", "sandbox_judges", "sandbox_server", "stripe_sandbox"]

PAGES: dict[str, Any] = {"return_url": "https://hotel.example/back/", "cancel_url": "https://hotel.example/cancelled/"}


def account_make(place: Any, *, code: str, provider: str, secrets: dict[str, str] | None = None, **more: Any) -> Any:
    """Make an account of the property's legal entity."""
    more.setdefault("currencies", ["EUR", "USD", "JPY", "INR"])
    account = PaymentAccount(code=code, name=code.title(), entity=entity_of(place), provider=provider, **more)
    return account_save(account=account, secrets=secrets, actor=TESTER)


@pytest.fixture
def folio(property_a) -> Folio:
    """Greta's main folio for three nights."""
    return main_folio(reservation=book(property_a, 10, 13, guest="Greta"))


@pytest.fixture
def cash(property_a):
    """The drawer."""
    return accounts_by_hand_ensure(entity=entity_of(property_a.property), actor=TESTER)[0]


@pytest.fixture
def stripe_account(property_a, stripe_sandbox, settings):
    """An account at the Stripe stand-in."""
    settings.STRIPE_API_BASE = stripe_sandbox.url
    secrets = {"secret_key": stripe_sandbox.secret_key, "webhook_secret": "whsec_sandbox"}
    return account_make(property_a.property, code="STRIPE", provider="stripe", secrets=secrets, public_key="pk_test_1")


@pytest.fixture
def razorpay_account(property_a, razorpay_sandbox, settings):
    """An account at the Razorpay stand-in."""
    settings.RAZORPAY_API_BASE = razorpay_sandbox.url
    secrets = {"secret_key": razorpay_sandbox.secret, "webhook_secret": "razorpay_webhook_secret"}
    key = razorpay_sandbox.key
    return account_make(property_a.property, code="RAZORPAY", provider="razorpay", secrets=secrets, public_key=key)


@pytest.fixture
def paypal_account(property_a, paypal_sandbox, settings):
    """An account at the PayPal stand-in."""
    settings.PAYPAL_API_BASE = paypal_sandbox.url
    return account_make(
        property_a.property,
        code="PAYPAL",
        provider="paypal",
        secrets={"secret_key": paypal_sandbox.client_secret},
        public_key=paypal_sandbox.client_id,
        webhook_id="WHSANDBOX",
    )


@pytest.fixture(autouse=True)
def _no_token_of_before():
    from billing.payments.providers.paypal import client

    client._tokens.clear()


@pytest.fixture
def hooked(live_server):
    """Return hooked(account): the address that the provider sends to, on this test's own server."""

    def address(account: Any) -> str:
        return f"{live_server.url}{urlsplit(webhook_url(account=account)).path}"

    return address


def hear() -> list[str]:
    """Handle every message that waits, as the jobs would; return the kinds."""
    waiting = list(messages_here().filter(status=MessageStatus.WAITING).order_by("pk"))
    return [message.kind for message in waiting if handle(str(message.public_id))]
