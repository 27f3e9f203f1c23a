"""Back-office page of connections: how they are sold. Keys, mapping and going live are the wizard's, at the desk."""

from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import action

from channels.connections.enums import State
from channels.connections.models import Connection, RoomLink
from channels.connections.services import channels_allowed, connection_save
from pms.access.admin_base import ServiceAdmin
from pms.access.guards import access_of, actor_of
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card

SECTION = "Channels"
VIEW, MANAGE = "channels.view", "channels.manage"


class RoomRows(TabularInline):
    """The channel's rooms and what they are here, to look at: the wizard maps them."""

    model = RoomLink
    extra = 0
    can_delete = False
    fields = readonly_fields = ("name", "room_id", "room_type", "rates", "gone_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rooms with their rates."""
        rows: QuerySet[Any] = super().get_queryset(request).select_related("room_type")
        return rows.prefetch_related("rate_links__rate_plan")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask access."""
        return access_of(request).allows(VIEW)

    @display(description="Rates")
    def rates(self, link: RoomLink) -> str:
        """Return the channel's rates and what they are here."""
        return "; ".join(
            f"{rate} = {rate.rate_plan.name if rate.rate_plan else 'not mapped'}" for rate in link.rate_links.all()
        )


class ConnectionAdmin(ServiceAdmin):
    """Connections. A new one is made by the wizard, which asks the channel for its rooms and shows what would be told."""

    section, title, icon, position = SECTION, "Connections", "hub", 400
    view_permission, change_permission = VIEW, MANAGE
    subject = "connection"
    can_add = False
    actions_list = ("connect",)
    inlines = (RoomRows,)
    fieldsets = (
        (None, {"fields": (("name", "property"), ("adapter", "account"), ("state", "wizard"))}),
        (
            "How it is sold",
            {"fields": (("fallback_type", "fallback_plan"), ("sold_as", "company"), ("keep_back", "days_ahead"))},
        ),
        ("When", {"fields": (("created_at", "live_at"), "rooms_read_at")}),
    )
    readonly_fields = ("property", "adapter", "account", "state", "wizard", "created_at", "live_at", "rooms_read_at")
    list_display = ("name", "adapter", "property", "state", "account", "days_ahead", "keep_back")
    list_filter = ("adapter", "state", "property")
    list_select_related = ("property",)
    search_fields = ("name", "account", "code")

    @action(description="Connect a channel", url_path="connect")  # type: ignore[untyped-decorator]
    def connect(self, request: HttpRequest) -> HttpResponse:
        """Lead to the wizard, which asks for the permission itself."""
        return redirect("desk:channel-new")

    def save_row(self, request: HttpRequest, row: Connection, form: Any, *, change: bool) -> None:
        """Save by the service."""
        connection_save(connection=row, actor=actor_of(request))

    @display(description="Wizard")
    def wizard(self, row: Connection) -> str:
        """Return the way to its keys, its mapping and going live."""
        return format_html(
            '<a href="{}">Keys, mapping and how it is doing</a>', reverse("desk:channel", args=[row.code])
        )


hotel_site.register(Connection, ConnectionAdmin)


@hotel_site.cards
def channel_cards(request: HttpRequest) -> list[Card]:
    """Say that a connection is not live yet, or that there is none."""
    if not access_of(request).allows(MANAGE) or not channels_allowed():
        return []
    drafts = Connection.objects.filter(state=State.DRAFT).count()
    if drafts:
        words = "connection is not live" if drafts == 1 else "connections are not live"
        return [Card(words, str(drafts), "Map the rooms, then look at the preview.", reverse("desk:channels"), "todo")]
    if Connection.objects.exists():
        return []
    return [Card("channels", "No", "Sell at Booking.com and others.", reverse("desk:channel-new"), "", "Connect one")]
