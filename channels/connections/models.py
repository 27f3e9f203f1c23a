"""Connection (a property's hotel at a channel), RoomLink and RateLink (which of the channel's is which of ours)."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value

from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from channels.adapters.enums import AdapterName
from channels.connections.enums import State
from guests.profiles.models import Company
from pms.properties.models import Property, RoomType

#: The farthest that any channel is told ahead, in days.
MOST_DAYS = 730


class Connection(models.Model):
    """One property's hotel at one channel. Keys lie encrypted in `sealed` and are never shown again."""

    code = models.CharField(max_length=16, unique=True)
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="connections")
    adapter = models.CharField("channel", max_length=16, choices=AdapterName)
    name = models.CharField(max_length=80)
    account = models.CharField("hotel id", max_length=64, help_text="The channel's own number of the hotel.")
    sealed = models.TextField(blank=True, editable=False)
    renewing_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Until when one worker renews the keys; others wait for it."
    )
    hints = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True, editable=False)
    settings = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    sold_as = models.CharField(
        max_length=20,
        choices=Source,
        help_text="Prices go out as this source's, and bookings that name no other are its own.",
    )
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="connections",
        help_text="Whose commission and payout terms hold where a booking names none.",
    )
    fallback_type = models.ForeignKey(
        RoomType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="room type for rooms nobody mapped",
    )
    fallback_plan = models.ForeignKey(
        RatePlan,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="rate plan for rates nobody mapped",
    )
    keep_back = models.PositiveSmallIntegerField(
        "rooms kept back",
        default=0,
        help_text="So many rooms of each type are never shown to this channel.",
    )
    days_ahead = models.PositiveSmallIntegerField(
        default=365,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text="How far it is told ahead.",
    )
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    live_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    rooms_read_at = models.DateTimeField(null=True, blank=True, help_text="When the channel's rooms were last fetched.")

    class Meta:
        ordering = ["property", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["adapter", "account"],
                name="ux_connection_account",
                violation_error_message="This hotel of the channel is connected already.",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | Q(fallback_type__isnull=False, fallback_plan__isnull=False),
                name="ck_connection_has_fallback",
                violation_error_message="Say which room type and rate plan take bookings that nobody mapped.",
            ),
            models.CheckConstraint(
                condition=Q(days_ahead__gte=1, days_ahead__lte=MOST_DAYS),
                name="ck_connection_days_ahead",
                violation_error_message=f"A channel is told between a day and {MOST_DAYS} days ahead.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoomLink(models.Model):
    """A room of the channel's, and the room type that it is. Several may be one type; without a type it is not told."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="room_links")
    room_id = models.CharField(max_length=64)
    name = models.CharField(max_length=160, blank=True)
    max_guests = models.PositiveSmallIntegerField(default=0, help_text="0: the channel does not say.")
    room_type = models.ForeignKey(
        RoomType, on_delete=models.PROTECT, null=True, blank=True, related_name="channel_links"
    )
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Since when the channel does not list it any more.")

    class Meta:
        ordering = ["name", "room_id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "room_id"], name="ux_room_link"),
        ]

    def __str__(self) -> str:
        return self.name or self.room_id


class RateLink(models.Model):
    """A rate of the channel's for one of its rooms, and the rate plan that it is."""

    room = models.ForeignKey(RoomLink, on_delete=models.CASCADE, related_name="rate_links")
    rate_id = models.CharField(max_length=64)
    name = models.CharField(max_length=160, blank=True)
    guests = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        help_text="For how many guests it takes a price each; one number where it takes one.",
    )
    read_only = models.BooleanField(default=False, help_text="The channel computes it from another one.")
    rate_plan = models.ForeignKey(
        RatePlan, on_delete=models.PROTECT, null=True, blank=True, related_name="channel_links"
    )
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "rate_id"]
        constraints = [
            models.UniqueConstraint(fields=["room", "rate_id"], name="ux_rate_link"),
        ]

    def __str__(self) -> str:
        return self.name or self.rate_id
