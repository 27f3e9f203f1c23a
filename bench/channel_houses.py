"""Houses with channels for the measurements, and the stand-ins they speak to: a process of its own, over real HTTP."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from http.client import HTTPConnection
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.utils import timezone

from bench.house import organization_remove
from bookings.availability.services import inventory_extend
from bookings.availability.services.units import ROOT_BITS
from bookings.rates.models import BasePrice, RatePlan
from channels.connections.models import Connection
from channels.connections.services import Wanted, connection_save, links_map, rooms_fetch
from channels.sync.going import connection_go_live
from channels.sync.models import Mark
from config.env import BASE_DIR
from pms.kernel.actors import Actor
from pms.properties.models import Property, RoomType, Unit
from pms.tenants.models import Organization
from pms.tenants.services import organization_create

SLUG = "bench-channels"
ACTOR = Actor.system("bench")
#: Who opens the stand-ins.
CHANNEX = {"api_key": "sandbox_channex_key"}
BOOKING_COM = {"user": "sandbox_machine", "password": "sandbox_password"}
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class StandIns:
    """Where the stand-ins answer."""

    port: int

    def url(self, name: str) -> str:
        """Return the address of one."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def tell(self, channel: str, name: str, /, **asked: Any) -> Any:
        """Tell a stand-in's control interface something and return its answer. Raises RuntimeError with what it says."""
        status, body = self.post(f"/{channel}/_sandbox/{name}", json.dumps(asked).encode(), {})
        if status != 200:
            raise RuntimeError(body.decode())
        return json.loads(body)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Post something as it is, and return status and body."""
        http = HTTPConnection("127.0.0.1", self.port, timeout=60)
        http.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = http.getresponse()
        content = answer.read()
        http.close()
        return answer.status, content


@contextmanager
def stand_ins() -> Iterator[StandIns]:
    """Run the stand-ins, and have this process and the workers that it starts speak to them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = StandIns(probe.getsockname()[1])
    bases = {"channex": f"{found.url('channex')}/api/v1", "bookingcom": found.url("bookingcom")}
    command = [sys.executable, "-m", "tests.sandbox", "--port", str(found.port), "--public-url"]
    before, settings.CHANNEL_BASES = settings.CHANNEL_BASES, {**settings.CHANNEL_BASES, **bases}
    with _process([*command, f"http://127.0.0.1:{found.port}"], "sandbox"):
        try:
            waited(lambda: _answers(found.port))
            yield found
        finally:
            settings.CHANNEL_BASES = before


@contextmanager
def channel_workers(count: int) -> Iterator[None]:
    """Run so many channel workers, each as bin/Procfile does; all are there when the block begins."""
    bases = settings.CHANNEL_BASES
    environment = {
        "CHANNEX_API_BASE": bases["channex"],
        "BOOKINGCOM_API_BASE": bases["bookingcom"],
        "DEBUG": "0",
    }
    command, wanted = [sys.executable, "manage.py", "sync_channels"], _backends() + count
    with ExitStack() as running:
        for number in range(count):
            running.enter_context(_process(command, f"channels-{number}", **environment))
        waited(lambda: _backends() >= wanted)
        yield


def _backends() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        return int(cursor.fetchone()[0])


@contextmanager
def _process(command: list[str], name: str, **environment: str) -> Iterator[None]:
    with (BASE_DIR / "var" / f"bench-{name}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=BASE_DIR, env=os.environ | environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def waited(condition: Any, *, seconds: float = PATIENCE_SECONDS, pause: float = 0.05) -> None:
    """Wait until something is so. Raises RuntimeError when it does not come true."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            raise RuntimeError("It never came true; var/bench-channels-*.log and var/bench-sandbox.log may say why.")
        sleep(pause)


def organization_make() -> Organization:
    """Make the organization, removing the one of a run before."""
    organization_remove(slug=SLUG)
    return organization_create(slug=SLUG, name="Bench channels", actor=ACTOR)


@transaction.atomic
def place_make(code: str, *, today: date, types: int, units: int, days: int, plans: int = 1) -> Property:
    """Make a property of so many room types with so many units each, sold on so many days by so many plans."""
    place = Property.objects.create(code=code, name=f"House {code}", business_date=today, selling_horizon_days=days)
    kinds = RoomType.objects.bulk_create(
        RoomType(property=place, code=f"T{index:02}", name=f"Type {index + 1}", position=index, max_occupancy=2)
        for index in range(types)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('properties_unit_block_seq') FROM generate_series(1, %s)", [types * units])
        blocks = [block for (block,) in cursor.fetchall()]
    Unit.objects.bulk_create(
        Unit(
            property=place,
            room_type=kinds[index // units],
            number=f"{100 + index}",
            floor="1",
            position=index,
            slots=NumericRange(block << ROOT_BITS, (block + 1) << ROOT_BITS),
            in_service_from=today - timedelta(days=1),
        )
        for index, block in enumerate(blocks)
    )
    for number in range(plans):
        plan = RatePlan.objects.create(
            property=place, code=f"P{number}", name=f"Plan {number + 1}", is_default=number == 0
        )
        BasePrice.objects.bulk_create(
            BasePrice(rate_plan=plan, room_type=kind, price_minor=8_000 + 700 * kind.position + 300 * number)
            for kind in kinds
        )
    inventory_extend(property=place)
    return place


def connected(place: Property, *, adapter: str, at: StandIns, days: int) -> Connection:
    """Open the house at a channel with a room for each type and a rate for each plan, mapped to each other, and go live."""
    kinds = list(RoomType.objects.filter(property=place).order_by("position"))
    plans = list(RatePlan.objects.filter(property=place).order_by("code"))
    account, keys, answers = (_at_channex if adapter == "channex" else _at_booking_com)(place, kinds, plans, at)
    found = connection_save(
        connection=Connection(
            property=place, adapter=adapter, account=account, fallback_type=kinds[0], fallback_plan=plans[0],
            days_ahead=days,
        ),
        keys=keys,
        answers=answers,
        actor=ACTOR,
    )  # fmt: skip
    now = timezone.now()
    rooms_fetch(connection=found, record=lambda _: None, actor=ACTOR, now=now)
    named = {kind.name: kind for kind in kinds}
    sold_by = {plan.name: plan for plan in plans}
    links = list(found.room_links.prefetch_related("rate_links"))
    rates = {rate.pk: sold_by[rate.name] for link in links for rate in link.rate_links.all()}
    links_map(connection=found, wanted=Wanted({link.pk: named[link.name] for link in links}, rates), actor=ACTOR)
    return connection_go_live(connection=found, actor=ACTOR, now=now)


def _at_channex(
    place: Property, kinds: list[RoomType], plans: list[RatePlan], at: StandIns
) -> tuple[str, dict[str, str], dict[str, str] | None]:
    rates = [{"title": plan.name, "rate": 10_000} for plan in plans]
    rooms = [{"title": kind.name, "count": 1, "guests": 2, "rates": rates} for kind in kinds]
    hotel = at.tell("channex", "hotels", title=place.name, rooms=rooms, channels=["booking.com"])
    return hotel["property"], CHANNEX, None


def _at_booking_com(
    place: Property, kinds: list[RoomType], plans: list[RatePlan], at: StandIns
) -> tuple[str, dict[str, str], dict[str, str] | None]:
    account = str(place.pk + 100_000)
    at.tell("bookingcom", "extranet/hotels", id=account, name=place.name, timezone=place.time_zone)
    for number, kind in enumerate(kinds, start=1):
        room = f"{account}{number:02}"
        at.tell("bookingcom", "extranet/rooms", hotel=account, id=room, name=kind.name, guests=2)
        for rate, plan in enumerate(plans, start=501):
            at.tell("bookingcom", "extranet/rates", room=room, id=str(rate), name=plan.name)
    return account, BOOKING_COM, {"dialect": "ota", "reservations": "ota"}


def told() -> bool:
    """Return whether nothing is marked any more."""
    return not Mark.objects.exists()
