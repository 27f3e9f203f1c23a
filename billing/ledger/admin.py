"""Back-office pages: legal entities and whose money they keep, accounts with DATEV numbers, entries and lines to read."""

from typing import Any

from django import forms
from django.contrib.admin import display
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from billing.ledger.models import Account, Entry, ExchangeRate, LegalEntity, Line, PropertyBooks
from billing.ledger.services import property_assign
from pms.access.admin_base import RecordAdmin, ServiceAdmin
from pms.access.guards import access_of, actor_of
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card
from pms.kernel.money import Money
from pms.properties.models import Property

VIEW, MANAGE = "books.view", "books.manage"


class EverywhereAdmin(ServiceAdmin):
    """Rows of the whole organization: the permission is asked everywhere, as the books of all properties are in them."""

    property_path = ""
    view_permission, change_permission = VIEW, MANAGE

    def allows(self, request: HttpRequest, permission: str, row: Model | None) -> bool:
        """Return whether permission is held everywhere."""
        return permission in access_of(request).everywhere


class EntityForm(ModelForm[LegalEntity]):
    """A legal entity with the properties whose money stands in its books."""

    places = forms.ModelMultipleChoiceField(
        Property.objects.all(),
        required=False,
        to_field_name="code",
        label="Properties",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="A property moves here only when none of its folios has a balance in its books of before.",
    )

    class Meta:
        model = LegalEntity
        fields = (
            *("code", "name", "currency", "street", "postal_code", "city", "country", "vat_id", "tax_number"),
            *("register_entry", "email", "phone", "bank_name", "iban", "bic", "datev_consultant", "datev_client"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "places" in self.fields and self.instance.pk:
            own = Property.objects.filter(books__entity=self.instance)
            self.initial["places"] = list(own.values_list("code", flat=True))

    def clean_places(self) -> list[Property]:
        """Refuse to leave a property without books: it is taken over by another entity instead."""
        chosen = list(self.cleaned_data["places"])
        kept = set(self.initial.get("places", ()))
        if left := sorted(kept - {place.code for place in chosen}):
            raise forms.ValidationError(
                f"{', '.join(left)} must be somebody's: choose it at the legal entity that takes it over."
            )
        return chosen


class LegalEntityAdmin(EverywhereAdmin):
    """Who invoices and owes the taxes. What was posted stays in the books it was posted to."""

    form = EntityForm
    section, title, icon, position = "Accounting", "Legal entities", "domain", 360
    settled_fields = ("code", "currency")
    fieldsets = (
        (None, {"fields": (("code", "name"), "places", "currency")}),
        ("Address", {"fields": ("street", ("postal_code", "city", "country"))}),
        ("Registration", {"fields": (("vat_id", "tax_number"), "register_entry")}),
        ("Contact", {"fields": (("email", "phone"),)}),
        ("Bank", {"fields": ("bank_name", ("iban", "bic"))}),
        ("DATEV", {"fields": (("datev_consultant", "datev_client"),)}),
    )
    list_display = ("name", "code", "currency", "held", "vat_id", "closed_through")
    search_fields = ("name", "code", "vat_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the properties along."""
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("properties__property")
        return rows

    @display(description="Properties")
    def held(self, entity: LegalEntity) -> str:
        """Return whose money stands here."""
        return ", ".join(books.property.name for books in entity.properties.all()) or "\N{EN DASH}"

    def save_row(self, request: HttpRequest, row: LegalEntity, form: Any, *, change: bool) -> None:
        """Save the row, then assign its properties by the service."""
        chosen = form.cleaned_data.pop("places")
        if "places" in form.changed_data:
            form.changed_data.remove("places")
        super().save_row(request, row, form, change=change)
        known = set(PropertyBooks.objects.filter(entity=row).values_list("property_id", flat=True))
        for place in chosen:
            if place.pk not in known:
                property_assign(property=place, entity=row, actor=actor_of(request))


class AccountAdmin(EverywhereAdmin):
    """Accounts are made by what is posted; their name and their number in the consultant's chart are ours to say."""

    section, icon, position = "Accounting", "account_balance_wallet", 365
    can_add = False
    settled_fields = ("entity", "code", "kind", "role", "key")
    fields = (("entity", "code"), ("kind", "role", "key"), "name", "datev_account")
    list_display = ("code", "name", "kind", "datev_account", "entity")
    list_editable = ("datev_account",)
    list_filter = ("entity", "kind", "role")
    list_select_related = ("entity",)
    search_fields = ("code", "name", "datev_account")
    list_per_page = 200


class ExchangeRateAdmin(EverywhereAdmin):
    """Exchange rates are set at the desk, by hand or by file; here they are read."""

    section, icon, position = "Accounting", "currency_exchange", 380
    can_add = can_change = False
    list_display = ("date", "per", "rate", "currency", "source")
    list_filter = ("currency", "per", "source")
    date_hierarchy = "date"


class BooksRecordAdmin(RecordAdmin):
    """Rows of the books of the whole organization."""

    view_permission = VIEW
    property_path = ""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the permission everywhere."""
        return self.view_permission in access_of(request).everywhere


class EntryAdmin(BooksRecordAdmin):
    """Entries as they were posted."""

    section, icon, position = "Accounting", "menu_book", 370
    list_display = ("date", "memo", "kind", "entity", "property", "actor_label", "posted_at")
    list_filter = ("entity", "kind", "property")
    list_select_related = ("entity", "property")
    search_fields = ("memo", "source", "code")
    date_hierarchy = "date"
    show_full_result_count = False


class LineAdmin(BooksRecordAdmin):
    """Lines of entries."""

    section, icon, position = "Accounting", "format_list_numbered", 375
    list_display = ("date", "account", "debit", "credit", "subledger", "entry")
    list_filter = ("account__entity", "account__role", "currency")
    list_select_related = ("account", "entry")
    search_fields = ("subledger", "entry__memo")
    date_hierarchy = "date"
    show_full_result_count = False

    @display(description="Debit")
    def debit(self, line: Line) -> str:
        """Return the amount of a debit."""
        return str(Money(line.amount_minor, line.currency)) if line.amount_minor > 0 else ""

    @display(description="Credit")
    def credit(self, line: Line) -> str:
        """Return the amount of a credit."""
        return str(Money(-line.amount_minor, line.currency)) if line.amount_minor < 0 else ""


hotel_site.register(LegalEntity, LegalEntityAdmin)
hotel_site.register(Account, AccountAdmin)
hotel_site.register(ExchangeRate, ExchangeRateAdmin)
hotel_site.register(Entry, EntryAdmin)
hotel_site.register(Line, LineAdmin)


@hotel_site.cards
def books_cards(request: HttpRequest) -> list[Card]:
    """Say which legal entities send to DATEV and lack numbers for it."""
    if MANAGE not in access_of(request).everywhere:
        return []
    url = reverse("hotel:ledger_account_changelist")
    cards = []
    for entity in LegalEntity.objects.exclude(datev_consultant=""):
        missing = Account.objects.filter(entity=entity, datev_account="").count()
        if missing:
            text = f"Accounts of {entity.name} without a number in the consultant's chart."
            cards.append(
                Card("accounts", str(missing), text, f"{url}?entity__id__exact={entity.pk}", "todo", "Number them")
            )
    return cards
