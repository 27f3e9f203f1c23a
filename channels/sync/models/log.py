"""ExchangeLog: what was said to a channel and what it answered."""

from uuid import uuid4

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from channels.connections.models import Connection
from channels.sync.enums import Direction


class ExchangeLog(models.Model):
    """One call to a channel, or one message from it, secrets and cards masked. Kept for a month."""

    code = models.UUIDField(default=uuid4, db_default=RandomUUID(), editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="exchanges")
    direction = models.CharField(max_length=4, choices=Direction, default=Direction.OUT)
    what = models.CharField(max_length=32)
    method = models.CharField(max_length=8, blank=True)
    url = models.TextField(blank=True)
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(default=0, help_text="0: no answer came.")
    request = models.TextField(blank=True)
    response = models.TextField(blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True, help_text="In the channel's words, or ours where it said nothing.")
    cells = models.PositiveIntegerField(default=0, help_text="How many cells the message told.")
    waited_milliseconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="From the oldest change that it told to the channel's yes."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["code"], name="ux_exchange_code")]
        indexes = [
            models.Index(fields=["connection", "-id"], name="ix_exchange_connection"),
            models.Index(fields=["at"], name="ix_exchange_at"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def succeeded(self) -> bool:
        """Whether it was answered without an error."""
        return not self.error and 200 <= self.status < 300
