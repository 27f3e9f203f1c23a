"""Money that comes and goes at the desk: how it can be taken, and to whom how much of it goes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from billing.folios.models import Folio
from billing.ledger.exchange import Rate, rate_on
from billing.ledger.services import entity_of
from billing.payments.enums import COUNTED, DisputeStatus, Method, Purpose, RefundStatus
from billing.payments.models import PaymentAccount, PaymentIntent, SavedMethod
from billing.payments.selectors import accounts_for, saved_methods_of
from billing.payments.services import (
    Exchange,
    accounts_by_hand_ensure,
    payment_charge_saved,
    payment_take_manual,
    refund_start,
    refundable_minor,
)
from billing.payments.services.accounts import BY_HAND
from billing.payments.shares import Share, shares_on
from bookings.reservations.models import Reservation
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid, Missing
from pms.kernel.money import Money
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class Tender:
    """A way to pay; `value` is what a form sends. `said` is what happens after the yes, where that is not at once."""

    value: str
    name: str
    icon: str
    said: str = ""


#: A rate older than this is no rate of today.
RATE_DAYS = 14
ICONS = {
    Method.CASH: "banknote",
    Method.TERMINAL: "credit-card",
    Method.TRANSFER: "building-2",
    Method.UPI: "smartphone",
}


def tenders_by_hand(*, place: Property, currency: str) -> list[Tender]:
    """Return how money is taken at the desk. A house that set up nothing yet takes what every house does. One query."""
    accounts = accounts_for(property=place, currency=currency, online=False)
    if accounts:
        return [Tender(f"hand:{row.code}", row.name, ICONS.get(Method(row.method), "banknote")) for row in accounts]
    return [Tender(f"hand:{code}", name, ICONS[method]) for code, name, method in BY_HAND]


def tenders_abroad(*, place: Property, currency: str, amount_minor: int) -> list[Tender]:
    """Return how money of other currencies is taken at the desk, each with what `amount_minor` of the folio's is in it.

    By accounts that take another currency, at the newest rate of the last two weeks; without one it is not offered (T37).
    """
    found = []
    for row in accounts_for(property=place, online=False):
        for other in row.taken_currencies:
            if other == currency:
                continue
            try:
                money, rate = abroad(place=place, amount=Money(amount_minor, currency), currency=other)
            except Missing:
                continue
            name = f"{row.name}, {money}" if amount_minor > 0 else f"{row.name} in {other}"
            found.append(
                Tender(f"hand:{row.code}@{other}", name, ICONS.get(Method(row.method), "banknote"), rate_said(rate))
            )
    return found


def abroad(*, place: Property, amount: Money, currency: str) -> tuple[Money, Rate]:
    """Return what an amount is in another currency today, and the rate it was changed at. Raises Missing `no_rate`."""
    rate = rate_on(currency=currency, to=amount.currency, day=place.business_date, within_days=RATE_DAYS)
    return Money.of(amount.amount / rate.value, currency), rate


def rate_said(rate: Rate) -> str:
    """Return a rate in words: "1 USD = 0.92 EUR, ECB, 27 Nov 2026"."""
    return f"1 {rate.currency} = {rate.value.normalize():f} {rate.to}, {rate.source}, {rate.date:%-d %b %Y}"


def tenders_of_cards(*, reservation: Reservation) -> list[Tender]:
    """Return the kept cards that can be charged. One query."""
    return [
        Tender(
            f"card:{row.code}",
            card_said(row),
            "credit-card",
            f"{card_said(row)} is charged by {row.account.name} as soon as you say yes; the folio shows it when it is paid.",
        )
        for row in saved_methods_of(reservation=reservation)
    ]


def card_said(card: SavedMethod) -> str:
    """Return a kept card in words: "Visa …4242", "virtual Mastercard …1111"."""
    name = f"{(card.brand or 'card').title()} \N{HORIZONTAL ELLIPSIS}{card.last4}"
    return f"virtual {name}" if card.is_virtual else name


def account_by_hand(*, place: Property, currency: str, value: str) -> PaymentAccount:
    """Return the account behind a way to pay by hand, made now where the house has set up none. Raises Invalid."""
    accounts = accounts_for(property=place, currency=currency, online=False)
    if not accounts:
        accounts = accounts_by_hand_ensure(entity=entity_of(place), actor=Actor.system("desk"))
    code = value.removeprefix("hand:")
    found = next((row for row in accounts if row.code == code or row.code.startswith(f"{code}-")), None)
    if found is None:
        raise Invalid("no_such_account", "That is no way to pay here. Choose another.", field="account")
    return found


def take(
    *,
    folio: Folio,
    tender: str,
    amount_minor: int,
    actor: Actor,
    purpose: Purpose = Purpose.PAYMENT,
    note: str = "",
    request_key: UUID | None = None,
) -> PaymentIntent:
    """Take money on a folio by hand, at once, or have a kept card charged after the commit. Raises what the services raise."""
    amount = Money(amount_minor, folio.currency)
    if tender.startswith("card:"):
        cards = {f"card:{row.code}": row for row in _cards(folio)}
        if tender not in cards:
            raise Invalid("card_removed", "This card is not kept any more.", field="account")
        return payment_charge_saved(
            folio=folio, saved_method=cards[tender], amount=amount, purpose=purpose, description=note,
            request_key=request_key, actor=actor,
        )  # fmt: skip
    value, _, other = tender.partition("@")
    exchange = None
    if other:
        amount, rate = abroad(place=folio.property, amount=amount, currency=other)
        exchange = Exchange(rate.value, rate.source, rate.date)
    account = account_by_hand(place=folio.property, currency=amount.currency, value=value)
    return payment_take_manual(
        folio=folio, account=account, amount=amount, purpose=purpose, exchange=exchange, note=note,
        request_key=request_key, actor=actor,
    )  # fmt: skip


def _cards(folio: Folio) -> list[SavedMethod]:
    return list(saved_methods_of(reservation=folio.reservation)) if folio.reservation else []


@dataclass(frozen=True, slots=True)
class Back:
    """So much of a payment that goes back, and how, in words."""

    payment: PaymentIntent
    amount_minor: int
    said: str
    share: Share

    @property
    def amount(self) -> Money:
        """What goes back."""
        return Money(self.amount_minor, self.payment.currency)


def paid_by(payment: PaymentIntent) -> str:
    """Return how something was paid in words: "Cash", "Visa …4242 by Stripe"."""
    if payment.card_last4:
        return f"{payment.card_brand.title()} \N{HORIZONTAL ELLIPSIS}{payment.card_last4} by {payment.account.name}"
    return payment.account.name


def back_said(payment: PaymentIntent) -> str:
    """Return how money of a payment goes back."""
    if payment.account.is_online:
        return f"to {paid_by(payment)}, sent as soon as you say yes"
    return {
        Method.CASH: "in cash, from the drawer",
        Method.TERMINAL: "on the card terminal: refund it there as well",
        Method.TRANSFER: "by bank transfer: send it there as well",
    }.get(Method(payment.account.method), f"by {payment.account.name}: send it there as well")


def plan_back(*, folio: Folio, amount_minor: int) -> list[Back]:
    """Return from which payments an amount of a folio goes back, in its currency: of each what stands here, the newest first.

    What was paid in another currency is not planned by itself: it is refunded by hand, at its own rate (T37).
    """
    found, left = [], amount_minor
    for share in shares_on(folio=folio):
        payment = share.payment
        if payment.currency != folio.currency:
            continue
        amount = min(left, share.left_minor, refundable_minor(payment))
        if amount > 0:
            found.append(Back(payment, amount, back_said(payment), share))
            left -= amount
    return found


def give_back(*, plan: Sequence[Back], reason: str, actor: Actor) -> None:
    """Start the refunds of a plan; providers are asked after the commit."""
    for back in plan:
        refund_start(payment=back.payment, amount=back.amount, reason=reason, share=back.share, actor=actor)


def left_to_refund(payment: PaymentIntent) -> int:
    """Return what can still be refunded of a payment whose refunds and disputes are at hand; no query."""
    back = sum(row.amount_minor for row in payment.refunds.all() if row.status in COUNTED)
    held = sum(
        row.amount_minor for row in payment.disputes.all() if row.status in {DisputeStatus.OPEN, DisputeStatus.LOST}
    )
    return max(0, payment.captured_minor - back - held)


def refunded_minor(payment: PaymentIntent) -> tuple[int, int]:
    """Return what was refunded of a payment whose refunds are at hand, and what is on its way back; no query."""
    done = sum(row.amount_minor for row in payment.refunds.all() if row.status == RefundStatus.SUCCEEDED)
    under_way = sum(
        row.amount_minor
        for row in payment.refunds.all()
        if row.status in {RefundStatus.REQUESTED, RefundStatus.PENDING}
    )
    return done, under_way
