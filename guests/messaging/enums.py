from django.db import models


class Kind(models.TextChoices):
    """What a mail is about. A kind is sent at most once for each subject and revision."""

    CONFIRMATION = "confirmation", "Confirmation"
    MODIFICATION = "modification", "Changed booking"
    CANCELLATION = "cancellation", "Cancellation"
    PAYMENT_RECEIVED = "payment_received", "Payment received"
    PAYMENT_FAILED = "payment_failed", "Payment failed"
    PAYMENT_DUE = "payment_due", "Payment due"
    PAYMENT_OVERDUE = "payment_overdue", "Payment overdue"
    PRE_ARRIVAL = "pre_arrival", "Before arrival"
    WELCOME = "welcome", "Checked in"
    THANKS = "thanks", "Checked out"
    POST_STAY = "post_stay", "After the stay"
    ABANDONED = "abandoned", "Booking not finished"
    ROOM_LOST = "room_lost", "Room lost, money returned"
    OVERPAID = "overpaid", "Paid too much, money returned"
    LINK = "link", "Link to the booking"
    QUESTION_RECEIVED = "question_received", "Question received"
    STAFF_BOOKING = "staff_booking", "Staff: new booking on the website"
    STAFF_CANCELLATION = "staff_cancellation", "Staff: a guest cancelled"
    STAFF_QUESTION = "staff_question", "Staff: a guest asks"
    STAFF_ROOM_LOST = "staff_room_lost", "Staff: paid too late, room lost"
    STAFF_OVERPAID = "staff_overpaid", "Staff: a guest paid too much"
    STAFF_PAYMENT_FAILED = "staff_payment_failed", "Staff: a payment failed"
    STAFF_REFUND_LEFT = "staff_refund_left", "Staff: money to give back by hand"


#: Written to the property's own address.
STAFF = frozenset(
    {
        Kind.STAFF_BOOKING,
        Kind.STAFF_CANCELLATION,
        Kind.STAFF_QUESTION,
        Kind.STAFF_ROOM_LOST,
        Kind.STAFF_OVERPAID,
        Kind.STAFF_PAYMENT_FAILED,
        Kind.STAFF_REFUND_LEFT,
    }
)
#: About the person who sleeps here, not about who booked.
OF_THE_STAY = frozenset({Kind.PRE_ARRIVAL, Kind.WELCOME, Kind.THANKS, Kind.POST_STAY})
#: What a guest of a channel is told by the channel; a second voice would contradict it.
CHANNEL_SAYS = frozenset(
    {
        Kind.CONFIRMATION,
        Kind.MODIFICATION,
        Kind.CANCELLATION,
        Kind.PAYMENT_DUE,
        Kind.PAYMENT_OVERDUE,
        Kind.ABANDONED,
    }
)
#: What somebody who stands at the desk need not be written.
SAID_AT_THE_DESK = frozenset({Kind.CONFIRMATION, Kind.MODIFICATION, Kind.CANCELLATION, Kind.PRE_ARRIVAL, Kind.WELCOME})


class MessageStatus(models.TextChoices):
    """A failed one is tried again; a parked one waits for somebody to replay it."""

    QUEUED = "queued", "Queued"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed, tried again"
    PARKED = "parked", "Given up"
    BOUNCED = "bounced", "Bounced"


#: Something is still to be done by itself.
DUE = frozenset({MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.FAILED})
#: Somebody may have it sent again.
REPLAYABLE = frozenset({MessageStatus.PARKED, MessageStatus.BOUNCED})


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    LITHUANIAN = "lt", "Lietuvių"
    GERMAN = "de", "Deutsch"
