"""Many organizations: the cost of a tenant per request, a new one, a deploy, and the memory of who visits them all."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from django_tenants.utils import schema_context

from bench.house import organization_remove
from bench.measuring import Figure, Outcome, compared, timed
from bench.serving import host_of
from bookings.availability.selectors import availability
from bookings.reservations.models import Reservation
from config.env import BASE_DIR
from guests.profiles.models import Guest
from pms.audit.models import AuditEvent
from pms.events.jobs import sweep
from pms.frontdesk.chart.selectors import chart_bars, chart_groups
from pms.kernel.actors import Actor
from pms.kernel.jobs import live_schemas
from pms.kernel.tenancy import enter_public, tenant_connection
from pms.tenants.middleware import TenantMiddleware
from pms.tenants.models import Organization
from pms.tenants.services import organization_create

NEIGHBOURS = 200
NEW_SLUG = "bench-new"


def measure_overhead(*, organization: Organization, times: int) -> list[Figure]:
    """Measure a request that asks one question, with the tenant middleware and without."""

    def view(_request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return HttpResponse()

    request = RequestFactory().get("/", headers={"host": host_of(organization)})
    served = TenantMiddleware(view)
    with schema_context(organization.schema_name):
        plain: list[Outcome] = []
        ours: list[Outcome] = []
        for _ in range(5):  # in turns, so that a busy moment hurts both
            tenant_connection.set_tenant(organization)
            plain.append(timed(lambda: view(request), times))
            ours.append(timed(lambda: served(request), times))
    without, within = min(each.p50 for each in plain), min(each.p50 for each in ours)
    overhead = within - without
    return [
        Figure(
            "overhead",
            "a request that asks one question",
            f"{within:.3f} ms",
            f"{without:.3f} ms without tenants",
            f"{within / without:.1f}",
            "",
        ),
        Figure("overhead", "tenancy per request", f"{overhead:.2f} ms", target="0.3 ms", met=overhead <= 0.3),
    ]


def measure_organizations(*, neighbours: int, times: int) -> list[Figure]:
    """Measure a new organization among few and among many, and a deploy with nothing to do among many."""
    enter_public()
    few = _creations(times)
    count = len(live_schemas())
    figures = [compared("organizations", f"a new one among {count}", few, None, target_ms=1000)]
    with _neighbours(neighbours):
        many = _creations(times)
        count = len(live_schemas())
        figures.append(compared("organizations", f"a new one among {count}", many, None, target_ms=1000))
        slower = many.fastest / few.fastest
        figures.append(
            Figure(
                "organizations",
                "how much slower than among few, the fastest of each",
                f"{slower:.1f} times",
                target="1.5 times",
                met=slower <= 1.5,
            )
        )
        took = min(_migrate() for _ in range(3))
        figures.append(
            Figure(
                "organizations",
                f"migrate_schemas with nothing to do, {count} organizations, the whole command",
                f"{took:.2f} s",
                target="3 s",
                met=took <= 3,
            )
        )
        figures += _memory()
    return figures


def _creations(times: int) -> Outcome:
    def create() -> None:
        organization_create(slug=NEW_SLUG, name="New", actor=Actor.system("bench"))

    organization_remove(slug=NEW_SLUG)
    seconds = []
    for _ in range(times):
        start = perf_counter()
        create()
        seconds.append((perf_counter() - start) * 1000)
        organization_remove(slug=NEW_SLUG)
    seconds.sort()
    return Outcome(median(seconds), seconds[-1], seconds[-1], 1000 * times / sum(seconds), {}, fastest=seconds[0])


@contextmanager
def _neighbours(count: int) -> Iterator[None]:
    slugs = [f"bench-n{number:03}" for number in range(count)]
    try:
        for slug in slugs:
            if not Organization.objects.filter(slug=slug).exists():
                organization_create(slug=slug, name=slug, actor=Actor.system("bench"))
        yield
    finally:
        enter_public()
        for slug in slugs:
            organization_remove(slug=slug)


def _migrate() -> float:
    begin = perf_counter()
    subprocess.run(
        [sys.executable, "manage.py", "migrate_schemas", "--verbosity", "0"], cwd=BASE_DIR, env=os.environ, check=True
    )
    return perf_counter() - begin


def _memory() -> list[Figure]:
    """Visit every organization on one connection, as a worker process does, and look at both ends of it."""
    connection.close()
    schemas = live_schemas()
    for schema in schemas:
        with schema_context(schema):
            _look_around()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    figures = [
        Figure(
            "memory",
            f"this process after visiting {len(schemas)} organizations",
            f"{_private(os.getpid()):.0f} MB",
            target="300 MB",
            met=_private(os.getpid()) <= 300,
        )
    ]
    if Path(f"/proc/{backend}/smaps_rollup").exists():
        used = _private(backend)
        figures.append(
            Figure(
                "memory",
                f"its PostgreSQL backend after {len(schemas)} organizations on one connection",
                f"{used:.0f} MB",
                target="300 MB",
                met=used <= 300,
            )
        )
    return figures


def _look_around() -> None:
    """Ask what a desk and a relay ask, so that the backend reads the catalogue of most tables."""
    today = date.today()
    until = today + timedelta(days=31)
    chart_groups(property_id=1, first=today, until=until)
    chart_bars(property_id=1, first=today, until=until)
    availability(property_id=1, first=today, until=until, now=timezone.now())
    list(Reservation.objects.select_related("booking", "guest", "rate_plan", "room_type")[:1])
    list(Guest.objects.all()[:1])
    list(AuditEvent.objects.all()[:1])
    sweep()


def _private(pid: int) -> float:
    """Return the memory that a process shares with nobody, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024
