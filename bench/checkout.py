"""Guests who book: searching, choosing, and holding a room, 32 at once against the real server; then every night is counted."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from html import unescape
from http.client import HTTPConnection
from time import perf_counter
from urllib.parse import urlencode

from django_tenants.utils import schema_context

from bench.measuring import Figure, Outcome, Taken, shown, together
from bench.selling import NIGHTS, scarce
from bench.serving import host_of, server
from bookings.availability.models import InventoryDay
from bookings.lifecycle.invariants import certify
from bookings.rates.models import RatePlan
from pms.properties.models import Property, RoomType
from pms.tenants.models import Organization

CLIENTS = 32
#: Arrivals are spread over so many days, from the fifth on.
SPREAD_DAYS = 240
#: How a journey may end: a room that somebody else took meanwhile is no error.
ENDS = ("held", "sold out", "nothing free")
FORM = re.compile(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
OFFER = re.compile(r'name="offer-1" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Shop:
    """Where the hotel sells: the server's port, the organization's host, the house, the first day that is asked for."""

    port: int
    host: str
    code: str
    first: date


@dataclass(slots=True)
class Visitor:
    """Somebody nobody has seen: an address of their own and no cookie yet."""

    connection: HTTPConnection
    host: str
    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    #: Where the last answer sent the visitor.
    sent_to: str = ""

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Ask for a page, or send a form to it; return the status and the text."""
        headers = {"Host": self.host, "X-Forwarded-For": self.address, "Accept": "text/html"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request("GET" if form is None else "POST", path, body=body, headers=headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        self.sent_to = answer.headers.get("Location", "")
        for set_cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, text


def measure_checkout(*, organization: Organization, times: int, rounds: int) -> list[Figure]:
    """Measure the way from search to hold, c=32; then have them race for the last rooms of a type."""
    with schema_context(organization.schema_name):
        hotel = Property.objects.get()
    # Each visitor comes from an address of their own, as guests do: what is limited by address is not measured here.
    with server(TRUSTED_PROXY_COUNT="1") as port:
        shop = Shop(port, host_of(organization), hotel.code, hotel.business_date + timedelta(days=5))
        together(partial(_spread, shop, 0), clients=4, times=2)
        got = together(partial(_spread, shop, 1), clients=CLIENTS, times=times)
        figures = [
            Figure("checkout", f"search, offers, hold, c={CLIENTS}", str(got), raw="", target=""),
            Figure("checkout", f"slowest of {CLIENTS * times}", f"{shown(got.worst)} ms"),
            *_complaints(got),
            *_race(organization, shop, rounds),
        ]
    return [*figures, *_counted(organization)]


def _spread(shop: Shop, series: int, number: int, times: int, go: Callable[[], object]) -> Taken:
    """Book on days of one's own, the cheapest room each."""
    taken = Taken()
    go()
    for turn in range(times):
        arrival = shop.first + timedelta(days=(number * 37 + turn * 11) % SPREAD_DAYS)
        visitor = _visitor(shop, series * 60_000 + number * 250 + turn)
        start = perf_counter()
        taken.count(_journey(visitor, shop.code, arrival))
        taken.seconds.append(perf_counter() - start)
        visitor.connection.close()
    return taken


def _journey(visitor: Visitor, code: str, arrival: date, key: str = "") -> str:
    """Search, look at the offers, hold one; return how it ended."""
    query = f"arrival={arrival}&departure={arrival + timedelta(days=NIGHTS)}&adults=2"
    status, _ = visitor.ask(f"/booking/search/?{query}")
    if status != 200:
        return f"search answered {status}"
    path = f"/booking/property/{code}/book/?{query}"
    status, text = visitor.ask(path)
    form = FORM.search(text)
    if status != 200 or form is None:
        return f"offers answered {status}"
    offer = key or next(iter(OFFER.findall(form[2])), "")
    if not offer:
        return "nothing free"
    fields = {name: unescape(value) for name, value in HIDDEN.findall(form[2])}
    status, text = visitor.ask(path, fields | {"offer-1": offer})
    if status == 303:
        return "held"
    return "sold out" if status == 422 and "alert" in text else f"hold answered {status}"


def hold(*, port: int, host: str, code: str, arrival: date) -> str:
    """Hold the cheapest room as a guest does, and return the address of the page that asks who is coming."""
    visitor = Visitor(HTTPConnection("127.0.0.1", port, timeout=60), f"{host}:{port}", "127.0.0.1")
    ended = _journey(visitor, code, arrival)
    if ended != "held":
        raise RuntimeError(f"There is no room to hold: {ended}.")
    return visitor.sent_to


def _race(organization: Organization, shop: Shop, rounds: int) -> list[Figure]:
    """Have all clients want the last rooms of one type: as many get one as there are."""
    wrong, slowest = 0, 0.0
    for turn in range(rounds):
        with schema_context(organization.schema_name):
            (kind, arrival), left = scarce(shop.first + timedelta(days=SPREAD_DAYS + 10 + turn * 10))
            plan = RatePlan.objects.get(is_default=True)
            key = f"{RoomType.objects.get(pk=kind).code}:{plan.code}"
        got = together(partial(_last_rooms, shop, (arrival, key), turn), clients=CLIENTS, times=1)
        slowest = max(slowest, got.worst)
        wrong += got.counts.get("held", 0) != left or got.counts.get("sold out", 0) != CLIENTS - left
    return [
        Figure(
            "checkout", f"{CLIENTS} guests, the last rooms of a type, {rounds} rounds", f"{shown(slowest)} ms slowest"
        ),
        Figure("checkout", "rounds with another number of holds than rooms", f"{wrong}", target="0", met=wrong == 0),
    ]


def _last_rooms(shop: Shop, pick: tuple[date, str], turn: int, number: int, _: int, go: Callable[[], object]) -> Taken:
    taken = Taken()
    visitor = _visitor(shop, 200_000 + turn * 100 + number)
    visitor.ask("/ready")
    go()
    start = perf_counter()
    taken.count(_journey(visitor, shop.code, *pick))
    taken.seconds.append(perf_counter() - start)
    visitor.connection.close()
    return taken


def _visitor(shop: Shop, serial: int) -> Visitor:
    # A network each, too: what a network may hold is capped as well.
    address = f"{11 + (serial >> 16)}.{serial >> 8 & 255}.{serial & 255}.7"
    return Visitor(HTTPConnection("127.0.0.1", shop.port, timeout=60), shop.host, address)


def _complaints(got: Outcome) -> list[Figure]:
    """Say how the journeys ended, and what went wrong."""
    wrong = {name: count for name, count in got.counts.items() if name not in ENDS}
    ended = ", ".join(f"{got.counts.get(name, 0)} {name}" for name in ENDS)
    return [
        Figure("checkout", "how they ended", ended),
        Figure("checkout", "errors", f"{wrong or 0}", target="0", met=not wrong),
    ]


def _counted(organization: Organization) -> list[Figure]:
    """Count every night again, as manage.py check_invariants does."""
    with schema_context(organization.schema_name):
        oversold = InventoryDay.objects.filter(free__lt=0).count()
        findings = [finding for hotel in Property.objects.all() for finding in certify(property=hotel).findings]
    said = f"{len(findings)}" if not findings else f"{len(findings)}: {findings[0].rule}: {findings[0].detail}"
    return [
        Figure("checkout", "nights oversold", f"{oversold}", target="0", met=oversold == 0),
        Figure("checkout", "findings of check_invariants", said, target="0", met=not findings),
    ]
