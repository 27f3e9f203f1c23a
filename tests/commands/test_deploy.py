"""What deploy/ holds runs in production mode, on servers it is given, and starts none of its own."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg import sql

from config.embedded.servers import ROOT

NOT_COPIED = shutil.ignore_patterns("var", ".venv", ".git", ".*_cache", "__pycache__", ".hypothesis")


def test_every_variable_that_is_read_is_explained() -> None:
    sources = [*ROOT.glob("config/*.py"), *ROOT.glob("bin/*"), *ROOT.glob("deploy/start")]
    text = "\n".join(path.read_text() for path in sources if path.is_file())
    read = set(re.findall(r"""(?:env(?:\.\w+)?|secret)\(\s*"([A-Z_]+)\"""", text))
    read |= {"INNKEEP_MODE", *re.findall(r"\$\{([A-Z_]+):-", text)}
    explained = set(re.findall(r"^\| `([A-Z_]+)` ", (ROOT / "docs/operations.md").read_text(), re.MULTILINE))
    assert len(read) > 15
    assert read - explained == set()
    assert explained - read == set()


@pytest.fixture
def production(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A copy of the checkout, and the environment of a production with a database of its own."""
    name = f"release_{secrets.token_hex(4)}"
    given = os.environ["DATABASE_URL"]
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    copy = tmp_path / "innkeep"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    (copy / ".venv").symlink_to((ROOT / ".venv").resolve())
    yield (
        copy,
        {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "INNKEEP_MODE": "production",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "BASE_DOMAIN": "inn.example",
            "DATABASE_URL": re.sub(r"/[^/?]+\?", f"/{name}?", given) if "?" in given else f"{given}",
            "REDIS_URL": os.environ["REDIS_URL"].split("?", maxsplit=1)[0] + "?db=15",
            "EMAIL_URL": "smtp://127.0.0.1:2525",
            "DEFAULT_FROM_EMAIL": "Innkeep <noreply@inn.example>",
            "STATIC_ROOT": str(tmp_path / "static"),
            "MEDIA_ROOT": str(tmp_path / "media"),
        },
    )
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    shutil.rmtree(copy, ignore_errors=True)


@pytest.mark.long
def test_a_release_migrates_collects_and_serves(production: tuple[Path, dict[str, str]]) -> None:
    copy, environment = production
    released = subprocess.run([copy / "deploy/release"], env=environment, capture_output=True, text=True, check=False)
    assert released.returncode == 0, released.stderr
    assert (Path(environment["STATIC_ROOT"]) / "staticfiles.json").exists()

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = [
        subprocess.Popen([copy / "deploy/start", name], env={**environment, "PORT": str(port)})
        for name in ("web", "worker", "relay", "scheduler")
    ]
    try:
        deadline = time.monotonic() + 30
        while status(port, "/ready") != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert status(port, "/accounts/login/") == 200
        assert [process.poll() for process in started] == [None] * 4
        assert not (copy / "var/postgres").exists()
        assert not (copy / "var/redis").exists()
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        statuses = [process.wait(timeout=30) for process in started]
    # One that was still starting up had nothing to finish: the signal alone ends it.
    assert set(statuses) <= {0, -signal.SIGTERM}


def status(port: int, path: str) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Host": "inn.example", "X-Forwarded-Proto": "https"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - http, above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except urllib.error.URLError:
        return 0


@pytest.mark.parametrize("name", ["SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL"])
def test_production_has_no_default_for(name: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "INNKEEP_MODE": "production",
        "SECRET_KEY": "x" * 50,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
    }
    del environment[name]
    done = subprocess.run(
        [ROOT / ".venv/bin/python", "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert name in done.stderr
