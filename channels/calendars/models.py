"""CalendarFeed and FeedEvent (what is read, and what it became), FeedClosure, and CalendarExport (what is shown)."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from bookings.availability.models import Closure
from bookings.rates.models import RatePlan
from bookings.reservations.models import Reservation
from channels.calendars.enums import Became, Channel, EventState, FeedState, Unclear
from guests.profiles.models import Company
from pms.properties.models import Property, RoomType, Unit

#: An event longer than so many nights, of which the calendar does not say what it is, is no stay.
LONGEST_STAY = 30


class CalendarFeed(models.Model):
    """A calendar of one listing elsewhere, for one unit or for one room of a type. The address lies encrypted in `sealed`.

    Only one worker reads a feed at a time: whoever could move `leased_until`, a UTC instant, ahead.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="calendar_feeds")
    name = models.CharField(max_length=80)
    channel = models.CharField(max_length=16, choices=Channel)
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="calendar_feeds")
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="calendar_feeds",
        help_text="Empty: the listing is any one room of the type.",
    )
    rate_plan = models.ForeignKey(
        RatePlan,
        on_delete=models.PROTECT,
        related_name="calendar_feeds",
        help_text="Whose price stands on stays until somebody knows better: calendars tell none.",
    )
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="calendar_feeds",
        help_text="Whose commission and payout terms hold for these stays.",
    )
    sealed = models.TextField(editable=False)
    host = models.CharField(max_length=255, editable=False, help_text="All of the address that is ever shown.")
    unclear_as = models.CharField(
        "events that do not say what they are",
        max_length=8,
        choices=Unclear,
        help_text="Booking.com calls stays and closed nights alike. A private calendar is mostly closed nights.",
    )
    longest_stay = models.PositiveSmallIntegerField(
        "longest stay, in nights",
        default=LONGEST_STAY,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="What does not say what it is and is longer is taken for closed nights.",
    )
    closes_nights = models.BooleanField(
        "close nights that are not available there",
        default=True,
        help_text="Off: only stays are taken. For channels that call everything beyond their booking window closed.",
    )
    stale_hours = models.PositiveSmallIntegerField(
        "call it stale after, in hours", default=6, validators=[MinValueValidator(1), MaxValueValidator(240)]
    )
    state = models.CharField(max_length=8, choices=FeedState, default=FeedState.DRAFT)
    asks_before_freeing = models.BooleanField(
        default=False,
        editable=False,
        help_text="What is no longer in the calendar stays taken until somebody says yes.",
    )
    etag = models.CharField(max_length=255, blank=True, editable=False)
    last_modified = models.CharField(max_length=64, blank=True, editable=False)
    read_as = models.CharField(max_length=16, blank=True, editable=False)
    last_fetch_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_good_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_fetch_at = models.DateTimeField(null=True, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False, help_text="In a row.")
    problem = models.CharField(max_length=300, blank=True, editable=False)
    alerted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When people were last told that it fails."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    live_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["property", "name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(longest_stay__gte=1, longest_stay__lte=365),
                name="ck_feed_longest_stay",
                violation_error_message="A stay has between one and 365 nights.",
            ),
            models.CheckConstraint(
                condition=Q(stale_hours__gte=1, stale_hours__lte=240),
                name="ck_feed_stale_hours",
                violation_error_message="A calendar is stale after between one and 240 hours.",
            ),
            models.CheckConstraint(
                condition=~Q(state=FeedState.LIVE) | Q(next_fetch_at__isnull=False),
                name="ck_feed_live_is_due",
                violation_error_message="A live calendar is fetched at some time.",
            ),
        ]
        indexes = [
            models.Index(fields=["next_fetch_at"], condition=Q(state=FeedState.LIVE), name="ix_feed_due"),
        ]

    def __str__(self) -> str:
        return self.name


class FeedEvent(models.Model):
    """One stay or closed spell of a feed over [first, until), as it was last told, and what it became here.

    `absences`: in how many good calendars in a row it was missing; two end it, never one (T70).
    """

    feed = models.ForeignKey(CalendarFeed, on_delete=models.CASCADE, related_name="events")
    uid = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=64, blank=True)
    first = models.DateField()
    until = models.DateField()
    became = models.CharField(max_length=8, choices=Became)
    state = models.CharField(max_length=8, choices=EventState, default=EventState.LIVE)
    is_tentative = models.BooleanField(default=False)
    reservation = models.ForeignKey(
        Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="feed_events"
    )
    is_ours_to_cancel = models.BooleanField(
        default=True, help_text="Off where the stay came some other way and the calendar only shows it too."
    )
    absences = models.PositiveSmallIntegerField(default=0)
    first_seen_on = models.DateField(help_text="The property's business date then.")
    last_seen_at = models.DateTimeField()
    uncovered_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when nothing of ours explains an echo any more."
    )
    gone_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["first", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("first")),
                name="ck_feed_event_nights",
                violation_error_message="An event has at least one night.",
            ),
            models.UniqueConstraint(
                fields=["feed", "uid"], condition=~Q(uid="") & Q(state=EventState.LIVE), name="ux_feed_event_uid"
            ),
            models.CheckConstraint(
                condition=~Q(became=Became.STAY) | Q(reservation__isnull=False), name="ck_feed_event_stay"
            ),
        ]
        indexes = [models.Index(fields=["feed", "state", "first"], name="ix_feed_event_live")]

    def __str__(self) -> str:
        return f"{self.first:%-d %b} to {self.until:%-d %b %Y}"


class FeedClosure(models.Model):
    """A closure that stands because a feed says its nights are not available."""

    feed = models.ForeignKey(CalendarFeed, on_delete=models.PROTECT, related_name="closures")
    closure = models.OneToOneField(Closure, on_delete=models.PROTECT, related_name="feed_closure")

    def __str__(self) -> str:
        return str(self.closure)


class CalendarExport(models.Model):
    """A secret address at which a unit's or a type's taken nights stand, without those that the channel itself sold.

    The token opens it: its digest finds the row, the token itself lies encrypted for whoever may copy the address.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="calendar_exports")
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="calendar_exports")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="calendar_exports")
    without = models.CharField(
        "given to",
        max_length=16,
        choices=Channel,
        blank=True,
        help_text="The channel that gets this address never gets its own stays back. Empty: everything is in it.",
    )
    feed = models.ForeignKey(
        CalendarFeed,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="exports",
        verbose_name="the calendar that comes back from there",
        help_text="For another calendar: whose stays are left out.",
    )
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    sealed = models.TextField(editable=False)
    etag = models.CharField(max_length=64, blank=True, editable=False)
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    fetched_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["property", "room_type", "unit", "without", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["room_type", "unit", "without", "feed"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="ux_export_live",
                violation_error_message="There is an address for this room and this channel already.",
            ),
        ]

    def __str__(self) -> str:
        room = self.unit.number if self.unit else self.room_type.name
        return f"{room} for {self.get_without_display()}" if self.without else room
