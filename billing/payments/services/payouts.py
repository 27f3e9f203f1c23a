"""What providers transfer to the bank: read with its lines, kept, and posted from the clearing account to the bank.

    Dr bank, what arrived; Dr provider fees; Cr clearing, what was collected.

Where the provider changed money on the way, the clearing account gives what was collected in its own currency, and the
difference to the rate frozen on the payment is an exchange gain or loss (T37).
"""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from billing.ledger.enums import EntryKind, Role
from billing.ledger.services import Draft, EntryDraft, entry_post, open_day, swapped
from billing.payments.enums import LineKind, PayoutStatus
from billing.payments.keys import credentials_of
from billing.payments.models import PaymentAccount, PaymentIntent, PayoutLine, ProviderPayout
from billing.payments.providers import base, provider_of
from billing.payments.services.posting import folio_share
from billing.payments.services.telling import MACHINE
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.locking import lock, retried

logger = structlog.get_logger(__name__)

_STATUS = {
    "pending": PayoutStatus.PENDING,
    "in_transit": PayoutStatus.PENDING,
    "paid": PayoutStatus.PAID,
    "failed": PayoutStatus.FAILED,
    "canceled": PayoutStatus.FAILED,
}


def payouts_take(*, account: PaymentAccount, since: datetime, actor: Actor = MACHINE) -> list[ProviderPayout]:
    """Read the payouts of an account since a day and post those that are paid; idempotent. Raises ProviderError.

    The call is made outside any transaction, each payout is written in one of its own.
    """
    provider = provider_of(account.provider)
    if not provider.abilities.payouts:
        return []
    theirs = provider.payouts_since(credentials_of(account), since)
    return [payout_apply(account=account, theirs=each, actor=actor) for each in theirs]


@retried
@transaction.atomic
def payout_apply(*, account: PaymentAccount, theirs: base.ProviderPayout, actor: Actor) -> ProviderPayout:
    """Keep a payout with its lines and post it once it is paid; one that fails later is posted back. Locks the payout."""
    ProviderPayout.objects.bulk_create(
        [
            ProviderPayout(
                account=account,
                provider_id=theirs.payout_id,
                status=PayoutStatus.PENDING,
                arrives_on=theirs.arrives_on,
                amount_minor=theirs.amount.minor,
                currency=theirs.amount.currency,
                seen_at=timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )
    (payout,) = lock(ProviderPayout.objects.filter(account=account, provider_id=theirs.payout_id))
    before, payout.status = payout.status, _STATUS.get(theirs.status, PayoutStatus.PENDING)
    payout.arrives_on = theirs.arrives_on
    if payout.status == PayoutStatus.PAID and not payout.is_posted:
        _keep_lines(payout, account, theirs.lines)
        _post(payout, account, actor, back=False)
        payout.is_posted = True
    if payout.status == PayoutStatus.FAILED and payout.is_posted and not payout.is_posted_back:
        _post(payout, account, actor, back=True)
        payout.is_posted_back = True
    payout.save()
    if payout.status != before:
        _tell(payout, account, actor, before)
    return payout


def _keep_lines(payout: ProviderPayout, account: PaymentAccount, lines: Iterable[base.PayoutLine]) -> None:
    given = list(lines)
    ids = {line.payment_id for line in given if line.payment_id}
    payments = PaymentIntent.objects.filter(account=account, provider_payment_id__in=ids)
    known = {payment.provider_payment_id: payment for payment in payments}
    PayoutLine.objects.bulk_create(
        [
            PayoutLine(
                payout=payout,
                provider_id=line.line_id,
                kind=LineKind(line.kind),
                payment=known.get(line.payment_id),
                gross_minor=line.gross.minor,
                gross_currency=line.gross.currency,
                settled_minor=line.settled.minor,
                fee_minor=line.fee_minor,
                net_minor=line.net_minor,
                description=line.description[:200],
            )
            for line in given
        ],
        ignore_conflicts=True,
    )


def _post(payout: ProviderPayout, account: PaymentAccount, actor: Actor, *, back: bool) -> None:
    lines = _together(_lines(payout, account))
    if len(lines) < 2:
        return
    draft = EntryDraft(
        entity=account.entity,
        property=account.property,
        date=open_day(entity=account.entity, wanted=payout.arrives_on),
        kind=EntryKind.PAYOUT,
        source=f"payout:{account.code}:{payout.provider_id}{':back' if back else ''}",
        memo=f"Payout of {account.name}{', which failed' if back else ''}",
        lines=swapped(lines) if back else lines,
    )
    entry_post(draft=draft, actor=actor)


def _lines(payout: ProviderPayout, account: PaymentAccount) -> list[Draft]:
    own = payout.currency
    drafts = [Draft(Role.BANK, payout.amount_minor, own, key=account.code, name=account.name)]
    left = payout.amount_minor
    for line in payout.lines.select_related("payment"):
        left -= line.net_minor
        fee = line.fee_minor - (line.settled_minor if line.kind == LineKind.FEE else 0)
        drafts.append(Draft(Role.PROVIDER_FEES, fee, own))
        if line.kind == LineKind.OTHER:
            drafts.append(Draft(Role.SUSPENSE, -line.settled_minor, own))
        elif line.kind != LineKind.FEE:
            drafts += _collected(line, account, own)
    if left:
        logger.error("payout_lines_do_not_sum", payout=payout.provider_id, left=left)
        drafts.append(Draft(Role.SUSPENSE, -left, own))
    return drafts


def _collected(line: PayoutLine, account: PaymentAccount, own: str) -> list[Draft]:
    """Take out of the clearing account what a line brings, and out of the exchange account where it was changed."""
    if line.gross_currency == own:
        return [Draft(Role.CLEARING, -line.settled_minor, own, key=account.code, name=account.name)]
    payment = line.payment
    frozen = line.settled_minor
    if payment is not None and payment.folio_currency == own and payment.currency == line.gross_currency:
        sign = -1 if line.gross_minor < 0 else 1
        frozen = sign * folio_share(payment, abs(line.gross_minor))
    gained = line.settled_minor - frozen
    return [
        Draft(Role.CLEARING, -line.gross_minor, line.gross_currency, key=account.code, name=account.name),
        Draft(Role.EXCHANGE, line.gross_minor, line.gross_currency),
        Draft(Role.EXCHANGE, -frozen, own),
        Draft(Role.FX_GAIN if gained > 0 else Role.FX_LOSS, -gained, own),
    ]


def _together(drafts: Iterable[Draft]) -> list[Draft]:
    """Return one line for each account and currency, those that come to nothing left out."""
    sums: dict[tuple[Role, str, str, str], int] = {}
    for draft in drafts:
        place = (draft.role, draft.key, draft.currency, draft.name)
        sums[place] = sums.get(place, 0) + draft.amount_minor
    return [
        Draft(role, amount, currency, key=key, name=name)
        for (role, key, currency, name), amount in sums.items()
        if amount
    ]


def _tell(payout: ProviderPayout, account: PaymentAccount, actor: Actor, before: str) -> None:
    audit_record(
        action=f"payout.{payout.status}",
        subject_type="payout",
        subject_code=payout.provider_id[:64],
        property_code=account.property.code if account.property else "",
        actor=actor,
        changes={"status": [before, payout.status], "amount_minor": [None, payout.amount_minor]},
    )
    event_publish(
        kind=f"payout.{payout.status}",
        subject_type="payout",
        subject_code=payout.provider_id[:64],
        payload={"account": account.code, "amount_minor": payout.amount_minor, "currency": payout.currency},
    )
