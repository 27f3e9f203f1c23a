"""From a fact about money to the folio and the books, once for each fact.

What was paid lies in the clearing account of its payment account until a payout brings it to the bank. Another currency
than the folio's goes over the exchange account at the rate frozen on the payment (T37).
"""

from billing.folios.enums import FolioStatus
from billing.folios.models import Folio, Posting
from billing.folios.services import folio_reopen, payment_post
from billing.ledger.enums import EntryKind, Role
from billing.ledger.services import Draft, EntryDraft, entry_post, open_day
from billing.payments.models import Capture, Dispute, PaymentIntent, Refund
from pms.kernel.actors import Actor
from pms.kernel.money import round_ratio


def folio_share(payment: PaymentIntent, amount_minor: int) -> int:
    """Return what so much of a payment, counted from its beginning, is in the folio's currency, rounded once.

    Parts are differences of it, so that they sum to the whole whatever they are.
    """
    if payment.currency == payment.folio_currency or not payment.amount_minor:
        return amount_minor
    return round_ratio(amount_minor * payment.folio_amount_minor, payment.amount_minor)


def capture_post(payment: PaymentIntent, capture: Capture, *, folio: Folio, actor: Actor) -> Posting:
    """Post money that came."""
    _reopened(folio, actor)
    return payment_post(
        folio=folio,
        amount_minor=capture.folio_amount_minor,
        contra=money_lines(payment, Role.CLEARING, capture.amount_minor, capture.folio_amount_minor),
        source=f"payment:{payment.code}:capture:{capture.code}",
        text=_text(payment, "Payment"),
        item_code=payment.account.code,
        actor=actor,
    )


def refund_post(payment: PaymentIntent, refund: Refund, *, folio: Folio, actor: Actor) -> Posting:
    """Post money that goes back, on the folio that it is taken from."""
    home = refund.folio or folio
    _reopened(home, actor)
    return payment_post(
        folio=home,
        reservation=refund.reservation,
        amount_minor=refund.folio_amount_minor,
        contra=money_lines(payment, Role.CLEARING, -refund.amount_minor, -refund.folio_amount_minor),
        source=f"payment:{payment.code}:refund:{refund.code}",
        text=_text(payment, "Refund"),
        item_code=payment.account.code,
        reason=refund.reason,
        actor=actor,
        refund=True,
    )


def refund_post_back(payment: PaymentIntent, refund: Refund, *, folio: Folio, actor: Actor) -> Posting:
    """Post that a refund did not arrive: the money is with us again, and so is the guest's credit."""
    home = refund.folio or folio
    _reopened(home, actor)
    return payment_post(
        folio=home,
        reservation=refund.reservation,
        amount_minor=refund.folio_amount_minor,
        contra=money_lines(payment, Role.CLEARING, refund.amount_minor, refund.folio_amount_minor),
        source=f"payment:{payment.code}:refund:{refund.code}:back",
        text=_text(payment, "Refund that did not arrive"),
        item_code=payment.account.code,
        reason=refund.last_error[:200],
        entry_kind=EntryKind.REFUND,
        actor=actor,
    )


def dispute_withdrawn(payment: PaymentIntent, dispute: Dispute, *, actor: Actor) -> None:
    """Move a disputed amount from the clearing account to the disputes: the bank has it, nobody has decided."""
    _dispute_entry(payment, dispute, "open", (Role.DISPUTES, Role.CLEARING), actor)


def dispute_reinstated(payment: PaymentIntent, dispute: Dispute, *, actor: Actor) -> None:
    """Move a disputed amount back: it was decided for us."""
    _dispute_entry(payment, dispute, "won", (Role.CLEARING, Role.DISPUTES), actor)


def dispute_lost(payment: PaymentIntent, dispute: Dispute, *, folio: Folio, actor: Actor) -> Posting:
    """Post that a payment was taken away for good: the guest owes it again, until somebody writes it off."""
    _reopened(folio, actor)
    return payment_post(
        folio=folio,
        amount_minor=dispute.folio_amount_minor,
        contra=money_lines(payment, Role.DISPUTES, -dispute.amount_minor, -dispute.folio_amount_minor),
        source=_dispute_source(payment, dispute, "lost"),
        text=_text(payment, "Payment taken back by the bank"),
        item_code=payment.account.code,
        reason=dispute.reason,
        entry_kind=EntryKind.DISPUTE,
        actor=actor,
        refund=True,
    )


def dispute_regained(payment: PaymentIntent, dispute: Dispute, *, folio: Folio, actor: Actor) -> Posting:
    """Post that a lost dispute was decided for us after all."""
    _reopened(folio, actor)
    return payment_post(
        folio=folio,
        amount_minor=dispute.folio_amount_minor,
        contra=money_lines(payment, Role.CLEARING, dispute.amount_minor, dispute.folio_amount_minor),
        source=_dispute_source(payment, dispute, "regained"),
        text=_text(payment, "Payment given back by the bank"),
        item_code=payment.account.code,
        entry_kind=EntryKind.DISPUTE,
        actor=actor,
    )


def money_lines(payment: PaymentIntent, role: Role, amount_minor: int, folio_minor: int) -> list[Draft]:
    """Return where money of a payment lies: one line, or three over the exchange account for another currency."""
    lines = _own(payment, role, amount_minor)
    if payment.currency != payment.folio_currency:
        lines += [
            Draft(Role.EXCHANGE, -amount_minor, payment.currency),
            Draft(Role.EXCHANGE, folio_minor, payment.folio_currency),
        ]
    return lines


def _own(payment: PaymentIntent, role: Role, amount_minor: int) -> list[Draft]:
    key, name = (payment.account.code, payment.account.name) if role == Role.CLEARING else ("", "")
    return [Draft(role, amount_minor, payment.currency, key=key, name=name)]


def _dispute_entry(payment: PaymentIntent, dispute: Dispute, verb: str, roles: tuple[Role, Role], actor: Actor) -> None:
    """Move the amount to the first of the two accounts from the second."""
    lines = [
        line
        for role, sign in zip(roles, (1, -1), strict=True)
        for line in _own(payment, role, sign * dispute.amount_minor)
    ]
    place = payment.folio.property
    draft = EntryDraft(
        entity=payment.account.entity,
        property=place,
        date=open_day(entity=payment.account.entity, wanted=place.business_date),
        kind=EntryKind.DISPUTE,
        source=_dispute_source(payment, dispute, verb),
        memo=_text(payment, "Disputed payment"),
        lines=lines,
    )
    entry_post(draft=draft, actor=actor)


def _dispute_source(payment: PaymentIntent, dispute: Dispute, verb: str) -> str:
    return f"payment:{payment.code}:dispute:{dispute.pk}:{dispute.turns}:{verb}"


def _reopened(folio: Folio, actor: Actor) -> None:
    """Open a closed folio again: money moved, whether the folio was done with or not."""
    if folio.status == FolioStatus.CLOSED:
        folio_reopen(folio=folio, reason="Money of one of its payments moved.", actor=actor)
        folio.refresh_from_db(fields=["status"])


def _text(payment: PaymentIntent, what: str) -> str:
    card = f", {payment.card_brand} …{payment.card_last4}".replace("  ", " ") if payment.card_last4 else ""
    return f"{what}: {payment.account.name}{card}"[:160]
