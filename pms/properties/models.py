"""Property, RoomType, Unit, Amenity, Photo."""

from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from pms.properties.enums import PropertyKind

#: ISO weekdays.
WEEKDAYS = [
    (1, "Monday"),
    (2, "Tuesday"),
    (3, "Wednesday"),
    (4, "Thursday"),
    (5, "Friday"),
    (6, "Saturday"),
    (7, "Sunday"),
]
code_validator = RegexValidator(r"^[A-Z0-9][A-Z0-9-]{0,15}$", "Capital letters, digits and hyphens only.")


def validate_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone, such as Europe/Lisbon.", code="unknown_time_zone")


def friday_and_saturday() -> list[int]:
    """Return the nights of a weekend in most of the world, as ISO weekdays."""
    return [5, 6]


class Amenity(models.Model):
    """Something a property or a room type has: a pool, a bath, a view."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    icon = models.CharField(max_length=40, blank=True)
    texts = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text='In other languages, such as {"lt": {"name": "..."}}.',
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "amenities"

    def __str__(self) -> str:
        return self.name


class Property(models.Model):
    """One establishment with one time zone, currency and tax home.

    `business_date` is the hotel day being traded; night audit alone moves it. Times are wall times in `time_zone`.
    """

    code = models.CharField(max_length=16, unique=True, validators=[code_validator])
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=PropertyKind, default=PropertyKind.HOTEL)
    position = models.PositiveSmallIntegerField(default=0)
    time_zone = models.CharField(max_length=64, default="Europe/Lisbon", validators=[validate_time_zone])
    currency = models.CharField(
        max_length=3, default="EUR", validators=[RegexValidator(r"^[A-Z]{3}$", "Three letters.")]
    )
    check_in_time = models.TimeField(default=time(15, 0))
    check_out_time = models.TimeField(default=time(11, 0))
    day_close_time = models.TimeField(
        default=time(6, 0), help_text="Until this hour of the morning the business date may still be the day before."
    )
    business_date = models.DateField()
    weekend_nights = ArrayField(
        models.PositiveSmallIntegerField(choices=WEEKDAYS),
        default=friday_and_saturday,
        db_default=models.Value([5, 6], ArrayField(models.PositiveSmallIntegerField())),
        blank=True,
        help_text="Nights at weekend prices.",
    )
    selling_horizon_days = models.PositiveSmallIntegerField(
        default=550, help_text="How many days ahead rooms can be sold; inventory is kept for all of them."
    )
    street = models.CharField(max_length=160, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    email = models.EmailField(blank=True)
    house_rules = models.TextField(blank=True)
    headline = models.CharField(max_length=120, blank=True, default="", db_default="", help_text="One line above all.")
    description = models.TextField(blank=True, default="", db_default="")
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    is_listed = models.BooleanField(
        "shown on the booking site", default=True, db_default=True, help_text="Off: guests neither find nor book it."
    )
    texts = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text='In other languages, such as {"lt": {"name": "..."}}.',
    )
    amenities = models.ManyToManyField(Amenity, blank=True, related_name="properties")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "properties"
        constraints = [
            models.CheckConstraint(
                condition=Q(selling_horizon_days__gte=1) & Q(selling_horizon_days__lte=1100),
                name="ck_property_horizon",
                violation_error_message="The selling horizon is between 1 and 1,100 days.",
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__gte=-90,
                    latitude__lte=90,
                    longitude__gte=-180,
                    longitude__lte=180,
                ),
                name="ck_property_place",
                violation_error_message="A place has a latitude (-90 to 90) and a longitude (-180 to 180), or neither.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The property's time zone."""
        return ZoneInfo(self.time_zone)


class RoomType(models.Model):
    """Interchangeable units sold as one product."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="room_types")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    base_occupancy = models.PositiveSmallIntegerField(default=2)
    max_occupancy = models.PositiveSmallIntegerField(default=2)
    max_adults = models.PositiveSmallIntegerField(default=2)
    max_children = models.PositiveSmallIntegerField(default=1)
    size_square_metres = models.PositiveSmallIntegerField(null=True, blank=True)
    texts = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text='In other languages, such as {"lt": {"name": "..."}}.',
    )
    overbooking_limit = models.PositiveSmallIntegerField(
        default=0, help_text="How many rooms more than there are may be sold on any night."
    )
    amenities = models.ManyToManyField(Amenity, blank=True, related_name="room_types")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_room_type_code",
                violation_error_message="The property has a room type with this code already.",
            ),
            models.CheckConstraint(
                condition=Q(max_occupancy__gte=1)
                & Q(max_adults__gte=1)
                & Q(base_occupancy__gte=1)
                & Q(base_occupancy__lte=F("max_occupancy"))
                & Q(max_adults__lte=F("max_occupancy")),
                name="ck_room_type_occupancy",
                violation_error_message="Base occupancy and adults must fit into the maximum occupancy.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """Physical sellable space, in service over [in_service_from, in_service_until).

    `slots` places the unit in a tree: a unit without parent owns a whole block of numbers, a part of it owns a part
    of the block. Two units can never be occupied together when their slots overlap, so selling a house takes its
    flats and selling a flat closes the house, by the same constraint that keeps two guests out of one room (T11).
    """

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="units")
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="units")
    number = models.CharField(max_length=24)
    name = models.CharField(max_length=80, blank=True)
    floor = models.CharField(max_length=16, blank=True)
    zone = models.CharField(max_length=40, blank=True)
    features = models.CharField(max_length=80, blank=True, help_text="What sets it apart: bath, sea view, quiet side.")
    position = models.PositiveIntegerField(default=0)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts")
    slots = BigIntegerRangeField(editable=False)
    in_service_from = models.DateField()
    in_service_until = models.DateField(null=True, blank=True, help_text="First day it is no longer there.")

    class Meta:
        ordering = ["position", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "number"],
                name="ux_unit_number",
                violation_error_message="The property has a unit with this number already.",
            ),
            models.UniqueConstraint(fields=["slots"], name="ux_unit_slots"),
            models.UniqueConstraint(fields=["id", "slots"], name="ux_unit_id_slots"),
            ExclusionConstraint(
                name="ex_unit_root_slots",
                expressions=[("slots", RangeOperators.OVERLAPS)],
                condition=Q(parent=None),
            ),
            models.CheckConstraint(
                condition=Q(in_service_until=None) | Q(in_service_until__gt=F("in_service_from")),
                name="ck_unit_in_service",
                violation_error_message="A unit leaves service after it came into it.",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Photo(models.Model):
    """A picture of a property or of one of its room types."""

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="photos")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, null=True, blank=True, related_name="photos")
    image = models.ImageField(upload_to="photos/")
    alt_text = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    widths = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        db_default=models.Value([], ArrayField(models.PositiveSmallIntegerField())),
        editable=False,
        help_text="The smaller copies that are there, in pixels.",
    )
    proportion = models.FloatField(
        default=1.5, db_default=1.5, editable=False, help_text="Width by height, so that pages keep its place."
    )

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.alt_text
