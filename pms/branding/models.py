"""Brand."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value

from pms.branding.colours import validate_accent
from pms.branding.origins import validate_origin


def every_language() -> list[str]:
    """Return the languages a new organization offers its guests."""
    return ["en", "lt", "de"]


class Brand(models.Model):
    """How the organization shows itself to guests: one row, or none while it has chosen nothing."""

    key = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    name = models.CharField(max_length=80, blank=True, help_text="Empty: the organization's own.")
    logo = models.ImageField(upload_to="photos/", blank=True)
    accent = models.CharField(
        "accent colour",
        max_length=7,
        blank=True,
        validators=[validate_accent],
        help_text="Of buttons and links; empty: Innkeep's own green.",
    )
    languages = ArrayField(models.CharField(max_length=2), default=every_language)
    tagline = models.CharField(max_length=120, blank=True)
    about = models.TextField(blank=True)
    texts = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True, help_text='{"lt": {"tagline": "..."}}'
    )
    allowed_origins = ArrayField(
        models.CharField(max_length=200, validators=[validate_origin]),
        default=list,
        blank=True,
        help_text="Sites that may show the booking widget, such as https://www.casadorio.example.",
    )

    class Meta:
        verbose_name_plural = "brand"
        constraints = [models.CheckConstraint(condition=Q(key=1), name="ck_brand_one")]

    def __str__(self) -> str:
        return self.name or "Brand"
