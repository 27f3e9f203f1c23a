"""Platform pages: organizations (made by organization_create), domains, plans."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import action
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminEmailInputWidget

from pms.kernel.actors import Actor, ActorKind
from pms.kernel.admin_pages import Card, UnloggedAdmin, counted
from pms.kernel.errors import DomainError
from pms.tenants.models import Domain, Organization, Plan
from pms.tenants.services import domain_add, organization_create, organization_resume, organization_suspend
from pms.tenants.sites import is_platform_staff, platform_site


class PlatformAdmin(UnloggedAdmin):
    """A page of the platform's back office: all of it for its staff."""

    section = "Customers"
    can_add = True
    can_change = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Ask for staff."""
        return is_platform_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for staff."""
        return is_platform_staff(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask for staff."""
        return self.can_add and is_platform_staff(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for staff."""
        return self.can_change and is_platform_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: nothing of a customer is deleted by a click."""
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; when the service refuses, once more with its refusal."""
        try:
            page: HttpResponse = super().changeform_view(request, *args, **kwargs)
        except DomainError as refusal:
            if request.method != "POST":
                raise
            request.__dict__["_refusal"] = refusal
            page = super().changeform_view(request, *args, **kwargs)
        return page

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, which fails with the service's refusal if there is one."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "_refusal" not in request.__dict__:
            return form
        refusal: DomainError = request.__dict__["_refusal"]

        class RefusedForm(form):  # type: ignore[valid-type,misc]
            def clean(self) -> dict[str, Any]:
                cleaned: dict[str, Any] = super().clean() or {}
                self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)
                return cleaned

        return RefusedForm


def staff_actor(request: HttpRequest) -> Actor:
    """Return the signed-in member of the platform's staff as an actor."""
    return Actor(kind=ActorKind.USER, label=f"{request.user} (platform)", user_id=request.user.pk)


class OrganizationForm(forms.ModelForm[Organization]):
    """A new customer: name, short name, and who administers it first."""

    admin_email = forms.EmailField(
        required=False,
        label="First administrator",
        widget=UnfoldAdminEmailInputWidget,
        help_text="They get an invitation by mail.",
    )

    class Meta:
        model = Organization
        fields = ("name", "slug", "plan", "channel_manager")


class OrganizationAdmin(PlatformAdmin):
    """Customers."""

    form = OrganizationForm
    icon, position = "apartment", 10
    list_display = ("name", "slug", "plan", "created_at", "suspended_at")
    list_filter = ("plan",)
    list_select_related = ("plan",)
    search_fields = ("name", "slug")
    actions = ("suspend", "resume")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the first administrator only at the start."""
        return (
            ("name", "slug", "plan", "channel_manager", "created_at", "suspended_at")
            if obj
            else ("name", "slug", "plan", "channel_manager", "admin_email")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Freeze the short name: it is the address and the schema."""
        return ("slug", "created_at", "suspended_at") if obj else ()

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        """Make a customer by the service, with schema, host, roles and invitation; name and plan are plain."""
        if change:
            Organization.objects.filter(pk=obj.pk).update(
                name=obj.name, plan=obj.plan, channel_manager=obj.channel_manager
            )
            return
        email = form.cleaned_data["admin_email"] or None
        made = organization_create(slug=obj.slug, name=obj.name, actor=staff_actor(request), admin_email=email)
        Organization.objects.filter(pk=made.pk).update(plan=obj.plan, channel_manager=obj.channel_manager)
        obj.pk = made.pk

    @action(description="Suspend")
    def suspend(self, request: HttpRequest, queryset: QuerySet[Organization]) -> None:
        """Have the ticked organizations answer nothing but a plain page."""
        for organization in queryset:
            organization_suspend(organization=organization, actor=staff_actor(request))
        messages.success(request, "Suspended.")

    @action(description="Resume")
    def resume(self, request: HttpRequest, queryset: QuerySet[Organization]) -> None:
        """Have the ticked organizations answer again."""
        for organization in queryset:
            organization_resume(organization=organization, actor=staff_actor(request))
        messages.success(request, "Resumed.")


class DomainAdmin(PlatformAdmin):
    """Hosts."""

    icon, position = "language", 20
    can_change = False
    fields = ("tenant", "domain")
    list_display = ("domain", "tenant", "is_primary")
    list_select_related = ("tenant",)
    search_fields = ("domain", "tenant__name")

    def save_model(self, request: HttpRequest, obj: Domain, form: Any, change: bool) -> None:
        """Add a host by the service."""
        obj.pk = domain_add(organization=obj.tenant, host=obj.domain, actor=staff_actor(request)).pk


class PlanAdmin(PlatformAdmin):
    """Plans."""

    icon, position = "sell", 30
    list_display = ("name", "code", "max_properties", "max_units", "channel_manager")


platform_site.register(Organization, OrganizationAdmin)
platform_site.register(Domain, DomainAdmin)
platform_site.register(Plan, PlanAdmin)


@platform_site.cards
def organization_cards(request: HttpRequest) -> list[Card]:  # noqa: ARG001 - the same for all of the staff
    """Say how many customers there are and which wait for something."""
    organizations = Organization.objects.all()
    url, add = reverse("platform:tenants_organization_changelist"), reverse("platform:tenants_organization_add")
    suspended, planless = organizations.exclude(suspended_at=None).count(), organizations.filter(plan=None).count()
    cards = []
    if not organizations.exists():
        cards.append(Card("organizations yet", "No", "A name and a short name are enough.", add, "todo", "Add one"))
    if planless:
        cards.append(Card("without a plan", str(planless), "Choose what they pay for.", url, "todo", "Look at them"))
    if suspended:
        cards.append(
            Card("suspended", str(suspended), "Their hosts answer a plain page.", url, "alert", "Look at them")
        )
    cards.append(Card(*counted(organizations.count(), "organization", "organizations"), "Customers and demos", url))
    hosts = reverse("platform:tenants_domain_changelist")
    cards.append(Card(*counted(Domain.objects.count(), "host", "hosts"), "Addresses they answer on", hosts))
    return cards
