from django.db import models


class MessageStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    HANDLED = "handled", "Handled"
    IGNORED = "ignored", "Ignored"
    PARKED = "parked", "Parked"
