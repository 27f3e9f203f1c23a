"""What is to be paid when, by the terms a stay was sold under (T47), and telling of it before it is too late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from billing.folios.selectors import StayAccount, seller_folio, stay_account, stay_accounts
from billing.folios.services import main_folio
from billing.payments.enums import TAKEN, UNDER_WAY, PaymentStatus, Purpose
from billing.payments.models import PaymentIntent, PaymentReminder
from billing.payments.selectors import saved_methods_of
from billing.payments.services.requesting import payment_charge_saved
from bookings.rates.quoting import PaymentStep
from bookings.reservations.enums import EXPECTED, LOST, Status
from bookings.reservations.models import Reservation
from bookings.reservations.terms import terms_from_json
from guests.profiles.enums import Collector
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.money import Money
from pms.properties.models import Property

#: So many days before a step is due the guest is reminded.
REMIND_DAYS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a schedule: what it asks for and how much of that is paid, minor units of the stay's currency.

    No day means at the property.
    """

    kind: str
    due_on: date | None
    amount_minor: int
    paid_minor: int
    is_due: bool
    is_overdue: bool

    @property
    def open_minor(self) -> int:
        """What is still to be paid of it."""
        return self.amount_minor - self.paid_minor


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a stay costs and when that is paid. What was paid goes to the steps in their order."""

    currency: str
    total_minor: int
    paid_minor: int
    steps: tuple[Step, ...]

    @property
    def due_minor(self) -> int:
        """What should be paid by now and is not."""
        return sum(step.open_minor for step in self.steps if step.is_due)

    @property
    def overdue_minor(self) -> int:
        """What should have been paid on a day before."""
        return sum(step.open_minor for step in self.steps if step.is_overdue)

    @property
    def overpaid_minor(self) -> int:
        """What was paid beyond the price of the stay."""
        return max(0, self.paid_minor - self.total_minor)

    @property
    def next_step(self) -> Step | None:
        """The first step that something is open of."""
        return next((step for step in self.steps if step.open_minor > 0), None)


def schedule_of(*, reservation: Reservation, today: date, account: StayAccount | None = None) -> Schedule:
    """Return the payment schedule of a reservation; `today` is the property's business date. One query without `account`.

    The steps are those sold, and what was due at once is due since the sale; where the stay has become dearer or cheaper
    since, the last of them follow. What a company or the city ledger carries is not asked of the guest: it counts as paid.
    A stay without terms is paid at the property; one that was lost, or only inquired about, has no steps.
    """
    account = account or stay_account(reservation=reservation)
    made_on = min(reservation.made_at.astimezone(reservation.property.zone).date(), today)
    is_sold = reservation.status not in LOST | {Status.INQUIRY}
    sold = terms_from_json(reservation.terms).payments if reservation.terms else ()
    steps, left = [], account.paid_minor + max(0, account.elsewhere_minor)
    for step in _fitted(sold, account.total_minor) if is_sold else ():
        paid = max(0, min(left, step.amount_minor))
        left -= paid
        due_on = min(step.due_on or made_on, made_on) if step.due_now else step.due_on
        open_one = step.amount_minor > paid
        is_due = open_one and due_on is not None and due_on <= today
        overdue = is_due and due_on != today
        steps.append(Step(step.kind, due_on, step.amount_minor, paid, is_due, overdue))
    return Schedule(reservation.currency, account.total_minor, account.paid_minor, tuple(steps))


def _fitted(sold: Sequence[PaymentStep], total_minor: int) -> list[PaymentStep]:
    """Return the steps as they were sold, up to today's price; what is beyond them is paid at the property."""
    fitted, left = [], max(0, total_minor)
    for step in sold:
        amount = min(step.amount_minor, left)
        left -= amount
        if amount:
            fitted.append(PaymentStep(step.kind, step.due_on, amount, step.due_now))
    if left and fitted and fitted[-1].due_on is None:
        last = fitted.pop()
        fitted.append(PaymentStep(last.kind, None, last.amount_minor + left))
    elif left:
        fitted.append(PaymentStep("balance", None, left))
    return fitted


def dun(*, property: Property) -> int:
    """Tell once of every step that is due soon (`payment.due`) or was not paid in time (`payment.overdue`).

    Returns how many were told. Guests are left alone whose agency or channel collects (T50). A fixed number of queries, and
    three for each that is told.
    """
    today, told = property.business_date, 0
    rows = [row for row in _expected(property) if row.booking.collector != Collector.SELLER]
    accounts = stay_accounts(reservations=rows)
    before = set(
        PaymentReminder.objects.filter(reservation__property=property).values_list("reservation_id", "kind", "due_on")
    )
    for row in rows:
        for step in schedule_of(reservation=row, today=today, account=accounts[row.pk]).steps:
            if step.due_on is None or step.open_minor <= 0:
                continue
            kind = "overdue" if step.due_on < today else "due" if step.due_on <= today + timedelta(REMIND_DAYS) else ""
            if not kind or (row.pk, kind, step.due_on) in before:
                continue
            told += _tell_once(row, step, kind, step.due_on)
    return told


def balances_charge(*, property: Property, actor: Actor) -> list[PaymentIntent]:
    """Charge the kept card of every expected stay that a step is due of, where the guest agreed; return the payments.

    A card that the booker left for one room is charged for all of the booking. Never the guest whose agency or channel
    collects: only its own virtual card (T50).
    """
    today, charged = property.business_date, []
    for row in _expected(property):
        schedule = schedule_of(reservation=row, today=today)
        step = next((step for step in schedule.steps if step.is_due), None)
        if step is None or _under_way(row):
            continue
        by_seller = row.booking.collector == Collector.SELLER
        cards = [
            card
            for card in saved_methods_of(reservation=row).exclude(reservation=None).select_related("account__entity")
            if (card.is_virtual if by_seller else bool(card.mandate)) and row.currency in card.account.taken_currencies
        ]
        if cards:
            charged.append(
                payment_charge_saved(
                    folio=(seller_folio(reservation=row) if by_seller else None) or main_folio(reservation=row),
                    saved_method=cards[0],
                    amount=Money(schedule.due_minor, row.currency),
                    purpose=Purpose.DEPOSIT if step.kind == "deposit" else Purpose.BALANCE,
                    actor=actor,
                )
            )
    return charged


def _expected(property: Property) -> list[Reservation]:
    rows = Reservation.objects.filter(property=property, status__in=EXPECTED).exclude(terms={})
    return list(rows.select_related("booking", "guest", "property").order_by("pk"))


def _under_way(row: Reservation) -> bool:
    """Return whether a payment of the stay may still bring the money, or failed and nobody has looked at it."""
    mine = PaymentIntent.objects.filter(reservation=row, purpose__in=[Purpose.DEPOSIT, Purpose.BALANCE])
    return mine.filter(status__in=[*UNDER_WAY, *(TAKEN - {PaymentStatus.CAPTURED}), PaymentStatus.FAILED]).exists()


@transaction.atomic
def _tell_once(row: Reservation, step: Step, kind: str, due_on: date) -> bool:
    made, is_new = PaymentReminder.objects.get_or_create(
        reservation=row, kind=kind, due_on=due_on, defaults={"told_at": timezone.now()}
    )
    if is_new:
        event_publish(
            kind=f"payment.{kind}",
            subject_type="reservation",
            subject_code=row.code,
            payload={
                "property": row.property.code,
                "step": step.kind,
                "due_on": made.due_on,
                "open_minor": step.open_minor,
                "currency": row.currency,
            },
        )
    return is_new
