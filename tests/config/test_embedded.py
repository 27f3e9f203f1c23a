"""The embedded servers: shared while anybody uses them, gone afterwards, however the processes end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
import redis

from config import embedded
from config.embedded.servers import ROOT

PERSON = """
import os, sys
from pathlib import Path
from config import embedded
from config.embedded.servers import ROOT
embedded.ensure(testing=True, var=Path(sys.argv[1]))
print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
sys.stdin.readline()
if sys.argv[2:] == ["release"]:
    embedded.release()
"""


class Person:
    """A process that uses the servers under var until it is told to go."""

    def __init__(self, var: Path, *arguments: str) -> None:
        environment = {name: text for name, text in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PERSON, str(var), *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.database, self.redis = self.process.stdout.readline().split()

    def leave(self) -> None:
        self.process.communicate("\n", timeout=60)

    def query(self, statement: LiteralString) -> Any:
        with psycopg.connect(self.database, autocommit=True) as connection:
            row = connection.execute(statement).fetchone()
        return row[0] if row else None


@pytest.fixture
def arrive() -> Iterator[Callable[..., Person]]:
    people: list[Person] = []

    def arrive(var: Path, *arguments: str) -> Person:
        people.append(Person(var, *arguments))
        return people[-1]

    yield arrive
    for person in people:
        if person.process.poll() is None:
            person.leave()
        for stream in (person.process.stdin, person.process.stdout):
            if stream:
                stream.close()


def processes(var: Path) -> list[int]:
    """Return the keepers and postmasters of var."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(part.startswith(os.fsencode(var)) for part in arguments) and os.fsencode(PERSON) not in arguments:
                found.append(int(entry.name))
    return found


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def postmaster(var: Path) -> int:
    return int((var / "test/postgres/data/postmaster.pid").read_text().split()[0])


def test_the_servers_work_and_stop_with_the_last_who_uses_them(tmp_path: Path, arrive: Callable[..., Person]) -> None:
    felix, mia = arrive(tmp_path), arrive(tmp_path)
    assert (felix.database, felix.redis) == (mia.database, mia.redis)
    assert felix.query("SHOW server_version_num") >= "180000"
    assert redis.Redis.from_url(felix.redis).ping() is True

    felix.leave()
    assert mia.query("SELECT 1") == 1
    time.sleep(1)  # longer than a keeper takes to notice that it is not needed
    assert mia.query("SELECT 1") == 1

    mia.leave()
    assert eventually(lambda: processes(tmp_path) == [])
    assert not Path(mia.redis.removeprefix("unix://").split("?", maxsplit=1)[0]).parent.exists()


def test_release_returns_when_the_servers_have_stopped(tmp_path: Path, arrive: Callable[..., Person]) -> None:
    arrive(tmp_path, "release").leave()
    # A keeper that has given up its lock is seen for a moment more, while it ends.
    assert eventually(lambda: processes(tmp_path) == [], seconds=1)


def test_a_killed_person_leaves_no_server(tmp_path: Path, arrive: Callable[..., Person]) -> None:
    felix = arrive(tmp_path)
    felix.process.kill()
    felix.process.wait()
    assert eventually(lambda: processes(tmp_path) == [])


def test_a_killed_server_starts_again_at_the_same_address(tmp_path: Path, arrive: Callable[..., Person]) -> None:
    felix = arrive(tmp_path)
    killed = postmaster(tmp_path)
    os.kill(killed, signal.SIGKILL)

    def is_back() -> bool:
        try:
            return felix.query("SELECT 1") == 1 and postmaster(tmp_path) != killed
        except (psycopg.OperationalError, OSError):
            return False

    assert eventually(is_back)


def test_a_killed_keeper_takes_its_server_along_and_the_next_start_finds_the_data(
    tmp_path: Path, arrive: Callable[..., Person]
) -> None:
    felix = arrive(tmp_path)
    with psycopg.connect(felix.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE guest AS SELECT 'Greta' AS name")
    for server in ("postgres", "redis"):
        os.kill(json.loads((tmp_path / "test" / server / "state.json").read_text())["keeper"], signal.SIGKILL)
    assert eventually(lambda: processes(tmp_path) == [])

    mia = arrive(tmp_path)
    assert mia.query("SELECT name FROM guest") == "Greta"
    assert not Path(felix.redis.removeprefix("unix://").split("?", maxsplit=1)[0]).parent.exists()


def test_everything_killed_at_once_is_no_obstacle(tmp_path: Path, arrive: Callable[..., Person]) -> None:
    felix = arrive(tmp_path)
    for number in [felix.process.pid, *processes(tmp_path)]:
        os.kill(number, signal.SIGKILL)
    felix.process.wait()
    assert arrive(tmp_path).query("SELECT 1") == 1


def test_a_stale_process_id_that_is_somebody_elses_now_is_no_obstacle(
    tmp_path: Path, arrive: Callable[..., Person]
) -> None:
    arrive(tmp_path, "release").leave()
    # Our own number: alive, and no PostgreSQL. The remaining lines are what a killed server leaves.
    left = [str(os.getpid()), str(tmp_path), "1", "5432", "/nowhere", "", "0 0", "ready"]
    (tmp_path / "test/postgres/data/postmaster.pid").write_text("\n".join(left) + "\n")
    assert arrive(tmp_path).query("SELECT 1") == 1


def test_long_paths_with_spaces_and_several_copies_side_by_side(tmp_path: Path, arrive: Callable[..., Person]) -> None:
    deep = tmp_path / ("a rather long name for a directory " * 3).strip() / "Žvėrynas, 'east'"
    deep.mkdir(parents=True)
    here, there = arrive(deep), arrive(tmp_path)
    assert len(str(deep)) > 107
    assert (here.query("SELECT 1"), there.query("SELECT 1")) == (1, 1)
    assert here.database != there.database
    assert here.redis != there.redis


def test_text_sorts_by_code_point_and_knows_every_letter(tmp_path: Path, arrive: Callable[..., Person]) -> None:
    felix = arrive(tmp_path)
    assert felix.query("SHOW server_encoding") == "UTF8"
    assert felix.query("SELECT upper('žaliasis ąžuolas')") == "ŽALIASIS ĄŽUOLAS"
    assert felix.query("SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b', 'Ä', 'a', 'B']) AS x") == "BabÄ"


def test_nothing_starts_when_the_environment_names_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://innkeep@db.example/innkeep")
    monkeypatch.setenv("REDIS_URL", "redis://redis.example/0")
    embedded.ensure(testing=True, var=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_production_does_not_run_on_embedded_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNKEEP_MODE", "production")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SystemExit, match="DATABASE_URL is not set, and production does not run on embedded servers"):
        embedded.ensure(var=tmp_path)
    assert list(tmp_path.iterdir()) == []
