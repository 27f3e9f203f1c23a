"""What both back offices share: sign-in by allauth, a dashboard that says what to do next, a policy that lets Alpine run.

Django's own action log stays empty: it lives in the shared schema. Every change is in the audit instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

#: unfold's widgets are written with Alpine, which evaluates attributes, and carry styles of their own.
RELAXED_POLICY = {"script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]}


@dataclass(frozen=True, slots=True)
class Card:
    """One thing on the dashboard: a figure, what it is, and where it leads. `tone` is "todo", "alert" or ""."""

    title: str
    figure: str
    text: str
    url: str
    tone: str = ""
    action: str = "Open"


def counted(count: int, one: str, many: str) -> tuple[str, str]:
    """Return the words for count things, and the figure: ("rooms", "3")."""
    return (one if count == 1 else many, str(count))


CardSource = Callable[[HttpRequest], list[Card]]


class BackOfficeSite(UnfoldAdminSite):
    """An admin site in Innkeep's look. Apps register their models, and what belongs on the dashboard."""

    enable_nav_sidebar = True
    index_template = "admin/dashboard.html"

    def __init__(self, name: str) -> None:
        """Make the site; its name is the namespace of its URLs."""
        super().__init__(name)
        self.card_sources: list[CardSource] = []

    def cards(self, source: CardSource) -> CardSource:
        """Put what source returns on the dashboard: a decorator for admin modules."""
        self.card_sources.append(source)
        return source

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """Wrap a view of the site: signed in, permitted, with the policy that unfold needs."""
        inner = super().admin_view(view, cacheable)

        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            answer: HttpResponse = inner(request, *args, **kwargs)
            answer.__dict__["_csp_replace"] = RELAXED_POLICY
            return answer

        return page

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send a stranger to sign in; somebody signed in who has no business here reads so."""
        if request.user.is_authenticated:
            context = {"site_name": self.site_title}
            return TemplateResponse(request, "admin/not_yours.html", context, status=403)
        back = request.GET.get("next") or reverse(f"{self.name}:index")
        return redirect_to_login(back, str(settings.LOGIN_URL))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign out where everybody does."""
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Change the password where everybody does."""
        return redirect("account_change_password")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what to do next and what there is."""
        cards = [card for source in self.card_sources for card in source(request)]
        context = {
            "todo": [card for card in cards if card.tone],
            "figures": [card for card in cards if not card.tone],
            **(extra_context or {}),
        }
        page: TemplateResponse = super().index(request, context)
        return page

    def navigation(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return unfold's sidebar: the models somebody may see, by the section their admin names."""
        sections: dict[str, list[dict[str, Any]]] = {}
        for model, admin in self._registry.items():
            if not isinstance(admin, UnloggedAdmin) or not admin.section or not admin.has_view_permission(request):
                continue
            link = reverse(f"{self.name}:{model._meta.app_label}_{model._meta.model_name}_changelist")
            item = {"title": admin.title or str(model._meta.verbose_name_plural).capitalize(), "icon": admin.icon}
            sections.setdefault(admin.section, []).append({**item, "link": link, "position": admin.position})
        home = {"title": "Overview", "icon": "home", "link": reverse(f"{self.name}:index"), "position": 0}
        groups: list[dict[str, Any]] = [{"title": "", "items": [home]}]
        for title in sorted(sections, key=lambda title: min(item["position"] for item in sections[title])):
            items = sorted(sections[title], key=lambda item: item["position"])
            groups.append({"title": title, "separator": True, "items": items})
        return groups


class UnloggedAdmin(ModelAdmin):
    """A page of a back office. `section`, `icon` and `position` place it in the sidebar; no section leaves it out."""

    section: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = "list"
    position: ClassVar[int] = 100
    list_per_page = 50
    show_full_result_count = False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Write nothing: the service has written the audit."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Write nothing: the service has written the audit."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Write nothing: the service has written the audit."""


class FrozenAdmin(UnloggedAdmin):
    """A page that shows and never changes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False
