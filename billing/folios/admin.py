"""Back-office pages: articles, and folios with their lines to look up. What is done with folios is done at the desk."""

from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from billing.folios.forms import ArticleForm
from billing.folios.models import Article, Folio, Posting
from billing.folios.services import article_save
from pms.access.admin_base import RecordAdmin
from pms.access.guards import actor_of
from pms.access.sites import hotel_site
from pms.kernel.money import Money
from pms.properties.admin_lists import RowAdmin, money_said

LINK = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'


class ArticleAdmin(RowAdmin):
    """What the desk charges by hand: a bottle, a laundry bag, a lost key."""

    section, icon, position = "Money", "sell", 400
    change_permission = "rates.manage"
    form = ArticleForm
    settled_fields = ("property", "code")
    fieldsets = (
        (None, {"fields": ("property", ("code", "name"), ("component", "position"))}),
        ("Price", {"fields": ("price",)}),
        ("End", {"fields": ("retired_at",)}),
    )
    list_display = ("name", "code", "property", "component", "amount", "on_sale")
    list_filter = ("property", "component")
    list_select_related = ("property",)
    search_fields = ("name", "code")

    @display(description="Price", ordering="price_minor")
    def amount(self, article: Article) -> str:
        """Return the price with its currency."""
        return money_said(article.price_minor, article.property.currency)

    @display(description="On sale", boolean=True, ordering="retired_at")
    def on_sale(self, article: Article) -> bool:
        """Return whether it is not retired."""
        return article.retired_at is None

    def save_all(self, request: HttpRequest, row: Article, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save by the service."""
        article_save(article=row, actor=actor_of(request))


class FolioAdmin(RecordAdmin):
    """Folios, to look up."""

    section, icon, position = "Money", "menu_book", 405
    view_permission = "folio.view"
    list_display = ("code", "label", "kind", "ledger", "status", "balance", "property", "desk")
    list_filter = ("property", "kind", "ledger", "status")
    list_select_related = ("property",)
    search_fields = ("code", "label", "reservation__code")
    readonly_fields = ("balance", "desk")

    @display(description="Balance", ordering="balance_minor")
    def balance(self, folio: Folio) -> str:
        """Return what is owed; below zero what is held."""
        return str(Money(folio.balance_minor, folio.currency))

    @display(description="At the desk")
    def desk(self, folio: Folio) -> str:
        """Return the link to its lines."""
        try:
            return format_html(LINK, reverse("desk:folio", args=[folio.code]), "Lines")
        except NoReverseMatch:
            return ""


class PostingAdmin(RecordAdmin):
    """Lines of folios, to look up."""

    section, icon, position = "Money", "receipt", 406
    view_permission = "folio.view"
    property_path = "folio__property__code"
    list_display = ("date", "service_date", "folio", "kind", "text", "amount", "actor_label")
    list_filter = ("kind",)
    list_select_related = ("folio__property",)
    search_fields = ("folio__code", "text", "source")
    date_hierarchy = "date"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Newest first."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.order_by("-pk")

    @display(description="Amount", ordering="amount_minor")
    def amount(self, posting: Posting) -> str:
        """Return the amount with its currency."""
        return str(Money(posting.amount_minor, posting.currency))


hotel_site.register(Article, ArticleAdmin)
hotel_site.register(Folio, FolioAdmin)
hotel_site.register(Posting, PostingAdmin)
