"""What the seller of a stay gets, by what was agreed when it was sold (T44): a share of what is sold, or of what is lost."""

from typing import TYPE_CHECKING

from bookings.rates.enums import CHANNEL_SOURCES
from bookings.reservations.models import Reservation
from guests.profiles.enums import CommissionBase, CommissionOnLoss
from pms.kernel.money import Money

if TYPE_CHECKING:
    from bookings.lifecycle.sold import Sold


def commission_set(row: Reservation, sold: "Sold") -> None:
    """Set the commission to its share of what is sold; where no share was kept it stays. Saved by the caller."""
    base = _base_minor(CommissionBase(row.booking.commission_base), sold)
    _share_set(row, base)


def commission_lost(row: Reservation, *, was_sold: bool) -> None:
    """Set what is left of the commission of a lost reservation, whose fee is set already. Saved by the caller.

    What was never sold (`was_sold` is false: an option, an inquiry) leaves nothing.
    """
    on_loss = row.booking.commission_on_loss
    if on_loss == CommissionOnLoss.WHOLE and was_sold:
        return
    # A channel's guest owes the fee that the channel says, and none by the terms sold (T50).
    is_owed = row.fee_told or row.booking.source not in CHANNEL_SOURCES
    _share_set(row, row.cancellation_fee_minor if on_loss == CommissionOnLoss.OF_FEE and is_owed else 0)


def _share_set(row: Reservation, base_minor: int) -> None:
    percent = row.booking.commission_percent
    if percent is not None:
        row.commission_minor = Money(base_minor, row.currency).percent(percent).minor


def _base_minor(base: CommissionBase, sold: "Sold") -> int:
    nights = sum(night.price_minor for night in sold.nights)
    match base:
        case CommissionBase.ROOM:
            return nights
        case CommissionBase.ROOM_NET:
            inside = (tax for night in sold.nights for tax in night.taxes if tax["included"])
            return nights - sum(int(tax["amount_minor"]) for tax in inside)
        case CommissionBase.ROOM_AND_CHARGES:
            return nights + sold.charges_minor
        case CommissionBase.TOTAL:
            return sold.total_minor
