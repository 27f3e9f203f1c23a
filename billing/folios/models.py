"""Folio, Posting, Article, RoutingRule."""

import builtins
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value

from billing.folios.enums import FolioKind, FolioLedger, FolioStatus, PostingKind
from billing.ledger.models import Entry, LegalEntity
from billing.taxes.enums import Component
from bookings.reservations.models import Booking, Reservation
from guests.profiles.models import Company, Guest
from pms.properties.models import Property, code_validator

_RAISING = ["night", "extra", "fee", "article", "tax", "cancellation", "no_show", "refund"]


class Folio(models.Model):
    """The running account of one payer at one property, in its currency.

    `balance_minor` is the sum of the postings: above zero the payer owes it, below zero it is a deposit that we hold.
    `ledger` says where what is owed stands: with the guests in house, or with those who pay later.
    """

    code = models.CharField(max_length=16, unique=True)
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="folios")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="folios")
    kind = models.CharField(max_length=8, choices=FolioKind)
    ledger = models.CharField(max_length=8, choices=FolioLedger, default=FolioLedger.GUEST)
    is_main = models.BooleanField(default=False, help_text="Gets what is posted by itself.")
    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="folios")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="folios")
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, null=True, blank=True, related_name="folios")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="folios")
    label = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=8, choices=FolioStatus, default=FolioStatus.OPEN)
    balance_minor = models.BigIntegerField(default=0)
    opened_on = models.DateField(help_text="Business date.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-is_main", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reservation"],
                condition=Q(is_main=True),
                name="ux_folio_main",
                violation_error_message="The reservation has a main folio already.",
            ),
            models.CheckConstraint(
                condition=Q(is_main=False) | Q(reservation__isnull=False), name="ck_folio_main_of_reservation"
            ),
            models.CheckConstraint(
                condition=Q(kind=FolioKind.HOUSE, reservation=None, booking=None)
                | Q(kind=FolioKind.GUEST, guest__isnull=False)
                | Q(kind=FolioKind.COMPANY, company__isnull=False),
                name="ck_folio_payer",
                violation_error_message="A folio has a guest, a company, or is a house account.",
            ),
            models.CheckConstraint(
                condition=~Q(status=FolioStatus.CLOSED) | Q(balance_minor=0, closed_at__isnull=False),
                name="ck_folio_closed_is_even",
                violation_error_message="A folio with a balance cannot be closed.",
            ),
        ]
        indexes = [
            models.Index(fields=["property", "status", "ledger"], name="ix_folio_status"),
            models.Index(fields=["property", "kind", "label"], name="ix_folio_label"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @builtins.property
    def owed_minor(self) -> int:
        """What the payer owes."""
        return max(self.balance_minor, 0)

    @builtins.property
    def deposit_minor(self) -> int:
        """What we hold for the payer."""
        return max(-self.balance_minor, 0)


class Article(models.Model):
    """Something sold by hand at a property: a laundry bag, a bottle, a lost key. Price in the property's currency."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="articles")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    component = models.CharField(max_length=16, choices=Component, default=Component.OTHER)
    price_minor = models.BigIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_article_code",
                violation_error_message="The property has an article with this code already.",
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0),
                name="ck_article_price",
                violation_error_message="A price is never negative.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoutingRule(models.Model):
    """Sends what is charged for a reservation to a folio other than its main one: all of it, or some components."""

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="routing")
    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="routed")
    components = ArrayField(
        models.CharField(max_length=16, choices=Component),
        default=list,
        blank=True,
        help_text="What is sent there; empty: everything.",
    )
    nights_only = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Nights at the price sold, and the fee for losing them: extras, fees and taxes on top stay the guest's.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["reservation", "folio"], name="ux_routing_folio")]

    def __str__(self) -> str:
        return f"{self.reservation} to {self.folio}"


class Posting(models.Model):
    """A line of a folio, written once: a charge, a tax on top of one, a payment, or what corrects them.

    `amount_minor` above zero raises what the payer owes. `source` names the fact, once and for ever. `date` is the
    business date it was posted on, `service_date` the day it was consumed. A night or an extra keeps its `parts`
    ([{component, amount_minor, net_minor, taxes}], taxes inside the price as sold); a tax on top is a line of its own
    that keeps its tax line in `tax` and names in `parent` what it was counted on. `corrects` is the line that an
    allowance, correction or transfer is about, and `of_kind` that line's kind; else it is the kind itself. What costs
    nothing is in no entry.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="postings")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="postings")
    kind = models.CharField(max_length=12, choices=PostingKind)
    of_kind = models.CharField(max_length=12, choices=PostingKind)
    source = models.CharField(max_length=120, unique=True)
    date = models.DateField()
    service_date = models.DateField()
    posted_at = models.DateTimeField()
    text = models.CharField(max_length=160)
    item_code = models.CharField(max_length=16, blank=True)
    component = models.CharField(max_length=16, choices=Component, blank=True)
    quantity = models.IntegerField(default=1)
    unit_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    parts = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    tax = models.JSONField(null=True, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="taxes_on_top")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    reservation = models.ForeignKey(
        Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="postings"
    )
    reason = models.CharField(max_length=200, blank=True)
    actor_label = models.CharField(max_length=160)

    class Meta:
        ordering = ["service_date", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, kind__in=_RAISING)
                | Q(amount_minor__lte=0, kind__in=["payment", "allowance", "write_off", "commission"])
                | Q(kind__in=["transfer", "correction"]),
                name="ck_posting_sign",
                violation_error_message="A charge raises the balance; a payment or an allowance lowers it.",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["allowance", "correction", "transfer"]) | Q(corrects__isnull=False),
                name="ck_posting_corrects",
            ),
            models.CheckConstraint(condition=~Q(kind="tax") | Q(tax__isnull=False), name="ck_posting_tax"),
            models.CheckConstraint(
                condition=Q(amount_minor=0) | Q(entry__isnull=False), name="ck_posting_in_the_books"
            ),
        ]
        indexes = [
            models.Index(fields=["reservation", "kind"], name="ix_posting_reservation"),
            models.Index(fields=["folio", "service_date"], name="ix_posting_folio_day"),
        ]

    def __str__(self) -> str:
        return f"{self.service_date} {self.text}"
