"""What the pages of a checkout say of a room: its board and who sleeps there."""

from collections.abc import Sequence

from django import template
from django.utils.translation import gettext, ngettext

from bookings.checkout.summary import board_said

register = template.Library()


@register.filter
def board(code: str) -> str:
    """Write a board in the guest's language."""
    return board_said(code)


@register.simple_tag
def party(adults: int, child_ages: Sequence[int]) -> str:
    """Write who sleeps in a room: 2 adults, children of 4 and 9."""
    said = ngettext("%(number)s adult", "%(number)s adults", adults) % {"number": adults}
    if not child_ages:
        return said
    ages = ", ".join(map(str, child_ages))
    children = ngettext("%(number)s child (%(ages)s)", "%(number)s children (%(ages)s)", len(child_ages))
    return gettext("%(adults)s, %(children)s") % {
        "adults": said,
        "children": children % {"number": len(child_ages), "ages": ages},
    }
