"""Back-office pages: number series, and documents to look up. Documents are issued and corrected at the front desk."""

from typing import Any

from django.contrib.admin import display
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from billing.invoices.models import Document, Print, Series
from billing.invoices.services import series_change
from pms.access.admin_base import RecordAdmin, ServiceAdmin
from pms.access.guards import access_of, actor_of, require
from pms.access.sites import hotel_site
from pms.kernel.money import Money

LINK = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'


class SeriesAdmin(ServiceAdmin):
    """How documents are numbered; settled once a number was given. Whoever changes one may at every house of the entity."""

    section, icon, position = "Money", "tag", 420
    change_permission = "invoice.credit"
    property_path = ""
    settled_fields = ("entity", "kind")
    fields = ("entity", "kind", "prefix", "digits", "is_yearly")
    list_display = ("prefix", "kind", "entity", "is_yearly", "next_reference")
    list_select_related = ("entity",)

    def allows(self, request: HttpRequest, permission: str, row: Model | None) -> bool:
        """Return whether permission is held at every property of the entity, or anywhere when there is no row."""
        if not isinstance(row, Series) or row.pk is None:
            return super().allows(request, permission, row)
        codes = row.entity.properties.values_list("property__code", flat=True)
        return all(access_of(request).allows(permission, code) for code in codes)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the series of entities that have a property where the page may be seen."""
        rows: QuerySet[Any] = super().get_queryset(request)
        codes = access_of(request).property_codes(self.view_permission)
        return rows if codes is None else rows.filter(entity__properties__property__code__in=codes).distinct()

    def save_row(self, request: HttpRequest, row: Series, form: Any, *, change: bool) -> None:
        """Change by the service."""
        for code in row.entity.properties.values_list("property__code", flat=True):
            require(request, self.change_permission, code)
        if not change:
            super().save_row(request, row, form, change=change)
            return
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        series_change(series=row, actor=actor_of(request), **fields)

    @display(description="Next number")
    def next_reference(self, series: Series) -> str:
        """Return the number that the next document of the newest year gets."""
        newest = series.years.order_by("-year").first()
        return series.reference(newest.year, newest.next_number) if newest else "the first"


class DocumentAdmin(RecordAdmin):
    """Invoices, credit notes, deposit invoices, pro formas and receipts."""

    section, icon, position = "Money", "description", 430
    view_permission = "invoice.issue"
    list_display = ("number", "kind", "issued_on", "buyer_name", "total", "property", "paper")
    list_filter = ("property", "kind", "status")
    list_select_related = ("property",)
    search_fields = ("reference", "code", "folio__code", "guest__last_name", "company__name")
    date_hierarchy = "issued_on"
    readonly_fields = ("total", "paper")

    @display(description="Number", ordering="reference")
    def number(self, document: Document) -> str:
        """Return the number, or that it is a draft."""
        return str(document)

    @display(description="Buyer")
    def buyer_name(self, document: Document) -> str:
        """Return whom it is for, as it says."""
        return str(document.buyer.get("name", ""))

    @display(description="Total", ordering="gross_minor")
    def total(self, document: Document) -> str:
        """Return the total with its currency; what a credit note gives back is below zero."""
        return str(Money(document.sign * document.gross_minor, document.currency))

    @display(description="Paper")
    def paper(self, document: Document) -> str:
        """Return the link to the PDF."""
        if not document.reference:
            return ""
        return format_html(LINK, reverse("desk:document-pdf", args=[document.code]), "PDF")


class PrintAdmin(RecordAdmin):
    """Folios, registration cards and statements that were printed."""

    section, icon, position = "Money", "print", 440
    view_permission = "invoice.issue"
    list_display = ("kind", "property", "asked_at", "actor_label")
    list_filter = ("property", "kind")
    list_select_related = ("property",)
    fields = ("kind", "property", "asked_at", "actor_label", "rendered_at")


hotel_site.register(Series, SeriesAdmin)
hotel_site.register(Document, DocumentAdmin)
hotel_site.register(Print, PrintAdmin)
