from django.db import models

from bookings.rates.enums import Source


class Channel(models.TextChoices):
    """Whose calendar it is, as the hotel says."""

    AIRBNB = "airbnb", "Airbnb"
    BOOKING_COM = "booking_com", "Booking.com"
    VRBO = "vrbo", "Vrbo"
    EXPEDIA = "expedia", "Expedia"
    GOOGLE = "google", "Google Calendar"
    OTHER = "other", "Another calendar"


#: What a stay of a calendar counts as; all of them are sold by somebody else, so that none is refused (T17).
SOURCES = {
    Channel.AIRBNB: Source.AIRBNB,
    Channel.BOOKING_COM: Source.BOOKING_COM,
    Channel.EXPEDIA: Source.EXPEDIA,
}


class FeedState(models.TextChoices):
    """A draft is only looked at; a paused one is not fetched and keeps what it took; a retired one is history."""

    DRAFT = "draft", "Not live yet"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
    RETIRED = "retired", "Retired"


class Unclear(models.TextChoices):
    """What events are that do not say themselves whether somebody stays."""

    STAYS = "stays", "Stays of guests"
    CLOSED = "closed", "Closed nights"


class Became(models.TextChoices):
    """What an event is to us."""

    STAY = "stay", "Stay"
    CLOSED = "closed", "Closed nights"
    ECHO = "echo", "Our own nights, coming back"
    NOTICE = "notice", "Minimum notice of the channel"
    FAILED = "failed", "Could not be taken"


class EventState(models.TextChoices):
    LIVE = "live", "In the calendar"
    GONE = "gone", "No longer in it"
