"""Back-office pages of what channels were told and said: to look at. What is decided about a case, is decided at the desk."""

from django.contrib.admin import display
from django.urls import reverse
from django.utils.html import format_html

from channels.sync.models import BookingMessage, Case, ExchangeLog, StoredLetter
from pms.access.admin_base import RecordAdmin
from pms.access.sites import hotel_site

SECTION = "Channels"


class ChannelRecords(RecordAdmin):
    """Rows of a connection."""

    section = SECTION
    view_permission = "channels.view"
    property_path = "connection__property__code"
    list_select_related = ("connection",)


class CaseAdmin(ChannelRecords):
    """Cases, open and decided."""

    title, icon, position = "Cases", "rule", 410
    list_display = ("seen_at", "kind", "connection", "words", "resolution", "resolved_by")
    list_filter = ("kind", "resolution", "connection")
    search_fields = ("subject", "words", "reservation__code")
    fields = (
        "page", "connection", "kind", "words", "reservation", "message", "details", "opened_at", "seen_at", "alerted_at",
        "resolved_at", "resolution", "resolved_by", "note",
    )  # fmt: skip
    readonly_fields = ("page",)

    @display(description="Decide")
    def page(self, case: Case) -> str:
        """Return the way to what can be done about it."""
        return format_html('<a href="{}">What can be done</a>', reverse("desk:channel-case", args=[case.code]))


class LetterAdmin(ChannelRecords):
    """Messages as they came, cards masked."""

    title, icon, position = "Letters", "mail", 420
    list_display = ("came_at", "connection", "kind", "state", "times", "error")
    list_filter = ("state", "connection")
    search_fields = ("key", "kind")
    fields = ("connection", "kind", "key", "state", "error", "times", "came_at", "text")
    readonly_fields = ("text",)

    @display(description="As it came")
    def text(self, letter: StoredLetter) -> str:
        """Return the letter as text."""
        return format_html("<pre>{}</pre>", bytes(letter.body).decode(errors="replace"))


class MessageAdmin(ChannelRecords):
    """What channels said of one booking each."""

    title, icon, position = "Booking messages", "inbox", 430
    list_display = ("came_at", "connection", "external_id", "told", "state", "attempts", "acknowledged_at", "error")
    list_filter = ("state", "told", "connection")
    search_fields = ("external_id", "revision", "channel_booking__booking__code")
    exclude = ("digest",)


class ExchangeAdmin(ChannelRecords):
    """Calls to channels and messages from them."""

    title, icon, position = "Log of channels", "history", 440
    list_display = ("at", "connection", "direction", "what", "status", "milliseconds", "cells", "error")
    list_filter = ("direction", "connection")
    search_fields = ("what", "error", "error_code")


hotel_site.register(Case, CaseAdmin)
hotel_site.register(StoredLetter, LetterAdmin)
hotel_site.register(BookingMessage, MessageAdmin)
hotel_site.register(ExchangeLog, ExchangeAdmin)
