"""Back-office pages: the log with replay, texts with preview and test, switches, bouncing addresses."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import action, display
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from guests.messaging.enums import Kind, Language
from guests.messaging.models import BouncingAddress, Message, MessageSwitch, MessageTemplate
from guests.messaging.rendering import mail_of
from guests.messaging.samples import sample_letter
from guests.messaging.selectors import bounce_url, parked_messages
from guests.messaging.services import message_replay, template_save, test_send
from guests.messaging.services.queueing import words_for
from guests.messaging.wording import built_in
from guests.messaging.wording.shape import Words
from guests.messaging.wording.variables import variables
from pms.access.admin_base import RecordAdmin, ServiceAdmin
from pms.access.guards import access_of, actor_of, require, user_of
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card, counted

SECTION = "Messages"
#: Whoever knows the guests may read what they were written; who furnishes the house writes its texts.
SEE, WRITE = "guest.manage", "inventory.manage"
DASH = "\N{EN DASH}"


class MessageAdmin(RecordAdmin):
    """What was written to whom, and what became of it."""

    section, title, icon, position = SECTION, "Sent and waiting", "mail", 600
    view_permission = SEE
    exclude = ("html", "told", "next_attempt_at")
    list_display = ("made_at", "kind", "recipient", "subject", "status", "attempts", "booking")
    list_filter = ("status", "kind", "property", "language")
    list_select_related = ("booking", "property")
    search_fields = ("recipient", "subject", "booking__code")
    actions = ("replay",)

    def property_code(self, row: Model) -> str | None:
        """Return the code of the message's property; a test belongs to none."""
        place = row.property if isinstance(row, Message) else None
        return str(place.code) if place is not None else None

    @action(description="Send again what was given up or came back")
    def replay(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Queue the ticked messages again, as far as they are parked or bounced."""
        replayed = 0
        for message in queryset.select_related("property"):
            require(request, SEE, self.property_code(message))
            replayed += message_replay(message=message, actor=actor_of(request)).status != message.status
        messages.success(request, f"Queued again: {replayed}.")


class TemplateForm(forms.ModelForm[MessageTemplate]):
    """A text as it is written."""

    class Meta:
        model = MessageTemplate
        fields = ("kind", "language", "subject", "body", "is_active")


class TemplateAdmin(ServiceAdmin):
    """The organization's own words, with what they look like."""

    section, title, icon, position = SECTION, "Texts", "edit_note", 610
    change_permission = WRITE
    property_path = ""
    can_delete = True
    form = TemplateForm
    settled_fields = ("kind", "language")
    readonly_fields = ("names", "look", "how")
    fieldsets = (
        (None, {"fields": (("kind", "language"), "subject", "body", "is_active")}),
        ("What may be named", {"fields": ("names", "how")}),
        ("What it looks like", {"fields": ("look",)}),
    )
    list_display = ("kind", "language", "subject", "is_active")
    list_filter = ("language", "kind")
    actions = ("test",)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that shows a mail, before the one that takes any word for a row's number."""
        shown = path(
            "preview/<str:kind>/<str:language>/",
            self.admin_site.admin_view(self.preview),
            name="messaging_messagetemplate_preview",
        )
        return [shown, *super().get_urls()]

    def preview(self, request: HttpRequest, kind: str, language: str) -> HttpResponse:
        """Show a mail with a made-up stay, in the organization's words or the built-in ones."""
        require(request, WRITE)
        if kind not in Kind.values or language not in Language.values:
            raise Http404
        words = words_for(kind=Kind(kind), language=language)
        return HttpResponse(mail_of(letter=sample_letter(kind=Kind(kind), language=language), words=words).html)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the built-in text of the mail asked for (?kind=confirmation&language=lt)."""
        kind = request.GET.get("kind", Kind.CONFIRMATION)
        language = request.GET.get("language", Language.ENGLISH)
        if kind not in Kind.values or language not in Language.values:
            return {}
        words = built_in(Kind(kind), language)
        return {"kind": kind, "language": language, "subject": words.subject, "body": words.body, "is_active": True}

    def save_row(self, request: HttpRequest, row: MessageTemplate, form: Any, *, change: bool) -> None:
        """Save by the service."""
        template_save(template=row, actor=actor_of(request))

    @display(description="Variables")
    def names(self, row: MessageTemplate) -> SafeString | str:
        """Return what a text of this kind may name."""
        if not row.pk:
            return self._begin()
        rows = [(f"{{{{{name}}}}}", meaning) for name, meaning in variables(Kind(row.kind)).items()]
        shown = format_html_join("", "<dt><code>{}</code></dt><dd>{}</dd>", rows)
        return format_html('<dl class="back-office-names">{}</dl>', shown)

    def _begin(self) -> SafeString:
        here = reverse("hotel:messaging_messagetemplate_add")
        shown = "hotel:messaging_messagetemplate_preview"
        lines = [
            (
                kind.label,
                format_html_join(
                    "",
                    '<td><a href="{}?kind={}&amp;language={}">{}</a> <small><a href="{}" target="_blank" rel="noopener"'
                    ' aria-label="Show {}, {}">show</a></small></td>',
                    [
                        (here, kind.value, code, label, reverse(shown, args=[kind.value, code]), kind.label, label)
                        for code, label in Language.choices
                    ],
                ),
            )
            for kind in Kind
        ]
        table = format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', lines)
        return format_html(
            'The names are shown once the text is saved. Begin with a built-in text:<table class="back-office-begin">{}</table>',
            table,
        )

    @display(description="How it is written")
    def how(self, row: MessageTemplate) -> str:
        """Return the rules of the small language."""
        return (
            "An empty line ends a paragraph. A paragraph in which a variable is empty is left out. "
            "[Label]({{manage_url}}) alone is a button, {{stay}} alone is the table of the stay."
        )

    @display(description="Preview")
    def look(self, row: MessageTemplate) -> SafeString | str:
        """Return a link to the mail with a made-up stay."""
        if not row.pk:
            return "There is something to show once the text is saved; the built-in ones are shown above."
        url = reverse("hotel:messaging_messagetemplate_preview", args=[row.kind, row.language])
        return format_html('<a href="{}" target="_blank" rel="noopener">Show it</a>', url)

    @action(description="Send me a test")
    def test(self, request: HttpRequest, queryset: QuerySet[MessageTemplate]) -> None:
        """Send a sample of each ticked text to whoever asks."""
        require(request, WRITE)
        person = user_of(request)
        for row in queryset:
            test_send(
                kind=Kind(row.kind),
                language=row.language,
                words=Words(row.subject, row.body),
                recipient=person.email,
                actor=actor_of(request),
            )
        messages.success(request, f"On their way to {person.email}: {len(queryset)}.")


class SwitchAdmin(ServiceAdmin):
    """Which mails are sent at all."""

    section, title, icon, position = SECTION, "Switched off", "notifications_off", 620
    change_permission = WRITE
    property_path = ""
    subject = "message_switch"
    can_delete = True
    settled_fields = ("kind",)
    list_display = ("kind", "is_active")


class BouncingAdmin(ServiceAdmin):
    """Addresses that gave mail back. Removing one lets the house write there again."""

    section, title, icon, position = SECTION, "Bouncing addresses", "unsubscribe", 630
    change_permission = SEE
    property_path = ""
    subject = "bouncing_address"
    can_add = can_change = False
    can_delete = True
    list_display = ("email", "reason", "since")
    search_fields = ("email",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say where the provider reports to."""
        if request.method == "GET" and access_of(request).allows(WRITE):
            messages.info(request, f"The mail provider reports bounces to {bounce_url()}")
        page: HttpResponse = super().changelist_view(request, extra_context)
        return page


hotel_site.register(Message, MessageAdmin)
hotel_site.register(MessageTemplate, TemplateAdmin)
hotel_site.register(MessageSwitch, SwitchAdmin)
hotel_site.register(BouncingAddress, BouncingAdmin)


@hotel_site.cards
def message_cards(request: HttpRequest) -> list[Card]:
    """Say what did not reach its reader."""
    if not access_of(request).allows(SEE):
        return []
    parked = parked_messages().count()
    if not parked:
        return []
    url = reverse("hotel:messaging_message_changelist")
    words = counted(parked, "message not delivered", "messages not delivered")
    return [Card(*words, "A guest or a colleague was not reached.", url, "alert")]
