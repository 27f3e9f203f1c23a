"""A house on servers of its own, run as bin/run runs it: PostgreSQL, Redis, web and worker, each of which may be killed.

The test's process works in the same database, so that it sees what is there and can hold a lock: a process that waits for
it stands at a known place, where it is killed.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.conf import settings
from django.db import connection, connections
from django.db.models import F
from django.utils import timezone
from environ import Env
from honcho.environ import parse_procfile
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from config.cron import SCHEDULE, wake
from config.embedded.servers import ROOT, PostgreSQL, wait_until
from tests.house import House, make_house
from tests.sandbox.fixtures import StripeRemote
from tests.workers import kill_tree

#: So far ahead is sold: every story has nights of its own, and a long run tells many.
DAYS = 900
PATIENCE_SECONDS = 30
#: Longer than the leases and graces of everything that is claimed (payments, refunds, events, messages, mails).
LONG_ENOUGH = timedelta(minutes=8)
HOST = "hotel-a.localhost"
#: What of the clock concerns a payment and its booking; the rest only takes time.
CLOCKED = (
    "bookings.lifecycle.",
    "bookings.checkout.",
    "billing.payments.",
    "pms.events.",
    "pms.inbox.",
    "guests.messaging.",
)

#: One worker does the work of both: what the clock wakes comes first, as in the second of bin/Procfile.
LINES = {"worker": "clockwork"}

LANDLORD = """
import os, sys
from pathlib import Path
from config import embedded
embedded.ensure(testing=False, var=Path(sys.argv[1]))
print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
sys.stdin.readline()
embedded.release()
"""


class Stores:
    """PostgreSQL and Redis under a directory, durable as in production; their keepers start them again when they die."""

    def __init__(self, var: Path) -> None:
        """Start both, with an empty database."""
        self.var = var
        inherited = {name: text for name, text in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        self._landlord = subprocess.Popen(
            [sys.executable, "-c", LANDLORD, str(var)],
            cwd=ROOT,
            env=inherited,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._landlord.stdout is not None
        self.database_url, self.redis_url = self._landlord.stdout.readline().split()

    def close(self) -> None:
        """Stop both and wait for it."""
        self._landlord.communicate("\n", timeout=PATIENCE_SECONDS)

    def fill(self, source: dict[str, Any]) -> None:
        """Copy the public schema and hotel_a's from the test's database, which Django's settings describe."""
        programs = PostgreSQL(self.var, testing=True)
        host = source["HOST"] or source["OPTIONS"].get("host", "")
        environment = os.environ | {"PGHOST": host, "PGUSER": source["USER"], "PGPASSWORD": source["PASSWORD"]}
        environment |= {"PGPORT": str(source["PORT"] or source["OPTIONS"].get("port") or 5432)}
        dump = self.var / "dump.sql"
        wanted = ["--schema=public", "--schema=hotel_a", "--no-owner", f"--file={dump}", source["NAME"]]
        subprocess.run([programs.binary("pg_dump"), *wanted], env=environment, check=True)
        # The schema called public is there already.
        dump.write_text(dump.read_text().replace("CREATE SCHEMA public;", "", 1))
        arguments = ["--quiet", "--set=ON_ERROR_STOP=1", f"--file={dump}", "--output=/dev/null", self.database_url]
        subprocess.run([programs.binary("psql"), *arguments], check=True)

    def kill(self, name: str) -> None:
        """Have a store die at once: PostgreSQL by an immediate shutdown, Redis by SIGKILL and with all it knew."""
        os.kill(self._process(name), signal.SIGQUIT if name == "postgres" else signal.SIGKILL)

    @contextlib.contextmanager
    def away(self, name: str) -> Iterator[None]:
        """Kill a store, and keep it away for the length of the block."""
        keeper = self._keeper(name)
        os.kill(keeper, signal.SIGSTOP)
        try:
            victim = self._process(name)
            self.kill(name)
            assert wait_until(lambda: self._state(victim) == "Z", seconds=PATIENCE_SECONDS)
            yield
        finally:
            os.kill(keeper, signal.SIGCONT)

    def answer(self) -> bool:
        """Return whether both answer."""
        try:
            with psycopg.connect(self.database_url, connect_timeout=2):
                return bool(Redis.from_url(self.redis_url).ping())
        except (psycopg.Error, RedisError):
            return False

    def _keeper(self, name: str) -> int:
        return int(json.loads((self.var / name / "state.json").read_text())["keeper"])

    def _process(self, name: str) -> int:
        keeper = self._keeper(name)
        found: list[int] = []

        def child_lives() -> bool:
            found[:] = [int(each) for each in Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()]
            return bool(found) and self._state(found[0]) not in {"Z", ""}

        assert wait_until(child_lives, seconds=PATIENCE_SECONDS), f"{name} does not come back"
        return found[0]

    def _state(self, pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return ""


class Premises:
    """The house and its processes. `web` and `worker` are started by the lines of bin/Procfile."""

    house: House

    def __init__(self, var: Path, sandbox: StripeRemote, port: int) -> None:
        self.stores = Stores(var)
        self.sandbox, self.port = sandbox, port
        self.mails = var / "mails"
        self.mails.mkdir()
        self._log = var / "processes.log"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._browsers: list[httpx.Client] = []
        self._nights = iter(range(3, DAYS, 2))
        self._environment = os.environ | {
            "DATABASE_URL": self.stores.database_url,
            "REDIS_URL": self.stores.redis_url,
            "STRIPE_API_BASE": sandbox.url,
            "CHANNEX_API_BASE": f"{self.stand_in('channex')}/api/v1",
            "BOOKINGCOM_API_BASE": self.stand_in("bookingcom"),
            "EMAIL_URL": f"filemail:///{self.mails}",
            "INNKEEP_MODE": "test",
            "PYTHON": sys.executable,
            "BIND": "127.0.0.1",
            "PORT": str(port),
        }

    def stand_in(self, name: str) -> str:
        """Return the address of another stand-in, which stands beside Stripe's."""
        return f"{self.sandbox.url.removesuffix('/stripe')}/{name}"

    # Processes

    def start(self, *names: str) -> None:
        """Start processes, and wait until the web server answers and its stores do."""
        commands = parse_procfile((ROOT / "bin" / "Procfile").read_text()).processes
        for name in names:
            with self._log.open("ab") as log:
                self._running[name] = subprocess.Popen(
                    ["setpriv", "--pdeathsig", "KILL", "sh", "-c", f"exec {commands[LINES.get(name, name)]}"],
                    cwd=ROOT,
                    env=self._environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        assert wait_until(self.stores.answer, seconds=PATIENCE_SECONDS)
        if "web" in names:
            assert wait_until(self._is_ready, seconds=PATIENCE_SECONDS), self.last_words()

    def kill(self, name: str) -> None:
        """Kill a process and all that belongs to it, as a machine that loses its power would."""
        process = self._running.pop(name)
        if name == "web":
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=PATIENCE_SECONDS)
        else:
            kill_tree(process)

    def is_up(self, name: str) -> bool:
        """Return whether a process was started and has not ended."""
        return name in self._running and self._running[name].poll() is None

    def pid(self, name: str) -> int:
        """Return the process id of a process that was started."""
        return self._running[name].pid

    def ensure(self) -> None:
        """Start what does not run, as a service manager does."""
        self.start(*(name for name in ("web", "worker") if not self.is_up(name)))

    def close(self) -> None:
        """Kill everything."""
        for browser in self._browsers:
            browser.close()
        for name in list(self._running):
            if self.is_up(name):
                self.kill(name)
        self.stores.close()

    def last_words(self) -> str:
        """Return the end of what the processes said."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-60:])

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/ready", trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def browser(self) -> httpx.Client:
        """Return a browser that asks here; it stays open until all is closed."""
        headers = {"Host": f"{HOST}:{self.port}"}
        address = f"http://127.0.0.1:{self.port}"
        self._browsers.append(httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=40))
        return self._browsers[-1]

    # The database, from the test's process

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Have this process work in hotel_a of the premises' database, with their Redis."""
        before = connections["default"]
        here = before.copy("default")
        address = Env.db_url_config(self.stores.database_url)
        here.settings_dict |= {name: address[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
        options = {name: text for name, text in before.settings_dict["OPTIONS"].items() if name not in {"host", "port"}}
        here.settings_dict["OPTIONS"] = options | address.get("OPTIONS", {})
        redis_before, settings.REDIS_URL = settings.REDIS_URL, self.stores.redis_url
        connections["default"] = here
        try:
            connection.set_schema("hotel_a")
            yield
        finally:
            here.close()
            connections["default"] = before
            settings.REDIS_URL = redis_before

    @contextlib.contextmanager
    def holding(self, statement: str) -> Iterator[None]:
        """Hold what the statement locks in hotel_a, until the block ends or PostgreSQL does."""
        with psycopg.connect(self.stores.database_url) as other:
            other.execute("SET search_path = hotel_a, public")
            other.execute(statement)  # type: ignore[call-overload]
            try:
                yield
            finally:
                with contextlib.suppress(psycopg.Error):
                    other.rollback()

    def wait_for_waiting(self, count: int = 1) -> None:
        """Wait until so many backends wait for a lock."""

        def waiting() -> bool:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                return bool(cursor.fetchone()[0] >= count)

        assert wait_until(waiting, seconds=PATIENCE_SECONDS), self.last_words()

    # Time

    def nights(self) -> tuple[date, date]:
        """Return two nights that nobody has asked for."""
        first = self.house.property.business_date + timedelta(days=next(self._nights))
        return first, first + timedelta(days=2)

    def wait_until_idle(self) -> None:
        """Wait until the queue is empty and the worker has no job, twice in a row."""
        redis = Redis.from_url(self.stores.redis_url)
        queues = [Queue(name, connection=redis) for name in ("clock", "default")]
        worker = self.pid("worker")

        def idle() -> bool:
            assert self.is_up("worker"), self.last_words()
            busy = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
            return not busy and not any(queue.count for queue in queues)

        def still_idle() -> bool:
            if not idle():
                return False
            time.sleep(0.05)
            return idle()

        assert wait_until(still_idle, seconds=6 * PATIENCE_SECONDS), (
            f"{[queue.count for queue in queues]} jobs\n{self.last_words()}"
        )

    def let_time_pass(self, models: tuple[Any, ...], by: timedelta = LONG_ENOUGH) -> None:
        """Let leases and graces end."""
        for model in models:
            due = model.objects.filter(next_attempt_at__isnull=False)
            due.update(next_attempt_at=F("next_attempt_at") - by)

    def tick(self) -> None:
        """Do what the clock does every minute."""
        for entry in SCHEDULE:
            if entry.interval == timedelta(minutes=1) and entry.path.startswith(CLOCKED):
                wake(entry)

    def recover(self, unfinished: Callable[[], list[str]], models: tuple[Any, ...]) -> None:
        """Let minutes pass, with everything running, until nothing is left to do."""
        self.ensure()
        self.sandbox.settle()
        for _ in range(12):
            self.wait_until_idle()
            if not unfinished():
                return
            self.let_time_pass(models)
            self.tick()
        raise AssertionError(f"{unfinished()}\n{self.last_words()}")


def furnish(premises: Premises) -> None:
    """Make Casa Lisboa in the premises' database: it is paid in full in advance."""
    from bookings.rates.enums import Deposit
    from bookings.rates.models import PaymentTerms, RatePlan

    premises.house = make_house(code="LIS", name="Casa Lisboa", today=timezone.now().date(), horizon_days=DAYS + 10)
    place = premises.house.property
    place.email = "desk@casa.example"
    place.save()
    terms = PaymentTerms.objects.create(property=place, code="FULL", name="Full", deposit=Deposit.FULL)
    RatePlan.objects.create(
        property=place, code="FULL", name="Full", parent=premises.house.rate_plan, payment_terms=terms,
        guarantee="prepaid",
    )  # fmt: skip
