"""Cancellation policies with their steps and the sentences they make, and payment terms."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from unfold.widgets import UnfoldAdminSelectWidget

from bookings.rates.admin.base import RatesAdmin, RatesInline, money_said, percent_said
from bookings.rates.admin.forms import RatesForm, amount_field
from bookings.rates.enums import Deposit, Penalty
from bookings.rates.models import CancellationPolicy, CancellationTier, PaymentTerms
from bookings.rates.services import payment_terms_save, policy_save
from bookings.rates.services.terms import policy_sentences
from pms.access.guards import actor_of
from pms.access.sites import hotel_site

LANGUAGES = (("en", "English"), ("lt", "Lietuvių"), ("de", "Deutsch"))


class TierForm(RatesForm):
    """One step of a policy."""

    amounts: ClassVar = {"amount": "amount_minor"}
    amount = amount_field("Amount", required=False)
    #: Nothing is chosen yet: a row left alone is no step.
    penalty = forms.ChoiceField(
        label="Costs", choices=[("", "Choose"), *Penalty.choices], widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = CancellationTier
        fields = ("booked_days_below", "is_no_show", "days_before", "penalty", "nights", "percent")
        labels: ClassVar = {
            "days_before": "Days before arrival",
            "nights": "Nights",
            "percent": "Per cent",
            "is_no_show": "Not coming",
            "booked_days_below": "If booked later than",
        }


class TierInline(RatesInline):
    """The steps of a policy."""

    model, form, list_name = CancellationTier, TierForm, "tiers"
    fields = ("days_before", "penalty", "nights", "percent", "amount", "is_no_show", "booked_days_below")
    verbose_name = "step"
    verbose_name_plural = "Steps: one without days holds from the sale on; “later than” counts days before arrival"


class PolicyForm(RatesForm):
    """A policy without its steps."""

    class Meta:
        model = CancellationPolicy
        fields = ("property", "code", "name", "deadline_time", "deadline_moves")
        labels: ClassVar = {"deadline_time": "Steps begin at", "deadline_moves": "Deadlines move"}
        help_texts: ClassVar = {
            "deadline_time": "Clock time at the property.",
            "deadline_moves": "With the arrival, when a booking is changed. Otherwise those of the sale stay.",
        }


class CancellationPolicyAdmin(RatesAdmin):
    """What cancelling and not coming cost, and the sentences guests read."""

    title, icon, position = "Cancellation policies", "event_busy", 330
    form = PolicyForm
    inlines = (TierInline,)
    can_delete = True
    settled_fields = ("property", "code")
    readonly_fields = ("in_words",)
    fieldsets = (
        (None, {"fields": ("property", ("code", "name"), ("deadline_time", "deadline_moves"))}),
        ("What guests read", {"fields": ("in_words",)}),
    )
    list_display = ("name", "code", "property", "summary", "plans")
    list_filter = ("property",)
    list_select_related = ("property",)
    search_fields = ("name", "code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch steps and plans along."""
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("tiers", "rate_plans")
        return rows

    @display(description="In short")
    def summary(self, policy: CancellationPolicy) -> str:
        """Return the general rule in English."""
        said = policy_sentences(policy=policy, tiers=policy.tiers.all(), language="en")
        return said[0] if said else "No steps"

    @display(description="Used by")
    def plans(self, policy: CancellationPolicy) -> str:
        """Return the plans that have the policy."""
        return ", ".join(plan.code for plan in policy.rate_plans.all()) or "\N{EN DASH}"

    @display(description="In words")
    def in_words(self, policy: CancellationPolicy) -> str:
        """Return the policy in three languages."""
        if not policy.pk:
            return "The sentences are shown here once the policy is saved."
        lines = [
            (language, name, " ".join(policy_sentences(policy=policy, tiers=policy.tiers.all(), language=language)))
            for language, name in LANGUAGES
        ]
        return format_html(
            '<dl class="back-office-sentences">{}</dl>',
            format_html_join("", '<div lang="{}"><dt>{}</dt><dd>{}</dd></div>', lines),
        )

    def save_all(self, request: HttpRequest, row: CancellationPolicy, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save policy and steps together, and say what guests will read."""
        policy_save(policy=row, tiers=lists["tiers"], actor=actor_of(request))
        tiers = list(row.tiers.all())
        said = [
            f"{name}: {' '.join(policy_sentences(policy=row, tiers=tiers, language=language))}"
            for language, name in LANGUAGES
        ]
        messages.info(request, " \N{MIDDLE DOT} ".join(said))


class PaymentTermsForm(RatesForm):
    """Payment terms as a manager fills them in."""

    amounts: ClassVar = {"amount": "amount_minor"}
    amount = amount_field("Amount", required=False)

    class Meta:
        model = PaymentTerms
        fields = ("property", "code", "name", "deposit", "percent", "deposit_days_before", "balance_days_before")
        labels: ClassVar = {
            "percent": "Per cent of the total",
            "deposit_days_before": "Deposit due, days before arrival",
            "balance_days_before": "Rest due, days before arrival",
        }


class PaymentTermsAdmin(RatesAdmin):
    """What is paid when."""

    title, icon, position = "Payment terms", "account_balance_wallet", 335
    form = PaymentTermsForm
    can_delete = True
    settled_fields = ("property", "code")
    fieldsets = (
        (None, {"fields": ("property", ("code", "name"))}),
        ("Deposit", {"fields": (("deposit", "percent", "amount"), "deposit_days_before")}),
        ("The rest", {"fields": ("balance_days_before",)}),
    )
    list_display = ("name", "code", "property", "deposit_said", "rest_said")
    list_filter = ("property",)
    list_select_related = ("property",)
    search_fields = ("name", "code")

    @display(description="Deposit")
    def deposit_said(self, terms: PaymentTerms) -> str:
        """Return what is paid in advance, and when."""
        if terms.deposit == Deposit.NONE:
            return "None"
        what = str(Deposit(terms.deposit).label)
        if terms.percent is not None:
            what = f"{percent_said(terms.percent).lstrip('+')} of the total"
        elif terms.amount_minor is not None:
            what = money_said(terms.amount_minor, terms.property.currency)
        days = terms.deposit_days_before
        return f"{what}, at the sale" if days is None else f"{what}, {days} days before arrival"

    @display(description="Rest")
    def rest_said(self, terms: PaymentTerms) -> str:
        """Return when the rest is paid."""
        days = terms.balance_days_before
        return "At the property" if days is None else f"{days} days before arrival"

    def save_all(self, request: HttpRequest, row: PaymentTerms, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save by the service."""
        payment_terms_save(terms=row, actor=actor_of(request))


hotel_site.register(CancellationPolicy, CancellationPolicyAdmin)
hotel_site.register(PaymentTerms, PaymentTermsAdmin)
