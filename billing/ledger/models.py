"""LegalEntity, PropertyBooks, Account, Entry, Line, PeriodBalance, ExchangeRate."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from billing.ledger.enums import AccountKind, EntryKind, Role
from pms.properties.models import Property, code_validator


class LegalEntity(models.Model):
    """Who invoices and owes the taxes: a company with books of its own, for one or several properties.

    Nothing is posted on or before `closed_through`, a property-local date.
    """

    code = models.CharField(max_length=16, unique=True, validators=[code_validator])
    name = models.CharField(max_length=160)
    street = models.CharField(max_length=160, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(
        max_length=3, default="EUR", validators=[RegexValidator(r"^[A-Z]{3}$", "Three letters.")]
    )
    vat_id = models.CharField("VAT id", max_length=32, blank=True)
    tax_number = models.CharField(max_length=32, blank=True)
    register_entry = models.CharField(max_length=80, blank=True, help_text="Court and number of the company register.")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    bank_name = models.CharField(max_length=80, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    datev_consultant = models.CharField(max_length=7, blank=True, help_text="Number of the tax consultant in DATEV.")
    datev_client = models.CharField(max_length=5, blank=True, help_text="Number of the client in DATEV.")
    closed_through = models.DateField(
        null=True, blank=True, editable=False, help_text="The last day of the last period that was closed."
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "legal entities"

    def __str__(self) -> str:
        return self.name


class PropertyBooks(models.Model):
    """In whose books a property's money stands."""

    property = models.OneToOneField(Property, on_delete=models.PROTECT, related_name="books")
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="properties")

    class Meta:
        verbose_name_plural = "books of properties"

    def __str__(self) -> str:
        return f"{self.property}: {self.entity}"


class Account(models.Model):
    """An account of one legal entity. `key` tells those of one role apart: a component, a tax, a payment account."""

    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="accounts")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=AccountKind)
    role = models.CharField(max_length=16, choices=Role)
    key = models.CharField(max_length=32, blank=True)
    datev_account = models.CharField(
        max_length=9, blank=True, help_text="Number of this account in the consultant's chart."
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["entity", "role", "key"], name="ux_account_role"),
            models.UniqueConstraint(
                fields=["entity", "code"],
                name="ux_account_code",
                violation_error_message="The legal entity has an account with this number already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Entry(models.Model):
    """One fact in the books, dated by the business date. Written once with its lines; the database refuses all else.

    `source` names the fact it was derived from, once in each legal entity.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="entries")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    date = models.DateField()
    posted_at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=EntryKind)
    source = models.CharField(max_length=120)
    memo = models.CharField(max_length=200, blank=True)
    actor_label = models.CharField(max_length=160)
    lines_count = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["-date", "-id"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["entity", "source"], name="ux_entry_source"),
            models.CheckConstraint(condition=Q(lines_count__gte=2), name="ck_entry_has_lines"),
        ]
        indexes = [models.Index(fields=["entity", "date"], name="ix_entry_date")]

    def __str__(self) -> str:
        return f"{self.date} {self.memo}"


class Line(models.Model):
    """An amount on an account: debit above zero, credit below, minor units of `currency`.

    `subledger` is the folio's code on accounts that guests and companies have a share of. A line on a tax account keeps
    the percentage and the base it was counted on, for the returns. `date` is the entry's.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines", db_index=False)
    date = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    subledger = models.CharField(max_length=16, blank=True)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    base_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0) | ~Q(base_minor=None), name="ck_line_amount")
        ]
        indexes = [
            models.Index(fields=["entry"], name="ix_line_entry"),
            models.Index(fields=["account", "date"], include=["currency", "amount_minor"], name="ix_line_account_date"),
            models.Index(
                fields=["subledger", "account"],
                condition=~Q(subledger=""),
                include=["amount_minor"],
                name="ix_line_subledger",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor}"


class PeriodBalance(models.Model):
    """What an account held at the end of the last day of a closed period: where sums begin instead of at the first line.

    Derived, and true for as long as the period is closed: opening it again takes these rows away.
    """

    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    through = models.DateField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField()

    class Meta:
        ordering = ["-through", "account"]
        constraints = [models.UniqueConstraint(fields=["account", "through", "currency"], name="ux_period_balance")]
        indexes = [models.Index(fields=["entity", "through"], name="ix_period_balance")]

    def __str__(self) -> str:
        return f"{self.account} {self.through} {self.balance_minor} {self.currency}"


class ExchangeRate(models.Model):
    """How many units of `currency` one unit of `per` was worth on a day: 1 EUR = 1.0834 USD is USD per EUR."""

    currency = models.CharField(max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$", "Three letters.")])
    per = models.CharField(max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$", "Three letters.")])
    date = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    source = models.CharField(max_length=80, help_text="Who says so: the European Central Bank, the bank's statement.")

    class Meta:
        ordering = ["-date", "per", "currency"]
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "per", "date"],
                name="ux_exchange_rate",
                violation_error_message="There is a rate of these currencies for this day already.",
            ),
            models.CheckConstraint(
                condition=Q(rate__gt=0),
                name="ck_exchange_rate",
                violation_error_message="A rate is above zero.",
            ),
            models.CheckConstraint(
                condition=~Q(currency=models.F("per")),
                name="ck_exchange_rate_of_two",
                violation_error_message="A rate is between two currencies.",
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.per} = {self.rate.normalize():f} {self.currency} on {self.date}"
