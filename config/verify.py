"""What bin/test does once everything is installed: every check and every test, one summary, one exit status."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from config import embedded
from config.embedded.servers import ROOT

PYTHON = sys.executable


@dataclass(frozen=True, slots=True)
class Check:
    """A command that looks at the code without running the tests."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check or the tests ended: a line for the summary, and the output for when it failed."""

    name: str
    passed: bool
    seconds: float
    remark: str = ""
    output: str = ""


CHECKS = (
    Check("ruff check", (PYTHON, "-m", "ruff", "check", ".")),
    Check("ruff format", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    Check("import contracts", (PYTHON, "-c", "from importlinter.cli import lint_imports_command as c; c()")),
    Check("templates", (PYTHON, "-m", "djlint", "--lint", "--quiet", "templates")),
    Check("system checks", (PYTHON, "manage.py", "check", "--fail-level", "WARNING")),
    Check("migrations", (PYTHON, "manage.py", "makemigrations", "--check", "--dry-run")),
    Check("mypy --strict", (PYTHON, "-m", "mypy", ".")),
)


#: What runs now, to be ended with us.
_running: list[subprocess.Popen[str]] = []


@contextlib.contextmanager
def started(command: Sequence[str], *, capture: bool = True) -> Iterator[subprocess.Popen[str]]:
    """Run command in the checkout, its output in a pipe (capture) or on the terminal; wait for its end."""
    with subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", *command],  # should we be killed, it ends too
        cwd=ROOT,
        stdin=subprocess.DEVNULL if capture else None,
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.STDOUT if capture else None,
        text=True,
        errors="replace",
    ) as process:
        _running.append(process)
        yield process
    _running.remove(process)


def look(check: Check) -> Outcome:
    """Run one check."""
    begin = time.monotonic()
    with started(check.command) as process:
        output, _ = process.communicate()
    return Outcome(check.name, process.returncode == 0, time.monotonic() - begin, output=output)


def chromium() -> str | None:
    """Return the browser of the browser tests, if one runs (Ubuntu's package is only a pointer to a snap)."""
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name) if name else None
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    return None


def pytest_command(arguments: Sequence[str], *, with_long: bool, with_browser: bool) -> list[str]:
    """Return the pytest command for the arguments of bin/test."""
    left_out = ["long"] * (not with_long) + ["browser"] * (not with_browser)
    selection = " and ".join(f"not {mark}" for mark in left_out)
    command = [PYTHON, "-m", "pytest"]
    if selection and not any(argument.startswith("-m") for argument in arguments):
        command += ["-m", selection]
    if not arguments:
        command += ["-n", "2", "--quiet"]
    if sys.stdout.isatty():
        command += ["--color=yes"]
    return [*command, *arguments]


def test(arguments: Sequence[str], *, with_long: bool) -> Outcome:
    """Run pytest, its output passing through; the remark is its own summary line."""
    begin = time.monotonic()
    with_browser = chromium() is not None
    remark = ""
    with started(pytest_command(arguments, with_long=with_long, with_browser=with_browser)) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            plain = re.sub(r"\x1b\[[0-9;]*m", "", line).strip().strip("= ")
            if re.search(r"\bin \d+(\.\d+)?s\b", plain):
                remark = plain
    passed = process.returncode == 0
    if not with_browser:
        remark += "; the browser tests did not run, there is no Chromium"
        passed = passed and "CI" not in os.environ
    return Outcome("pytest", passed, time.monotonic() - begin, remark)


def report(outcomes: Sequence[Outcome]) -> None:
    """Print the output of what failed and one line for each."""
    for outcome in outcomes:
        if not outcome.passed and outcome.output:
            print(f"\n--- {outcome.name} ---\n{outcome.output.strip()}")
    print("\nSummary")
    for outcome in outcomes:
        verdict = "ok    " if outcome.passed else "FAILED"
        print(f"  {verdict}  {outcome.name:<18}{outcome.seconds:6.1f} s  {outcome.remark}".rstrip())
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    print(f"\n{'Failed: ' + ', '.join(failed) if failed else 'Everything passed.'}")


def verify(arguments: Sequence[str]) -> int:
    """Check and test for the arguments of bin/test; return the exit status."""
    with_long = "--long" in arguments
    arguments = [argument for argument in arguments if argument != "--long"]
    if arguments:
        command = pytest_command(arguments, with_long=with_long, with_browser=chromium() is not None)
        with started(command, capture=False) as process:
            return process.wait()
    # The tests wait for the disk, the database and a browser; the checks fill these pauses.
    with ThreadPoolExecutor(max_workers=1) as lane:
        looking = [lane.submit(look, check) for check in CHECKS]
        try:
            tests = test([], with_long=with_long)
            outcomes = [*(future.result() for future in looking), tests]
        except KeyboardInterrupt:
            lane.shutdown(wait=False, cancel_futures=True)
            raise
    report(outcomes)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """End now, and with us what we started."""
    for process in _running:
        process.terminate()
    embedded.release()
    os._exit(143)


def main() -> int:
    """Run bin/test on servers of its own; return the exit status."""
    signal.signal(signal.SIGTERM, stop)
    os.environ["INNKEEP_MODE"] = "test"
    try:
        embedded.ensure(testing=True)
        os.environ["CHROMIUM"] = chromium() or ""
        return verify(sys.argv[1:])
    except KeyboardInterrupt:
        return 130
    finally:
        embedded.release()


if __name__ == "__main__":
    sys.exit(main())
