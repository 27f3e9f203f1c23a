"""The money of a stay as the desk asks for it: what it costs, what is due when, what is late, and on which folios it lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.folios.models import Folio, RoutingRule
from billing.folios.selectors import StayAccount, folios_of, stay_account, stay_accounts
from billing.payments.services import schedule_of
from bookings.reservations.models import Reservation
from guests.profiles.enums import Collector
from pms.frontdesk.money.words import counted
from pms.kernel.money import Money

WORDS = {"deposit": "Deposit", "balance": "Balance"}


@dataclass(frozen=True, slots=True)
class Step:
    """An amount that is due by a day (none: at the property), and what of it is paid already.

    `state` is "paid", "late", "due" or "later"; `said` is the same in words.
    """

    label: str
    due_on: date | None
    amount: Money
    open: Money
    state: str
    said: str


@dataclass(frozen=True, slots=True)
class StayMoney:
    """Everything about the money of a stay. `demanded_minor` is what the terms ask for by today and nobody has paid.

    `is_collected` says that the agency or channel takes the guest's money: nothing is demanded of the guest then (T50).
    """

    account: StayAccount
    steps: tuple[Step, ...]
    demanded_minor: int
    is_collected: bool = False

    @property
    def currency(self) -> str:
        """The currency of the stay."""
        return self.account.currency

    @property
    def due(self) -> Money:
        """What the guest still pays at the desk, below zero what is to be given back."""
        return Money(self.account.guest_due_minor, self.currency)

    @property
    def elsewhere(self) -> Money:
        """What companies and the city ledger carry."""
        return Money(self.account.elsewhere_minor, self.currency)

    @property
    def total(self) -> Money:
        """What the stay costs with everything."""
        return Money(self.account.total_minor, self.currency)

    @property
    def paid(self) -> Money:
        """What came in."""
        return Money(self.account.paid_minor, self.currency)

    @property
    def posted(self) -> Money:
        """What is charged so far."""
        return Money(self.account.posted_minor, self.currency)

    @property
    def to_come(self) -> Money:
        """What is charged as days pass."""
        return Money(self.account.to_come_minor, self.currency)

    @property
    def demanded(self) -> Money:
        """What the terms ask for by today."""
        return Money(self.demanded_minor, self.currency)

    @property
    def asked_minor(self) -> int:
        """What a payment is filled in with: what is late or due by the terms, else all that is open."""
        return self.demanded_minor or max(self.account.guest_due_minor, 0)


@dataclass(frozen=True, slots=True)
class StayFolios:
    """The folios of a stay and where its charges go."""

    folios: tuple[Folio, ...]
    rules: tuple[RoutingRule, ...]

    @property
    def main(self) -> Folio | None:
        """The folio that gets what is sent nowhere else, once there is one."""
        return next((row for row in self.folios if row.is_main), None)


def stay_money(*, reservation: Reservation, account: StayAccount | None = None) -> StayMoney:
    """Return the money of a stay as of its property's business date. One query unless the account is at hand."""
    account = account or stay_account(reservation=reservation)
    steps = _steps(reservation, account)
    late = sum(step.open.minor for step in steps if step.state in {"late", "due"} and step.due_on is not None)
    is_collected = reservation.booking.collector == Collector.SELLER
    return StayMoney(account, steps, 0 if is_collected else max(0, min(late, account.guest_due_minor)), is_collected)


def stay_folios(*, reservation: Reservation) -> StayFolios:
    """Return the folios of a stay with its routing. Two queries."""
    rules = RoutingRule.objects.filter(reservation=reservation).select_related("folio")
    return StayFolios(tuple(folios_of(reservation=reservation)), tuple(rules))


def _steps(row: Reservation, account: StayAccount) -> tuple[Step, ...]:
    """Return what is due when, in words."""
    schedule = schedule_of(reservation=row, today=row.property.business_date, account=account)
    has_days = any(step.due_on is not None for step in schedule.steps)
    return tuple(
        Step(
            WORDS.get(step.kind, "Payment") if step.due_on is not None or has_days else "At the property",
            step.due_on,
            Money(step.amount_minor, row.currency),
            Money(step.open_minor, row.currency),
            *_state(step.due_on, step.open_minor, row),
        )
        for step in schedule.steps
    )


def _state(due_on: date | None, left: int, row: Reservation) -> tuple[str, str]:
    """Return how an amount stands on the business date, for the page and in words. No day means at the property."""
    today = row.property.business_date
    day = row.departure if due_on is None else due_on
    if not left:
        return "paid", "paid"
    if day < today:
        return "late", f"{counted((today - day).days, 'day', 'days')} late, was due {day:%-d %b}"
    if day == today:
        return "due", "due today"
    if due_on is None:
        return "later", f"by departure, {day:%a %-d %b}"
    return "later", f"due {day:%a %-d %b %Y}"


def dues_of(*, reservations: Sequence[Reservation]) -> dict[int, int]:
    """Return by reservation what nobody has paid of it yet, minor units; below zero it is too much. One query."""
    return {key: account.due_minor for key, account in stay_accounts(reservations=reservations).items()}
