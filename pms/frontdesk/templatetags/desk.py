"""What templates/desk.html shows around every page of the desk."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.http import HttpRequest

from pms.frontdesk.desk import Desk, desk_for, url_or_empty
from pms.properties.models import Property

register = template.Library()

#: Name of the view, word, icon, permission, and the views that belong to it.
DAY_BOARD = ("desk:arrivals", "desk:departures", "desk:in_house", "desk:unassigned", "desk:pack", "desk:night-audit")
ROOMS = ("desk:room-close", "desk:closure-release")
STAYS = ("desk:search", "desk:booking", "desk:reservation", "desk:new", "desk:stay-payments")
FOLIOS = ("desk:folio", "desk:house-account")
RATE_LISTS = ("desk:rate-changes", "desk:rate-import", "desk:rate-export")
RATES = (
    "desk:rates-bulk", "desk:rates-cell", "desk:rates-preview", "desk:rates-save",
    "desk:rate-change", "desk:rate-change-publish", "desk:rate-change-roll-back", "desk:rate-change-discard",
    "desk:rate-file", "desk:rate-file-save", "desk:rate-export-file", "desk:price-explainer", *RATE_LISTS,
)  # fmt: skip
BOOKS_PAGES = (
    "desk:books-trial", "desk:books-journal", "desk:books-revenue", "desk:books-vat", "desk:books-city-tax",
    "desk:books-open", "desk:books-rates",
)  # fmt: skip
BOOKS = (
    "desk:books-account",
    "desk:books-entry",
    "desk:books-close",
    "desk:books-reopen",
    "desk:books-datev",
    *BOOKS_PAGES,
)
CHANNEL_PAGES = ("desk:channel-cases", "desk:channel-new", "desk:channel-log")
CHANNELS = (
    "desk:channel", "desk:channel-keys", "desk:channel-agree", "desk:channel-rooms", "desk:channel-preview", "desk:channel-compare",
    "desk:channel-deed", "desk:channel-cells", "desk:channel-day", "desk:channel-exchange", "desk:channel-case",
    "desk:channel-booking", *CHANNEL_PAGES,
)  # fmt: skip
PAGES = (
    ("desk:today", "Today", "sun", "desk.view", DAY_BOARD),
    ("desk:chart", "Calendar", "calendar-range", "desk.view", ()),
    ("desk:bookings", "Bookings", "layout-list", "desk.view", STAYS),
    ("desk:folios", "Folios", "receipt-text", "folio.view", FOLIOS),
    ("desk:rooms", "Rooms", "bed", "desk.view", ROOMS),
    ("desk:rates", "Rates", "banknote", "rates.view", RATES),
    ("desk:channels", "Channels", "globe", "channels.view", CHANNELS),
    ("desk:books", "Books", "scale", "books.view", BOOKS),
)
#: Pages that show the chosen property: choosing another stays on them.
OF_A_PROPERTY = (
    "desk:today", "desk:chart", "desk:bookings", "desk:folios", "desk:rooms", "desk:rates", "desk:price-explainer", "desk:new",
    "desk:books", "desk:channels", *CHANNEL_PAGES, *BOOKS_PAGES, *RATE_LISTS, *DAY_BOARD,
)  # fmt: skip
#: Keys that open a page from anywhere at the desk.
PAGE_KEYS = {"desk:rates": "r", "desk:channels": "g", "desk:books": "l"}
ACCOUNT_PAGES = (
    ("hotel:index", "Back office", "settings", "inventory.manage"),
    ("access:matrix", "Who may do what", "shield-check", "access.manage"),
    ("usersessions_list", "Your sessions", "monitor", "desk.view"),
    ("mfa_index", "Sign-in security", "key-round", "desk.view"),
    ("account_change_password", "Password", "lock", "desk.view"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A link to a page of the desk; `current` when it is the one that is shown, or a part of it is."""

    url: str
    label: str
    icon: str
    current: bool
    key: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything around the page."""

    property: Property
    properties: tuple[Property, ...]
    pages: list[Page]
    account_pages: list[Page]
    user_name: str
    user_initials: str
    home_url: str
    switch_url: str
    search_url: str
    sign_out_url: str


@register.simple_tag(takes_context=True)
def desk_frame(context: dict[str, Any]) -> Frame:
    """Return the frame for the request's desk."""
    request: HttpRequest = context["request"]
    desk: Desk = getattr(request, "desk", None) or desk_for(request)
    here = request.resolver_match.view_name if request.resolver_match else ""
    pages = [
        Page(url, label, icon, here == name or here in parts, PAGE_KEYS.get(name, ""))
        for name, label, icon, permission, parts in PAGES
        if desk.allows(permission) and (url := url_or_empty(name))
    ]
    account_pages = [
        Page(url, label, icon, here == name)
        for name, label, icon, permission in ACCOUNT_PAGES
        if desk.access.allows(permission) and (url := url_or_empty(name))
    ]
    return Frame(
        property=desk.property,
        properties=desk.properties,
        pages=pages,
        account_pages=account_pages,
        user_name=str(desk.user),
        user_initials=desk.user.initials,
        home_url=url_or_empty("desk:chart"),
        switch_url=request.path if here in OF_A_PROPERTY else url_or_empty("desk:today"),
        search_url=url_or_empty("desk:search") or url_or_empty("desk:bookings"),
        sign_out_url=url_or_empty("account_logout"),
    )
