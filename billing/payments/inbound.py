"""The providers' messages, as pms.inbox hands them over: proved by the provider's own code, then read again at the provider."""

import json

from django.utils import timezone

from billing.payments.keys import credentials_of
from billing.payments.models import PaymentAccount
from billing.payments.providers import provider_of
from billing.payments.providers.base import ProviderError
from billing.payments.services import event_apply
from billing.payments.services.telling import MACHINE
from pms.inbox.errors import Refused
from pms.inbox.registry import Raw, Verified
from pms.kernel.errors import Busy
from pms.kernel.jobs import enqueue_in_tenant


def verify(raw: Raw) -> Verified:
    """Return what a message says of itself, once it is proved over its raw bytes. Raises Refused; Busy when the one who
    proves it does not answer, so that the provider sends again."""
    account = _account(raw)
    provider = provider_of(raw.provider)
    try:
        provider.verify_webhook(credentials_of(account), raw.body, raw.headers, now=timezone.now())
        notice = provider.parse_event(raw.body, raw.headers)
    except ProviderError as error:
        if not error.permanent:
            raise Busy("cannot_prove", "This message cannot be proved right now. Please send it again.") from error
        raise Refused(error.code, error.message) from error
    return Verified(notice.event_id, notice.kind, provider.fingerprint(raw.body), is_known=notice.is_known)


def handle(raw: Raw) -> None:
    """Bring the payment that a message is about up to date; a message about a payout has the payouts read."""
    account = _account(raw)
    notice = provider_of(raw.provider).parse_event(raw.body, raw.headers)
    if notice.payout_id:
        enqueue_in_tenant("billing.payments.jobs.read_payouts")
        return
    event_apply(account=account, notice=notice, actor=MACHINE)


def route_stripe(body: bytes) -> str:
    """Return the connected account that a message is for, unproved; nothing where it names none."""
    try:
        return str(json.loads(body).get("account") or "")
    except (ValueError, AttributeError):
        return ""


def _account(raw: Raw) -> PaymentAccount:
    account = PaymentAccount.objects.select_related("entity").filter(code=raw.account, provider=raw.provider).first()
    if account is None:
        raise Refused("no_account", "Nobody takes messages for this account any more.")
    return account
