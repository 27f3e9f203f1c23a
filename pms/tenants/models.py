"""Organization (a tenant and its schema), Domain (the hosts it answers on), Plan and Blueprint."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Plan(models.Model):  # type: ignore[django-manager-missing]  # django-tenants has no types
    """What an organization pays for. Entitlements come with billing; here the name and the ceilings."""

    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    max_properties = models.PositiveIntegerField(default=1)
    max_units = models.PositiveIntegerField(default=50)
    channel_manager = models.BooleanField(default=True, db_default=True, help_text="Whether channels can be connected.")

    class Meta:
        ordering = ["max_units"]

    def __str__(self) -> str:
        return self.name


class Organization(TenantMixin):
    """One customer: a group of properties with its own schema. Its slug is its subdomain and, with _, its schema."""

    auto_create_schema = False
    auto_drop_schema = False

    name = models.CharField(max_length=120)
    slug = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9-]{1,38}[a-z0-9]$", "Lower-case letters, digits and hyphens only.")],
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="organizations")
    channel_manager = models.BooleanField(
        null=True, blank=True, help_text="Whether channels can be connected; empty: as the plan says."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    suspended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    """A host name that leads to an organization."""

    class Meta:
        ordering = ["domain"]


class Blueprint(models.Model):
    """The SQL that makes a tenant's schema, recorded from the migrations with this fingerprint."""

    fingerprint = models.CharField(max_length=64, unique=True)
    statements = models.TextField()
    migrations = ArrayField(models.CharField(max_length=160))
    recorded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint[:12]
