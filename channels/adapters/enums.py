"""Words that adapters and the engine share. No Django model, no network."""

from enum import StrEnum

from django.db import models


class AdapterName(models.TextChoices):
    """The folders below channels/adapters: whose language a connection speaks."""

    CHANNEX = "channex", "Channex"
    BOOKINGCOM = "bookingcom", "Booking.com"
    EXPEDIA = "expedia", "Expedia"
    AIRBNB = "airbnb", "Airbnb"


class Trouble(StrEnum):
    """What an error means for what comes next."""

    #: Nobody knows, or it is too busy: the same again later.
    TEMPORARY = "temporary"
    #: Too many calls: nothing at all to this connection until the time it named.
    LIMITED = "limited"
    #: This very message will never be taken: put aside with the channel's words.
    REFUSED = "refused"
    #: The key does not open the door: nothing to this connection until somebody has changed it.
    LOCKED_OUT = "locked_out"


class Delivery(StrEnum):
    """How a channel hands over what it sold; all are brought to one shape."""

    #: Read, keep, then say that it is kept: what is not acknowledged comes again.
    ACKNOWLEDGED = "acknowledged"
    #: Reading is taking: the raw message is kept before anybody looks into it.
    DESTRUCTIVE = "destructive"
    #: The next message of a booking is released by our own number for the one before.
    CONFIRMED = "confirmed"


class Told(models.TextChoices):
    """Where a booking of the channel stands, by one message."""

    NEW = "new", "New"
    MODIFIED = "modified", "Changed"
    CANCELLED = "cancelled", "Cancelled"
