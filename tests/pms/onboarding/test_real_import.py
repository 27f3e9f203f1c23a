"""The whole published file: 119,390 rows, both guards on, within the time and memory promised."""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django_tenants.utils import schema_context

from tests.pms.onboarding.real_file import real_file

ROOT = Path(__file__).resolve().parents[3]
SLUG = "real-demand"
MEGABYTES = 1024


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_the_whole_file_within_memory(tmp_path: Path) -> None:
    file = real_file()
    address = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))

    def manage(*arguments: str) -> tuple[str, int]:
        with subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=tmp_path,
            env=os.environ | {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as child:
            out, err = child.communicate()
            assert child.returncode == 0, err
        return out, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024

    command = ("import_bookings", str(file), "--organization", SLUG, "--replay-to", "2026-11-20")
    said, megabytes = manage(*command)
    assert "119,390 rows = 114,063 imported + 826 rejected + 4,501 not made yet" in said
    assert re.search(r"City Hotel \(CITY\): 249 rooms of 8 types", said)
    assert re.search(r"Resort Hotel \(RESORT\): 210 rooms of 10 types", said)
    assert megabytes < MEGABYTES
    assert len((tmp_path / f"{file.name}.rejects.csv").read_text().splitlines()) == 1 + 826
    certificates, _ = manage("check_invariants", "--organization", SLUG)
    assert certificates.count("everything holds") == 2
    again, _ = manage(*command)
    assert "Nothing was changed." in again
    with schema_context(SLUG.replace("-", "_")), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM reservations_staynight n JOIN reservations_reservation r ON r.id = n.reservation_id "
            "WHERE r.status IN ('checked_in', 'checked_out') AND n.unit_id IS NULL"
        )
        assert cursor.fetchone() == (0,)
