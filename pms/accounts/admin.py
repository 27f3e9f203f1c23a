"""Platform pages: users of every organization, and where they work."""

from typing import Any

from django.contrib.admin import display
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from pms.accounts.models import Invitation, User
from pms.kernel.admin_pages import Card
from pms.tenants.admin import PlatformAdmin
from pms.tenants.sites import platform_site


class UserAdmin(PlatformAdmin):
    """People. Never deleted: switched off. Whether somebody is the platform's own staff is changed here."""

    section, icon, position = "People", "person", 40
    can_add = False
    fields = ("email", "name", "language", "is_active", "is_staff", "date_joined", "last_login")
    readonly_fields = ("email", "date_joined", "last_login")
    list_display = ("email", "name", "is_active", "is_staff", "works_for", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Count memberships along."""
        live = Count("memberships", filter=Q(memberships__ended_at=None))
        rows: QuerySet[User] = super().get_queryset(request).annotate(live_memberships=live)
        return rows

    @display(description="Organizations", ordering="live_memberships")
    def works_for(self, user: Any) -> int:
        """Return for how many organizations somebody works."""
        return int(user.live_memberships)


platform_site.register(User, UserAdmin)


@platform_site.cards
def people_cards(request: HttpRequest) -> list[Card]:  # noqa: ARG001 - the same for all of the staff
    """Say how many people there are, and how many invitations wait."""
    url = reverse("platform:accounts_user_changelist")
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None).count()
    return [Card("people", str(User.objects.filter(is_active=True).count()), f"{waiting} invitations open", url)]
