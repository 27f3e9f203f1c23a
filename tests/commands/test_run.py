"""bin/run on a pristine copy of the checkout: first start, second start, two at once, every way of stopping."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.embedded.servers import ROOT
from pms.onboarding.demo_accounts import DEMO_ACCOUNTS

pytestmark = pytest.mark.long

NOT_COPIED = shutil.ignore_patterns("var", ".venv", ".git", ".*_cache", "__pycache__", ".hypothesis")
FIRST_START_SECONDS = 300
SECOND_START_SECONDS = 10
PATIENCE_SECONDS = 60


class Run:
    """A bin/run of its own process group, as a terminal starts it."""

    def __init__(self, checkout: Path, **environment: str) -> None:
        self.checkout = checkout
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        inherited = {
            name: text
            for name, text in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL", "INNKEEP_MODE", "DJANGO_SETTINGS_MODULE", "PYTHONWARNINGS"}
        }
        self.log = checkout.parent / f"{checkout.name}-{self.port}.log"
        self.begin = time.monotonic()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [checkout / "bin" / "run"],
                cwd="/",
                env={**inherited, "PORT": str(self.port), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_open(self, seconds: float) -> float:
        """Return how many seconds it took until a page came."""
        while time.monotonic() - self.begin < seconds and self.process.poll() is None:
            try:
                if self.status("/ready") == 200 and self.status("/accounts/login/") == 200:
                    return time.monotonic() - self.begin
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"No page within {seconds} s:\n{self.output()}")

    def output(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.output():
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)

    def status(self, path: str, host: str = "localhost") -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Host": f"{host}:{self.port}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - http, above
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def numbers(self, word: str) -> list[int]:
        """Return the numbers of the processes whose command line has a word."""
        return [number for number, line in self._found().items() if word in line]

    def processes(self) -> list[str]:
        """Return everything that runs on behalf of this checkout, by command line."""
        return list(self._found().values())

    def _found(self) -> dict[int, str]:
        marks = [os.fsencode(self.checkout), *(os.fsencode(path) for path in self.sockets())]
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                described = (entry / "cmdline").read_bytes() + b"\0" + os.fsencode((entry / "cwd").readlink())
            except OSError:
                continue
            if entry.name.isdecimal() and int(entry.name) != os.getpid() and any(mark in described for mark in marks):
                found[int(entry.name)] = described.replace(b"\0", b" ").decode(errors="replace")
        return found

    def sockets(self) -> list[str]:
        states = [self.checkout / "var" / name / "state.json" for name in ("postgres", "redis")]
        return [json.loads(state.read_text())["sockets"] for state in states if state.exists()]

    def stop(self, number: signal.Signals, *, group: bool) -> int:
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture
def start() -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(checkout: Path, **environment: str) -> Run:
        runs.append(Run(checkout, **environment))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.stop(signal.SIGTERM, group=False)


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What a newcomer saw, from the pristine copy to Ctrl-C."""

    checkout: Path
    greeting: str
    statuses: dict[str, int]
    process_count: int
    status: int
    left: list[str]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstStart]:
    copy = tmp_path_factory.mktemp("run") / "a copy of innkeep"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    (copy / ".venv").symlink_to((ROOT / ".venv").resolve())
    run = Run(copy)
    try:
        run.wait_until_open(FIRST_START_SECONDS)
        run.wait_for("Ctrl-C stops everything.")
        hosts = ("localhost", "lusitania.localhost", "baltic.localhost", "nobody.localhost")
        statuses = {host: run.status("/accounts/login/", host) for host in hosts}
        count, sockets = len(run.processes()), run.sockets()
    finally:
        status = run.stop(signal.SIGINT, group=True)  # Ctrl-C reaches everything in the terminal's group
    left = [*run.processes(), *(path for path in sockets if Path(path).exists())]
    greeting = run.output().replace(str(run.port), "8000")
    yield FirstStart(copy, greeting, statuses, count, status, left)
    shutil.rmtree(copy, ignore_errors=True)


def test_the_first_start_makes_the_demo_and_greets(first: FirstStart) -> None:
    assert "http://lusitania.localhost:8000/desk/" in first.greeting
    assert "http://baltic.localhost:8000/desk/" in first.greeting
    assert "Payments, a stand-in" in first.greeting
    for account in DEMO_ACCOUNTS:
        assert account.email in first.greeting
    expected = {"localhost": 200, "lusitania.localhost": 200, "baltic.localhost": 200, "nobody.localhost": 404}
    assert first.statuses == expected


def test_ctrl_c_leaves_nothing(first: FirstStart) -> None:
    assert first.process_count > 10
    assert (first.status, first.left) == (130, [])


def test_it_opens_again_within_ten_seconds_and_sigterm_leaves_nothing(
    first: FirstStart, start: Callable[..., Run]
) -> None:
    run = start(first.checkout)
    assert run.wait_until_open(SECOND_START_SECONDS) < SECOND_START_SECONDS
    assert "preparing" not in run.output()
    sockets = run.sockets()
    assert run.stop(signal.SIGTERM, group=False) == 143  # a supervisor tells only the first process
    assert run.processes() == []
    assert [path for path in sockets if Path(path).exists()] == []


def test_killed_it_leaves_nothing_and_starts_again(first: FirstStart, start: Callable[..., Run]) -> None:
    run = start(first.checkout)
    run.wait_until_open(PATIENCE_SECONDS)
    run.stop(signal.SIGKILL, group=False)
    deadline = time.monotonic() + 30
    while run.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert run.processes() == []

    again = start(first.checkout)
    again.wait_until_open(PATIENCE_SECONDS)
    assert again.stop(signal.SIGTERM, group=False) == 143


def test_a_process_that_is_killed_is_started_again(first: FirstStart, start: Callable[..., Run]) -> None:
    run = start(first.checkout)
    run.wait_until_open(PATIENCE_SECONDS)
    for number in run.numbers("gunicorn"):
        os.kill(number, signal.SIGKILL)
    run.wait_for("was killed; it is started again")
    run.begin = time.monotonic()
    assert run.wait_until_open(PATIENCE_SECONDS) < PATIENCE_SECONDS
    assert run.stop(signal.SIGTERM, group=False) == 143
    assert run.processes() == []


def test_a_command_beside_it_uses_its_servers_and_leaves_them_running(
    first: FirstStart, start: Callable[..., Run]
) -> None:
    run = start(first.checkout)
    run.wait_until_open(PATIENCE_SECONDS)
    inherited = {name: text for name, text in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    shown = subprocess.run(
        [first.checkout / ".venv/bin/python", first.checkout / "manage.py", "showmigrations", "tenants"],
        env={**inherited, "INNKEEP_MODE": "development"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "[X] 0001_initial" in shown.stdout
    assert run.status("/ready") == 200
    assert run.stop(signal.SIGTERM, group=False) == 143


def test_a_port_that_is_taken_is_one_sentence(first: FirstStart, start: Callable[..., Run]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(first.checkout, PORT=str(port))
        assert run.process.wait(timeout=60) == 1
    assert f"Port {port} of 127.0.0.1 cannot be used (Address already in use)" in run.output()
    assert run.processes() == []
