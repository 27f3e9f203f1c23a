"""Back-office pages: roles, grants, invitations; and, read-only, audit and outbox (their apps stand below this one)."""

from typing import Any

from django import forms
from django.contrib.admin import display
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from pms.access.admin_base import RecordAdmin, ServiceAdmin
from pms.access.forms import EVERYWHERE
from pms.access.guards import access_of, actor_of
from pms.access.models import Grant, Role
from pms.access.permissions import PERMISSIONS
from pms.access.places import places
from pms.access.services import grant_create, grant_end, role_remove, role_save
from pms.access.sites import hotel_site
from pms.accounts.models import User
from pms.accounts.selectors import invitations_here, users_here
from pms.audit.models import AuditEvent
from pms.events.models import EventDelivery, OutboxEvent
from pms.kernel.admin_pages import Card, counted


class RoleForm(forms.ModelForm[Role]):
    """A role with its permissions as boxes to tick."""

    permissions = forms.MultipleChoiceField(
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        choices=[(row.code, f"{row.area}: {row.label}") for row in PERMISSIONS],
    )

    class Meta:
        model = Role
        fields = ("code", "name", "permissions")


class RoleAdmin(ServiceAdmin):
    """Roles; those that come with Innkeep are shown only."""

    form = RoleForm
    section, icon, position = "People", "shield_person", 410
    change_permission = "access.roles"
    view_permission = "access.manage"
    property_path = ""
    can_delete = True
    settled_fields = ("code",)
    list_display = ("name", "code", "is_system", "held_by")
    search_fields = ("name", "code")

    @display(description="Held by")
    def held_by(self, role: Role) -> int:
        """Return how many live grants there are."""
        return role.grants.filter(ended_at=None).count()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leave system roles as they are."""
        return super().has_change_permission(request, obj) and not (obj and obj.is_system)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leave system roles where they are."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_system)

    def save_row(self, request: HttpRequest, row: Role, form: Any, *, change: bool) -> None:
        """Save by the service."""
        saved = role_save(code=row.code, name=row.name, permissions=list(row.permissions), actor=actor_of(request))
        row.pk = saved.pk

    def delete_model(self, request: HttpRequest, obj: Role) -> None:
        """Remove by the service."""
        role_remove(role=obj, actor=actor_of(request))


class GrantForm(forms.ModelForm[Grant]):
    """Who gets which role where."""

    property_code = forms.ChoiceField(required=False, label="At", widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Grant
        fields = ("user", "role", "property_code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "property_code" in self.fields:
            choices = [EVERYWHERE, *((place.code, place.name) for place in places())]
            self.fields["property_code"].choices = choices  # type: ignore[attr-defined]


class GrantAdmin(ServiceAdmin):
    """Who holds which role where. A grant is made and ended, never changed."""

    form = GrantForm
    section, title, icon, position = "People", "Who holds what", "badge", 400
    change_permission = "access.manage"
    property_path = ""
    can_change = False
    can_delete = True
    list_display = ("user", "role", "place", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "role")
    search_fields = ("user__email", "user__name")

    @display(description="At")
    def place(self, grant: Grant) -> str:
        """Return where the role is held."""
        return grant.property_code or "every property"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show what is held now."""
        return super().get_queryset(request).filter(ended_at=None)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer people who work here."""
        if db_field.remote_field.model is User:
            kwargs["queryset"] = users_here()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_row(self, request: HttpRequest, row: Grant, form: Any, *, change: bool) -> None:
        """Grant by the service."""
        made = grant_create(user=row.user, role=row.role, property_code=row.property_code, actor=actor_of(request))
        row.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: Grant) -> None:
        """End by the service; the row stays, with its end."""
        grant_end(grant=obj, actor=actor_of(request))


class AuditAdmin(RecordAdmin):
    """The audit log of the properties somebody may read it of."""

    section, title, icon, position = "Records", "Audit log", "history", 500
    view_permission = "audit.view"
    property_path = "property_code"
    list_display = ("at", "actor_label", "action", "subject_type", "subject_code", "property_code", "reason")
    list_filter = ("action", "subject_type", "property_code", "actor_kind")
    search_fields = ("subject_code", "actor_label", "request_id")
    date_hierarchy = "at"


class OrganizationRecordAdmin(RecordAdmin):
    """Records that belong to no single property."""

    view_permission = "audit.view"
    property_path = ""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the permission everywhere: events do not belong to one property."""
        return self.view_permission in access_of(request).everywhere


class OutboxAdmin(OrganizationRecordAdmin):
    """Facts on their way."""

    section, title, icon, position = "Records", "Outbox", "outbox", 510
    list_display = ("at", "kind", "subject_type", "subject_code", "relayed_at")
    list_filter = ("kind",)
    search_fields = ("subject_code",)


class DeliveryAdmin(OrganizationRecordAdmin):
    """Whether facts have reached who waits for them."""

    section, title, icon, position = "Records", "Deliveries", "local_shipping", 520
    list_display = ("event", "subscriber", "attempts", "next_attempt_at", "delivered_at", "parked_at")
    list_filter = ("subscriber",)
    search_fields = ("event__subject_code", "subscriber")
    list_select_related = ("event",)


hotel_site.register(Role, RoleAdmin)
hotel_site.register(Grant, GrantAdmin)
hotel_site.register(AuditEvent, AuditAdmin)
hotel_site.register(OutboxEvent, OutboxAdmin)
hotel_site.register(EventDelivery, DeliveryAdmin)


@hotel_site.cards
def people_cards(request: HttpRequest) -> list[Card]:
    """Say who works here, who is invited and what could not be delivered."""
    access, cards, matrix = access_of(request), [], reverse("access:matrix")
    if access.allows("access.manage"):
        waiting = invitations_here().filter(accepted_at=None, revoked_at=None)
        expired = waiting.filter(expires_at__lte=timezone.now()).count()
        if expired:
            text = "Invite them again, or withdraw the invitation."
            cards.append(
                Card(
                    *counted(expired, "invitation expired", "invitations expired"), text, matrix, "todo", "Look at them"
                )
            )
        people = users_here().count()
        if people == 1:
            text = "You work here alone. Invite the front desk and housekeeping."
            cards.append(Card("person", "1", text, reverse("access:invite"), "todo", "Invite somebody"))
        cards.append(
            Card(
                *counted(people, "person works here", "people work here"),
                f"{waiting.count()} invited",
                matrix,
                "",
                "Who may do what",
            )
        )
    if "audit.view" in access.everywhere:
        parked = EventDelivery.objects.filter(parked_at__isnull=False, delivered_at=None).count()
        if parked:
            url = reverse("hotel:events_eventdelivery_changelist")
            text = "Something that happened here has not reached everybody who waits for it."
            cards.append(
                Card(*counted(parked, "delivery given up", "deliveries given up"), text, url, "alert", "See which")
            )
    return cards
