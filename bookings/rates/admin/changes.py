"""The changes made to prices and restrictions of days, to read."""

from django.contrib.admin import display

from bookings.rates.models import RateChange
from pms.access.admin_base import RecordAdmin
from pms.access.sites import hotel_site


class RateChangeAdmin(RecordAdmin):
    """Every edit of days as a version: who, what, when, and whether it was taken back."""

    section, title, icon, position = "Prices", "Rate changes", "history", 350
    view_permission = "rates.manage"
    fields = (
        "property",
        "number",
        "title",
        "state",
        "cells_count",
        ("first", "last"),
        ("made_by", "made_at"),
        ("published_at", "rolled_back_at"),
    )
    list_display = ("number", "title", "property", "state", "cells", "first", "last", "made_by", "made_at")
    list_filter = ("property", "state")
    list_select_related = ("property",)
    search_fields = ("title", "made_by")

    @display(description="Cells", ordering="cells_count")
    def cells(self, change: RateChange) -> str:
        """Return how many cells it has."""
        return f"{change.cells_count:,}"


hotel_site.register(RateChange, RateChangeAdmin)
