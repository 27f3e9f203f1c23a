"""Links to pay by: signed, for so many days, revocable. Whoever holds one can pay, and see nothing else."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils import timezone

from billing.folios.models import Folio
from billing.folios.selectors import stay_account
from billing.payments.enums import TAKEN, UNDER_WAY, Purpose
from billing.payments.models import PaymentAccount, PaymentIntent, PaymentLink
from billing.payments.services.hearing import payment_carry_on
from billing.payments.services.requesting import checkout_start
from billing.payments.services.submitting import payment_sync
from billing.payments.services.surplus import page_close
from billing.payments.services.telling import MACHINE
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid, Missing
from pms.kernel.locking import lock, retried
from pms.kernel.money import Money

SALT = "payments.link"
LONGEST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks for at this moment. `amount` is nothing when all is paid."""

    link: PaymentLink
    amount: Money
    payment: PaymentIntent | None

    @property
    def is_paid(self) -> bool:
        """Whether nothing is left to pay here."""
        return self.link.paid_at is not None or self.amount.minor <= 0


@transaction.atomic
def payment_link_create(
    *,
    folio: Folio,
    account: PaymentAccount,
    purpose: Purpose,
    actor: Actor,
    amount_minor: int | None = None,
    at_most_due: bool = False,
    save_card: bool = False,
    days: int = 30,
) -> PaymentLink:
    """Make a link for a folio; without an amount (minor units of the folio's currency) it asks for what is owed then.

    With `at_most_due` it never asks for more than the stay still costs its guest, and what is paid beyond goes back.
    Raises Invalid `no_amount`, `bad_days`, `currency_not_taken`; Conflict `account_elsewhere`.
    """
    if amount_minor is not None and amount_minor <= 0:
        raise Invalid("no_amount", "A link asks for more than nothing.", field="amount")
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid("bad_days", f"A link is good for 1 to {LONGEST_DAYS} days.", field="days")
    if not account.is_online or account.entity_id != folio.entity_id:
        raise Conflict("account_elsewhere", f"{account.name} cannot be paid into by a link.", field="account")
    if folio.currency not in account.taken_currencies:
        raise Invalid("currency_not_taken", f"{account.name} does not take {folio.currency}.", field="account")
    now = timezone.now()
    link = PaymentLink.objects.create(
        folio=folio,
        reservation=folio.reservation,
        account=account,
        purpose=purpose,
        amount_minor=amount_minor,
        at_most_due=at_most_due,
        save_card=save_card,
        expires_at=now + timedelta(days=days),
        actor_label=actor.label[:160],
        made_at=now,
    )
    _tell(link, "created", actor)
    return link


@retried
@transaction.atomic
def payment_link_revoke(*, link: PaymentLink, actor: Actor) -> PaymentLink:
    """Have a link lead nowhere from now on; idempotent. Locks it."""
    (row,) = lock(PaymentLink.objects.filter(pk=link.pk).select_related("folio__property"))
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        _tell(row, "revoked", actor)
    return row


def payment_link_token(link: PaymentLink) -> str:
    """Return what stands in the address."""
    return signing.dumps(str(link.code), salt=SALT)


def payment_link_resolve(*, token: str) -> Asked:
    """Return what the link with this token asks for. Three queries, one more for what a stay still costs.

    Raises Missing `link_unknown` for one that is not ours, was revoked or is over.
    """
    try:
        code = UUID(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise _unknown() from error
    related = PaymentLink.objects.select_related("folio__property", "account__entity", "payment", "reservation")
    link = related.filter(code=code).first()
    if link is None or link.revoked_at is not None or link.expires_at <= timezone.now():
        raise _unknown()
    owed = link.folio.balance_minor if link.amount_minor is None else link.amount_minor
    if link.amount_minor is not None and link.paid_at is not None:
        owed = 0
    elif link.at_most_due and link.reservation is not None:
        owed = min(owed, stay_account(reservation=link.reservation).guest_due_minor)
    return Asked(link, Money(max(0, owed), link.folio.currency), link.payment)


def payment_link_begin(*, asked: Asked, return_url: str, cancel_url: str, actor: Actor) -> PaymentIntent:
    """Return a payment with the provider's page for whoever holds the link; the one that is open, if it asks the same.

    One that asks something else is closed, so that nobody pays both.
    Outside any transaction. Raises Conflict `nothing_to_pay`, and what checkout_start raises.
    """
    if asked.is_paid:
        raise Conflict("nothing_to_pay", "Nothing is left to pay here.")
    open_one = asked.payment
    if open_one is not None and open_one.status in UNDER_WAY | TAKEN:
        open_one = payment_sync(payment=open_one)
        still = open_one.expires_at is None or open_one.expires_at > timezone.now()
        if open_one.status == "submitted" and open_one.amount_minor == asked.amount.minor and still:
            return open_one
        if open_one.status in TAKEN and asked.link.amount_minor is not None:
            raise Conflict("nothing_to_pay", "Nothing is left to pay here.")
        if open_one.status in UNDER_WAY:
            page_close(payment=open_one, actor=actor)
    link = asked.link
    payment = checkout_start(
        folio=link.folio,
        account=link.account,
        amount=asked.amount,
        purpose=Purpose(link.purpose),
        save_card=link.save_card,
        return_url=return_url,
        cancel_url=cancel_url,
        actor=actor,
    )
    PaymentLink.objects.filter(pk=link.pk).update(payment=payment)
    PaymentIntent.objects.filter(pk=payment.pk).update(link=link)
    return payment


def payment_link_returned(*, asked: Asked) -> PaymentIntent | None:
    """Return the link's payment as the provider has it: the guest is back, and the page they came by proves nothing.

    What they approved is captured now. Outside any transaction. Raises ProviderError, and what payment_capture raises.
    """
    if asked.payment is None:
        return None
    return payment_carry_on(payment_sync(payment=asked.payment, actor=MACHINE), MACHINE)


def _unknown() -> Missing:
    return Missing("link_unknown", "This link is not good any more. Please ask the hotel for another one.")


def _tell(link: PaymentLink, verb: str, actor: Actor) -> None:
    place = link.folio.property.code
    audit_record(
        action=f"payment_link.{verb}",
        subject_type="payment_link",
        subject_code=str(link.code),
        property_code=place,
        actor=actor,
        changes={"amount_minor": [None, link.amount_minor], "folio": [None, link.folio.code]},
    )
    event_publish(
        kind=f"payment_link.{verb}",
        subject_type="payment_link",
        subject_code=str(link.code),
        payload={"property": place, "folio": link.folio.code},
    )
