"""Role (a named set of permissions) and Grant (a role given to a user, at one property or at all)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Role(models.Model):
    """A named set of permissions from the registry. System roles come with the organization and stay as they are."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    permissions = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    is_system = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role held by a user; `property_code` empty means at every property."""

    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", db_constraint=True)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    property_code = models.CharField(max_length=32, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "property_code"],
                condition=Q(ended_at=None),
                name="ux_grant_live",
                violation_error_message="This person already holds the role there.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} at {self.property_code or 'every property'}"
