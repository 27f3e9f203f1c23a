"""Whose books are open, and for which period. A legal entity is shown to whoever may see its books at every property."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from billing.ledger.models import LegalEntity
from pms.frontdesk.books.period import Period
from pms.frontdesk.desk import Desk, DeskRequest
from pms.kernel.errors import Missing, NotAllowed
from pms.properties.models import Property

TABS = (
    ("desk:books", "Overview"),
    ("desk:books-trial", "Trial balance"),
    ("desk:books-journal", "Journal"),
    ("desk:books-revenue", "Revenue"),
    ("desk:books-vat", "VAT"),
    ("desk:books-city-tax", "City tax"),
    ("desk:books-open", "Open items"),
    ("desk:books-rates", "Exchange rates"),
)
#: Pages of one thing, and the tab they belong to.
PARTS = {"desk:books-account": "desk:books-trial", "desk:books-entry": "desk:books-journal"}


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the books."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Books:
    """The books of `entity` over `period`; `entities` are those the user may see, `places` whose money stands here."""

    entity: LegalEntity
    entities: tuple[LegalEntity, ...]
    places: tuple[Property, ...]
    period: Period
    here: str
    may_manage: bool

    @property
    def currency(self) -> str:
        """The currency of the books."""
        return self.entity.currency

    @property
    def today(self) -> date:
        """The latest business date of its properties."""
        return max((place.business_date for place in self.places), default=date.today())  # noqa: DTZ011 - of no property

    @property
    def closed(self) -> bool:
        """Whether the whole period is closed."""
        return self.entity.closed_through is not None and self.entity.closed_through >= self.period.last

    @property
    def query(self) -> str:
        """What every address of these books ends with."""
        return urlencode({"entity": self.entity.code, "period": self.period.code})

    @property
    def tabs(self) -> list[Tab]:
        """The pages of the books."""
        shown = PARTS.get(self.here, self.here)
        return [Tab(label, f"{reverse(name)}?{self.query}", name == shown) for name, label in TABS]

    def url(self, name: str, *args: str, **more: str) -> str:
        """Return the address of a page of these books."""
        pairs = {"entity": self.entity.code, "period": self.period.code, **more}
        return f"{reverse(name, args=args)}?{urlencode({key: value for key, value in pairs.items() if value})}"


def books_of(request: DeskRequest) -> Books | None:
    """Return the books that the request asks for, by `?entity=` and `?period=`; None when there are none to see yet.

    Without an entity, that of the chosen property. Raises Missing `no_such_entity`. Two queries beside the desk's.
    """
    desk = request.desk
    seen = visible(desk, "books.view")
    asked = request.GET.get("entity", "")
    chosen = next((row for row in seen if row.code == asked), None)
    if asked and chosen is None:
        raise Missing("no_such_entity", "There is no such legal entity for you to see.")
    if chosen is None:
        own = [row for row in seen if desk.property.pk in {books.property_id for books in row.properties.all()}]
        chosen = next(iter(own or seen), None)
    if chosen is None:
        return None
    places = tuple(books.property for books in chosen.properties.all())
    latest = max((place.business_date for place in places), default=desk.property.business_date)
    return Books(
        entity=chosen,
        entities=tuple(seen),
        places=places,
        period=Period.read(request.GET.get("period", ""), otherwise=latest),
        here=request.resolver_match.view_name if request.resolver_match else "",
        may_manage=may_manage(desk, chosen),
    )


def visible(desk: Desk, permission: str) -> list[LegalEntity]:
    """Return the legal entities at all of whose properties the user holds a permission."""
    rows = LegalEntity.objects.prefetch_related("properties__property")
    return [row for row in rows if _held(desk, row, permission)]


def _held(desk: Desk, entity: LegalEntity, permission: str) -> bool:
    if permission in desk.access.everywhere:
        return True
    codes = [books.property.code for books in entity.properties.all()]
    return bool(codes) and all(desk.access.allows(permission, code) for code in codes)


def may_manage(desk: Desk, entity: LegalEntity) -> bool:
    """Return whether the user may close the periods of an entity."""
    return _held(desk, entity, "books.manage")


def require_manage(desk: Desk, entity: LegalEntity) -> None:
    """Raise NotAllowed `not_allowed` unless the user may close the periods of an entity."""
    if not may_manage(desk, entity):
        raise NotAllowed("not_allowed", f"Your roles do not include closing the books of {entity.name}.")


def needed(request: DeskRequest) -> Books:
    """Return the books that the request asks for. Raises Missing `no_books` when there are none."""
    books = books_of(request)
    if books is None:
        raise Missing("no_books", "There are no books for you to see yet.")
    return books


def nothing_yet(request: DeskRequest) -> HttpResponse:
    """Answer that there are no books yet, or none that the user may see."""
    return render(request, "frontdesk/books/nothing.html", {"hidden": LegalEntity.objects.exists()})
