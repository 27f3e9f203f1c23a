"""Back-office pages: accounts with secrets that only go in; payments, payouts and inbound messages to look at."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import action, display
from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from unfold.admin import TabularInline

from billing.payments.exporting import payouts_csv
from billing.payments.forms import AccountForm
from billing.payments.models import (
    Capture,
    Dispute,
    PaymentAccount,
    PaymentIntent,
    PaymentLink,
    PayoutLine,
    ProviderPayout,
    Reconciliation,
    Refund,
)
from billing.payments.selectors import webhook_url
from billing.payments.services import account_save, payment_link_revoke, refund_start, refundable_minor
from pms.access.admin_base import RecordAdmin, ServiceAdmin
from pms.access.guards import access_of, actor_of, require
from pms.access.sites import hotel_site
from pms.inbox.enums import MessageStatus
from pms.inbox.models import InboundMessage
from pms.inbox.selectors import messages_here, parked_messages
from pms.inbox.services import message_retry
from pms.kernel.admin_pages import Card, counted
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.money import Money
from pms.properties.admin_lists import money_said

ACCOUNTS, FINANCE, FINANCE_MANAGE = "payment.accounts", "finance.view", "finance.manage"
TAKE, REFUND = "payment.take", "payment.refund"
SECTION = "Money"


class AccountAdmin(ServiceAdmin):
    """Where money comes in. Secrets are sealed when they are saved, and nobody sees them again."""

    section, title, icon, position = SECTION, "Payment accounts", "account_balance_wallet", 300
    change_permission = ACCOUNTS
    form = AccountForm
    settled_fields = ("code", "provider", "entity")
    readonly_fields = ("address",)
    fieldsets = (
        (None, {"fields": (("name", "code"), ("entity", "property"), ("provider", "method"))}),
        ("Keys", {"fields": ("mode", "public_key", "secret_key", "webhook_secret", "connected_account", "webhook_id")}),
        ("Messages from the provider", {"fields": ("address",)}),
        ("Use", {"fields": ("currencies", ("is_active", "position"))}),
    )
    list_display = ("name", "code", "provider", "method", "entity", "property", "is_active")
    list_filter = ("provider", "property", "is_active")
    list_select_related = ("entity", "property")
    search_fields = ("name", "code")

    def property_code(self, row: Model) -> str | None:
        """Return the property's code; an account of all properties asks for the permission everywhere."""
        place = row.property if isinstance(row, PaymentAccount) else None
        return place.code if place else ""

    def save_row(self, request: HttpRequest, row: PaymentAccount, form: Any, *, change: bool) -> None:
        """Save by the service, which seals the secrets."""
        account_save(account=row, secrets=form.secrets(), actor=actor_of(request))

    @display(description="Webhook address")
    def address(self, account: PaymentAccount) -> str:
        """Return the address to enter at the provider."""
        shown = webhook_url(account=account) if account.pk else ""
        return shown or "Shown once the account is saved; accounts by hand have none."


class _Rows(TabularInline):
    """Rows below a payment, to look at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask access."""
        return access_of(request).allows(FINANCE)


class CaptureRows(_Rows):
    model = Capture
    fields = ("amount_minor", "folio_amount_minor", "status", "requested_at", "done_at", "actor_label")


class RefundRows(_Rows):
    model = Refund
    fields = ("amount_minor", "folio_amount_minor", "status", "reason", "provider_id", "last_error", "requested_at")


class DisputeRows(_Rows):
    model = Dispute
    fields = ("amount_minor", "status", "reason", "respond_by", "opened_at", "closed_at")


class PaymentAdmin(RecordAdmin):
    """Payments as they are, with their captures, refunds and disputes."""

    section, title, icon, position = SECTION, "Payments", "payments", 310
    view_permission = FINANCE
    property_path = "folio__property__code"
    inlines = (CaptureRows, RefundRows, DisputeRows)
    exclude = ("checkout_fields", "checkout_url", "request_key")
    list_display = ("created_at", "amount", "came", "went", "status", "purpose", "account", "folio")
    list_filter = ("status", "purpose", "account")
    list_select_related = ("account", "folio")
    search_fields = ("code", "provider_payment_id", "provider_checkout_id", "folio__code", "reservation__code")
    actions = ("refund_whole",)

    @display(description="Amount")
    def amount(self, payment: PaymentIntent) -> str:
        """Return what was asked for."""
        return money_said(payment.amount_minor, payment.currency)

    @display(description="Paid")
    def came(self, payment: PaymentIntent) -> str:
        """Return what came."""
        return money_said(payment.captured_minor, payment.currency)

    @display(description="Refunded")
    def went(self, payment: PaymentIntent) -> str:
        """Return what went back."""
        return money_said(payment.refunded_minor, payment.currency)

    @action(description="Refund all that is left of the ticked payments")
    def refund_whole(self, request: HttpRequest, queryset: QuerySet[PaymentIntent]) -> None:
        """Refund whatever can still be refunded, to where it came from."""
        for payment in queryset.select_related("folio__property", "account"):
            require(request, REFUND, payment.folio.property.code)
            left = Money(refundable_minor(payment), payment.currency)
            if left.minor:
                refund_start(
                    payment=payment, amount=left, reason="Refunded in the back office", actor=actor_of(request)
                )
        messages.success(request, "The refunds are on their way.")


class LinkAdmin(RecordAdmin):
    """Links that were sent to pay by."""

    section, title, icon, position = SECTION, "Payment links", "link", 315
    view_permission = TAKE
    property_path = "folio__property__code"
    exclude = ("code",)
    list_display = ("made_at", "folio", "amount", "purpose", "expires_at", "paid_at", "revoked_at", "actor_label")
    list_filter = ("purpose", "account")
    list_select_related = ("folio",)
    search_fields = ("folio__code", "reservation__code")
    actions = ("revoke",)

    @display(description="Amount")
    def amount(self, link: PaymentLink) -> str:
        """Return what it asks for."""
        return "What is owed" if link.amount_minor is None else money_said(link.amount_minor, link.folio.currency)

    @action(description="Have the ticked links lead nowhere")
    def revoke(self, request: HttpRequest, queryset: QuerySet[PaymentLink]) -> None:
        """Revoke links."""
        for link in queryset.select_related("folio__property"):
            require(request, TAKE, link.folio.property.code)
            payment_link_revoke(link=link, actor=actor_of(request))
        messages.success(request, "They lead nowhere now.")


class LineRows(_Rows):
    model = PayoutLine
    fields = ("kind", "payment", "gross_minor", "gross_currency", "settled_minor", "fee_minor", "net_minor")


class _AccountRecordAdmin(RecordAdmin):
    """Rows of an account: those of all properties are for who sees the money of all of them."""

    view_permission = FINANCE
    property_path = "account__property__code"

    def property_code(self, row: Model) -> str | None:
        """Return the account's property, or nothing for one of all properties."""
        place = row.account.property  # type: ignore[attr-defined]
        return place.code if place else ""


class PayoutAdmin(_AccountRecordAdmin):
    """What the providers transferred."""

    section, title, icon, position = SECTION, "Payouts", "account_balance", 320
    inlines = (LineRows,)
    list_display = ("arrives_on", "account", "amount", "status", "is_posted")
    list_filter = ("status", "account")
    list_select_related = ("account__property",)
    search_fields = ("provider_id",)
    actions = ("as_csv",)

    @display(description="Amount")
    def amount(self, payout: ProviderPayout) -> str:
        """Return what was transferred."""
        return str(Money(payout.amount_minor, payout.currency))

    @action(description="Download as CSV")
    def as_csv(self, request: HttpRequest, queryset: QuerySet[ProviderPayout]) -> StreamingHttpResponse:
        """Send the ticked payouts with their lines."""
        require(request, FINANCE)
        answer = StreamingHttpResponse(payouts_csv(queryset.select_related("account")), content_type="text/csv")
        answer["Content-Disposition"] = 'attachment; filename="payouts.csv"'
        return answer


class ReconciliationAdmin(_AccountRecordAdmin):
    """Comparisons of an account with its provider."""

    section, title, icon, position = SECTION, "Reconciliation", "rule", 330
    list_display = ("at", "account", "compared", "differing", "error")
    list_filter = ("account",)
    list_select_related = ("account__property",)
    actions = ("compare_now",)

    @display(description="Differences")
    def differing(self, row: Reconciliation) -> int:
        """Return how many payments differed."""
        return len(row.differences)

    @action(description="Compare every account now")
    def compare_now(self, request: HttpRequest, queryset: QuerySet[Reconciliation]) -> None:
        """Have a job compare; it takes as long as the providers take to answer."""
        require(request, FINANCE_MANAGE)
        enqueue_in_tenant("billing.payments.jobs.reconcile_accounts")
        messages.success(request, "The accounts are being compared. Look again in a minute.")


class MessageAdmin(RecordAdmin):
    """What came from providers for this organization."""

    section, title, icon, position = SECTION, "Messages from providers", "inbox", 340
    view_permission = FINANCE
    property_path = ""
    exclude = ("body", "body_hash", "organization")
    list_display = ("received_at", "kind", "status", "deliveries", "conflicts", "attempts", "error")
    list_filter = ("status",)
    search_fields = ("message_id", "kind")
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return this organization's messages: the table is everybody's."""
        rows: QuerySet[Any] = messages_here()
        return rows

    @action(description="Try parked messages again")
    def try_again(self, request: HttpRequest, queryset: QuerySet[InboundMessage]) -> None:
        """Take the ticked messages up again, as far as they are parked."""
        require(request, FINANCE_MANAGE)
        for message in queryset.filter(status=MessageStatus.PARKED):
            message_retry(message=message)
        messages.success(request, "They are tried again.")


hotel_site.register(PaymentAccount, AccountAdmin)
hotel_site.register(PaymentIntent, PaymentAdmin)
hotel_site.register(PaymentLink, LinkAdmin)
hotel_site.register(ProviderPayout, PayoutAdmin)
hotel_site.register(Reconciliation, ReconciliationAdmin)
hotel_site.register(InboundMessage, MessageAdmin)


@hotel_site.cards
def payment_cards(request: HttpRequest) -> list[Card]:
    """Say what is stuck, and that no account takes money online yet."""
    access, cards = access_of(request), []
    if access.allows(FINANCE):
        parked = parked_messages().count()
        if parked:
            url = reverse("hotel:inbox_inboundmessage_changelist")
            words = counted(parked, "parked message", "parked messages")
            cards.append(Card(*words, "A provider said something that could not be handled.", url, "alert"))
    if access.allows(ACCOUNTS) and not PaymentAccount.objects.filter(is_active=True).exists():
        url = reverse("hotel:payments_paymentaccount_add")
        cards.append(Card("payment accounts", "No", "Nothing can be paid yet.", url, "todo", "Add one"))
    return cards
