from django.db import models


class Board(models.TextChoices):
    ROOM_ONLY = "RO", "Room only"
    BREAKFAST = "BB", "Bed and breakfast"
    HALF_BOARD = "HB", "Half board"
    FULL_BOARD = "FB", "Full board"
    ALL_INCLUSIVE = "AI", "All inclusive"


class Guarantee(models.TextChoices):
    """What makes sure the guest comes or pays."""

    UNTIL_6PM = "until_6pm", "Until 18:00"
    CARD = "card", "Card"
    PREPAID = "prepaid", "Prepaid"
    COMPANY = "company", "Company"


#: Guarantees under which a guest who does not come is a no-show that owes something (T49).
GUARANTEED = frozenset({Guarantee.CARD, Guarantee.PREPAID, Guarantee.COMPANY})
