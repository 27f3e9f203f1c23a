"""A booked house in hotel_a, and every address there is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tests.conftest import TODAY

TENANT, PUBLIC = "config.urls_tenant", "config.urls_public"


@dataclass(frozen=True, slots=True)
class Address:
    """One pattern of a URL configuration: its name with namespaces, its route and its view."""

    name: str
    route: str
    view: Any

    def path(self, values: dict[str, Any]) -> str:
        """Return the address with its parameters filled in."""
        path = self.route
        for parameter, value in values.items():
            for kind in ("", "str:", "slug:", "uuid:", "path:", "int:"):
                path = path.replace(f"<{kind}{parameter}>", str(value))
        return "/" + path.removeprefix("^").removesuffix("$")

    @property
    def declared(self) -> str | None:
        """The permission the view declares."""
        return getattr(self.view, "declared_permission", None)


def addresses(urlconf: str) -> list[Address]:
    """Return every address of a URL configuration."""
    return list(_walk(get_resolver(urlconf).url_patterns, "", ""))


def _walk(patterns: list[Any], route: str, namespace: str) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, here, inner)
        elif isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name or ''}", here, pattern.callback)


@pytest.fixture
def booked(property_a: Any, actor: Any, own_storage: Any) -> dict[str, Any]:
    """A confirmed stay, a closed room, a guest and prices in hotel_a: what each parameter of an address stands for."""
    from billing.folios.services import main_folio
    from billing.invoices.services import card_print, pro_forma
    from bookings.availability.enums import ClosureKind
    from bookings.availability.services import closure_create
    from bookings.lifecycle.services import RoomRequest, booking_create
    from bookings.rates.enums import Source
    from bookings.rates.services import Cell, change_draft, file_receive
    from channels.sync.cases import case_open
    from channels.sync.enums import CaseKind
    from channels.sync.models import ExchangeLog
    from guests.profiles.services import GuestDetails
    from pms.accounts.models import User
    from pms.frontdesk.money.till import take
    from tests.channels.house import make_connection

    booking = booking_create(
        property=property_a.property,
        rooms=[RoomRequest(property_a.double, property_a.rate_plan, TODAY, TODAY + timedelta(days=3))],
        booker=GuestDetails(last_name="Lindqvist", first_name="Greta", email="greta@example.test"),
        source=Source.PHONE,
        actor=actor,
    )
    closure = closure_create(
        unit=property_a.units["201"],
        first=TODAY,
        until=TODAY + timedelta(days=1),
        kind=ClosureKind.OUT_OF_ORDER,
        reason="Boiler",
        actor=actor,
    )
    prices = b"room_type,rate_plan,from,price\nDBL,BAR,%s,120" % TODAY.isoformat().encode()
    file = file_receive(property=property_a.property, name="prices.csv", content=prices, actor=actor)
    cell = Cell(property_a.double.pk, property_a.rate_plan.pk, TODAY, "price", 12_000)
    change = change_draft(property=property_a.property, cells=[cell], title="Greta", actor=actor)
    stay = booking.reservations.get()
    folio = main_folio(reservation=stay)
    document = pro_forma(folio=folio, buyer=stay.guest, actor=actor)
    payment = take(folio=folio, tender="hand:CASH", amount_minor=5_000, actor=actor)
    row = make_connection(property_a)
    at = timezone.now()
    case = case_open(connection=row, kind=CaseKind.NOTICE, subject="x", words="A guest wrote.", now=at)
    exchange = ExchangeLog.objects.create(connection=row, what="rooms", at=at, status=200)
    return {
        "channel": row.code,
        "case": case.code,
        "exchange": exchange.code,
        "day": TODAY.isoformat(),
        "verb": "pause",
        "folio": folio.code,
        "payment": payment.code,
        "link": uuid4(),
        "question": uuid4(),
        "document": document.code,
        "print": card_print(reservation=stay, actor=actor).code,
        "change": change.number,
        "file": file.code,
        "code": stay.code,
        "booking": booking.code,
        "number": "101",
        "closure": closure.code,
        "public_id": User.objects.get(name="Felix").public_id,
        "role": "front_desk",
        "token": uuid4(),
        "entry": uuid4(),
        "what": "journal",
        "kind": "csv",
    }


def values_for(address: Address, booked: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of an address: a role's code, a booking's or a reservation's, by what the route says."""
    code = booked["code"]
    if "bookings/" in address.route:
        code = booked["booking"]
    if "documents/" in address.route:
        code = booked["document"]
    if "folios/" in address.route:
        code = booked["folio"]
    if "lines/" in address.route:
        return {**booked, "code": code, "number": 1}
    if "prints/" in address.route:
        code = booked["print"]
    if "roles/" in address.route:
        code = booked["role"]
    return {**booked, "code": code}


@pytest.fixture
def fingerprint(db: None) -> Any:
    """Return fingerprint(schema): a digest of every row of every table there but sessions."""

    def take(schema: str) -> dict[str, str]:
        found = {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
            for (table,) in cursor.fetchall():
                if "session" in table:
                    continue
                cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{schema}"."{table}" t')
                found[table] = cursor.fetchone()[0]
        return found

    return take
