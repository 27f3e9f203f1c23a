"""StoredLetter, BookingMessage, ChannelBooking, ChannelStay (what a channel sold), Case (what a person has to look at)."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q, Value

from bookings.rates.enums import Source
from bookings.reservations.models import Booking, Reservation
from channels.adapters.enums import Told
from channels.connections.models import Connection
from channels.sync.enums import CaseKind, LetterState, MessageState, Resolution
from guests.profiles.enums import Collector


class StoredLetter(models.Model):
    """A message as it came, cards masked: kept and committed before anybody looks into it."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=128, blank=True)
    body = models.BinaryField()
    digest = models.CharField(max_length=64)
    came_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=LetterState, default=LetterState.KEPT)
    error = models.TextField(blank=True)
    times = models.PositiveIntegerField(default=1, help_text="How often it came.")

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["connection", "digest"], name="ux_letter_digest")]
        indexes = [
            models.Index(fields=["connection", "id"], condition=Q(state="kept"), name="ix_sync_letter_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.kind or 'letter'} {self.came_at:%Y-%m-%d %H:%M:%S}"


class ChannelBooking(models.Model):
    """A booking as a channel knows it, one row for each whatever came in what order: the lock under which it changes.

    Without a booking of ours it is a tombstone: cancelled before it was ever made here (T64). `order` is that of the
    newest message applied (T61).
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="bookings")
    external_id = models.CharField(max_length=64)
    booking = models.OneToOneField(
        Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="channel_booking"
    )
    channel = models.CharField(max_length=40, blank=True, help_text="Where it was sold, in the channel's words.")
    source = models.CharField(max_length=20, choices=Source)
    told = models.CharField(max_length=12, choices=Told)
    order = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(null=True, blank=True, help_text="As the channel counts, in its currency.")
    commission_minor = models.BigIntegerField(null=True, blank=True)
    collector = models.CharField(max_length=16, choices=Collector, default=Collector.PROPERTY)
    virtual_from = models.DateField(null=True, blank=True, help_text="From when its virtual card can be charged (T40).")
    virtual_until = models.DateField(null=True, blank=True)
    virtual_minor = models.BigIntegerField(null=True, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["connection", "external_id"], name="ux_channel_booking")]

    def __str__(self) -> str:
        return self.external_id


class ChannelStay(models.Model):
    """One room of a channel's booking, and our reservation for it."""

    channel_booking = models.ForeignKey(ChannelBooking, on_delete=models.CASCADE, related_name="stays")
    room_ref = models.CharField(max_length=80)
    room_id = models.CharField(max_length=64, blank=True)
    rate_id = models.CharField(max_length=64, blank=True)
    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="channel_stay")
    mapped = models.BooleanField(default=True, help_text="Whether the channel's room was mapped when it came (T66).")
    told = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text="What the channel had been told each night costs when it sold it: {for, nights: {day: minor}} (T67).",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel_booking", "room_ref"], name="ux_channel_stay")]

    def __str__(self) -> str:
        return f"{self.channel_booking} {self.room_ref}"


class BookingMessage(models.Model):
    """One message about one booking, in our shape: unique by the channel's name for it (T59)."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="messages")
    letter = models.ForeignKey(StoredLetter, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages")
    channel_booking = models.ForeignKey(
        ChannelBooking, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    external_id = models.CharField(max_length=64)
    revision = models.CharField(max_length=128)
    order = models.CharField(max_length=80, blank=True)
    told = models.CharField(max_length=12, choices=Told)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    came_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=MessageState, default=MessageState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    error = models.TextField(blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledge_again_at = models.DateTimeField(null=True, blank=True)
    acknowledge_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["connection", "revision"], name="ux_booking_message")]
        indexes = [
            models.Index(
                fields=["connection", "next_attempt_at"], condition=Q(state="waiting"), name="ix_sync_message_waiting"
            ),
            models.Index(
                fields=["connection", "id"],
                condition=Q(acknowledged_at=None, state__in=["applied", "outdated"]),
                name="ix_sync_message_unnoted",
            ),
            models.Index(fields=["connection", "external_id"], name="ix_sync_message_booking"),
        ]

    def __str__(self) -> str:
        return f"{self.told} {self.external_id}"


class Case(models.Model):
    """Something between us and a channel that a person has to look at, once for each subject while it is open."""

    code = models.UUIDField(default=uuid4, db_default=RandomUUID(), editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="cases")
    kind = models.CharField(max_length=20, choices=CaseKind)
    subject = models.CharField(max_length=200, help_text="What it is about: the same again is the same case.")
    reservation = models.ForeignKey(
        Reservation, on_delete=models.CASCADE, null=True, blank=True, related_name="channel_cases"
    )
    message = models.ForeignKey(BookingMessage, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases")
    words = models.TextField()
    details = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    days = ArrayField(models.DateField(), default=list, blank=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When it was last found.")
    alerted_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=16, choices=Resolution, blank=True)
    resolved_by = models.CharField(max_length=160, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "kind", "subject"], condition=Q(resolved_at=None), name="ux_case_open"
            ),
            models.UniqueConstraint(fields=["code"], name="ux_case_code"),
        ]
        indexes = [
            models.Index(fields=["connection", "-id"], condition=Q(resolved_at=None), name="ix_sync_case_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"
