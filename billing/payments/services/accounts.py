"""Accounts to pay into: configured by each organization, with secrets that go in and never come out."""

from collections.abc import Mapping
from contextlib import suppress

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.ledger.models import LegalEntity
from billing.payments.enums import Method, ProviderName
from billing.payments.keys import seal
from billing.payments.models import PaymentAccount
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.inbox.services import endpoint_close, endpoint_open
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, retried

#: What every house takes by hand: code, name, how.
BY_HAND = (
    ("CASH", "Cash", Method.CASH),
    ("TERMINAL", "Card terminal", Method.TERMINAL),
    ("TRANSFER", "Bank transfer", Method.TRANSFER),
)
_AUDITED = (
    "code", "name", "entity", "property", "provider", "method", "mode", "public_key", "connected_account", "webhook_id",
    "currencies", "is_active", "position",
)  # fmt: skip


@retried
@transaction.atomic
def account_save(*, account: PaymentAccount, secrets: Mapping[str, str] | None = None, actor: Actor) -> PaymentAccount:
    """Save an account, new or changed; `secrets` replace those of keys.NAMES that are given and not empty.

    An online account gets its webhook address. The audit says that a secret was set, never which. Locks the account.
    Raises Invalid `property_elsewhere`, `settled`; Conflict `account_taken` for a connected account of somebody else's.
    """
    place = account.property
    if place is not None and not account.entity.properties.filter(property=place).exists():
        raise Invalid("property_elsewhere", f"{place} is not in the books of {account.entity}.", field="property")
    before = lock(PaymentAccount.objects.filter(pk=account.pk)) if account.pk else []
    old = before[0] if before else None
    if old is not None and (old.entity_id, old.provider, old.code) != (
        account.entity_id,
        account.provider,
        account.code,
    ):
        raise Invalid("settled", "Code, provider and legal entity of an account stay: make another one.", field="code")
    if old is not None:
        account.sealed, account.hints = old.sealed, old.hints
    renewed = seal(account, secrets or {}, now=timezone.now())
    account.full_clean()
    account.save()
    _address(account)
    changes = {
        name: [_said(getattr(old, name)) if old else None, _said(getattr(account, name))]
        for name in _AUDITED
        if old is None or getattr(old, name) != getattr(account, name)
    } | {name: ["set" if old and name in old.hints else None, "set anew"] for name in renewed}
    if changes:
        _tell(account, "changed" if old else "created", changes, actor)
    return account


def accounts_by_hand_ensure(*, entity: LegalEntity, actor: Actor) -> list[PaymentAccount]:
    """Make the accounts that every house has, as far as the legal entity lacks them; return all of them. Idempotent."""
    return [_by_hand_ensure(entity, position, actor) for position in range(1, len(BY_HAND) + 1)]


def _by_hand_ensure(entity: LegalEntity, position: int, actor: Actor) -> PaymentAccount:
    """Return one of them. Two desks that take the first money of a house at once make it once."""
    code, name, method = BY_HAND[position - 1]
    rows = PaymentAccount.objects.filter(entity=entity, provider=ProviderName.MANUAL, method=method)
    for wanted in (code, f"{code}-{entity.code}"[:16]):
        mine = rows.first()
        if mine is not None:
            return mine
        if PaymentAccount.objects.filter(code=wanted).exists():
            continue
        made = PaymentAccount(
            code=wanted, name=name, entity=entity, provider=ProviderName.MANUAL, method=method, position=position
        )
        with suppress(IntegrityError, ValidationError), transaction.atomic():
            return account_save(account=made, actor=actor)
    mine = rows.first()
    if mine is None:
        raise Conflict("account_taken", f"Set up an account for {name.lower()} in the back office.", field="account")
    return mine


def _address(account: PaymentAccount) -> None:
    """Open the webhook address of an online account. One that is no longer used still hears of refunds and disputes."""
    if not account.is_online:
        endpoint_close(provider=account.provider, account=account.code)
        return
    try:
        with transaction.atomic():
            endpoint_open(provider=account.provider, account=account.code, external_account=account.connected_account)
    except IntegrityError as error:
        raise Conflict(
            "account_taken", "This account of the provider belongs to somebody already.", field="connected_account"
        ) from error


def _tell(account: PaymentAccount, verb: str, changes: Mapping[str, object], actor: Actor) -> None:
    audit_record(
        action=f"payment_account.{verb}",
        subject_type="payment_account",
        subject_code=account.code,
        property_code=account.property.code if account.property else "",
        actor=actor,
        changes=dict(changes),
    )
    event_publish(kind=f"payment_account.{verb}", subject_type="payment_account", subject_code=account.code)


def _said(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)
