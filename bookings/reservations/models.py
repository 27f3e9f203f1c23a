"""Booking, Reservation, SoldVersion, StayNight, ReservationCharge, Occupant."""

import builtins
import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Value

from billing.taxes.enums import ChargeBasis, Component, Purpose
from bookings.availability.models import Block, Hold
from bookings.rates.enums import Guarantee, Source
from bookings.rates.models import Extra, Promotion, RatePlan
from bookings.reservations.enums import ChargeKind, OccupantKind, Status
from guests.profiles.enums import Collector, CommissionBase, CommissionOnLoss
from guests.profiles.models import Company, Guest
from pms.properties.models import Property, RoomType, Unit


class Booking(models.Model):
    """What one booker bought: one or more reservations at one property."""

    code = models.CharField(max_length=16, unique=True)
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="bookings")
    booker = models.ForeignKey(Guest, on_delete=models.PROTECT, related_name="bookings")
    source = models.CharField(max_length=20, choices=Source, default=Source.PHONE)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    invoice_to = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invoiced_bookings",
        help_text="Whom the guest, who pays, wants the invoices made out to.",
    )
    agency = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="agency_bookings")
    external_id = models.CharField(max_length=64, blank=True, help_text="The channel's or agency's own number.")
    request_key = models.UUIDField(
        null=True, blank=True, unique=True, help_text="Sent by the form: the same booking twice is one booking."
    )
    commission_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="As agreed at the sale (T44); empty where it was not kept: then the commission stays what it is.",
    )
    commission_base = models.CharField(
        max_length=16, choices=CommissionBase, default=CommissionBase.ROOM, db_default="room"
    )
    commission_on_loss = models.CharField(
        max_length=16, choices=CommissionOnLoss, default=CommissionOnLoss.OF_FEE, db_default="of_fee"
    )
    collector = models.CharField(max_length=16, choices=Collector, default=Collector.PROPERTY, db_default="property")
    manage_key = models.UUIDField(
        default=uuid.uuid4,
        db_default=RandomUUID(),
        editable=False,
        help_text="Behind the guest's link; a new one revokes.",
    )
    notes = models.TextField(blank=True)
    made_at = models.DateTimeField(help_text="When the guest booked; not when the row was written.")

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "source", "external_id"],
                condition=~Q(external_id=""),
                name="ux_booking_external_id",
                violation_error_message="This booking of the channel is here already.",
            )
        ]

    def __str__(self) -> str:
        return self.code


class Reservation(models.Model):
    """One room-type stay for one party over [arrival, departure).

    `room_type` is what was sold; where the guest sleeps is on the nights. Amounts are minor units of `currency`.
    """

    code = models.CharField(max_length=16, unique=True)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="reservations")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="reservations")
    status = models.CharField(max_length=16, choices=Status)
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="reservations")
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.PROTECT, related_name="reservations")
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, related_name="reservations")
    arrival = models.DateField()
    departure = models.DateField()
    adults = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    children = models.PositiveSmallIntegerField(default=0)
    infants = models.PositiveSmallIntegerField(default=0)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(default=0, help_text="The sum of the nights' prices as sold.")
    charges_minor = models.BigIntegerField(default=0, db_default=0, help_text="Extras and fees, as sold.")
    taxes_minor = models.BigIntegerField(default=0, db_default=0, help_text="Taxes on top of prices, extras and fees.")
    commission_minor = models.BigIntegerField(default=0)
    cancellation_fee_minor = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="What cancelling or not coming costs by the terms sold; nothing where it was waived.",
    )
    fee_told = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The seller said what losing it costs: that is charged, whatever the terms sold say.",
    )
    purpose = models.CharField(max_length=16, choices=Purpose, default=Purpose.LEISURE, db_default="leisure")
    promotion = models.ForeignKey(
        Promotion, on_delete=models.PROTECT, null=True, blank=True, related_name="reservations"
    )
    terms = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text="The cancellation and payment terms as they were when it was sold (T47).",
    )
    guarantee = models.CharField(max_length=16, choices=Guarantee, default=Guarantee.CARD)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="reservation")
    block = models.ForeignKey(Block, on_delete=models.PROTECT, null=True, blank=True, related_name="reservations")
    unit_pinned = models.BooleanField(
        default=False, help_text="The guest was promised this room: never moved by itself."
    )
    unassigned_reason = models.CharField(max_length=200, blank=True)
    is_overbooked = models.BooleanField(default=False)
    arrival_time = models.TimeField(null=True, blank=True, help_text="When the guest means to come, local time.")
    special_requests = models.TextField(blank=True)
    notes = models.TextField(blank=True, help_text="For the desk; the guest never sees it.")
    tags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Cancelled, rejected, failed or found a no-show.")
    end_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["arrival", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(departure__gt=F("arrival")),
                name="ck_reservation_has_a_night",
                violation_error_message="The departure must be after the arrival.",
            ),
            models.CheckConstraint(
                condition=Q(adults__gte=1),
                name="ck_reservation_adult",
                violation_error_message="At least one adult stays.",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.HOLD) | Q(hold__isnull=False),
                name="ck_reservation_option_has_hold",
            ),
            models.CheckConstraint(
                condition=Q(cancellation_fee_minor__gte=0),
                name="ck_reservation_cancellation_fee",
                violation_error_message="A fee is never negative.",
            ),
        ]
        indexes = [
            models.Index(fields=["property", "arrival"], name="ix_reservation_arrival"),
            models.Index(fields=["property", "departure"], name="ix_reservation_departure"),
            models.Index(fields=["property", "status", "arrival"], name="ix_reservation_status"),
            models.Index(fields=["property", "-made_at"], name="ix_reservation_made"),
            models.Index(
                fields=["property", "arrival"],
                condition=~Q(unassigned_reason=""),
                name="ix_reservation_unassigned",
            ),
            GinIndex(fields=["tags"], name="ix_reservation_tags"),
        ]

    def __str__(self) -> str:
        return self.code

    @builtins.property
    def grand_total_minor(self) -> int:
        """What the stay costs with everything: nights, extras, fees and the taxes on top."""
        return self.total_minor + self.charges_minor + self.taxes_minor

    @builtins.property
    def nights_count(self) -> int:
        """Length of stay in nights."""
        return (self.departure - self.arrival).days


class SoldVersion(models.Model):
    """What a reservation was sold as before a change: taking the change back restores it to the cent.

    `sold` is a bookings.lifecycle.sold.Sold with room type, rate plan and party, as JSON. Written once, never changed.
    """

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="sold_versions")
    version = models.PositiveIntegerField()
    arrival = models.DateField()
    departure = models.DateField()
    sold = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["reservation", "version"], name="ux_sold_version"),
        ]

    def __str__(self) -> str:
        return f"{self.reservation} version {self.version}"


class StayNight(models.Model):
    """One night of a reservation: what was sold, where the guest sleeps, at what price.

    A night takes inventory exactly while `released_at` is empty, whatever the reservation's status: cancelling, leaving
    early or shortening releases nights and keeps their rows. It counts in InventoryDay of `consumed_type` as held for an
    option, overbooked when so flagged, else as sold. `consumed_type` is the type of the unit slept in, or the sold one
    while unassigned (T53). The price is a snapshot of the moment of sale (T28).
    """

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="nights")
    date = models.DateField()
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="+")
    consumed_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="stay_nights")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="stay_nights")
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.PROTECT, related_name="stay_nights")
    price_minor = models.BigIntegerField()
    parts = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text="What of the price is for what; empty: all of it for the room.",
    )
    taxes = models.JSONField(default=list, blank=True, help_text="The tax lines as they were when the night was sold.")
    overbooked = models.BooleanField(default=False)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["reservation", "date"], condition=Q(released_at=None), name="ux_stay_night_live"
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0),
                name="ck_stay_night_price",
                violation_error_message="A price is never negative.",
            ),
            models.CheckConstraint(
                condition=Q(overbooked=False) | Q(unit=None),
                name="ck_stay_night_overbooked_has_no_unit",
            ),
        ]
        indexes = [models.Index(fields=["consumed_type", "date"], name="ix_stay_night_type_date")]

    def __str__(self) -> str:
        return f"{self.reservation} {self.date}"


class ReservationCharge(models.Model):
    """An extra or a fee on one day of a stay, as sold: live while `released_at` is empty, like a night."""

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="charges")
    kind = models.CharField(max_length=8, choices=ChargeKind)
    extra = models.ForeignKey(Extra, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=16)
    name = models.CharField(max_length=80)
    component = models.CharField(max_length=16, choices=Component)
    basis = models.CharField(max_length=16, choices=ChargeBasis)
    date = models.DateField()
    quantity = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    taxes = models.JSONField(default=list, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["date", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reservation", "kind", "code", "date"],
                condition=Q(released_at=None),
                name="ux_reservation_charge_live",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=F("quantity") * F("unit_minor"), unit_minor__gte=0),
                name="ck_reservation_charge_amount",
                violation_error_message="A charge is its quantity times its price, and never negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reservation} {self.code} {self.date}"


class Occupant(models.Model):
    """Somebody who sleeps here: a guest profile, or a child whose age on arrival is known."""

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="occupants")
    kind = models.CharField(max_length=8, choices=OccupantKind)
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, null=True, blank=True, related_name="stays")
    age = models.PositiveSmallIntegerField(null=True, blank=True)
    born_on = models.DateField(null=True, blank=True, help_text="Where known: taxes ask the age on each night (T33).")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.guest or self.get_kind_display())
