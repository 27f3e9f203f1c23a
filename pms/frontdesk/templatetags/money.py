"""How money is written on the pages of the desk."""

from collections.abc import Mapping, Sequence

from django import template

from billing.folios.selectors import StayAccount, stay_account
from bookings.reservations.models import Reservation
from pms.frontdesk.desk import Desk
from pms.frontdesk.money.reading import components_said

register = template.Library()


@register.filter
def components(names: Sequence[str]) -> str:
    """Return what a routing rule sends, in words."""
    return components_said(names)


@register.filter
def account(dues: Mapping[int, StayAccount] | None, reservation: Reservation) -> StayAccount | None:
    """Return the account of a reservation among those of a list."""
    return dues.get(reservation.pk) if dues else None


@register.simple_tag(takes_context=True)
def account_of(context: template.Context, reservation: Reservation) -> StayAccount | None:
    """Return the account of a reservation, for whoever may see folios. One query."""
    desk: Desk = context["request"].desk
    return stay_account(reservation=reservation) if desk.allows("folio.view", reservation.property) else None
