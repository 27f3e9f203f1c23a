"""The guests' search: a week over 50 properties and 500 room types, and the pages and the calendar of one of them."""

from datetime import date, timedelta
from functools import partial

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context

from bench import raw
from bench.measuring import Figure, compared, quietest, timed, together
from bench.reading import CLIENTS, over_http
from bench.serving import host_of, server
from bench.towns import PROPERTIES, SLUG, TYPES, towns_make
from bookings.rates.wishes import Wish, wish_query
from bookings.website.searching import Answer, Filters, listed_properties, search
from pms.tenants.models import Organization

NIGHTS = 7


def measure_search(*, today: date, times: int, keep: bool = False) -> list[Figure]:
    """Measure the selector and the whole page, at c=1 and c=8."""
    organization = Organization.objects.filter(slug=SLUG).first() if keep else None
    organization = organization or towns_make(today=today)
    schema = organization.schema_name
    wish = Wish(today + timedelta(days=40), today + timedelta(days=40 + NIGHTS), adults=2)
    span = {"first": wish.arrival, "until": wish.departure}
    plain = quietest(partial(together, raw.asking_all(schema, raw.SALE_OF_A_STAY, span), clients=1, times=times))
    question = f"{NIGHTS} nights over {PROPERTIES} properties, {PROPERTIES * TYPES} types"

    def ask() -> Answer:
        return search(listed=listed_properties(), wish=wish, filters=Filters(), at=timezone.now())

    with schema_context(schema):
        got = quietest(partial(timed, ask, times))
        answer = ask()
    figures = [compared("search", f"{question}, the answer alone, c=1", got, plain)]
    path = f"/booking/search/?{wish_query(wish)}"
    headers = {"Host": host_of(organization), "Accept-Encoding": "gzip", "Accept": "text/html"}
    with server(TRUSTED_PROXY_COUNT="1") as port:
        for clients in (1, CLIENTS):
            got = over_http(port, [path], headers, clients, times)
            target = 60 if clients == 1 else None
            figures.append(compared("search", f"{question}, the page, c={clients}", got, plain, target_ms=target))
        house = "/booking/property/H00/"
        got = over_http(port, [house], headers, 1, times)
        figures.append(compared("search", "the page of a property, c=1", got, None, target_ms=40))
        got = over_http(port, [f"{house}book/?{wish_query(wish)}"], headers, 1, times)
        figures.append(compared("search", "its offers for the week: 10 types on 4 plans, c=1", got, None))
        month = f"/booking/property/H00/calendar/?month={wish.arrival:%Y-%m}"
        figures.append(
            compared("search", "two months of the calendar, c=1", over_http(port, [month], headers, 1, times), None)
        )
        month += f"&arrival={wish.arrival}"
        got = over_http(port, [month], headers, 1, times)
        figures.append(compared("search", "the same with an arrival chosen, c=1", got, None))
    queries = _queries(organization, path)
    return [
        *figures,
        Figure(
            "search", "queries of the page", f"{queries}", f"{len(raw.SALE_OF_A_STAY)}", target="12", met=queries <= 12
        ),
        Figure("search", "properties sold", f"{answer.sold} of {answer.count}", target="40", met=answer.sold >= 40),
    ]


def _queries(organization: Organization, path: str) -> int:
    """Return how many statements a visitor's request sends once hosts and templates are warm."""
    with schema_context(organization.schema_name):
        client = Client(headers={"host": host_of(organization)})
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
    return sum(not query["sql"].startswith("SET search_path") for query in captured)
