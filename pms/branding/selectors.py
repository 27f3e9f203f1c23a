"""Reading the brand."""

from dataclasses import dataclass

from django.db import connection

from pms.branding.colours import lightened
from pms.branding.models import Brand


@dataclass(frozen=True, slots=True)
class Look:
    """The brand as guests see it, with what it falls back to."""

    brand: Brand
    name: str
    accent: str
    accent_dark: str

    @property
    def languages(self) -> list[str]:
        """The languages offered, English where none is chosen."""
        return self.brand.languages or ["en"]


def look() -> Look:
    """Return how the organization shows itself. One query."""
    brand = Brand.objects.first() or Brand()
    accent = brand.accent.lower()
    tenant = getattr(connection, "tenant", None)
    name = brand.name or str(getattr(tenant, "name", "") or "")
    return Look(brand=brand, name=name, accent=accent, accent_dark=lightened(accent) if accent else "")
