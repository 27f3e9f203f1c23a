"""Prices: a quote, a year of a plan, and the rates calendar over HTTP."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from time import perf_counter

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context

from bench import raw
from bench.house import DAYS_AFTER, TYPES
from bench.measuring import Client, Figure, Taken, compared, quietest, together
from bench.prices import PLANS, WORKED_ON
from bench.reading import CLIENTS, OLIVIA, over_http, queries_of
from bench.serving import body_of, host_of, server, signed_in
from billing.taxes.party import Party
from bookings.availability.selectors import availability
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.rates.quoting import Quote
from bookings.rates.selectors import rate_matrix
from bookings.rates.services import quote
from pms.properties.models import Property
from pms.tenants.models import Organization

NIGHTS = 7
CALENDAR_DAYS = 31
#: Of the 200 pairs so many at least are to be sold; an answer that refuses them costs less.
SOLD = 150


def measure_quote(*, organization: Organization, today: date, times: int) -> list[Figure]:
    """Measure what a week for a family costs in every type on every plan, at c=1 and c=8."""
    schema = organization.schema_name
    with schema_context(schema):
        arrival = _open_week(today)
    until = arrival + timedelta(days=NIGHTS)
    figures = []
    for clients in (1, CLIENTS):
        query = raw.asking_all(schema, raw.SALE_OF_A_STAY, {"first": arrival, "until": until})
        plain = quietest(partial(together, query, clients=clients, times=times))
        got = quietest(partial(together, _repeating(schema, partial(_ask, arrival)), clients=clients, times=times))
        question = f"{TYPES} types, {PLANS} plans, {NIGHTS} nights, c={clients}"
        figures.append(compared("quote", question, got, plain, target_ms=15 if clients == 1 else None))
        if clients == 1:
            got = quietest(partial(together, _repeating(schema, partial(_look, arrival)), clients=1, times=times))
            figures.append(compared("quote", "the same, and every line of every offer, c=1", got, plain))
    with schema_context(schema), CaptureQueriesContext(connection) as captured:
        offered = _look(arrival)
    queries = sum(not query["sql"].startswith("SET search_path") for query in captured) - 1  # the property itself
    return [
        *figures,
        Figure("quote", "queries", f"{queries}", f"{len(raw.SALE_OF_A_STAY)}", target="12", met=queries <= 12),
        Figure("quote", "offers in the answer", f"{offered}", target=f"{SOLD}", met=offered >= SOLD),
    ]


def _open_week(today: date) -> date:
    """Return the arrival of the coming year on which most types have a room for the whole stay."""
    place = Property.objects.get()
    answer = availability(
        property_id=place.pk, first=today, until=today + timedelta(days=DAYS_AFTER), now=timezone.now()
    )
    free = [[sellable or 0 for sellable in kind.sellable] for kind in answer.values()]

    def open_types(offset: int) -> int:
        return sum(min(each[offset : offset + NIGHTS]) > 0 for each in free)

    return today + timedelta(days=max(range(14, DAYS_AFTER - NIGHTS), key=open_types))


def _look(arrival: date) -> int:
    """Quote, and look at every line of every offer; return of how many there were lines to look at."""
    return sum(len(offer.nights) == NIGHTS and len(offer.taxes) > 0 for offer in _ask(arrival).offers)


def _ask(arrival: date) -> Quote:
    """Quote a week for two adults and a child: offers with their totals, and every refusal."""
    return quote(
        property=Property.objects.get(),
        arrival=arrival,
        departure=arrival + timedelta(days=NIGHTS),
        party=Party(2, (8,)),
        at=timezone.now(),
        source=Source.DIRECT_WEB,
        with_alternatives=False,
    )


def measure_matrix(*, organization: Organization, today: date, times: int) -> list[Figure]:
    """Measure the prices and restrictions of a year of one plan, which has some on every day, in every type."""
    schema = organization.schema_name
    until = today + timedelta(days=DAYS_AFTER)
    with schema_context(schema):
        place, plan = Property.objects.get(), RatePlan.objects.get(code=WORKED_ON)

    def ask() -> object:
        return rate_matrix(property=place, first=today, until=until, rate_plan_ids=[plan.pk], at=timezone.now())

    figures = []
    for clients in (1, CLIENTS):
        query = raw.asking_all(schema, raw.YEAR_OF_A_PLAN, {"plan": plan.pk, "first": today, "until": until})
        plain = quietest(partial(together, query, clients=clients, times=times))
        got = quietest(partial(together, _repeating(schema, ask), clients=clients, times=times))
        question = f"{TYPES} types, 1 plan, {DAYS_AFTER} days, c={clients}"
        figures.append(compared("matrix", question, got, plain, target_ms=30 if clients == 1 else None))
    return figures


def measure_calendar(*, organization: Organization, today: date, times: int) -> list[Figure]:
    """Measure the rates calendar of a month of one plan in every type, as a browser gets it."""
    schema = organization.schema_name
    with schema_context(schema):
        plan = RatePlan.objects.get(code=WORKED_ON)
    path = f"/desk/rates/?from={today}&days={CALENDAR_DAYS}&plan={WORKED_ON}"
    headers = {
        "Host": host_of(organization),
        "Cookie": signed_in(organization, OLIVIA),
        "Accept-Encoding": "gzip",
        "Accept": "text/html",
    }
    span = {"plan": plan.pk, "first": today, "until": today + timedelta(days=CALENDAR_DAYS)}
    plain = quietest(partial(together, raw.asking_all(schema, raw.YEAR_OF_A_PLAN, span), clients=1, times=times))
    figures = []
    with server() as port:
        page = body_of(port=port, path=path, headers=headers)
        for clients in (1, CLIENTS):
            got = over_http(port, [path], headers, clients, times)
            question = f"{TYPES} types, {CALENDAR_DAYS} days, c={clients}"
            figures.append(compared("calendar", question, got, plain, target_ms=80 if clients == 1 else None))
        whole = f"/desk/rates/?from={today}&days={CALENDAR_DAYS}"
        got = over_http(port, [whole], headers, 1, times)
        figures.append(compared("calendar", f"all {PLANS} plans, as it opens, c=1", got, None))
    return [
        *figures,
        Figure("calendar", "queries", f"{queries_of(organization, path)}"),
        Figure("calendar", "on the wire", f"{len(page) / 1000:.0f} kB"),
    ]


def _repeating(schema: str, act: Callable[[], object]) -> Client:
    """Return a client that does something again and again in the schema."""

    def client(_number: int, times: int, go: Callable[[], object]) -> Taken:
        taken = Taken()
        with schema_context(schema):
            act()
            go()
            for _ in range(times):
                start = perf_counter()
                act()
                taken.seconds.append(perf_counter() - start)
        return taken

    return client
