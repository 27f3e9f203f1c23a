"""Back-office pages: taxes with their rates over time, fees, and how they are rounded; applying a shipped rule set."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action

from billing.taxes.forms import ApplyForm, FeeForm, RateForm, SettingsForm, TaxForm
from billing.taxes.models import Fee, Tax, TaxRate, TaxSettings
from billing.taxes.regimes import REGIMES
from billing.taxes.services import fee_save, regime_apply, regime_preview, settings_save, tax_save
from billing.taxes.wording import rate_sentence
from pms.access.guards import access_of, actor_of, require
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card, counted
from pms.kernel.errors import DomainError
from pms.properties.admin_lists import RowAdmin, RowInline, money_said
from pms.properties.admin_texts import texts_fieldset
from pms.properties.models import Property

PERMISSION = "taxes.manage"


class RateInline(RowInline):
    """What a tax is over time."""

    model, form, list_name = TaxRate, RateForm, "rates"
    fields = ("first", "last", "percent", "amount", "price_from", "price_until", "nights_cap", "age_from")
    verbose_name, verbose_name_plural = "rate", "Rates: both days are included, and no two hold at once"


class TaxAdmin(RowAdmin):
    """Taxes of a property. They are retired, never deleted: what was sold names them."""

    section, icon, position = "Taxes and fees", "account_balance", 340
    change_permission = PERMISSION
    form = TaxForm
    inlines = (RateInline,)
    settled_fields = ("property", "code")
    fieldsets = (
        (None, {"fields": ("property", ("code", "name"), ("kind", "basis"), ("position", "at_property"))}),
        texts_fieldset("name"),
        ("What it is counted on", {"fields": ("components", ("is_included", "percent_base"), "on_top_of")}),
        ("Exceptions", {"fields": ("slab_per_person", "exempt_purposes")}),
        ("Where it comes from", {"fields": ("source",)}),
        ("End", {"fields": ("retired_at",)}),
    )
    list_display = ("name", "code", "property", "kind", "how", "current", "in_use")
    list_filter = ("property", "kind", "basis")
    list_select_related = ("property",)
    search_fields = ("name", "code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the rates along."""
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("rates")
        return rows

    @display(description="How")
    def how(self, tax: Tax) -> str:
        """Return what it is counted on, in short."""
        return f"{tax.get_basis_display()}, {'inside' if tax.is_included else 'added'}"

    @display(description="Now")
    def current(self, tax: Tax) -> str:
        """Return the rates that hold on the property's business date."""
        today = tax.property.business_date
        held = [rate for rate in tax.rates.all() if rate.first <= today and (rate.last is None or rate.last >= today)]
        return "; ".join(rate_sentence(rate, tax.property.currency) for rate in held) or "\N{EN DASH}"

    @display(description="In use", boolean=True, ordering="retired_at")
    def in_use(self, tax: Tax) -> bool:
        """Return whether it is not retired."""
        return tax.retired_at is None

    def save_all(self, request: HttpRequest, row: Tax, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save tax and rates together."""
        tax_save(tax=row, rates=lists["rates"], actor=actor_of(request))


class FeeAdmin(RowAdmin):
    """What the house adds to every stay."""

    section, icon, position = "Taxes and fees", "receipt_long", 345
    change_permission = PERMISSION
    form = FeeForm
    settled_fields = ("property", "code")
    fieldsets = (
        (None, {"fields": ("property", ("code", "name"), ("component", "position"))}),
        texts_fieldset("name"),
        ("How much", {"fields": (("basis", "age_from"), ("amount", "percent"))}),
        ("End", {"fields": ("retired_at",)}),
    )
    list_display = ("name", "code", "property", "component", "basis", "value", "in_use")
    list_filter = ("property", "component")
    list_select_related = ("property",)
    search_fields = ("name", "code")

    @display(description="How much")
    def value(self, fee: Fee) -> str:
        """Return the amount or the percentage."""
        if fee.percent is not None:
            return f"{fee.percent.normalize():f}\N{NO-BREAK SPACE}%"
        return money_said(fee.amount_minor, fee.property.currency)

    @display(description="In use", boolean=True, ordering="retired_at")
    def in_use(self, fee: Fee) -> bool:
        """Return whether it is not retired."""
        return fee.retired_at is None

    def save_all(self, request: HttpRequest, row: Fee, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save by the service."""
        fee_save(fee=row, actor=actor_of(request))


class TaxSettingsAdmin(RowAdmin):
    """How a property's taxes are rounded, and the rule set they came from."""

    section, title, icon, position = "Taxes and fees", "Tax settings", "balance", 350
    change_permission = PERMISSION
    form = SettingsForm
    settled_fields = ("property",)
    readonly_fields = ("came_from",)
    fields = ("property", "rounding", "came_from")
    list_display = ("property", "came_from", "rounding")
    list_select_related = ("property",)
    actions_list = ("apply_rule_set",)

    @display(description="Rule set")
    def came_from(self, settings: TaxSettings) -> str:
        """Return the rule set last applied, its category and its day."""
        regime = REGIMES.get(settings.regime)
        if regime is None or settings.regime_version is None:
            return "None: every tax is the house's own"
        category = dict(regime.categories).get(settings.category, "")
        newer = "" if settings.regime_version == regime.read_on else "; a newer edition can be applied"
        named = f"{regime.name}, {category}" if category else regime.name
        return f"{named}, as read on {settings.regime_version:%d %B %Y}{newer}"

    def save_all(self, request: HttpRequest, row: TaxSettings, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save by the service."""
        settings_save(settings=row, actor=actor_of(request))

    @action(description="Apply a rule set", url_path="apply", icon="download")  # type: ignore[untyped-decorator]
    def apply_rule_set(self, request: HttpRequest) -> HttpResponse:
        """Choose a rule set, see what it would change, then apply it."""
        require(request, PERMISSION)
        places = access_of(request).scope(PERMISSION, Property.objects.all(), path="code")
        given = request.POST or request.GET
        asked = "regime" in given
        form = ApplyForm(given if asked else None, places=places, initial={"property": given.get("property")})
        context = {
            **self.admin_site.each_context(request),
            "title": "Apply a rule set",
            "opts": self.opts,
            "form": form,
        }
        if asked and form.is_valid():
            chosen = form.chosen()
            require(request, PERMISSION, chosen["property"].code)
            try:
                if request.method == "POST":
                    return self._applied(request, chosen)
                context["changes"] = regime_preview(**chosen)
            except DomainError as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            context["regime"] = REGIMES[chosen["regime"]]
            context["chosen"] = chosen
        return TemplateResponse(request, "admin/taxes/apply.html", context, status=422 if form.errors else 200)

    @staticmethod
    def _applied(request: HttpRequest, chosen: dict[str, Any]) -> HttpResponse:
        changes = regime_apply(**chosen, actor=actor_of(request))
        done = sum(change.verb != "keep" for change in changes)
        name = REGIMES[chosen["regime"]].name
        said = f"{name}: {done} changes." if done else f"{name} is applied already."
        messages.success(request, said)
        return HttpResponseRedirect(reverse("hotel:taxes_tax_changelist"))


hotel_site.register(Tax, TaxAdmin)
hotel_site.register(Fee, FeeAdmin)
hotel_site.register(TaxSettings, TaxSettingsAdmin)


@hotel_site.cards
def tax_cards(request: HttpRequest) -> list[Card]:
    """Say which properties have no taxes yet, and how many there are."""
    access = access_of(request)
    if not access.allows(PERMISSION):
        return []
    places = access.scope(PERMISSION, Property.objects.all(), path="code")
    bare = places.exclude(taxes__retired_at=None, taxes__isnull=False)[:5]
    url = reverse("hotel:taxes_taxsettings_apply_rule_set")
    cards = [
        Card(
            "taxes",
            "No",
            f"{place.name} sells without taxes.",
            f"{url}?property={place.code}",
            "todo",
            "Apply a rule set",
        )
        for place in bare
    ]
    taxes = access.scope(PERMISSION, Tax.objects.filter(retired_at=None)).count()
    listed = reverse("hotel:taxes_tax_changelist")
    return [*cards, Card(*counted(taxes, "tax", "taxes"), "In use", listed)] if taxes else cards
