import builtins
import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q, Value

from billing.ledger.models import LegalEntity
from billing.payments.enums import KeyMode, Method, ProviderName
from bookings.reservations.models import Reservation
from guests.profiles.models import Guest
from pms.properties.models import Property, code_validator

currency_validator = RegexValidator(r"^[A-Z]{3}$", "Three letters.")


class PaymentAccount(models.Model):
    """Where money comes in: an account at a provider, the drawer, the card terminal, a bank account.

    Its clearing account in the ledger has the same code. Secrets lie encrypted in `sealed` and are never shown again;
    `hints` says of each when it was set and how it ends.
    """

    code = models.CharField(max_length=16, unique=True, validators=[code_validator])
    name = models.CharField(max_length=80, help_text="As guests and the desk read it.")
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="payment_accounts")
    property = models.ForeignKey(
        Property,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payment_accounts",
        help_text="Empty: for every property of the legal entity.",
    )
    provider = models.CharField(max_length=16, choices=ProviderName)
    method = models.CharField(max_length=16, choices=Method, default=Method.ONLINE)
    mode = models.CharField(max_length=16, choices=KeyMode, default=KeyMode.OWN)
    public_key = models.CharField(
        max_length=200, blank=True, help_text="Publishable key, key id or client id: what may be shown."
    )
    connected_account = models.CharField(max_length=64, blank=True, help_text="Such as acct_1A2b3C.")
    webhook_id = models.CharField(max_length=64, blank=True, help_text="PayPal's own id of the webhook.")
    sealed = models.TextField(blank=True, editable=False)
    hints = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True, editable=False)
    currencies = ArrayField(
        models.CharField(max_length=3, validators=[currency_validator]),
        default=list,
        blank=True,
        help_text="What it takes, such as EUR, USD; empty: the legal entity's own currency.",
    )
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(provider=ProviderName.MANUAL) & ~Q(method=Method.ONLINE)
                | ~Q(provider=ProviderName.MANUAL) & Q(method=Method.ONLINE),
                name="ck_payment_account_method",
                violation_error_message="By hand it is cash, a terminal, a transfer or UPI; a provider's is online.",
            ),
            models.CheckConstraint(
                condition=Q(mode=KeyMode.OWN, connected_account="")
                | Q(mode=KeyMode.CONNECTED, provider=ProviderName.STRIPE) & ~Q(connected_account=""),
                name="ck_payment_account_connected",
                violation_error_message="Only an account of Stripe's can be connected, and then it is named.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @builtins.property
    def is_online(self) -> bool:
        """Whether a provider is asked over the network."""
        return self.provider != ProviderName.MANUAL

    @builtins.property
    def taken_currencies(self) -> list[str]:
        """What it takes."""
        return list(self.currencies) or [self.entity.currency]


class SavedMethod(models.Model):
    """A card that the provider keeps for us: what a guest agreed to, or an OTA's virtual card. Never its number.

    A virtual card can be charged from `chargeable_from` on, in the property's own days (T40).
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, related_name="saved_methods")
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, null=True, blank=True, related_name="saved_methods")
    reservation = models.ForeignKey(
        Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="saved_methods"
    )
    customer_id = models.CharField(max_length=64, blank=True)
    method_id = models.CharField(max_length=64)
    mandate = models.CharField(
        max_length=64,
        blank=True,
        help_text="What the guest agreed to: without it nothing is charged off-session (T41).",
    )
    brand = models.CharField(max_length=24, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    expires_year = models.PositiveSmallIntegerField(null=True, blank=True)
    expires_month = models.PositiveSmallIntegerField(null=True, blank=True)
    is_virtual = models.BooleanField(default=False)
    chargeable_from = models.DateField(null=True, blank=True)
    chargeable_until = models.DateField(null=True, blank=True)
    limit_minor = models.BigIntegerField(null=True, blank=True)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-saved_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "method_id"], condition=Q(removed_at=None), name="ux_saved_method"
            ),
            models.CheckConstraint(
                condition=Q(is_virtual=True) | Q(chargeable_from=None, chargeable_until=None, limit_minor=None),
                name="ck_saved_method_virtual",
                violation_error_message="Only a virtual card has days and a limit.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} …{self.last4}".strip()
