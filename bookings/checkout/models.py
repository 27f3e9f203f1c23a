"""Checkout and Attempt: a guest's way from a hold to a paid booking, and what was asked of a provider on it."""

import secrets

from django.db import models
from django.db.models import Q

from bookings.checkout.enums import State
from bookings.reservations.models import Booking
from guests.profiles.vat_ids import validate_vat_id


def new_token() -> str:
    """Return what nobody guesses: 256 random bits, fit for an address."""
    return secrets.token_urlsafe(32)


class Checkout(models.Model):
    """One guest's purchase. `token` is in its addresses: who has it may go on; `agreed_minor` is what was agreed to pay.

    `expires_at` is when the rooms are free again (UTC), unless it is paid by then; `due_minor` what is paid now.
    """

    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="checkout")
    state = models.CharField(max_length=16, choices=State, default=State.HELD)
    language = models.CharField(max_length=8, default="en")
    query = models.CharField(max_length=300, blank=True, help_text="What was searched for, to search again.")
    code = models.CharField(max_length=40, blank=True, help_text="The promo or corporate code.")
    currency = models.CharField(max_length=3)
    agreed_minor = models.BigIntegerField(help_text="The price of everything, as the guest sees it.")
    due_minor = models.BigIntegerField(default=0, help_text="What of it is paid now.")
    seen_minor = models.BigIntegerField(
        null=True, blank=True, help_text="The price on the page the guest chose from, where it was another."
    )
    expires_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True, blank=True)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    country = models.CharField(max_length=2, blank=True)
    arrival_time = models.TimeField(null=True, blank=True)
    special_requests = models.TextField(blank=True)
    company_name = models.CharField(max_length=120, blank=True)
    company_street = models.CharField(max_length=160, blank=True, default="", db_default="")
    company_postal_code = models.CharField(max_length=16, blank=True, default="", db_default="")
    company_city = models.CharField(max_length=80, blank=True, default="", db_default="")
    company_country = models.CharField(max_length=2, blank=True, default="", db_default="")
    company_vat_id = models.CharField("VAT id", max_length=20, blank=True, validators=[validate_vat_id])
    consent_text = models.TextField(blank=True, help_text="What the guest agreed to, as they read it.")
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_ip = models.GenericIPAddressField(null=True, blank=True)
    wants_reminder = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    abandoned_at = models.DateTimeField(null=True, blank=True, help_text="When it was told that nobody came back.")

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_minor__gte=0, due_minor__lte=models.F("agreed_minor")),
                name="ck_checkout_due",
                violation_error_message="Nobody pays more now than it costs.",
            ),
            models.CheckConstraint(
                condition=Q(consent_at=None) | ~Q(consent_text=""),
                name="ck_checkout_consent",
                violation_error_message="Consent is to something.",
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="ix_checkout_state")]

    def __str__(self) -> str:
        return f"{self.booking} ({self.get_state_display()})"

    @property
    def is_named(self) -> bool:
        """Whether the guest has said who they are and agreed to the terms."""
        return bool(self.last_name and self.consent_at)


class Attempt(models.Model):
    """One payment of a checkout, written before the payment is: `request_key` is the payment's own.

    `settled_at` is when its money found its place: in a booking, or on its way back.
    """

    checkout = models.ForeignKey(Checkout, on_delete=models.CASCADE, related_name="attempts")
    request_key = models.UUIDField(unique=True)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["made_at"], condition=Q(settled_at=None), name="ix_checkout_attempt_open"),
        ]

    def __str__(self) -> str:
        return str(self.request_key)
