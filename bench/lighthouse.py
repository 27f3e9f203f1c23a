"""Lighthouse over the guests' pages of the demo, as a phone sees them: performance, accessibility, practices, search engines.

Wants Node and Chromium; npx fetches Lighthouse at the first run. It measures what a production serves, but for the
compression that the proxy in front of it adds to pages.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context

from bench.checkout import hold
from bench.measuring import Figure
from bench.serving import host_of, server
from config.env import BASE_DIR
from pms.properties.models import Property
from pms.tenants.models import Organization

VERSION = "12.8.2"
SLUG = "lusitania"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TARGET = 95
TRIES = 3
STATIC = BASE_DIR / "var" / "bench-static"


def measure_lighthouse(*, today: date, times: int) -> list[Figure]:
    """Look at each page so many times on a simulated phone, and return the medians of the four scores, 0 to 100."""
    if shutil.which("npx") is None:
        return [Figure("lighthouse", "not measured: there is no npx here", "")]
    organization = _demo()
    with schema_context(organization.schema_name):
        code = Property.objects.filter(is_listed=True).values_list("code", flat=True)[0]
    stay = f"arrival={today + timedelta(days=40)}&departure={today + timedelta(days=42)}&adults=2"
    pages = {
        "home": "/",
        "search": f"/booking/search/?{stay}",
        "property": f"/booking/property/{code}/",
        "offers": f"/booking/property/{code}/book/?{stay}",
    }
    production = _production()
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=BASE_DIR, env=os.environ | production, check=True)
    with server(**production) as port:
        # Who is coming and what is paid: a page of one guest's own, which asks search engines to leave it alone.
        guest = hold(port=port, host=host_of(organization), code=code, arrival=today + timedelta(days=40))
        found = [
            _figure(name, [_scores(f"http://{host_of(organization)}:{port}{path}", CATEGORIES) for _ in range(times)])
            for name, path in pages.items()
        ]
        own = [_scores(f"http://{host_of(organization)}:{port}{guest}", CATEGORIES[:3]) for _ in range(times)]
        return [*found, _figure("guest and payment", own)]


def _demo() -> Organization:
    if not Organization.objects.filter(slug=SLUG).exists():
        try:
            call_command("seed_demo", verbosity=0)
        except CommandError as error:
            raise RuntimeError(f"There is no demo to look at: {error}") from error
    demo: Organization = Organization.objects.get(slug=SLUG)
    return demo


def _production() -> dict[str, str]:
    """Return the environment of a production that answers without TLS, with the keys that the demo was made with."""
    return {
        "INNKEEP_MODE": "production",
        "SECURE_SSL_REDIRECT": "0",
        "SECRET_KEY": str(settings.SECRET_KEY),
        "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "BASE_DOMAIN": str(settings.BASE_DOMAIN),
        "STATIC_ROOT": str(STATIC),
    }


def _scores(address: str, categories: Sequence[str]) -> dict[str, float]:
    """Return the scores of one look, 0 to 100; a browser that was too slow to begin gets another try."""
    for _ in range(TRIES):
        said = _look(address, categories)
        if not said.get("runtimeError"):
            break
    else:
        raise RuntimeError(f"Lighthouse could not look at {address}: {said['runtimeError']['message']}")
    for audit in said["audits"].values():
        if audit["scoreDisplayMode"] == "binary" and audit["score"] == 0:
            _remark(f"{urlsplit(address).path}: {audit['title']}")
    return {name: (said["categories"][name]["score"] or 0) * 100 for name in categories}


@cache
def _remark(what: str) -> None:
    """Say what costs points, once."""
    print(f"bench: {what}", file=sys.stderr)


def _look(address: str, categories: Sequence[str]) -> dict[str, Any]:
    """Return Lighthouse's report."""
    chromium = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome") or ""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            "npx",
            "--yes",
            f"lighthouse@{VERSION}",
            address,
            "--quiet",
            "--output=json",
            f"--output-path={report}",
        ]
        command += [f"--only-categories={','.join(categories)}", "--chrome-flags=--headless=new --no-sandbox"]
        done = subprocess.run(
            command,
            env=os.environ | {"CHROME_PATH": chromium},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if not report.exists():
            raise RuntimeError(f"Lighthouse said nothing about {address}: {done.stderr[-600:]}")
        said: dict[str, Any] = json.loads(report.read_text())
    return said


def _figure(name: str, looks: list[dict[str, float]]) -> Figure:
    middle = {category: median(look[category] for look in looks) for category in looks[0]}
    return Figure(
        "lighthouse",
        f"{name}: {', '.join(middle)}",
        " / ".join(f"{score:.0f}" for score in middle.values()),
        target=f"{TARGET} each",
        met=min(middle.values()) >= TARGET,
    )
