from django.db import models


class Status(models.TextChoices):
    INQUIRY = "inquiry", "Inquiry"
    HOLD = "hold", "Option"
    PENDING = "pending", "Pending"
    CONFIRMED = "confirmed", "Confirmed"
    CHECKED_IN = "checked_in", "In house"
    CHECKED_OUT = "checked_out", "Departed"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    NO_SHOW = "no_show", "No-show"
    REJECTED = "rejected", "Rejected"
    FAILED = "failed", "Failed"


#: Counted as sold.
SOLD = frozenset({Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN, Status.CHECKED_OUT, Status.COMPLETED})
#: Takes inventory in one way or the other.
TAKING = SOLD | {Status.HOLD}
#: Still to come.
EXPECTED = frozenset({Status.HOLD, Status.PENDING, Status.CONFIRMED})
#: Dates, room and guests may still change.
CHANGEABLE = EXPECTED | {Status.CHECKED_IN}
#: Gone for good unless reinstated.
LOST = frozenset({Status.CANCELLED, Status.NO_SHOW, Status.REJECTED, Status.FAILED})


class Source(models.TextChoices):
    """Where a booking came from. Channels keep their own name in the connection, not here."""

    DIRECT_WEB = "direct_web", "Website"
    PHONE = "phone", "Phone"
    EMAIL = "email", "E-mail"
    WALK_IN = "walk_in", "Walk-in"
    CORPORATE = "corporate", "Corporate"
    AGENCY = "agency", "Travel agency"
    GROUP = "group", "Group"
    OTA = "ota", "Online travel agency"
    BOOKING_COM = "booking_com", "Booking.com"
    AIRBNB = "airbnb", "Airbnb"
    EXPEDIA = "expedia", "Expedia"
    GDS = "gds", "Global distribution system"
    COMPLIMENTARY = "complimentary", "Complimentary"
    OTHER = "other", "Other"


#: Sold by somebody else: accepted even beyond the rooms there are (T17), and the price is theirs (T67).
CHANNEL_SOURCES = frozenset({Source.OTA, Source.BOOKING_COM, Source.AIRBNB, Source.EXPEDIA, Source.GDS})


class OccupantKind(models.TextChoices):
    ADULT = "adult", "Adult"
    CHILD = "child", "Child"
    INFANT = "infant", "Infant"
