"""How values that channels are told are written on pages, and which channel a stay came from."""

from typing import Any

from django import template

from bookings.rates.outward import Outward
from bookings.reservations.models import Booking, Reservation
from channels.connections.models import RateLink
from channels.sync.models import ChannelBooking
from channels.sync.reporting import takes_reports
from channels.sync.selectors import ToldPrice, channel_booking_of, prices_told
from pms.frontdesk.channels import reading, words
from pms.kernel.money import Money

register = template.Library()

register.filter("duration", words.milliseconds)
register.filter("permille", words.permille)
register.filter("field_words", lambda name: words.FIELD_WORDS.get(name, name))


@register.filter
def compared(name: str) -> str:
    """Return a field of a comparison in words: "price for 2" stays, names of fields are said."""
    return words.FIELD_WORDS.get(name, name.capitalize())


@register.simple_tag
def told_value(name: str, value: Any, rate: RateLink | None, currency: str) -> str:
    """Return a value in words."""
    return words.value_words(name, value, guests=rate.guests if rate else (), currency=currency)


@register.simple_tag
def told_short(value: Any, currency: str) -> str:
    """Return a day's value as it fits in a cell: the rooms, or the price for most guests and what limits it."""
    if value is None:
        return words.DASH
    if not isinstance(value, Outward):
        return str(value)
    if value.closed:
        return "closed"
    said = [_price(value, currency)]
    if max(value.min_stay_arrival, value.min_stay_through) > 1:
        said.append(f"{max(value.min_stay_arrival, value.min_stay_through)}+")
    if value.max_stay:
        said.append(f"≤{value.max_stay}")
    if value.closed_to_arrival:
        said.append("no arr.")
    if value.closed_to_departure:
        said.append("no dep.")
    return " ".join(said)


def _price(value: Outward, currency: str) -> str:
    if not value.prices:
        return "no price"
    amount = Money(max(value.prices), currency).amount
    return f"{amount:.0f}" if amount == int(amount) else str(amount)


@register.simple_tag
def channel_of(booking: Booking) -> ChannelBooking | None:
    """Return where a booking was sold, or None where no channel has it. One query, none for what the house sold itself."""
    return channel_booking_of(booking) if booking.external_id else None


#: What a channel sold, and does not hear of when it is changed here.
_SOLD_THERE = frozenset({"modify", "extend", "shorten", "cancel", "reinstate"})


@register.simple_tag
def channel_warning(verb: str, reservation: Reservation) -> str:
    """Return what to mind before something is changed here that a channel sold; nothing where it is the house's own."""
    known = channel_of(reservation.booking) if verb in {*_SOLD_THERE, "no-show"} else None
    if known is None:
        return ""
    name = known.channel or known.get_source_display()
    if verb == "no-show":
        where = "report it on the booking's page at the channel" if takes_reports(known) else "say it in its extranet"
        return f"{name} does not hear of this by itself: {where}, for its commission."
    return f"{name} does not hear of this. Change it there as well: its next message overrules what is changed here."


@register.simple_tag
def payout_of(known: ChannelBooking) -> reading.Payout:
    """Return how the money of a channel's booking comes."""
    return reading.card_of(known, today=known.connection.property.business_date)


@register.simple_tag
def channel_prices(room_type: Any, rate_plan: Any, day: Any) -> list[ToldPrice]:
    """Return what channels were last told of a night, for the price explainer. One query."""
    return prices_told(room_type=room_type, rate_plan=rate_plan, day=day)


@register.simple_tag
def prices_said(row: ToldPrice, currency: str) -> str:
    """Return the prices of a night in words."""
    return ", ".join(f"{Money(price, currency)}{f' for {count}' if count else ''}" for count, price in row.prices)
