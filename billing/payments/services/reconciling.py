"""Provider against ours: every payment since a day is read again, what differs is named and repaired where it can be."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Q
from django.utils import timezone

from billing.payments.enums import UNDER_WAY, PaymentStatus
from billing.payments.keys import credentials_of
from billing.payments.models import PaymentAccount, PaymentIntent, Reconciliation
from billing.payments.providers import provider_of
from billing.payments.providers.base import ProviderError, ProviderPayment
from billing.payments.services.hearing import payment_carry_on
from billing.payments.services.submitting import payment_submit, payment_sync
from billing.payments.services.telling import MACHINE
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """One payment that the provider and we disagreed about. `repaired` when we now say what the provider says.

    `ours` and `theirs` in words: status, captured and refunded minor units.
    """

    payment: str
    provider_id: str
    what: str
    ours: str
    theirs: str
    repaired: bool


def reconcile(*, account: PaymentAccount, since: datetime, actor: Actor = MACHINE) -> Reconciliation:
    """Compare an account with its provider and return the comparison, which is kept. Outside any transaction.

    A payment that the provider changed and we had not heard of is brought up to date and posted. One that only the
    provider knows is named: nobody here asked for it. One that only we know is tried again or named.
    """
    differences: list[Difference] = []
    compared, error = 0, ""
    mine = PaymentIntent.objects.filter(account=account).filter(Q(created_at__gte=since) | Q(status__in=UNDER_WAY))
    seen: set[str] = set()
    for payment in mine.select_related("account__entity").order_by("pk"):
        compared += 1
        seen.add(str(payment.code))
        differences += _compare(payment, actor)
    try:
        theirs = provider_of(account.provider).list_since(credentials_of(account), since)
    except ProviderError as refusal:
        theirs, error = (), str(refusal)[:500]
    for each in theirs:
        if each.key not in seen:
            compared += 1
            differences += _unknown(account, each, actor)
    if differences:
        logger.warning("reconciliation_differs", account=account.code, differences=len(differences))
    return Reconciliation.objects.create(
        account=account,
        since=since,
        at=timezone.now(),
        compared=compared,
        differences=[asdict(difference) for difference in differences],
        error=error,
    )


def _compare(payment: PaymentIntent, actor: Actor) -> list[Difference]:
    before = _state(payment)
    try:
        look = payment_submit if payment.status == PaymentStatus.CREATED else payment_sync
        now = payment_carry_on(look(payment=payment, actor=actor), actor)
    except (ProviderError, DomainError) as error:
        return [_difference(payment, "not_compared", before, str(error), repaired=False)]
    after = _state(now)
    if before == after:
        return []
    return [_difference(now, "behind", before, after, repaired=True)]


def _unknown(account: PaymentAccount, theirs: ProviderPayment, actor: Actor) -> list[Difference]:
    """Return what a payment is that our list does not have: older than the list, or none of ours."""
    mine = (
        PaymentIntent.objects.filter(account=account).filter(_named(theirs)).select_related("account__entity").first()
    )
    if mine is not None:
        return _compare(mine, actor)
    if not theirs.captured_minor:
        return []
    said = f"{theirs.outcome.value}, {theirs.captured_minor} {theirs.amount.currency}"
    return [Difference("", theirs.payment_id, "unknown_here", "", said, repaired=False)]


def _named(theirs: ProviderPayment) -> Q:
    by_id = Q(provider_payment_id=theirs.payment_id) if theirs.payment_id else Q(pk=None)
    try:
        return by_id | Q(code=UUID(theirs.key))
    except ValueError:
        return by_id


def _state(payment: PaymentIntent) -> str:
    return f"{payment.status}, {payment.captured_minor} captured, {payment.refunded_minor} refunded"


def _difference(payment: PaymentIntent, what: str, ours: Any, theirs: Any, *, repaired: bool) -> Difference:
    return Difference(str(payment.code), payment.provider_payment_id, what, str(ours), str(theirs), repaired)
