"""The figures as a table for the terminal and for docs/performance.md."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from django.db import connection

from bench.measuring import Figure

HEADINGS = ("part", "question", "Innkeep, p50 / p95", "raw SQL", "ratio", "target", "")


def as_text(figures: Sequence[Figure]) -> str:
    """Return the figures in columns."""
    rows = [HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([machine(), "", *lines])


def as_markdown(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table under the machine they came from."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|" + "---|" * len(HEADINGS)]
    lines += [f"| {' | '.join(_cells(figure))} |" for figure in figures]
    return "\n".join([machine(), "", *lines, ""])


def machine() -> str:
    """Return one line about this machine and its servers."""
    memory = next(
        (
            int(line.split()[1])
            for line in Path("/proc/meminfo").read_text().splitlines()
            if line.startswith("MemTotal")
        ),
        0,
    )
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line).get(
        "PRETTY_NAME", platform.system()
    )
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    return (
        f"{os.cpu_count()} cores, {memory / 1024 / 1024:.0f} GB, {release.strip(chr(34))}, Python"
        f" {platform.python_version()}, PostgreSQL {version.split()[0]}; clients on the same machine."
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    return (figure.part, figure.question, figure.value, figure.raw, figure.ratio, figure.target, verdict)
