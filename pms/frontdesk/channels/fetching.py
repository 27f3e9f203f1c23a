"""Reading a channel's rooms and rates for the wizard, whose every way to the keys ends here."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from channels.adapters.base import ChannelError
from channels.connections.models import Connection
from channels.connections.services import rooms_fetch
from channels.sync.enums import Direction
from channels.sync.logging import Recording
from pms.frontdesk.desk import DeskRequest
from pms.frontdesk.views.common import see_other


def fetched(request: DeskRequest, row: Connection) -> HttpResponse:
    """Fetch the rooms, which proves the keys; go to the mapping, or back to the keys with the channel's words."""
    recording = Recording()
    try:
        found = rooms_fetch(connection=row, record=recording, actor=request.desk.actor, now=timezone.now())
    except ChannelError as error:
        recording.write(row, direction=Direction.IN, error_code=error.code, error=error.message)
        messages.error(request, f"The keys are saved, but {row.name} did not list its rooms: {error.message}")
        return see_other(reverse("desk:channel-keys", args=[row.code]))
    recording.write(row, direction=Direction.IN)
    rates = sum(link.rate_links.filter(gone_at=None).count() for link in found)
    messages.success(request, f"{row.name} answered: {_count(len(found), 'room')}, {_count(rates, 'rate')}.")
    return see_other(reverse("desk:channel-rooms", args=[row.code]))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
