from django.db import models


class State(models.TextChoices):
    """A draft speaks to the channel only to fetch its rooms; a paused one reads bookings and sends nothing."""

    DRAFT = "draft", "Draft"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
