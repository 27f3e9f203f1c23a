"""The tape chart over HTTP, and availability through its selector."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from gzip import compress, decompress
from re import search
from time import perf_counter

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context

from bench import raw
from bench.house import UNITS
from bench.measuring import Figure, Outcome, Taken, compared, quietest, together
from bench.serving import body_of, get_many, host_of, server, signed_in
from bookings.availability.selectors import availability
from pms.accounts.models import User
from pms.properties.models import Property
from pms.tenants.models import Organization

OLIVIA = "olivia@bench.test"
CLIENTS = 8


def measure_chart(*, organization: Organization, today: date, times: int) -> list[Figure]:
    """Measure a month of 500 units: the first screen, and everything a browser asks for in the end."""
    first, until = today - timedelta(days=3), today + timedelta(days=28)
    path = f"/desk/?from={first}&days=31&density=detailed"
    headers = {
        "Host": host_of(organization),
        "Cookie": signed_in(organization, OLIVIA),
        "Accept-Encoding": "gzip",
        "Accept": "text/html",
    }
    figures = []
    schema = organization.schema_name
    head = raw.asking(schema, raw.CHART + " AND o.unit_id <= 44", [first, until])
    screen = quietest(lambda: together(head, clients=1, times=times))
    whole = raw.asking(schema, raw.CHART, [first, until])
    everything = {1: quietest(lambda: together(whole, clients=1, times=times))}
    everything[CLIENTS] = quietest(lambda: together(whole, clients=CLIENTS, times=times))
    with server() as port:
        page = body_of(port=port, path=path, headers=headers)
        html = decompress(page).decode() if page[:2] == b"\x1f\x8b" else page.decode()
        rest = search(r'"(/desk/rows/\?[^"]+)"', html)
        paths = [path, rest[1].replace("&amp;", "&")] if rest else [path]
        rows = body_of(port=port, path=paths[-1], headers=headers) if rest else b""
        for clients in (1, CLIENTS):
            got = over_http(port, [path], headers, clients, times)
            figures.append(
                compared(
                    "chart", f"first screen, 31 days, c={clients}", got, screen, target_ms=60 if clients == 1 else None
                )
            )
            got = over_http(port, paths, headers, clients, max(5, times // 2))
            figures.append(
                compared(
                    "chart",
                    f"everything, {UNITS} units, c={clients}",
                    got,
                    everything[clients],
                    target_ms=200 if clients == 1 else None,
                )
            )
    queries = queries_of(organization, path)
    figures.append(Figure("chart", "queries of the first screen", f"{queries}", target="8", met=queries <= 8))
    wire = len(page) if page[:2] == b"\x1f\x8b" else len(compress(page))
    figures.append(
        Figure(
            "chart",
            "first screen on the wire",
            f"{wire / 1000:.0f} kB",
            f"{len(html) / 1000:.0f} kB plain",
            target="150 kB",
            met=wire <= 150_000,
        )
    )
    figures.append(Figure("chart", "the rest on the wire", f"{len(rows) / 1000:.0f} kB"))
    return figures


def over_http(port: int, paths: list[str], headers: dict[str, str], clients: int, times: int) -> Outcome:
    """Ask the server for all paths, so many clients at once."""
    get_many(port=port, paths=paths, headers=headers, times=4)

    def client(_number: int, each: int, go: Callable[[], object]) -> Taken:
        go()
        return get_many(port=port, paths=paths, headers=headers, times=each)

    return quietest(lambda: together(client, clients=clients, times=times))


def queries_of(organization: Organization, path: str) -> int:
    """Return how many statements one signed-in request sends once hosts and templates are warm."""
    with schema_context(organization.schema_name):
        client = Client(headers={"host": host_of(organization)})
        client.force_login(User.objects.get(email=OLIVIA))
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
    return sum(not query["sql"].startswith("SET search_path") for query in captured)


def measure_availability(*, organization: Organization, today: date, times: int) -> list[Figure]:
    """Measure what every room type has on the days of a week and of a year."""
    with schema_context(organization.schema_name):
        property_id = Property.objects.get().pk
    figures = []
    for days, target in ((7, 5.0), (365, 30.0)):
        first, until = today, today + timedelta(days=days)
        for clients in (1, CLIENTS):

            def ask(
                _number: int, each: int, go: Callable[[], object], first: date = first, until: date = until
            ) -> Taken:
                taken = Taken()
                with schema_context(organization.schema_name):
                    availability(property_id=property_id, first=first, until=until, now=timezone.now())
                    go()
                    for _ in range(each):
                        start = perf_counter()
                        availability(property_id=property_id, first=first, until=until, now=timezone.now())
                        taken.seconds.append(perf_counter() - start)
                return taken

            count = times if days == 7 else max(5, times // 4)
            query = raw.asking(organization.schema_name, raw.AVAILABILITY, [first, until])
            plain = quietest(partial(together, query, clients=clients, times=count))
            got = quietest(partial(together, ask, clients=clients, times=count))
            question = f"20 room types, {days} days, c={clients}"
            figures.append(compared("availability", question, got, plain, target_ms=target if clients == 1 else None))
    return figures
