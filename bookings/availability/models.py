"""InventoryDay and Occupancy, the two guards; Closure, Hold and Block, what takes rooms beside reservations."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q

from bookings.availability.enums import ClosureKind, OccupancyKind
from pms.properties.models import Property, RoomType, Unit


class InventoryDay(models.Model):
    """One room type on one night: how many rooms there are, and what they are taken by.

    Guard one: the check refuses to commit more than capacity plus the overbooking limit. `overbooked` counts what a
    channel sold beyond that: accepted and flagged, never dropped (T17). Rows exist for the whole selling horizon.
    """

    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="inventory_days")
    date = models.DateField()
    capacity = models.PositiveIntegerField(default=0)
    out_of_order = models.PositiveIntegerField(default=0)
    owner = models.PositiveIntegerField(default=0)
    sold = models.PositiveIntegerField(default=0)
    overbooked = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0)
    linked = models.PositiveIntegerField(
        default=0, help_text="Units of this type that cannot be sold because their whole or a part of them is taken."
    )
    overbooking_limit = models.PositiveIntegerField(default=0)
    free = models.GeneratedField(
        expression=F("capacity")
        - F("out_of_order")
        - F("owner")
        - F("sold")
        - F("overbooked")
        - F("held")
        - F("blocked")
        - F("linked"),
        output_field=models.IntegerField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room_type", "date"], name="ux_inventory_day"),
            models.CheckConstraint(
                condition=Q(
                    capacity__gte=F("out_of_order")
                    + F("owner")
                    + F("sold")
                    + F("held")
                    + F("blocked")
                    + F("linked")
                    - F("overbooking_limit")
                ),
                name="ck_inventory_day_not_oversold",
                violation_error_message="More rooms would be taken than there are.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_type} {self.date}: {self.free} free"


class Closure(models.Model):
    """A unit that is out of order, out of service, out of inventory or used by its owner, over [first, until)."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="closures")
    nights = DateRangeField()
    kind = models.CharField(max_length=24, choices=ClosureKind)
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["nights", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(nights__isempty=False) & Q(nights__lower_inf=False) & Q(nights__upper_inf=False),
                name="ck_closure_nights",
                violation_error_message="A closure begins and ends, and has at least one night.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_kind_display().lower()}: {self.reason}"


class Occupancy(models.Model):
    """Who or what takes a unit over which nights: stays, options, closures and owner stays alike.

    Guard two: no two active rows may overlap in both slots and nights. The constraint is deferrable for swaps (T54).
    A foreign key over (unit, slots) keeps the slots those of the unit.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="occupancies")
    slots = BigIntegerRangeField()
    nights = DateRangeField()
    kind = models.CharField(max_length=24, choices=OccupancyKind)
    active = models.BooleanField(default=True)
    reservation = models.ForeignKey(
        "reservations.Reservation", on_delete=models.PROTECT, null=True, blank=True, related_name="occupancies"
    )
    closure = models.ForeignKey(Closure, on_delete=models.PROTECT, null=True, blank=True, related_name="occupancies")

    class Meta:
        verbose_name_plural = "occupancies"
        constraints = [
            ExclusionConstraint(
                name="ex_occupancy_one_guest_per_room",
                expressions=[("slots", RangeOperators.OVERLAPS), ("nights", RangeOperators.OVERLAPS)],
                condition=Q(active=True),
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message="The room is taken on one of these nights.",
            ),
            models.CheckConstraint(
                condition=Q(nights__isempty=False) & Q(nights__lower_inf=False) & Q(nights__upper_inf=False),
                name="ck_occupancy_nights",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=[OccupancyKind.STAY, OccupancyKind.HOLD], reservation__isnull=False, closure=None)
                    | Q(
                        kind__in=[OccupancyKind.OUT_OF_ORDER, OccupancyKind.OUT_OF_INVENTORY, OccupancyKind.OWNER],
                        reservation=None,
                        closure__isnull=False,
                    )
                ),
                name="ck_occupancy_one_reason",
            ),
        ]
        indexes = [GistIndex(fields=["nights"], condition=Q(active=True), name="ix_occupancy_nights")]

    def __str__(self) -> str:
        return f"{self.unit} {self.nights}"


class Hold(models.Model):
    """An option: inventory kept until `expires_at`, then free again by itself (T15). One reservation holds it."""

    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="holds")
    nights = DateRangeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], condition=Q(released_at=None), name="ix_hold_live")]

    def __str__(self) -> str:
        return f"{self.room_type} {self.nights} until {self.expires_at:%Y-%m-%d %H:%M}"


class Block(models.Model):
    """Rooms kept for a partner or event. What is not picked up by `release_on` returns to sale (cut-off)."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="blocks")
    code = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    release_on = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["release_on", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_block_code",
                violation_error_message="The property has a block with this code already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class BlockNight(models.Model):
    """How many rooms of a type a block keeps on a night, and how many of them have become reservations (T10)."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="nights")
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="block_nights")
    date = models.DateField()
    quantity = models.PositiveIntegerField()
    picked_up = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["block", "room_type", "date"], name="ux_block_night"),
            models.CheckConstraint(
                condition=Q(picked_up__lte=F("quantity")),
                name="ck_block_night_picked_up",
                violation_error_message="More rooms would be picked up than the block keeps.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.block} {self.room_type} {self.date}"
