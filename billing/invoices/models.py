"""Series, SeriesYear, Document, DocumentLine, DocumentTax, DocumentPayment, InvoicedPosting, Print."""

import builtins
import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q, Value

from billing.folios.models import Folio, Posting
from billing.invoices.enums import DocumentKind, DocumentStatus, PrintKind, TaxCategory, Treatment
from billing.ledger.models import LegalEntity
from billing.taxes.enums import Component
from guests.profiles.models import Company, Guest
from pms.properties.models import Property

#: Beginning with a letter, so that a number is never taken for an amount or a year.
prefix_validator = RegexValidator(r"^[A-Z][A-Z0-9]{0,7}$", "One to eight capital letters and digits, a letter first.")


class Series(models.Model):
    """How the documents of one kind and legal entity are numbered: gap-free, from 1, anew each year where `is_yearly`."""

    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="series")
    kind = models.CharField(max_length=16, choices=DocumentKind)
    prefix = models.CharField(max_length=8, validators=[prefix_validator])
    is_yearly = models.BooleanField(
        "new numbers each year", default=True, help_text="Numbers begin at 1 each year and carry the year."
    )
    digits = models.PositiveSmallIntegerField(default=5, help_text="How many digits a number has at least.")

    class Meta:
        ordering = ["entity", "kind"]
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "kind"],
                name="ux_series_kind",
                violation_error_message="The legal entity has a series for this kind of document already.",
            ),
            models.UniqueConstraint(
                fields=["entity", "prefix"],
                name="ux_series_prefix",
                violation_error_message="Another series of the legal entity has this prefix.",
            ),
            models.CheckConstraint(
                condition=Q(digits__gte=1, digits__lte=9),
                name="ck_series_digits",
                violation_error_message="A number has one to nine digits.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} ({self.get_kind_display()})"

    def reference(self, year: int, number: int) -> str:
        """Return a number as it is written."""
        written = f"{number:0{self.digits}d}"
        return f"{self.prefix}-{year}-{written}" if self.is_yearly else f"{self.prefix}-{written}"


class SeriesYear(models.Model):
    """The next number of a series in a year; year 0 where numbers go on for ever.

    Read and written under the lock of its series.
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="years")
    year = models.PositiveSmallIntegerField()
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["series", "-year"]
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="ux_series_year")]

    def __str__(self) -> str:
        return f"{self.series} {self.year or ''}".strip()


class Document(models.Model):
    """An invoice, credit note, deposit invoice, pro forma or receipt. Amounts are minor units of `currency`.

    A draft has no number and may be thrown away. What was issued never changes: the database refuses it, all but the
    rendering, once. `seller`, `buyer` and `stay` are snapshots (T45). A credit note's amounts are what is given back, so
    they are positive. `issued_on`, `due_on` and the period of service are property-local dates.
    """

    code = models.CharField(max_length=16, unique=True)
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="documents")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="documents")
    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=16, choices=DocumentKind)
    status = models.CharField(max_length=8, choices=DocumentStatus, default=DocumentStatus.DRAFT)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    reference = models.CharField("number", max_length=32, blank=True)
    language = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    issued_on = models.DateField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    service_from = models.DateField(null=True, blank=True)
    service_until = models.DateField(null=True, blank=True)
    seller = models.JSONField()
    buyer = models.JSONField()
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    stay = models.JSONField(default=dict, blank=True)
    treatment = models.CharField(max_length=16, choices=Treatment, default=Treatment.STANDARD)
    net_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    gross_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0, help_text="What of it was paid when it was issued.")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    reason = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=400, blank=True)
    request_key = models.UUIDField(null=True, blank=True, unique=True, help_text="The same request is one document.")
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField(auto_now_add=True)
    pdf_file = models.CharField(max_length=160, blank=True, help_text="Where the organization's storage has it.")
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    xml = models.TextField(blank=True)
    xml_obstacle = models.CharField(max_length=160, blank=True, help_text="Why there is no XML, where there is none.")
    rendered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "number"], name="ux_document_number"),
            models.UniqueConstraint(fields=["entity", "reference"], condition=~Q(reference=""), name="ux_document_ref"),
            models.CheckConstraint(
                condition=Q(
                    status=DocumentStatus.DRAFT, series=None, year=None, number=None, reference="", issued_on=None
                )
                | Q(
                    ~Q(reference=""),
                    status=DocumentStatus.ISSUED,
                    series__isnull=False,
                    year__isnull=False,
                    number__gte=1,
                    issued_on__isnull=False,
                    issued_at__isnull=False,
                ),
                name="ck_document_issued_is_numbered",
            ),
            models.CheckConstraint(condition=Q(gross_minor=F("net_minor") + F("tax_minor")), name="ck_document_sum"),
            models.CheckConstraint(
                condition=Q(kind=DocumentKind.CREDIT_NOTE, corrects__isnull=False)
                | (~Q(kind=DocumentKind.CREDIT_NOTE) & Q(corrects=None)),
                name="ck_document_corrects",
            ),
            models.CheckConstraint(
                condition=Q(rendered_at=None, pdf_file="", pdf_sha256="") | Q(rendered_at__isnull=False),
                name="ck_document_rendered",
            ),
        ]
        indexes = [
            models.Index(fields=["property", "-issued_on"], name="ix_document_property"),
            models.Index(fields=["id"], condition=Q(status="issued", rendered_at=None), name="ix_document_unrendered"),
        ]

    def __str__(self) -> str:
        return self.reference or f"Draft {self.code}"

    @builtins.property
    def due_minor(self) -> int:
        """What was left to pay when it was issued."""
        return self.gross_minor - self.paid_minor

    @builtins.property
    def sign(self) -> int:
        """What an amount counts as in a sum over documents: -1 for a credit note."""
        return -1 if self.kind == DocumentKind.CREDIT_NOTE else 1


class DocumentLine(models.Model):
    """A line of a document. `posting` is the charge it is about; taxes are those that were posted, in `taxes` in full.

    `tax_percent` is empty where a line bears several taxes. `corrects` is the invoice's line that a credit note gives back.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, null=True, blank=True, related_name="document_lines")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="credited_by")
    text = models.CharField(max_length=200)
    service_on = models.DateField(null=True, blank=True)
    quantity = models.DecimalField(max_digits=9, decimal_places=3, default=1)
    is_night = models.BooleanField(default=False)
    net_minor = models.BigIntegerField()
    tax_code = models.CharField(max_length=16, blank=True)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    taxes = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    component = models.CharField(max_length=16, choices=Component, blank=True)
    is_city_tax = models.BooleanField(default=False)
    category = models.CharField(max_length=2, choices=TaxCategory)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="ux_document_line"),
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor")), name="ck_document_line_sum"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class DocumentTax(models.Model):
    """A row of a document's VAT breakdown: what was posted at one rate."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="tax_rows")
    position = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=2, choices=TaxCategory)
    name = models.CharField(max_length=80, blank=True)
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    base_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()

    class Meta:
        ordering = ["document", "position"]
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="ux_document_tax")]

    def __str__(self) -> str:
        return f"{self.name} {self.percent}"


class DocumentPayment(models.Model):
    """What a document says was paid, of which payment on the folio, and by which deposit invoice it was asked for."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="payments")
    position = models.PositiveSmallIntegerField()
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="document_payments")
    paid_on = models.DateField()
    text = models.CharField(max_length=160)
    amount_minor = models.BigIntegerField()
    deposit = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="deductions")
    deposit_net_minor = models.BigIntegerField(default=0)
    deposit_tax_minor = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["document", "position"]
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="ux_document_payment")]

    def __str__(self) -> str:
        return self.text


class InvoicedPosting(models.Model):
    """A line of a folio that an invoice has taken. `holds` while it was not credited: a posting is held once at most.

    `head` is the charge that the posting belongs to, with its corrections and the taxes on top: they are invoiced and
    credited together.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="invoiced")
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="invoiced")
    head = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="+")
    holds = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "posting"], name="ux_invoiced_document"),
            models.UniqueConstraint(
                fields=["posting"],
                condition=Q(holds=True),
                name="ux_invoiced_once",
                violation_error_message="This is on an invoice already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.posting_id} on {self.document_id}"


class Print(models.Model):
    """A folio, registration card or account statement on paper: what was true when it was asked for, without a number."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="prints")
    kind = models.CharField(max_length=16, choices=PrintKind)
    content = models.JSONField()
    actor_label = models.CharField(max_length=160)
    asked_at = models.DateTimeField(auto_now_add=True)
    pdf_file = models.CharField(max_length=160, blank=True)
    rendered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=Q(rendered_at=None), name="ix_print_unrendered")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.asked_at:%Y-%m-%d}"
