"""The real server under measurement, and clients that speak plain HTTP to it."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from ipaddress import IPv4Address
from random import randrange
from time import monotonic, perf_counter, sleep

from django.conf import settings
from django.test import Client
from django_tenants.utils import schema_context

from bench.measuring import Taken
from config.env import BASE_DIR
from pms.accounts.models import User
from pms.tenants.models import Organization


@contextmanager
def server(**environment: str) -> Iterator[int]:
    """Run gunicorn as bin/Procfile does, with DEBUG off and what else its environment says; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload", "--log-level", "warning"]
    log = BASE_DIR / "var" / "bench-server.log"
    with log.open("w") as output:
        around = os.environ | {"DEBUG": "0"} | environment
        process = subprocess.Popen(command, cwd=BASE_DIR, env=around, stdout=output, stderr=output)
        try:
            _wait(port, process)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + 60
    while monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            sleep(0.1)
    raise RuntimeError("The server did not start; var/bench-server.log says why.")


def signed_in(organization: Organization, email: str) -> str:
    """Return the Cookie header of somebody signed in to the organization."""
    with schema_context(organization.schema_name):
        client = Client(headers={"host": host_of(organization)})
        client.force_login(User.objects.get(email=email))
        return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def host_of(organization: Organization) -> str:
    """Return the host on which the organization answers."""
    return f"{organization.slug}.{settings.BASE_DOMAIN}"


def get_many(*, port: int, paths: Sequence[str], headers: dict[str, str], times: int) -> Taken:
    """Ask for all paths one after the other, so many times; one act is all of them. Raises when one is not 200.

    Each act is somebody else's, where the server looks behind a proxy (TRUSTED_PROXY_COUNT): what one visitor may ask for in
    a minute is no measure of the pages.
    """
    taken = Taken()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(times):
        somebody = headers | {"X-Forwarded-For": str(IPv4Address(0x0A000000 + randrange(1 << 24)))}
        start = perf_counter()
        for path in paths:
            connection.request("GET", path, headers=somebody)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
        taken.seconds.append(perf_counter() - start)
    connection.close()
    return taken


def body_of(*, port: int, path: str, headers: dict[str, str]) -> bytes:
    """Return what path answers, as it comes over the wire."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return body
