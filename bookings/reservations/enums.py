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


class OccupantKind(models.TextChoices):
    ADULT = "adult", "Adult"
    CHILD = "child", "Child"
    INFANT = "infant", "Infant"


class ChargeKind(models.TextChoices):
    EXTRA = "extra", "Extra"
    FEE = "fee", "Fee"
