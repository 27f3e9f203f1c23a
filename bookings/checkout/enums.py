from django.db import models


class State(models.TextChoices):
    HELD = "held", "Rooms kept"
    PAYING = "paying", "At the payment"
    BOOKED = "booked", "Booked"
    EXPIRED = "expired", "Ran out"
    REFUNDED = "refunded", "Room gone, money back"


#: Nobody knows yet how it ends.
OPEN = frozenset({State.HELD, State.PAYING})
