"""Guest and Company."""

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Upper

from guests.profiles.enums import Collector, CommissionBase, CommissionOnLoss, CompanyKind
from guests.profiles.vat_ids import validate_vat_id


class Guest(models.Model):
    """A person who books or sleeps here. Name, contact, address, language, notes; history by reservation."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    street = models.CharField(max_length=160, blank=True, default="", db_default="")
    postal_code = models.CharField(max_length=16, blank=True, default="", db_default="")
    city = models.CharField(max_length=80, blank=True, default="", db_default="")
    country = models.CharField(max_length=2, blank=True)
    vat_id = models.CharField(
        "VAT id",
        max_length=20,
        blank=True,
        default="",
        db_default="",
        validators=[validate_vat_id],
        help_text="Of a guest who travels on business of their own; it stands on invoices.",
    )
    language = models.CharField(max_length=8, blank=True)
    is_vip = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        indexes = [
            models.Index(Upper("email"), name="ix_guest_email"),
            models.Index(fields=["last_name", "first_name"], name="ix_guest_name"),
            GinIndex(
                SearchVector("first_name", "last_name", "email", "phone", config="simple"),
                name="ix_guest_words",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """First and last name as said aloud."""
        return f"{self.first_name} {self.last_name}".strip()


class Company(models.Model):
    """A company or travel agency that books for others or pays for them."""

    code = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=16, choices=CompanyKind)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    street = models.CharField(max_length=160, blank=True, default="", db_default="")
    postal_code = models.CharField(max_length=16, blank=True, default="", db_default="")
    city = models.CharField(max_length=80, blank=True, default="", db_default="")
    country = models.CharField(max_length=2, blank=True)
    vat_id = models.CharField(
        "VAT id", max_length=20, blank=True, default="", db_default="", validators=[validate_vat_id]
    )
    language = models.CharField(
        max_length=8, blank=True, default="", db_default="", help_text="Two letters: what its invoices are written in."
    )
    payment_days = models.PositiveSmallIntegerField(
        default=14, db_default=14, help_text="How many days after an invoice was issued it is due."
    )
    commission_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    commission_base = models.CharField(
        max_length=16, choices=CommissionBase, default=CommissionBase.ROOM, db_default="room"
    )
    commission_on_loss = models.CharField(
        max_length=16,
        choices=CommissionOnLoss,
        default=CommissionOnLoss.OF_FEE,
        db_default="of_fee",
        help_text="When a guest cancels or does not come.",
    )
    collector = models.CharField(
        max_length=16,
        choices=Collector,
        default=Collector.PROPERTY,
        db_default="property",
        help_text="Who takes the guest's money.",
    )
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name
