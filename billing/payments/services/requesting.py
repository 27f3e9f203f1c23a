"""Asking for money: the row first, committed, and only then the provider. `code` of the row is the key at the provider."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.folios.enums import FolioStatus
from billing.folios.errors import folio_closed
from billing.folios.models import Folio
from billing.payments.enums import CaptureMode, PaymentStatus, Purpose
from billing.payments.errors import provider_away, provider_refused
from billing.payments.models import PaymentAccount, PaymentIntent, SavedMethod
from billing.payments.providers import provider_of
from billing.payments.providers.base import Abilities, Outcome, ProviderCapture, ProviderError, ProviderPayment
from billing.payments.services.applying import payment_apply
from billing.payments.services.submitting import payment_submit
from billing.payments.services.telling import tell
from pms.kernel.actors import Actor
from pms.kernel.dates import local_instant
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.money import Money, exponent, round_half_up

PURSUE = "billing.payments.jobs.pursue"
LONGEST_DESCRIPTION = 200


@dataclass(frozen=True, slots=True)
class Exchange:
    """A frozen rate: so many of the folio's currency for one of the payment's, by whom and of which day (T37)."""

    rate: Decimal
    source: str
    on: date


@dataclass(frozen=True, slots=True)
class Way:
    """How a payment is to be made, besides how much: pages to come back to, a card to keep, one to charge."""

    capture_mode: CaptureMode = CaptureMode.AUTOMATIC
    save_card: bool = False
    saved_method: SavedMethod | None = None
    off_session: bool = False
    is_moto: bool = False
    return_url: str = ""
    cancel_url: str = ""
    email: str = ""
    renews: PaymentIntent | None = None


def payment_request(
    *,
    folio: Folio,
    account: PaymentAccount,
    amount: Money,
    purpose: Purpose,
    actor: Actor,
    way: Way | None = None,
    exchange: Exchange | None = None,
    description: str = "",
    request_key: UUID | None = None,
) -> PaymentIntent:
    """Write down that so much is to be paid; nothing is asked of the provider yet. The same request_key is one payment.

    `amount` is in the currency that is paid in; another than the folio's needs `exchange`. A virtual card before its day
    makes a scheduled payment, not a failed one (T40). Raises Invalid `no_amount`, `currency_not_taken`,
    `exchange_missing`, `unsupported`, `above_limit`; Conflict `account_closed`, `account_elsewhere`, `folio_closed`,
    `no_mandate`, `card_removed`, `card_over`.
    """
    asked = way or Way()
    known = PaymentIntent.objects.filter(request_key=request_key).first() if request_key else None
    if known is not None:
        return known
    now, today = timezone.now(), folio.property.business_date
    _check_account(folio, account, amount, purpose)
    _check_way(asked, provider_of(account.provider).abilities, amount)
    _check_card(asked, account, amount, today)
    folio_minor = _folio_amount(folio, amount, exchange)
    starts = _starts(asked, folio, today)
    payment = PaymentIntent(
        account=account,
        folio=folio,
        reservation=folio.reservation,
        purpose=purpose,
        request_key=request_key,
        amount_minor=amount.minor,
        currency=amount.currency,
        folio_amount_minor=folio_minor,
        folio_currency=folio.currency,
        fx_rate=exchange.rate if exchange and amount.currency != folio.currency else None,
        fx_source=exchange.source if exchange and amount.currency != folio.currency else "",
        fx_date=exchange.on if exchange and amount.currency != folio.currency else None,
        capture_mode=asked.capture_mode,
        off_session=asked.off_session,
        is_moto=asked.is_moto,
        save_card=asked.save_card,
        saved_method=asked.saved_method,
        renews=asked.renews,
        status=PaymentStatus.SCHEDULED if starts else PaymentStatus.CREATED,
        description=(description or _description(folio, purpose))[:LONGEST_DESCRIPTION],
        email=asked.email or (folio.guest.email if folio.guest else ""),
        return_url=asked.return_url,
        cancel_url=asked.cancel_url,
        next_attempt_at=starts or now,
        actor_label=actor.label[:160],
        created_at=now,
    )
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
            tell(
                payment, "requested", actor, {"amount_minor": [None, amount.minor], "currency": [None, amount.currency]}
            )
    except IntegrityError:
        known = PaymentIntent.objects.filter(request_key=request_key).first() if request_key else None
        if known is None:
            raise
        return known
    return payment


def checkout_start(
    *,
    folio: Folio,
    account: PaymentAccount,
    amount: Money,
    purpose: Purpose,
    actor: Actor,
    return_url: str,
    cancel_url: str,
    capture_mode: CaptureMode = CaptureMode.AUTOMATIC,
    save_card: bool = False,
    exchange: Exchange | None = None,
    email: str = "",
    description: str = "",
    request_key: UUID | None = None,
) -> PaymentIntent:
    """Return a payment with the address of the provider's page (`checkout_url`) for the guest who is waiting.

    `{payment}` in the addresses stands for the payment's code. Must not run inside a transaction: the row is committed
    before the provider hears of it. Raises what payment_request raises; ProviderAway `provider_away` when nobody
    answered (the payment stays, and the same request_key tries again); Conflict `provider_refused`.
    """
    way = Way(capture_mode, save_card, email=email, return_url=return_url, cancel_url=cancel_url)
    payment = payment_request(
        folio=folio,
        account=account,
        amount=amount,
        purpose=purpose,
        way=way,
        exchange=exchange,
        description=description,
        request_key=request_key,
        actor=actor,
    )
    if payment.status != PaymentStatus.CREATED:
        return payment
    try:
        submitted = payment_submit(payment=payment, actor=actor, raising=True)
    except ProviderError as error:
        raise provider_refused(account, error) if error.permanent else provider_away(account) from error
    if submitted.status == PaymentStatus.CREATED:
        raise provider_away(account)
    return submitted


@transaction.atomic
def payment_take_manual(
    *,
    folio: Folio,
    account: PaymentAccount,
    amount: Money,
    actor: Actor,
    purpose: Purpose = Purpose.PAYMENT,
    exchange: Exchange | None = None,
    note: str = "",
    request_key: UUID | None = None,
) -> PaymentIntent:
    """Take money by hand: cash, the card terminal, a transfer that arrived. Paid and posted at once, with a receipt.

    Locks folio and payment. Raises what payment_request raises; Invalid `not_by_hand` for an account at a provider.
    """
    if not provider_of(account.provider).abilities.by_hand:
        raise Invalid("not_by_hand", f"{account.name} is paid at the provider.", field="account")
    payment = payment_request(
        folio=folio,
        account=account,
        amount=amount,
        purpose=purpose,
        exchange=exchange,
        description=note,
        request_key=request_key,
        actor=actor,
    )
    if payment.status != PaymentStatus.CREATED:
        return payment
    taken = ProviderCapture(str(payment.code), amount)
    facts = ProviderPayment(Outcome.CAPTURED, amount, key=str(payment.code), captures=(taken,))
    return payment_apply(payment=payment, facts=facts, seen_version=payment.version, actor=actor) or payment


@transaction.atomic
def payment_charge_saved(
    *,
    folio: Folio,
    saved_method: SavedMethod,
    amount: Money,
    purpose: Purpose,
    actor: Actor,
    capture_mode: CaptureMode = CaptureMode.AUTOMATIC,
    is_moto: bool = False,
    exchange: Exchange | None = None,
    description: str = "",
    request_key: UUID | None = None,
) -> PaymentIntent:
    """Have a kept card charged without the guest, in a job after the commit: a balance, a no-show or cancellation fee.

    Needs the guest's mandate, or `is_moto` when the guest told the card by phone or mail (T41); an OTA's virtual card
    needs neither. Raises what payment_request raises.
    """
    payment = payment_request(
        folio=folio,
        account=saved_method.account,
        amount=amount,
        purpose=purpose,
        way=Way(capture_mode, saved_method=saved_method, off_session=not is_moto, is_moto=is_moto),
        exchange=exchange,
        description=description,
        request_key=request_key,
        actor=actor,
    )
    if payment.status == PaymentStatus.CREATED:
        enqueue_in_tenant(PURSUE, code=str(payment.code))
    return payment


def _check_account(folio: Folio, account: PaymentAccount, amount: Money, purpose: Purpose) -> None:
    if folio.status == FolioStatus.CLOSED:
        raise folio_closed(folio)
    if amount.minor < 0 or (amount.minor == 0) != (purpose == Purpose.GUARANTEE):
        raise Invalid("no_amount", "A payment is more than nothing; a guarantee only keeps a card.", field="amount")
    if not account.is_active:
        raise Conflict("account_closed", f"{account.name} is not in use any more.", field="account")
    if account.entity_id != folio.entity_id or account.property_id not in {None, folio.property_id}:
        raise Conflict("account_elsewhere", f"{account.name} is not {folio.property}'s.", field="account")
    if amount.currency not in account.taken_currencies:
        taken = ", ".join(account.taken_currencies)
        raise Invalid("currency_not_taken", f"{account.name} takes {taken}, not {amount.currency}.", field="currency")


def _check_way(way: Way, abilities: Abilities, amount: Money) -> None:
    lacks = {
        "an authorisation that is captured later": way.capture_mode == CaptureMode.MANUAL and not abilities.authorises,
        "a card for later": (way.save_card or amount.minor == 0) and not abilities.saves_cards,
        "a card told by phone or mail": way.is_moto and not abilities.moto,
        "a kept card": way.saved_method is not None and not abilities.saves_cards,
    }
    for what, is_lacking in lacks.items():
        if is_lacking:
            raise Invalid("unsupported", f"This account knows no such thing as {what}.", field="account")


def _check_card(way: Way, account: PaymentAccount, amount: Money, today: date) -> None:
    card = way.saved_method
    if card is None:
        return
    if card.removed_at is not None or card.account_id != account.pk:
        raise Conflict("card_removed", "This card is not kept any more.", field="saved_method")
    if way.off_session and not card.mandate and not card.is_virtual:
        raise Conflict(
            "no_mandate", "The guest has not agreed that this card is charged without them.", field="saved_method"
        )
    if card.chargeable_until is not None and card.chargeable_until < today:
        raise Conflict("card_over", f"The virtual card could be charged until {card.chargeable_until:%-d %B %Y}.")
    if card.limit_minor is not None and amount.minor > card.limit_minor:
        left = Money(card.limit_minor, amount.currency)
        raise Invalid("above_limit", f"The virtual card is good for {left}.", field="amount")


def _folio_amount(folio: Folio, amount: Money, exchange: Exchange | None) -> int:
    if amount.currency == folio.currency:
        return amount.minor
    if exchange is None or exchange.rate <= 0 or not exchange.source:
        raise Invalid(
            "exchange_missing", f"{amount.currency} on a folio in {folio.currency} needs a rate.", field="exchange"
        )
    return max(1, round_half_up((amount.amount * exchange.rate).scaleb(exponent(folio.currency))))


def _starts(way: Way, folio: Folio, today: date) -> datetime | None:
    """Return the instant from which a virtual card can be charged, when that is still to come (T40)."""
    card = way.saved_method
    if card is None or card.chargeable_from is None or card.chargeable_from <= today:
        return None
    return local_instant(card.chargeable_from, time(0, 5), folio.property.zone)


def _description(folio: Folio, purpose: Purpose) -> str:
    about = folio.reservation.code if folio.reservation else folio.code
    return f"{folio.property}: {purpose.label}, {about}"
