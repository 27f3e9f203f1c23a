"""The demo's account at Stripe's stand-in, and its webhook there: what a hotel does by hand at the real one.

The key is a test key that only the stand-in of bin/run takes; it opens nothing at Stripe.
"""

from typing import Final
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from billing.ledger.models import LegalEntity
from billing.payments.enums import Method, ProviderName
from billing.payments.keys import secrets_of
from billing.payments.models import PaymentAccount
from billing.payments.selectors import webhook_url
from billing.payments.services import account_save
from pms.kernel.actors import Actor

KEY: Final = "sk_test_innkeep_demo"
#: Everything that a payment's fate depends on.
EVENTS: Final = ("*",)
TIMEOUT_SECONDS: Final = 10


def is_sandbox() -> bool:
    """Whether payments go to a stand-in on this machine rather than to Stripe."""
    return urlsplit(settings.STRIPE_API_BASE).hostname in {"localhost", "127.0.0.1"}


def online_account_ensure(*, entity: LegalEntity, actor: Actor) -> PaymentAccount:
    """Return the demo's online account of a legal entity, made on first use."""
    found = PaymentAccount.objects.filter(entity=entity, provider=ProviderName.STRIPE).first()
    if found is not None:
        return found
    account = PaymentAccount(
        code=f"CARD-{entity.code}"[:16],
        name="Card online",
        entity=entity,
        provider=ProviderName.STRIPE,
        method=Method.ONLINE,
        public_key="pk_test_innkeep_demo",
        position=9,
    )
    return account_save(account=account, secrets={"secret_key": KEY}, actor=actor)


def webhooks_connect(*, actor: Actor) -> int:
    """Register the webhooks of the demo's accounts at the stand-in, and keep their secrets; return how many were new.

    Idempotent, whatever the port of this start. Raises httpx.HTTPError when the stand-in does not answer.
    """
    made = 0
    for account in PaymentAccount.objects.filter(provider=ProviderName.STRIPE, is_active=True):
        if secrets_of(account).secret_key == KEY:
            made += _connect(account, actor)
    return made


def _connect(account: PaymentAccount, actor: Actor) -> int:
    address = webhook_url(account=account)
    base = f"{settings.STRIPE_API_BASE.rstrip('/')}/v1/webhook_endpoints"
    with httpx.Client(headers={"Authorization": f"Bearer {KEY}"}, timeout=TIMEOUT_SECONDS) as client:
        there = client.get(base, params={"limit": 100}).raise_for_status().json()["data"]
        path = urlsplit(address).path
        mine = [each for each in there if urlsplit(each["url"]).path == path]
        if secrets_of(account).webhook_secret and any(each["url"] == address for each in mine):
            return 0
        for each in mine:
            client.delete(f"{base}/{each['id']}").raise_for_status()
        form = {"url": address, **{f"enabled_events[{index}]": name for index, name in enumerate(EVENTS)}}
        made = client.post(base, data=form).raise_for_status().json()
    account_save(account=account, secrets={"webhook_secret": made["secret"]}, actor=actor)
    return 1
