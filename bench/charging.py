"""The night audit of a full house, and a folio with two hundred lines at the desk."""

from datetime import UTC, date, datetime, time, timedelta
from json import dumps
from statistics import median
from time import perf_counter

from django.db import connection, transaction
from django_tenants.utils import schema_context

from bench import raw
from bench.house import UNITS
from bench.measuring import Figure, compared, quietest, together
from bench.reading import OLIVIA, over_http, queries_of
from bench.serving import host_of, server, signed_in
from billing.folios.enums import PostingKind
from billing.folios.lines import PartShare
from billing.folios.models import Folio, Posting
from billing.folios.selectors import folio_findings
from billing.folios.services import PostingDraft, folio_open, postings_write
from billing.ledger.enums import Role
from billing.ledger.services import Draft
from bookings.availability.models import InventoryDay, Occupancy
from bookings.lifecycle.services import (
    RoomRequest,
    booking_create,
    night_audit,
    reservation_check_in,
    reservation_check_out,
)
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.profiles.services import GuestDetails
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError
from pms.properties.models import Property, Unit
from pms.tenants.models import Organization

ACTOR = Actor.system("bench")
LINES = 200
#: What Lisbon takes of a night for two: VAT inside the price, the city tax on top.
TAXES = (
    {"tax": "VAT6", "name": "VAT 6 %", "kind": "vat", "basis": "percent", "percent": "6", "each_minor": None, "quantity": 1,
     "base_minor": 9340, "amount_minor": 560, "included": True, "at_property": False},
    {"tax": "CITY", "name": "City tax", "kind": "city_tax", "basis": "person_night", "percent": None, "each_minor": 400,
     "quantity": 2, "base_minor": 0, "amount_minor": 800, "included": False, "at_property": True},
)  # fmt: skip
#: The rows that the last audit wrote, written again: what the database needs for them, its triggers included.
AGAIN = (
    (
        "INSERT INTO ledger_entry (code, entity_id, property_id, date, posted_at, kind, source, memo, actor_label, lines_count)"
        " SELECT gen_random_uuid(), entity_id, property_id, date, posted_at, kind, 'again:' || source, memo, actor_label,"
        " lines_count FROM ledger_entry WHERE date = %s AND kind = 'charge'"
    ),
    (
        "INSERT INTO ledger_line (entry_id, account_id, date, currency, amount_minor, subledger, tax_percent, base_minor)"
        " SELECT e.id, l.account_id, l.date, l.currency, l.amount_minor, l.subledger, l.tax_percent, l.base_minor"
        " FROM ledger_entry e JOIN ledger_entry o ON e.source = 'again:' || o.source JOIN ledger_line l ON l.entry_id = o.id"
        " WHERE o.date = %s"
    ),
    (
        "INSERT INTO folios_posting (code, folio_id, entry_id, kind, of_kind, source, date, service_date, posted_at, text,"
        " item_code, component, quantity, unit_minor, amount_minor, currency, parts, tax, reservation_id, reason, actor_label)"
        " SELECT gen_random_uuid(), p.folio_id, e.id, p.kind, p.of_kind, 'again:' || p.source, p.date, p.service_date,"
        " p.posted_at, p.text, p.item_code, p.component, p.quantity, p.unit_minor, p.amount_minor, p.currency, p.parts, p.tax,"
        " p.reservation_id, p.reason, p.actor_label FROM folios_posting p JOIN ledger_entry o ON o.id = p.entry_id"
        " JOIN ledger_entry e ON e.source = 'again:' || o.source WHERE p.date = %s"
    ),
    "SET CONSTRAINTS ALL IMMEDIATE",
)


def measure_night_audit(*, organization: Organization, nights: int) -> list[Figure]:
    """Measure closing the day with every one of the 500 rooms occupied, several days in a row."""
    took, lines, plain = [], [], []
    with schema_context(organization.schema_name):
        for _ in range(nights + 1):  # the first catches up on all nights before, and is not measured
            hotel = Property.objects.get()
            day = hotel.business_date
            _occupy(hotel)
            begin = perf_counter()
            night_audit(property=hotel, business_date=day, actor=ACTOR, now=_evening(day))
            took.append(perf_counter() - begin)
            lines.append(Posting.objects.filter(service_date=day).count())
            plain.append(_again(organization.schema_name, day))
        wrong = len(folio_findings(property=hotel))
    best, least = median(took[1:]) * 1000, median(plain[1:]) * 1000
    return [
        Figure(
            "audit",
            f"{UNITS} occupied rooms, {lines[-1]} lines on folios and in the books",
            f"{best / 1000:.2f} s",
            f"{least / 1000:.2f} s",
            f"{best / least:.1f}",
            "5 s",
            best <= 5000,
        ),
        Figure("audit", "folios that do not agree with the books afterwards", f"{wrong}", target="0", met=wrong == 0),
    ]


def _evening(day: date) -> datetime:
    return datetime.combine(day, time(23), tzinfo=UTC)


def _occupy(hotel: Property) -> None:
    """Let go who leaves today, let in who comes, and put somebody into every room that is left."""
    today = hotel.business_date
    rows = Reservation.objects.select_related("property", "guest", "booking", "room_type", "rate_plan")
    for row in rows.filter(status=Status.CHECKED_IN, departure__lte=today):
        reservation_check_out(reservation=row, actor=ACTOR, unpaid_reason="Company pays")
    InventoryDay.objects.filter(date__gte=today).update(overbooking_limit=UNITS)
    taken = Occupancy.objects.filter(active=True, nights__contains=today).values("unit_id")
    plan = RatePlan.objects.get(is_default=True)
    for unit in Unit.objects.exclude(pk__in=taken).select_related("room_type"):
        room = RoomRequest(
            room_type=unit.room_type,
            rate_plan=plan,
            arrival=today,
            departure=today + timedelta(days=1),
            unit=unit,
            override_reason="The house is to be full",
        )
        try:
            booking_create(
                property=hotel, rooms=[room], booker=GuestDetails(last_name="Walk-in"), source=Source.PHONE, actor=ACTOR
            )
        except DomainError as refusal:
            raise RuntimeError(f"Room {unit.number} could not be filled: {refusal.message}") from refusal
    for row in rows.filter(status=Status.CONFIRMED, arrival=today):
        reservation_check_in(reservation=row, actor=ACTOR, override_reason="The house is to be full")
    _tax(today)


def _tax(today: date) -> None:
    """Give every night sold without taxes those of Lisbon, as if it had been sold so."""
    kept = dumps([{"key": "", "date": today.isoformat(), "component": "accommodation", **tax} for tax in TAXES])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reservations_staynight n SET taxes = %s FROM reservations_reservation r WHERE r.id = n.reservation_id"
            " AND r.status = 'checked_in' AND n.date = %s AND n.released_at IS NULL",
            [kept, today],
        )


def _again(schema: str, day: date) -> float:
    """Return how long PostgreSQL takes to write the same rows once more, in one transaction that is rolled back."""
    with raw.connected(schema) as database, database.transaction(force_rollback=True):
        begin = perf_counter()
        for statement in AGAIN:
            database.execute(statement, [day] if "%s" in statement else [])
        return perf_counter() - begin


def measure_folio(*, organization: Organization, times: int) -> list[Figure]:
    """Measure the page of a folio with two hundred lines, from gunicorn, beside the rows it shows."""
    with schema_context(organization.schema_name), transaction.atomic():
        folio = _long_folio()
    path = f"/desk/folios/{folio.code}/"
    headers = {"Host": host_of(organization), "Cookie": signed_in(organization, OLIVIA), "Accept-Encoding": "gzip"}
    question = "SELECT * FROM folios_posting WHERE folio_id = %s ORDER BY service_date, id"
    asked = raw.asking(organization.schema_name, question, [folio.pk])
    plain = quietest(lambda: together(asked, clients=1, times=times))
    with server() as port:
        got = over_http(port, [path], headers, 1, times)
    queries = queries_of(organization, path)
    return [
        compared("folio", f"page of {LINES} lines, c=1", got, plain, target_ms=40),
        Figure("folio", "queries", f"{queries}", target="10", met=queries <= 10),
    ]


def _long_folio() -> Folio:
    hotel = Property.objects.get()
    folio = folio_open(property=hotel, label="Bar and restaurant", actor=ACTOR)
    postings_write(drafts=[line_of(folio, number) for number in range(LINES)], date=hotel.business_date, actor=ACTOR)
    return folio


def line_of(folio: Folio, number: int) -> PostingDraft:
    """Return a line for a folio: dinners, and every tenth a payment."""
    amount = 450 + number
    is_payment = number % 10 == 9
    contra = (
        Draft(Role.CLEARING, amount, "EUR", key="cash") if is_payment else Draft(Role.REVENUE, -amount, "EUR", "meals")
    )
    return PostingDraft(
        folio=folio,
        kind=PostingKind.PAYMENT if is_payment else PostingKind.ARTICLE,
        source=f"bench:{folio.code}:{number}",
        group=f"bench:{folio.code}:{number}",
        text="Cash" if is_payment else "Dinner",
        amount_minor=-amount if is_payment else amount,
        contra=[contra],
        service_date=folio.opened_on,
        component="" if is_payment else "meals",
        parts=[] if is_payment else [PartShare("meals", amount).as_json()],
    )
