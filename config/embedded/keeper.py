"""The keeper: the process that starts, restarts and stops one server (why: see the package)."""

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import FrameType

from config.embedded.locks import open_lock, try_exclusive
from config.embedded.servers import SERVERS, Account, EmbeddedServerError, Server, plain_environment, wait_until

POLL_SECONDS = 0.2
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 20


class Keeper:
    """The process that starts, restarts and stops one server."""

    def __init__(self, server: Server) -> None:
        """Take server's place; nothing starts yet."""
        self.server = server
        self.account = Account(server.data)
        self.sockets = Path()
        self.child: subprocess.Popen[bytes] | None = None
        self.told_to_stop = False

    def open(self) -> None:
        """Start the server and write down where it is; raise EmbeddedServerError if it does not answer."""
        self._forget_predecessor()
        self.server.prepare(self.account)
        parent = "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else tempfile.gettempdir()
        self.sockets = Path(tempfile.mkdtemp(prefix="innkeep-", dir=parent))
        self.account.own(self.sockets)
        self._start_server()
        written = self.server.state.with_suffix(".new")
        written.write_text(
            json.dumps({"url": self.server.url(self.sockets), "keeper": os.getpid(), "sockets": str(self.sockets)})
        )
        written.rename(self.server.state)

    def _forget_predecessor(self) -> None:
        """Remove the sockets of a keeper that was killed."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            shutil.rmtree(json.loads(self.server.state.read_text())["sockets"], ignore_errors=True)
        self.server.state.unlink(missing_ok=True)

    def _start_server(self) -> None:
        for _attempt in range(3):  # a killed server's last backends may hold its memory for a moment
            with self.server.log.open("ab") as log:
                self.child = subprocess.Popen(
                    self.server.command(self.account, self.sockets),
                    cwd="/",
                    env=plain_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            if self._answers(self.child):
                return
            self.child.kill()
            self.child.wait()
            time.sleep(0.5)
        raise EmbeddedServerError(f"it does not start. The end of {self.server.log}:\n{self.server.last_words()}")

    def _answers(self, child: subprocess.Popen[bytes]) -> bool:
        wait_until(
            lambda: child.poll() is not None or self.server.is_ready(self.sockets), seconds=START_TIMEOUT_SECONDS
        )
        return child.poll() is None and self.server.is_ready(self.sockets)

    def keep(self) -> None:
        """Stay until nobody uses the server or SIGTERM arrives, restarting a server that died; then stop it."""
        users = open_lock(self.server.users_lock)
        try:
            while not self.told_to_stop and not try_exclusive(users):
                time.sleep(POLL_SECONDS)
                if self.child and self.child.poll() is not None and not self.told_to_stop:
                    self.server.prepare(self.account)
                    self._start_server()
        finally:
            self.close()

    def close(self) -> None:
        """Stop the server, with force if it takes more than 20 s, and remove what only a running one needs."""
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)
            try:
                self.child.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.server.state.unlink(missing_ok=True)
        if self.sockets != Path():
            shutil.rmtree(self.sockets, ignore_errors=True)


def keep(name: str, var: str, testing: str, pipe: str) -> None:
    """Run a keeper: report "ready" or a sentence on the pipe, then keep until the last user is gone."""
    server = SERVERS[name](Path(var), testing=testing == "1")
    lock = open_lock(server.keeper_lock)
    fcntl.flock(lock, fcntl.LOCK_EX)
    ctypes.CDLL(None).prctl(15, b"innkeep-keeper", 0, 0, 0)  # PR_SET_NAME, for ps and top

    with os.fdopen(int(pipe), "w") as news:
        try:
            keeper = Keeper(server)

            def stop(_number: int, _frame: FrameType | None) -> None:
                keeper.told_to_stop = True

            signal.signal(signal.SIGTERM, stop)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            keeper.open()
        except (EmbeddedServerError, OSError, KeyError) as error:
            news.write(str(error))
            return
        news.write("ready")
    try:
        keeper.keep()
    finally:
        os.close(lock)  # before the users' lock, so that who comes next finds the keeper gone
