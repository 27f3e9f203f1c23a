"""The demo's webhooks at the stand-in of Stripe: registered once, anew when the port is another, heard and believed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.ledger.services import entity_of
from billing.payments.keys import secrets_of
from billing.payments.models import PaymentAccount
from pms.onboarding.demo_sandbox import KEY, is_sandbox, online_account_ensure, webhooks_connect
from tests.house import TESTER
from tests.sandbox.fixtures import sandbox_judges, sandbox_server, stripe_sandbox  # noqa: F401 - fixtures


@pytest.fixture
def account(property_a, settings, stripe_sandbox):  # noqa: F811 - the fixture
    settings.STRIPE_API_BASE = stripe_sandbox.url
    return online_account_ensure(entity=entity_of(property_a.property), actor=TESTER)


def endpoints(sandbox):
    return [row.url for row in sandbox.client(KEY).v1.webhook_endpoints.list().data]


def test_it_registers_once(account, stripe_sandbox):  # noqa: F811
    assert [webhooks_connect(actor=TESTER), webhooks_connect(actor=TESTER)] == [1, 0]
    assert len(endpoints(stripe_sandbox)) == 1
    account.refresh_from_db()
    assert secrets_of(account).webhook_secret.startswith("whsec_")


def test_another_port_is_another_address(account, stripe_sandbox, settings):  # noqa: F811
    webhooks_connect(actor=TESTER)
    settings.PUBLIC_PORT = "8123"
    assert webhooks_connect(actor=TESTER) == 1
    (address,) = endpoints(stripe_sandbox)
    assert ":8123/hooks/stripe/" in address


def test_keys_that_are_somebodys_are_left_alone(account, stripe_sandbox):  # noqa: F811
    from billing.payments.services import account_save

    account_save(account=account, secrets={"secret_key": "sk_test_of_a_hotel"}, actor=TESTER)
    assert webhooks_connect(actor=TESTER) == 0


def test_the_account_is_made_once(account):
    assert online_account_ensure(entity=account.entity, actor=TESTER) == account
    assert PaymentAccount.objects.filter(provider="stripe").count() == 1


def test_at_stripe_itself_the_command_does_nothing(settings):
    settings.STRIPE_API_BASE = "https://api.stripe.com"
    assert not is_sandbox()
    with pytest.raises(CommandError, match="names Stripe itself"):
        call_command("connect_sandbox", stdout=StringIO())
