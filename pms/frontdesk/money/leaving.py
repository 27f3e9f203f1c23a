"""What settles a stay in one go: money taken, the deed, refunds and papers, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from billing.folios.enums import FolioKind, FolioLedger, FolioStatus
from billing.folios.models import Folio
from billing.folios.selectors import folios_of
from billing.folios.services import main_folio
from billing.invoices.services import invoice_issue
from billing.payments.enums import Purpose
from billing.payments.models import PaymentIntent
from bookings.lifecycle import services
from bookings.lifecycle.allocation import hold_still
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.profiles.models import Company, Guest
from pms.audit.services import audit_record
from pms.frontdesk.money.till import Back, give_back, plan_back, take
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError
from pms.kernel.locking import dry_run, retried
from pms.kernel.money import Money

REFUNDED = "Settled at check-out"
MAIN = "main"


@dataclass(frozen=True, slots=True)
class Pay:
    """Money that is taken along with something else. `request_key` makes it happen once."""

    tender: str
    amount_minor: int
    request_key: UUID | None = None
    purpose: Purpose = Purpose.PAYMENT


@dataclass(frozen=True, slots=True)
class Settled:
    """A folio as it will stand when a guest leaves or is lost. `name` finds it again: a main folio may not be there yet."""

    name: str
    label: str
    kind: str
    ledger: str
    balance_minor: int
    currency: str
    is_charged: bool

    @property
    def balance(self) -> Money:
        """What is owed then; below zero what is left over."""
        return Money(self.balance_minor, self.currency)

    @property
    def pays_later(self) -> bool:
        """Whether it goes to the city ledger by itself."""
        return self.kind == FolioKind.COMPANY or self.ledger == FolioLedger.CITY


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a deed would leave on the folios of a stay, and how what is left over would go back."""

    folios: tuple[Settled, ...] = ()
    back: tuple[Back, ...] = ()
    refusal: DomainError | None = None

    @property
    def owed_minor(self) -> int:
        """What the guest pays at the desk."""
        return sum(max(0, row.balance_minor) for row in self.folios if not row.pays_later)

    @property
    def over_minor(self) -> int:
        """What is left over of what the guest paid."""
        return sum(max(0, -row.balance_minor) for row in self.folios if not row.pays_later)


def outcome_of(*, reservation: Reservation, deed: Callable[[], object]) -> Outcome:
    """Return how the folios of a stay stand after a deed, by running it and rolling it back. It locks what the deed locks."""
    try:
        with dry_run():
            deed()
            rows = [row for row in folios_of(reservation=reservation) if row.reservation_id == reservation.pk]
            folios = tuple(_settled(row) for row in rows)
            back = tuple(
                each
                for row in rows
                if row.balance_minor < 0
                for each in plan_back(folio=row, amount_minor=-row.balance_minor)
            )
    except DomainError as refusal:
        return Outcome(refusal=refusal)
    return Outcome(folios, back)


def _settled(row: Folio) -> Settled:
    return Settled(
        MAIN if row.is_main else row.code,
        row.label,
        row.kind,
        row.ledger if row.kind == FolioKind.COMPANY else FolioLedger.GUEST,
        row.balance_minor,
        row.currency,
        row.postings.exclude(of_kind__in=["payment", "refund"]).exists(),
    )


@retried
@transaction.atomic
def check_in(
    *, reservation: Reservation, actor: Actor, pay: Pay | None = None, unpaid_reason: str = "", **arguments: Any
) -> Reservation:
    """Take what the terms ask for, then give the key; or say why it is not taken, which the audit keeps.

    Locks inventory days and the reservation before any folio; who is in house already pays nothing again.
    """
    if hold_still(reservation=reservation).reservation.status == Status.CHECKED_IN:
        return services.reservation_check_in(reservation=reservation, actor=actor, **arguments)
    if pay is not None:
        _take(main_folio(reservation=reservation), pay, actor)
    row = services.reservation_check_in(reservation=reservation, actor=actor, **arguments)
    if unpaid_reason:
        audit_record(
            action="reservation.payment_waived",
            subject_type="reservation",
            subject_code=row.code,
            property_code=row.property.code,
            actor=actor,
            reason=unpaid_reason,
        )
    return row


@retried
@transaction.atomic
def check_out(
    *,
    reservation: Reservation,
    actor: Actor,
    pay: Pay | None = None,
    refund: bool = False,
    invoices: Sequence[str] = (),
    unpaid_reason: str = "",
    **arguments: Any,
) -> Reservation:
    """Settle and let the guest go: money taken or given back, folios closed, invoices issued. Raises what these raise.

    Locks inventory days and the reservation before any folio; who has left already pays nothing again.
    """
    if hold_still(reservation=reservation).reservation.status == Status.CHECKED_OUT:
        return services.reservation_check_out(reservation=reservation, actor=actor, **arguments)
    if pay is not None:
        _take_over(reservation, pay, actor)
    if refund:
        # What is left over shows only once everything is charged, and closing wants it gone.
        waits = _refund_left(reservation, actor)
        unpaid_reason = unpaid_reason or ("The refund is under way" if waits else "")
    row = services.reservation_check_out(reservation=reservation, actor=actor, unpaid_reason=unpaid_reason, **arguments)
    for name in invoices:
        folio, buyer = _invoiced(row, name)
        if buyer is not None:
            invoice_issue(folio=folio, buyer=buyer, actor=actor)
    return row


@retried
@transaction.atomic
def lose(
    *,
    deed: Callable[..., Reservation],
    reservation: Reservation,
    actor: Actor,
    refund: bool = False,
    charge_card: Pay | None = None,
    reason: str = "",
    **arguments: Any,
) -> Reservation:
    """Cancel or mark as no-show, then give back what is left over, or have a kept card charged for what is owed."""
    words = {"reason": reason} if reason else {}
    row = deed(reservation=reservation, actor=actor, **words, **arguments)
    main = folios_of(reservation=row).filter(reservation=row, is_main=True).first()
    if main is None:
        return row
    if refund and main.balance_minor < 0:
        plan = plan_back(folio=main, amount_minor=-main.balance_minor)
        give_back(plan=plan, reason=reason or "Did not arrive", actor=actor)
    if charge_card is not None and main.balance_minor > 0:
        owed = Pay(charge_card.tender, main.balance_minor, charge_card.request_key, charge_card.purpose)
        _take(main, owed, actor)
    return row


def _take(folio: Folio, pay: Pay, actor: Actor) -> PaymentIntent:
    return take(
        folio=folio,
        tender=pay.tender,
        amount_minor=pay.amount_minor,
        purpose=pay.purpose,
        request_key=pay.request_key,
        actor=actor,
    )


def _take_over(reservation: Reservation, pay: Pay, actor: Actor) -> None:
    """Take money for the guest's folios: what the further ones will owe at departure for them, the rest for the main one."""
    left = pay.amount_minor
    owing = {row.name: row.balance_minor for row in _at_departure(reservation, actor).folios if not row.pays_later}
    others = folios_of(reservation=reservation).filter(status=FolioStatus.OPEN, code__in=owing)
    for number, folio in enumerate(others, 1):
        share = min(left, owing[folio.code])
        if share > 0:
            key = UUID(int=(pay.request_key.int + number) % 2**128) if pay.request_key else None
            _take(folio, Pay(pay.tender, share, key, pay.purpose), actor)
            left -= share
    if left > 0:
        _take(main_folio(reservation=reservation), Pay(pay.tender, left, pay.request_key, pay.purpose), actor)


def _at_departure(reservation: Reservation, actor: Actor) -> Outcome:
    return outcome_of(
        reservation=reservation,
        deed=lambda: services.reservation_check_out(reservation=reservation, actor=actor, unpaid_reason=REFUNDED),
    )


def _refund_left(reservation: Reservation, actor: Actor) -> bool:
    """Give back what will be left over at departure; return whether a provider is still to be asked."""
    found = _at_departure(reservation, actor)
    give_back(plan=found.back, reason=REFUNDED, actor=actor)
    return any(back.payment.account.is_online for back in found.back)


def _invoiced(row: Reservation, name: str) -> tuple[Folio, Guest | Company | None]:
    code, _, company = name.partition("@")
    folio = main_folio(reservation=row) if code == MAIN else folios_of(reservation=row).get(code=code)
    if company:
        return folio, Company.objects.filter(code=company).first()
    return folio, folio.company or folio.guest
