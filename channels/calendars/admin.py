"""Back-office pages: calendars that are read, looked at before they go live; our own addresses; what needs somebody."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import action, display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from channels.adapters.ical.reading import Unreadable
from channels.calendars.enums import FeedState
from channels.calendars.fetching import FetchError
from channels.calendars.forms import ExportForm, FeedForm
from channels.calendars.keys import token_of
from channels.calendars.models import CalendarExport, CalendarFeed, FeedEvent
from channels.calendars.services import (
    export_create,
    export_renew,
    export_revoke,
    feed_fetch_soon,
    feed_free_absent,
    feed_go_live,
    feed_pause,
    feed_preview,
    feed_retire,
    feed_save,
)
from channels.calendars.standing import is_stale, standing_of, troubled_events
from pms.access.admin_base import ServiceAdmin
from pms.access.guards import access_of, actor_of, require
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card, counted
from pms.kernel.encryption import UndecipherableError
from pms.kernel.errors import DomainError

PERMISSION = "inventory.manage"
SECTION = "Channels"
#: So many events of a preview are listed one by one.
MOST_SHOWN = 100
FEEDS_URL = "hotel:calendars_calendarfeed_changelist"


class EventRows(TabularInline):
    """What the events of a calendar have become."""

    model = FeedEvent
    extra = 0
    can_delete = False
    verbose_name_plural = "What it says, and what that became"
    fields = ("first", "until", "became", "state", "stay", "absences", "problem")
    readonly_fields = ("stay",)
    ordering = ("-until",)
    per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask access."""
        return access_of(request).allows(PERMISSION)

    def get_queryset(self, request: HttpRequest) -> QuerySet[FeedEvent]:
        """Return the events with their stays in one query."""
        rows: QuerySet[FeedEvent] = super().get_queryset(request).select_related("reservation")
        return rows

    @display(description="Stay")
    def stay(self, event: FeedEvent) -> SafeString | str:
        """Return the link to the stay."""
        if event.reservation is None:
            return ""
        url = reverse("desk:reservation", args=[event.reservation.code])
        return format_html('<a href="{}">{}</a>', url, event.reservation.code)


class FeedAdmin(ServiceAdmin):
    """Calendars of channels that are read every quarter of an hour."""

    section, title, icon, position = SECTION, "Calendars that are read", "calendar_add_on", 360
    change_permission = PERMISSION
    form = FeedForm
    settled_fields = ("property",)
    readonly_fields = ("standing", "look")
    fieldsets = (
        (None, {"fields": ("standing", "look")}),
        ("Whose calendar", {"fields": ("property", "name", "channel", "address")}),
        ("Which room", {"fields": ("room_type", "unit", "rate_plan", "company")}),
        ("How it is read", {"fields": ("unclear_as", "longest_stay", "closes_nights", "stale_hours")}),
    )
    list_display = ("name", "channel", "property", "room_type", "unit", "standing")
    list_filter = ("property", "channel", "state")
    list_select_related = ("property", "room_type", "unit")
    search_fields = ("name", "host")
    inlines = (EventRows,)
    actions = ("go_live", "fetch_now", "pause", "free_absent", "retire", "retire_and_open")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that shows what a calendar says."""
        look = self.admin_site.admin_view(self.preview)
        return [path("<int:pk>/look/", look, name="calendars_calendarfeed_look"), *super().get_urls()]

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show events once there are any."""
        return self.inlines if obj else ()

    def save_row(self, request: HttpRequest, row: CalendarFeed, form: Any, *, change: bool) -> None:
        """Save by the service, which seals the address."""
        feed_save(feed=row, address=form.cleaned_data.get("address") or "", actor=actor_of(request))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Go on to what the calendar says: nothing of it is taken yet."""
        return HttpResponseRedirect(reverse("hotel:calendars_calendarfeed_look", args=[obj.pk]))

    @display(description="How it stands")
    def standing(self, feed: CalendarFeed) -> str:
        """Return how it stands in words."""
        return standing_of(feed, now=timezone.now()) if feed.pk else "Looked at before anything of it is taken."

    @display(description="What it says now")
    def look(self, feed: CalendarFeed) -> SafeString | str:
        """Return the link to the preview."""
        if not feed.pk:
            return "Shown once it is saved."
        url = reverse("hotel:calendars_calendarfeed_look", args=[feed.pk])
        return format_html('<a href="{}">Fetch it and look</a>', url)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a calendar would be read as; POST lets it go live."""
        feed = get_object_or_404(self.get_queryset(request).select_related("property", "room_type", "unit"), pk=pk)
        require(request, PERMISSION, feed.property.code)
        if request.method == "POST":
            return self._live(request, feed)
        context = {**self.admin_site.each_context(request), "title": feed.name, "opts": self.opts, "feed": feed}
        try:
            seen = feed_preview(feed=feed)
        except (FetchError, Unreadable) as error:
            context["refusal"] = error.message
        except UndecipherableError:
            context["refusal"] = "The address cannot be opened any more: enter it again."
        else:
            context |= {"seen": seen, "shown": seen.told[:MOST_SHOWN], "more": max(0, len(seen.told) - MOST_SHOWN)}
        context["can_go_live"] = "seen" in context and feed.state in {FeedState.DRAFT, FeedState.PAUSED}
        return TemplateResponse(request, "admin/calendars/preview.html", context)

    def _live(self, request: HttpRequest, feed: CalendarFeed) -> HttpResponse:
        try:
            feed_go_live(feed=feed, actor=actor_of(request))
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"{feed.name} is live. It is read every quarter of an hour.")
        return HttpResponseRedirect(reverse("hotel:calendars_calendarfeed_change", args=[feed.pk]))

    @action(description="Let the ticked calendars go live")
    def go_live(self, request: HttpRequest, queryset: QuerySet[CalendarFeed]) -> None:
        """Go live without another look."""
        self._each(request, queryset, lambda feed: feed_go_live(feed=feed, actor=actor_of(request)))

    @action(description="Fetch now")
    def fetch_now(self, request: HttpRequest, queryset: QuerySet[CalendarFeed]) -> None:
        """Have the ticked calendars fetched at once, by a job."""
        self._each(request, queryset, lambda feed: feed_fetch_soon(feed=feed, actor=actor_of(request)))

    @action(description="Pause: fetch no more, keep what was taken")
    def pause(self, request: HttpRequest, queryset: QuerySet[CalendarFeed]) -> None:
        """Pause."""
        self._each(request, queryset, lambda feed: feed_pause(feed=feed, actor=actor_of(request)))

    @action(description="Free what is gone from the calendar")
    def free_absent(self, request: HttpRequest, queryset: QuerySet[CalendarFeed]) -> None:
        """Say yes to freeing what the last calendar did not have."""
        self._each(request, queryset, lambda feed: feed_free_absent(feed=feed, actor=actor_of(request)))

    @action(description="Retire, and keep its nights closed")
    def retire(self, request: HttpRequest, queryset: QuerySet[CalendarFeed]) -> None:
        """Give up; its nights stay closed."""
        self._each(request, queryset, lambda feed: feed_retire(feed=feed, open_nights=False, actor=actor_of(request)))

    @action(description="Retire, and open the nights it closed")
    def retire_and_open(self, request: HttpRequest, queryset: QuerySet[CalendarFeed]) -> None:
        """Give up; its nights open."""
        self._each(request, queryset, lambda feed: feed_retire(feed=feed, open_nights=True, actor=actor_of(request)))

    def _each(self, request: HttpRequest, queryset: QuerySet[CalendarFeed], deed: Any) -> None:
        done = 0
        for feed in queryset.select_related("property"):
            try:
                require(request, PERMISSION, feed.property.code)
                deed(feed)
            except DomainError as error:
                messages.error(request, f"{feed.name}: {error.message}")
            else:
                done += 1
        if done:
            messages.success(request, f"Done for {done} {'calendar' if done == 1 else 'calendars'}.")


class ExportAdmin(ServiceAdmin):
    """Our own calendars, each under a secret address for one channel."""

    section, title, icon, position = SECTION, "Calendars that are shown", "ios_share", 365
    change_permission = PERMISSION
    form = ExportForm
    settled_fields = ("property", "room_type", "unit", "without", "feed")
    readonly_fields = ("address", "fetched_at", "revoked_at")
    fields = ("property", "room_type", "unit", "without", "feed", "address", "fetched_at", "revoked_at")
    list_display = ("__str__", "property", "address", "fetched_at", "revoked_at")
    list_filter = ("property", "without")
    list_select_related = ("property", "room_type", "unit")
    actions = ("renew", "revoke")

    def save_row(self, request: HttpRequest, row: CalendarExport, form: Any, *, change: bool) -> None:
        """Make the address by the service; nothing of it changes later."""
        if not change:
            export_create(export=row, actor=actor_of(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[CalendarExport]:
        """Keep where this organization is reached, for the addresses."""
        self._origin = f"{request.scheme}://{request.get_host()}"
        rows: QuerySet[CalendarExport] = super().get_queryset(request)
        return rows

    @display(description="Address to copy")
    def address(self, export: CalendarExport) -> str:
        """Return the address to enter at the channel."""
        if not export.pk:
            return "Shown once it is saved."
        if export.revoked_at is not None:
            return "Revoked."
        try:
            token = token_of(export)
        except UndecipherableError:
            return "Cannot be shown any more: renew it."
        return self._origin + reverse("calendars:file", args=[token])

    @action(description="Renew: the old address leads nowhere at once")
    def renew(self, request: HttpRequest, queryset: QuerySet[CalendarExport]) -> None:
        """Give the ticked calendars new addresses."""
        self._each(request, queryset, export_renew)

    @action(description="Revoke")
    def revoke(self, request: HttpRequest, queryset: QuerySet[CalendarExport]) -> None:
        """Have the ticked addresses lead nowhere."""
        self._each(request, queryset, export_revoke)

    def _each(self, request: HttpRequest, queryset: QuerySet[CalendarExport], service: Any) -> None:
        for export in queryset.select_related("property"):
            try:
                require(request, PERMISSION, export.property.code)
                service(export=export, actor=actor_of(request))
            except DomainError as error:
                messages.error(request, f"{export}: {error.message}")
            else:
                messages.success(request, f"{export}: done.")


hotel_site.register(CalendarFeed, FeedAdmin)
hotel_site.register(CalendarExport, ExportAdmin)


@hotel_site.cards
def calendar_cards(request: HttpRequest) -> list[Card]:
    """Say which calendars are stale, which ask something, and what of them could not be taken."""
    access = access_of(request)
    if not access.allows(PERMISSION):
        return []
    feeds = access.scope(PERMISSION, CalendarFeed.objects.exclude(state=FeedState.RETIRED))
    rows, url, now = list(feeds), reverse(FEEDS_URL), timezone.now()
    drafts = sum(feed.state == FeedState.DRAFT for feed in rows)
    stale = sum(is_stale(feed, now=now) for feed in rows)
    asking = sum(feed.state == FeedState.LIVE and feed.asks_before_freeing for feed in rows)
    troubled = troubled_events(feeds).count()
    found = (
        (stale, "stale calendar", "stale calendars", "What is sold there is not seen here.", "alert"),
        (troubled, "calendar event", "calendar events", "Could not be taken as the channel says.", "alert"),
        (asking, "calendar asks", "calendars ask", "May what is gone from it be freed?", "todo"),
        (drafts, "calendar is not live", "calendars are not live", "Look at what it says.", "todo"),
    )
    return [
        Card(*counted(count, one, many), text, url, tone, "Look") for count, one, many, text, tone in found if count
    ]
