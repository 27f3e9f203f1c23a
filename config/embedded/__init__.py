"""PostgreSQL and Redis of a checkout's own, under var/, for when the environment names no servers.

Each server has one keeper: a small process of its own session that starts the server as its child,
starts it again should it die, and stops it when nobody uses it any more. Who uses a server holds a
shared lock on `users.lock`; the keeper waits for the exclusive one. The kernel releases the locks of a
process however it ends, so nothing is counted, nothing goes stale, and a `kill -9` leaves nothing behind:
a server whose keeper is killed is told by the kernel to stop.

Both servers listen on Unix sockets in a private directory under /tmp (a socket's path may have 107
characters, a checkout's may have more), so copies of Innkeep never meet.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

from config.embedded.locks import locked, open_lock, try_exclusive
from config.embedded.servers import ROOT, SERVERS, EmbeddedServerError, Server, wait_until

RELEASE_TIMEOUT_SECONDS = 30

_held: dict[Path, tuple[Server, int]] = {}


def ensure(*, testing: bool | None = None, var: Path = ROOT / "var") -> None:
    """Set DATABASE_URL and REDIS_URL to embedded servers, where the environment names none, and start these.

    The servers stay until the last process that called this has ended. testing (by default when INNKEEP_MODE is
    "test") means servers of their own that do not wait for the disk. Ends the process with one sentence when a
    server cannot start.
    """
    if testing is None:
        testing = os.environ.get("INNKEEP_MODE") == "test"
    for kind in SERVERS.values():
        if os.environ.get(kind.variable):
            continue
        if os.environ.get("INNKEEP_MODE") == "production":
            sys.exit(f"{kind.variable} is not set, and production does not run on embedded servers.")
        try:
            os.environ[kind.variable] = attach(kind(var.resolve(), testing=testing))
        except (EmbeddedServerError, OSError) as error:
            sys.exit(f"Innkeep could not start its embedded {kind.__name__}: {error}")


def attach(server: Server) -> str:
    """Use server for as long as this process lives, starting it if nobody has; return its address."""
    server.home.mkdir(parents=True, exist_ok=True)
    if server.home not in _held:
        users = open_lock(server.users_lock)
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping the server
        _held[server.home] = (server, users)
    with locked(server.start_lock):
        keeper = open_lock(server.keeper_lock)
        keeper_is_gone = try_exclusive(keeper)
        os.close(keeper)
        if keeper_is_gone:
            _start_keeper(server)
        address: str = json.loads(server.state.read_text())["url"]
    return address


def _start_keeper(server: Server) -> None:
    reader, writer = os.pipe()
    arguments = [server.name, str(server.home.parent.parent if server.testing else server.home.parent)]
    with os.fdopen(reader) as news, (server.home / "keeper.log").open("a") as log:
        subprocess.Popen(
            [sys.executable, "-m", "config.embedded", "keep", *arguments, str(int(server.testing)), str(writer)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[writer],
        )
        os.close(writer)
        outcome = news.read().strip()
    if outcome != "ready":
        raise EmbeddedServerError(outcome or f"it ended early; see {server.home / 'keeper.log'}")


def release() -> None:
    """Use the servers no more; wait until those that nobody else uses have stopped."""
    for server, users in _held.values():
        if try_exclusive(users):  # nobody else: hold newcomers off until the keeper has finished
            with contextlib.suppress(OSError, ValueError, KeyError):
                os.kill(json.loads(server.state.read_text())["keeper"], signal.SIGTERM)
            keeper = open_lock(server.keeper_lock)
            wait_until(partial(try_exclusive, keeper), seconds=RELEASE_TIMEOUT_SECONDS)
            os.close(keeper)
        os.close(users)
        os.environ.pop(server.variable, None)
    _held.clear()
