"""Standing (how a connection is doing), Mark (what may have changed), ToldRooms and ToldRate (what the channel shows)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value

from channels.connections.models import Connection, RateLink, RoomLink
from channels.sync.enums import Anew


class Standing(models.Model):
    """How a connection is doing, and when it is its turn: one row per connection, shared by all workers.

    A lease keeps two workers from speaking to one connection at once; it ends by itself, should its worker die. After a
    failure nothing is sent before `send_at`, later each time: that is the circuit breaker, and whoever comes first after
    that time is the one that tries.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="standing")
    lease_until = models.DateTimeField(null=True, blank=True)
    send_at = models.DateTimeField(help_text="Nothing is sent before.")
    pull_at = models.DateTimeField(help_text="Nothing is read before.")
    pull_lease_until = models.DateTimeField(null=True, blank=True)
    rounds = ArrayField(
        models.DateTimeField(), default=list, blank=True, help_text="When messages were sent within the last minute."
    )
    failures = models.PositiveSmallIntegerField(default=0, help_text="Sendings that failed since one succeeded.")
    pull_failures = models.PositiveSmallIntegerField(default=0)
    locked_out_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When a message was last taken.")
    pulled_at = models.DateTimeField(null=True, blank=True, help_text="When bookings were last read to the end.")
    error_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_words = models.TextField(blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True, help_text="When everything was last sent anew.")
    compared_at = models.DateTimeField(null=True, blank=True, help_text="When the channel was last read back.")
    differing = models.PositiveIntegerField(null=True, blank=True, help_text="Values that differed then.")
    comparison = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text="What was compared then: {first, until, cells, differences}, the first of these.",
    )
    alerted_at = models.DateTimeField(null=True, blank=True, help_text="When people were last told that it fails.")

    class Meta:
        indexes = [
            models.Index(fields=["send_at"], name="ix_standing_send"),
            models.Index(fields=["pull_at"], name="ix_standing_pull"),
        ]

    def __str__(self) -> str:
        return f"Standing of {self.connection_id}"


class Mark(models.Model):
    """Days [first, until) of room types that may differ from what the channel was told.

    Written in the transaction of the change, so that it can neither be lost nor be seen too early. No room types: all of
    them. `anew`: told again even where it was told already, for a channel counts down by itself what it sells (T68).
    `asked_at` is the instant of the change, for latency.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="marks")
    room_type_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    first = models.DateField(null=True, blank=True, help_text="Empty: from the business date on.")
    until = models.DateField(null=True, blank=True, help_text="Empty: as far as the channel is told.")
    anew = models.PositiveSmallIntegerField(choices=Anew, default=Anew.NOTHING)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first__isnull=True) | Q(until__isnull=True) | Q(until__gt=F("first")), name="ck_mark_days"
            ),
        ]
        indexes = [models.Index(fields=["connection", "id"], name="ix_mark_connection")]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.first} to {self.until}"


class ToldRooms(models.Model):
    """How many rooms the channel was last told for a day.

    `refused`: it did not take that, and is not told it again. `doubtful`: something else was sent since, and nobody knows
    whether it arrived.
    """

    link = models.ForeignKey(RoomLink, on_delete=models.CASCADE, related_name="told")
    date = models.DateField()
    rooms = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField()
    refused = models.CharField(max_length=64, blank=True)
    doubtful = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "date"], name="ux_told_rooms")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.date}: {self.rooms}"


class ToldRate(models.Model):
    """What the channel was last told of a rate for a day. Prices are minor units in the order of the link's guests."""

    link = models.ForeignKey(RateLink, on_delete=models.CASCADE, related_name="told")
    date = models.DateField()
    prices = ArrayField(models.BigIntegerField(), default=list, blank=True)
    min_stay_arrival = models.PositiveSmallIntegerField()
    min_stay_through = models.PositiveSmallIntegerField()
    max_stay = models.PositiveSmallIntegerField()
    closed_to_arrival = models.BooleanField()
    closed_to_departure = models.BooleanField()
    closed = models.BooleanField()
    told_at = models.DateTimeField()
    refused = models.CharField(max_length=64, blank=True)
    doubtful = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "date"], name="ux_told_rate")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.date}"
