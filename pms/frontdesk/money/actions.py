"""What can be done with money at the desk, in one table: with what, when, by whom, with which form."""

from collections.abc import Callable
from dataclasses import dataclass

from billing.folios.enums import FolioKind, FolioLedger, FolioStatus
from billing.folios.models import Folio
from bookings.reservations.enums import TAKING, Status
from bookings.reservations.models import Reservation
from pms.frontdesk.money.forms import closing, opening
from pms.frontdesk.money.forms.base import MoneyForm
from pms.frontdesk.money.forms.charging import ChargeForm
from pms.frontdesk.money.forms.lines import AllowanceForm, TransferForm
from pms.frontdesk.money.forms.papers import InvoiceForm, LinkForm
from pms.frontdesk.money.forms.paying import PayForm


@dataclass(frozen=True, slots=True)
class Action:
    """One verb. `label` is on the button, `yes` on the button that does it; `when` says whether it makes sense at all."""

    verb: str
    label: str
    yes: str
    icon: str
    permission: str
    form: type[MoneyForm]
    when: Callable[[Folio], bool] = lambda folio: folio.status == FolioStatus.OPEN
    key: str = ""
    is_dangerous: bool = False

    @property
    def folio_url(self) -> str:
        """The name of its address for a folio."""
        return f"desk:folio-{self.verb}"

    @property
    def stay_url(self) -> str:
        """The name of its address for a stay."""
        return f"desk:stay-money-{self.verb}"


def _is_closed(folio: Folio) -> bool:
    return folio.status == FolioStatus.CLOSED


def _can_close(folio: Folio) -> bool:
    return folio.status == FolioStatus.OPEN and not folio.balance_minor


def _owes(folio: Folio) -> bool:
    return folio.status == FolioStatus.OPEN and folio.balance_minor > 0


def _moves_to_city(folio: Folio) -> bool:
    return folio.status == FolioStatus.OPEN and (folio.ledger == FolioLedger.CITY or folio.kind != FolioKind.HOUSE)


_OF_A_FOLIO = (
    Action("pay", "Take payment", "Take it", "banknote", "payment.take", PayForm, key="p"),
    Action("charge", "Charge", "Charge it", "plus", "folio.charge", ChargeForm, key="c"),
    Action("allowance", "Allowance", "Give it", "tag", "folio.allowance", AllowanceForm, key="a"),
    Action("transfer", "Move lines", "Move", "corner-up-right", "folio.transfer", TransferForm, key="m"),
    Action("invoice", "Invoice", "Issue it", "file-text", "invoice.issue", InvoiceForm, lambda _folio: True, key="i"),
    Action("link", "Payment link", "Make the link", "external-link", "payment.take", LinkForm, key="l"),
    Action("city-ledger", "City ledger", "Move it", "building-2", "folio.transfer", closing.CityLedgerForm, _moves_to_city),
    Action("close", "Close the folio", "Close it", "lock", "folio.transfer", closing.CloseForm, _can_close),
    Action("reopen", "Open it again", "Open it again", "lock-open", "folio.transfer", closing.ReopenForm, _is_closed),
    Action(
        "write-off", "Write off", "Write it off", "circle-x", "folio.write_off", closing.WriteOffForm, _owes,
        is_dangerous=True,
    ),
)  # fmt: skip
_OF_A_STAY = (
    Action("pay", "Take payment", "Take it", "banknote", "payment.take", PayForm, key="p"),
    Action("charge", "Charge", "Charge it", "plus", "folio.charge", ChargeForm, key="c"),
    Action("invoice", "Invoice", "Issue it", "file-text", "invoice.issue", InvoiceForm, key="i"),
    Action("link", "Payment link", "Make the link", "external-link", "payment.take", LinkForm, key="l"),
    Action("open-folio", "Open another folio", "Open it", "book-open", "folio.transfer", opening.OpenFolioForm, key="n"),
    Action("routing", "Who pays what", "Save", "split", "folio.transfer", opening.RoutingForm, key="w"),
)  # fmt: skip

FOLIO_ACTIONS: dict[str, Action] = {row.verb: row for row in _OF_A_FOLIO}
STAY_ACTIONS: dict[str, Action] = {row.verb: row for row in _OF_A_STAY}
#: Whose stay has or may still have money about it.
WITH_MONEY = TAKING | {Status.CHECKED_IN, Status.CHECKED_OUT, Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW}


def offered_for_folio(folio: Folio, allows: Callable[[str], bool]) -> list[Action]:
    """Return what makes sense with a folio now and `allows` grants."""
    return [row for row in _OF_A_FOLIO if row.when(folio) and allows(row.permission)]


def offered_for_stay(reservation: Reservation, allows: Callable[[str], bool]) -> list[Action]:
    """Return what makes sense with the money of a stay now and `allows` grants."""
    if reservation.status not in WITH_MONEY:
        return []
    return [row for row in _OF_A_STAY if allows(row.permission)]
