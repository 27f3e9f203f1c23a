"""Message, MessageTemplate, MessageSwitch, BouncingAddress, Question."""

import uuid

from django.db import models
from django.db.models import Q

from bookings.reservations.models import Booking, Reservation
from guests.messaging.enums import Kind, Language, MessageStatus
from pms.properties.models import Property


class Message(models.Model):
    """One mail, written down before it is sent: the row is the intent, the log and the proof.

    Unique for (kind, subject, revision), so that an event that comes twice is one mail. `attachments` says what a job
    makes at the moment of sending; `told` keeps what the reader was told, to know later whether anything is new.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=24, choices=Kind)
    subject_type = models.CharField(max_length=24)
    subject_code = models.CharField(max_length=64)
    revision = models.CharField(max_length=80, blank=True)
    property = models.ForeignKey(Property, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    reservation = models.ForeignKey(
        Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    recipient = models.EmailField()
    reply_to = models.EmailField(blank=True)
    sender_name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, choices=Language, default=Language.ENGLISH)
    subject = models.CharField(max_length=200)
    html = models.TextField()
    text = models.TextField()
    attachments = models.JSONField(default=list, blank=True)
    told = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=8, choices=MessageStatus, default=MessageStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    made_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=160, blank=True, help_text="What the provider calls it.")
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_code", "revision"], name="ux_message_once"
            ),
            models.CheckConstraint(
                condition=~Q(status=MessageStatus.SENT) | Q(sent_at__isnull=False), name="ck_message_sent_at"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status__in=[MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.FAILED]),
                name="ix_message_due",
            ),
            models.Index(fields=["booking", "-id"], name="ix_message_booking"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="ix_message_provider_id"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.recipient}"


class MessageTemplate(models.Model):
    """The organization's own words for a kind in a language, instead of the built-in ones."""

    kind = models.CharField(max_length=24, choices=Kind)
    language = models.CharField(max_length=8, choices=Language)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    is_active = models.BooleanField(default=True, help_text="Otherwise the built-in text is sent.")

    class Meta:
        ordering = ["kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language"],
                name="ux_message_template",
                violation_error_message="There is a text for this mail in this language already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} in {self.get_language_display()}"


class MessageSwitch(models.Model):
    """Whether mails of a kind are sent at all; a kind without a row is."""

    kind = models.CharField(
        max_length=24,
        choices=Kind,
        unique=True,
        error_messages={"unique": "There is a switch for this mail already."},
    )
    is_active = models.BooleanField(default=False, help_text="Without a tick, no mail of this kind is sent.")

    class Meta:
        ordering = ["kind"]
        verbose_name_plural = "message switches"

    def __str__(self) -> str:
        return self.get_kind_display()


class BouncingAddress(models.Model):
    """An address that gave mail back for good: nothing more is sent there until somebody removes the row."""

    email = models.EmailField(unique=True)
    reason = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()

    class Meta:
        ordering = ["-since"]
        verbose_name_plural = "bouncing addresses"

    def __str__(self) -> str:
        return self.email


class Question(models.Model):
    """What a guest asks about a booking; open until somebody at the desk says that it is answered."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=160)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(answered_at__gte=models.F("asked_at")),
                name="ck_question_answered_after",
            )
        ]
        indexes = [
            models.Index(fields=["booking", "-asked_at"], name="ix_question_booking"),
            models.Index(fields=["asked_at"], condition=Q(answered_at=None), name="ix_question_open"),
        ]

    def __str__(self) -> str:
        return f"{self.booking}: {self.text[:40]}"
