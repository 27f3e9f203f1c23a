"""An account's secrets: sealed on the way in, opened only for a call, never shown, logged or audited."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from billing.payments.enums import KeyMode
from billing.payments.models import PaymentAccount
from billing.payments.providers.base import Credentials
from pms.kernel.encryption import decrypt, encrypt

#: Providers go on signing with the secret before for a while: messages that they send again keep their signature.
BEFORE_COUNTS = timedelta(hours=72)
#: So many characters at the end of a secret help to tell two apart; those of a short one are not shown.
SHOWN = 4
SHORTEST_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is kept sealed. `webhook_before` is the webhook secret before this one, and until when it counts."""

    secret_key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    webhook_before: str = field(default="", repr=False)
    before_until: str = ""


#: The secrets that somebody can set.
NAMES = ("secret_key", "webhook_secret")


def secrets_of(account: PaymentAccount) -> Secrets:
    """Return the account's secrets. Raises UndecipherableError when the key that closed them was taken away."""
    return Secrets(**json.loads(decrypt(account.sealed))) if account.sealed else Secrets()


def seal(account: PaymentAccount, given: Mapping[str, str], *, now: datetime) -> list[str]:
    """Put those of the secrets that were given (not empty) into the account, unsaved; return which were."""
    changed = {name: given[name].strip() for name in NAMES if given.get(name, "").strip()}
    if not changed:
        return []
    kept = secrets_of(account)
    held = {name: getattr(kept, name) for name in Secrets.__dataclass_fields__}
    if "webhook_secret" in changed and kept.webhook_secret:
        held |= {"webhook_before": kept.webhook_secret, "before_until": (now + BEFORE_COUNTS).isoformat()}
    account.sealed = encrypt(json.dumps(held | changed))
    account.hints = account.hints | {
        name: {"set_on": now.date().isoformat(), "ends_in": value[-SHOWN:] if len(value) >= SHORTEST_SHOWN else ""}
        for name, value in changed.items()
    }
    return sorted(changed)


def credentials_of(account: PaymentAccount) -> Credentials:
    """Return what a provider's code needs of the account."""
    if account.mode == KeyMode.CONNECTED:
        return Credentials(
            public_key=account.public_key,
            secret_key=settings.STRIPE_PLATFORM_KEY,
            webhook_secrets=tuple(settings.STRIPE_CONNECT_WEBHOOK_SECRETS),
            connected_account=account.connected_account,
        )
    kept = secrets_of(account)
    webhook = [kept.webhook_secret]
    if kept.before_until and datetime.fromisoformat(kept.before_until) > timezone.now():
        webhook.append(kept.webhook_before)
    return Credentials(
        public_key=account.public_key,
        secret_key=kept.secret_key,
        webhook_secrets=tuple(secret for secret in webhook if secret),
        webhook_id=account.webhook_id,
    )
