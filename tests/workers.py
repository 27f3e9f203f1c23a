"""Real workers on the test's own database and Redis, and how they are killed."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from config.env import BASE_DIR


def worker_start(code: str, *paths: Path, **environment: str) -> "subprocess.Popen[bytes]":
    """Start a process that runs code, with `paths` to import from and further variables; it stops by itself."""
    database = connection.settings_dict
    host = database["HOST"] or database["OPTIONS"].get("host", "")
    port = database["PORT"] or database["OPTIONS"].get("port", "")
    address = f"postgresql://{database['USER']}:{quote(database['PASSWORD'])}@/{database['NAME']}?host={quote(host)}"
    everything = os.environ | {
        "DATABASE_URL": f"{address}&port={port}" if port else address,
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": os.pathsep.join(map(str, (BASE_DIR, *paths))),
        **environment,
    }
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=everything, start_new_session=True)


def kill_tree(process: "subprocess.Popen[bytes]") -> None:
    """Kill a worker and the process that does its job, as a machine that loses its power would."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for each in (process.pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    process.wait(timeout=10)
