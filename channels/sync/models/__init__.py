"""What channels have been told, what they told, and what a person has to look at."""

from channels.sync.models.incoming import BookingMessage, Case, ChannelBooking, ChannelStay, StoredLetter
from channels.sync.models.log import ExchangeLog
from channels.sync.models.outgoing import Mark, Standing, ToldRate, ToldRooms
from channels.sync.models.reports import GuestReport

__all__ = [
    "BookingMessage",
    "Case",
    "ChannelBooking",
    "ChannelStay",
    "ExchangeLog",
    "GuestReport",
    "Mark",
    "Standing",
    "StoredLetter",
    "ToldRate",
    "ToldRooms",
]
