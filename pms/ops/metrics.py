"""/metrics: figures for Prometheus, read from the database, so that every web process answers the same."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from channels.calendars.measuring import MeasuredFeed, feeds_measured
from channels.sync.measuring import Measured, connections_measured
from pms.kernel.jobs import live_schemas

WHOSE = ("tenant", "connection", "channel")

Figure = tuple[str, str, Callable[[Measured], float | None]]
#: Name, what it is, and the figure of one connection; None where there is none.
_FIGURES: Sequence[Figure] = (
    ("live", "1 while the connection is live, 0 while it is paused.", lambda row: row.is_live),
    ("locked_out", "1 while the channel refuses our keys.", lambda row: row.is_locked_out),
    ("marks", "Changes that wait to be told.", lambda row: row.marks),
    ("last_told_timestamp_seconds", "When the channel last took what it was told.", lambda row: row.told_at),
    ("last_read_timestamp_seconds", "When bookings were last read to the end.", lambda row: row.read_at),
    ("open_cases", "What waits for a person's decision.", lambda row: row.cases),
    ("messages_waiting", "Messages about bookings that are not applied yet.", lambda row: row.messages),
)


class Channels(Collector):
    """Connections that are live or paused, and live calendars, each by organization (its schema), code and channel."""

    def collect(self) -> Iterator[Metric]:
        """Yield every family of figures, as they are now."""
        yield InfoMetricFamily("innkeep_build", "The running version.", value={"version": settings.VERSION})
        now, schemas = timezone.now(), live_schemas()
        rows = connections_measured(schemas=schemas, now=now)
        for name, words, figure in _FIGURES:
            yield _gauge(f"innkeep_channel_{name}", words, WHOSE, ((_whose(row), figure(row)) for row in rows))
        yield _gauge(
            "innkeep_channel_oldest_mark_age_seconds",
            "For how long the oldest change has waited to be told, 0 where none waits.",
            WHOSE,
            ((_whose(row), max(0.0, now.timestamp() - row.oldest_at) if row.oldest_at else 0) for row in rows),
        )
        yield _gauge("innkeep_channel_failures", "Failures in a row.", (*WHOSE, "direction"), _failures(rows))
        yield _gauge("innkeep_channel_calls", "Calls of the last hour.", (*WHOSE, "outcome"), _calls(rows))
        yield _gauge(
            "innkeep_channel_latency_seconds",
            "From a change here to the channel's yes, over the last hour.",
            (*WHOSE, "quantile"),
            _latency(rows),
        )
        yield from _feeds(feeds_measured(schemas=schemas))


Value = tuple[tuple[str, ...], float | None]


def _whose(row: Measured) -> tuple[str, ...]:
    return row.schema, row.code, row.channel


def _failures(rows: Iterable[Measured]) -> Iterator[Value]:
    for row in rows:
        yield (*_whose(row), "told"), row.failures
        yield (*_whose(row), "read"), row.pull_failures


def _calls(rows: Iterable[Measured]) -> Iterator[Value]:
    for row in rows:
        yield (*_whose(row), "answered"), row.calls - row.failed
        yield (*_whose(row), "failed"), row.failed


def _latency(rows: Iterable[Measured]) -> Iterator[Value]:
    for row in rows:
        for share, milliseconds in (("0.5", row.half), ("0.95", row.most)):
            yield (*_whose(row), share), None if milliseconds is None else milliseconds / 1000


def _feeds(rows: Sequence[MeasuredFeed]) -> Iterator[Metric]:
    whose = [((row.schema, row.code, row.channel), row) for row in rows]
    labels = ("tenant", "feed", "channel")
    failures = ((labelled, row.failures) for labelled, row in whose)
    yield _gauge("innkeep_calendar_failures", "Failures in a row while reading a calendar.", labels, failures)
    read = ((labelled, row.read_at) for labelled, row in whose)
    yield _gauge("innkeep_calendar_last_read_timestamp_seconds", "When it was last read whole.", labels, read)


def _gauge(name: str, words: str, labels: Sequence[str], values: Iterable[Value]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for labelled, value in values:
        if value is not None:
            family.add_metric(labelled, float(value))
    return family


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the figures to whoever brings METRICS_TOKEN as a bearer token; 404 where the installation has none, 401
    without it, 503 while the database is away."""
    if not settings.METRICS_TOKEN:
        return HttpResponse("Nothing is here.", status=404, content_type="text/plain")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(given.strip(), settings.METRICS_TOKEN):
        refused = HttpResponse("A token is needed.", status=401, content_type="text/plain")
        refused["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refused
    registry = CollectorRegistry()
    registry.register(Channels())
    try:
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except Error:
        return HttpResponse("The database is away.", status=503, content_type="text/plain")
