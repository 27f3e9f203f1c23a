"""What bin/run does once everything is installed: servers, database, demo, and the processes of bin/Procfile."""

import ctypes
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from multiprocessing import Event
from threading import Thread
from types import FrameType
from typing import Any, NoReturn

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.process import Process

from config import embedded
from config.embedded.servers import ROOT

READY_TIMEOUT_SECONDS = 60
#: Where the stand-ins for payment providers and channels listen, counted from the port of the web server.
SANDBOX_OFFSET = 900
SANDBOX = '"$PYTHON" -m tests.sandbox --port "$SANDBOX_PORT" --state var/sandbox --public-url "http://localhost:$SANDBOX_PORT"'
#: Somebody else's website with the booking widget in it, and how far from there: copies at 8001 and 8100 stay clear.
ELSEWHERE_OFFSET = 50
ELSEWHERE = '"$PYTHON" -m tests.sandbox.elsewhere --port "$ELSEWHERE_PORT" --hotel "http://lusitania.localhost:$PORT" --property LIS'
#: Each provider's address, unless the environment names the real one or another.
API_BASES = {"STRIPE_API_BASE": "stripe", "RAZORPAY_API_BASE": "razorpay", "PAYPAL_API_BASE": "paypal"}
#: The same for channels, which are stand-ins as long as the payment providers are.
CHANNEL_BASES = {
    "CHANNEX_API_BASE": "channex/api/v1",
    "BOOKINGCOM_API_BASE": "bookingcom",
    "EXPEDIA_API_BASE": "expedia",
    "AIRBNB_API_BASE": "airbnb",
}
PR_SET_PDEATHSIG = 1
#: How long a process that was killed stays away.
RESTART_SECONDS = 0.5


def stay(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the process that is attended to is told itself."""


class Attendant(Process):
    """Honcho's companion of one process, which does not outlive the manager however that ends.

    A process that somebody kills is started again, as a service manager does; one that ends by itself ends the house.
    """

    #: Set when the house closes; made before the companions are forked.
    closing = Event()
    _is_killed = False

    def run(self, events: object = None, ignore_signals: bool = False) -> None:
        """Run the process; should the manager be killed, end with it."""
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        super().run(events, ignore_signals)
        while self._is_killed:
            self._is_killed = False
            # An ignored signal would stay ignored in the new process; one that a function takes does not.
            signal.signal(signal.SIGINT, stay)
            signal.signal(signal.SIGTERM, stay)
            super().run(events, ignore_signals)

    def _send_message(self, data: Any, type: str = "line") -> None:
        if type == "stop" and data["returncode"] == -signal.SIGKILL and not self.closing.wait(RESTART_SECONDS):
            self._is_killed = True
            data, type = b"was killed; it is started again\n", "line"
        super()._send_message(data, type)


class House(Manager):
    """Honcho's manager, which greets when the web server answers."""

    def __init__(self, port: int) -> None:
        """Read bin/Procfile; nothing starts yet."""
        super().__init__()
        self.port = port
        self._process_ctor = Attendant
        processes = dict(parse_procfile((ROOT / "bin" / "Procfile").read_text()).processes)
        if os.environ.get("SANDBOX_PORT"):
            processes["payments"] = SANDBOX
            processes["elsewhere"] = ELSEWHERE
        for name, command in processes.items():
            self.add_process(name, f"exec setpriv --pdeathsig TERM {command}", cwd=str(ROOT))

    def _system_print(self, data: str) -> None:
        """Say only what a person wants to know: nothing about starts, everything about ends."""
        if " started (" not in data:
            super()._system_print(data)

    def terminate(self) -> None:
        """End every process, and start none again."""
        Attendant.closing.set()
        super().terminate()

    def _start(self) -> None:
        super()._start()
        Thread(target=self._greet, daemon=True).start()

    def _greet(self) -> None:
        if wait_until_ready(self.port):
            connect_sandbox()
            print(greeting(self.port), flush=True)
        elif not self._terminating:
            print(f"innkeep: nothing answers on port {self.port} yet; the lines above say why.", flush=True)


def wait_until_ready(port: int) -> bool:
    """Wait until the web server on this machine's port says it is ready; False after a minute."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def choose_providers(port: int) -> None:
    """Send payments and channels to stand-ins on this machine, unless the environment names a provider's address."""
    if any(os.environ.get(name) for name in API_BASES):
        return
    os.environ["SANDBOX_PORT"] = str(port + SANDBOX_OFFSET if port + SANDBOX_OFFSET < 65536 else port - SANDBOX_OFFSET)
    os.environ["ELSEWHERE_PORT"] = str(int(os.environ["SANDBOX_PORT"]) - ELSEWHERE_OFFSET)
    chosen = {name: path for name, path in CHANNEL_BASES.items() if not os.environ.get(name)}
    for name, path in (API_BASES | chosen).items():
        os.environ[name] = f"http://localhost:{os.environ['SANDBOX_PORT']}/{path}"


def connect_sandbox() -> None:
    """Register the demo's webhooks at the stand-in, sell its hotel there at OTAs, and let the page elsewhere show the demo's
    widget.

    Without the first, payments are only heard of when somebody looks.
    """
    if os.environ.get("SANDBOX_PORT"):
        elsewhere = f"http://localhost:{os.environ['ELSEWHERE_PORT']}"
        for command in (["connect_sandbox"], ["allow_embedding", "lusitania", elsewhere]):
            # Should the house close meanwhile, by order or killed, this ends with it.
            arguments = ["setpriv", "--pdeathsig", "KILL", sys.executable, "manage.py", *command, "--verbosity", "0"]
            with subprocess.Popen(arguments, cwd=ROOT) as process:
                while process.poll() is None:
                    if Attendant.closing.wait(0.1):
                        process.kill()


def greeting(port: int) -> str:
    """Return what a newcomer sees first: the addresses, the demo accounts, what to try."""
    from pms.onboarding.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD  # noqa: PLC0415 - only bin/run greets

    width = max(len(account.email) for account in DEMO_ACCOUNTS)
    people = [
        f"    {account.email:<{width}}  {account.organization or 'the platform':<12}  {account.what}"
        for account in DEMO_ACCOUNTS
    ]
    return "\n".join(
        [
            "",
            "  Innkeep is running.",
            "",
            f"    Lusitania, hotel and resort     http://lusitania.localhost:{port}/desk/",
            f"    Baltic, vacation rentals        http://baltic.localhost:{port}/desk/",
            f"    The platform itself             http://localhost:{port}/",
            *sandbox_lines(),
            "",
            f"  Sign in with the password {DEMO_PASSWORD} as:",
            "",
            *people,
            "",
            "  Try first: open Lusitania's desk as Felix and drag a booking to another room; the preview asks before",
            "  anything changes. N is a new booking, / searches, ? shows every key. README.md: five minutes of first use.",
            "",
            "  Ctrl-C stops everything.",
            "",
        ]
    )


def sandbox_lines() -> list[str]:
    """Return where payments go and guests book at OTAs, if that is a stand-in."""
    port = os.environ.get("SANDBOX_PORT")
    if not port:
        return []
    return [
        f"    Payments, a stand-in            http://localhost:{port}/  (card 4242 4242 4242 4242)",
        f"    Booking.com and others, as guest http://localhost:{port}/channex/extranet/",
        f"    The widget on another's page    http://localhost:{os.environ['ELSEWHERE_PORT']}/",
    ]


def chosen_port() -> int:
    """Return PORT (8000 by default); end with one sentence when it is no port or somebody else's."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        sys.exit(f"PORT is {text!r}, which is not a port: choose a number from 1 to 65535.")
    address = os.environ.setdefault("BIND", "127.0.0.1")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, int(text)))
        except OSError as error:
            sys.exit(f"Port {text} of {address} cannot be used ({error.strerror}): try PORT={int(text) + 100} bin/run")
    return int(text)


def prepare_database(*, is_embedded: bool) -> None:
    """Migrate and make the demo; free when nothing changed since that was last done to this embedded database."""
    stamp, state = ROOT / "var" / "postgres" / "prepared", _state_of_migrations()
    if is_embedded and stamp.exists() and stamp.read_text() == state:
        return
    for arguments, doing in (
        (["migrate_schemas"], "preparing the database"),
        (["seed_demo"], "making the demo, unless it is there (half a minute)"),
        (["dress_demo"], "painting the demo's pictures, unless they are there (half a minute)"),
    ):
        print(f"innkeep: {doing}", flush=True)
        done = subprocess.run([sys.executable, "manage.py", *arguments, "--verbosity", "0"], cwd=ROOT, check=False)
        if done.returncode and arguments != [
            "migrate_schemas"
        ]:  # a demo that somebody changed is no reason to stay closed
            print("innkeep: the demo stays as it is; the line above says why", flush=True)
        elif done.returncode:
            sys.exit(f"manage.py {arguments[0]} ended with status {done.returncode}; the lines above say why.")
    if is_embedded:
        stamp.write_text(state)


def _state_of_migrations() -> str:
    """Return what changes when a migration, the demo or the database itself is another."""
    files = sorted(path for pattern in ("*/*/migrations/*.py", "pms/onboarding/*.py") for path in ROOT.glob(pattern))
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in files:
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    cluster = ROOT / "var" / "postgres" / "data" / "PG_VERSION"
    born = cluster.stat().st_mtime_ns if cluster.exists() else 0
    return f"{digest.hexdigest()} {born}"


def stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """End now: what is running is a set-up step, which is ended with us."""
    sys.exit(143)


def main() -> int:
    """Run the house until Ctrl-C, SIGTERM or the end of one of its processes; return the exit status."""
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, lambda _number, _frame: os.kill(os.getpid(), signal.SIGTERM))
    os.environ |= {"PYTHON": sys.executable, "PYTHONUNBUFFERED": "1", "PORT": str(chosen_port())}
    try:
        is_embedded = "DATABASE_URL" not in os.environ
        embedded.ensure()
        choose_providers(int(os.environ["PORT"]))
        prepare_database(is_embedded=is_embedded)
        house = House(int(os.environ["PORT"]))
        house.loop()
        return int(house.returncode or 0)
    except KeyboardInterrupt:
        return 130
    finally:
        embedded.release()


if __name__ == "__main__":
    sys.exit(main())
