"""bin/test: what is selected, what the summary says, which status it ends with."""

import sys

import pytest

from config import verify
from config.verify import Check, Outcome, look, pytest_command, report


def marks(arguments: list[str], *, with_long: bool = False, with_browser: bool = True) -> str:
    command = pytest_command(arguments, with_long=with_long, with_browser=with_browser)
    return command[command.index("-m", 3) + 1] if "-m" in command[3:] else ""


@pytest.mark.parametrize(
    ("arguments", "with_long", "with_browser", "expected"),
    [
        ([], False, True, "not long"),
        ([], True, True, ""),
        ([], False, False, "not long and not browser"),
        (["-k", "lifecycle"], False, True, "not long"),
        (["-k", "lifecycle"], True, True, ""),
        (["-m", "browser"], False, True, "browser"),
    ],
)
def test_what_is_selected(arguments: list[str], with_long: bool, with_browser: bool, expected: str) -> None:
    assert marks(arguments, with_long=with_long, with_browser=with_browser) == expected


def test_only_the_whole_run_is_spread_over_processes() -> None:
    assert "-n" in pytest_command([], with_long=False, with_browser=True)
    assert "-n" not in pytest_command(["-k", "lifecycle"], with_long=False, with_browser=True)


@pytest.mark.parametrize(("status", "passed"), [(0, True), (3, False)])
def test_a_check_passes_by_its_status(status: int, passed: bool) -> None:
    outcome = look(Check("example", (sys.executable, "-c", f"print('said'); raise SystemExit({status})")))
    assert (outcome.passed, outcome.output) == (passed, "said\n")


def test_the_summary_shows_the_output_of_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    report(
        [
            Outcome("ruff check", passed=True, seconds=0.21, output="All checks passed!"),
            Outcome("mypy --strict", passed=False, seconds=4.0, output="pms/x.py:1: error"),
            Outcome("pytest", passed=True, seconds=61.0, remark="8 passed in 60.10s"),
        ]
    )
    assert capsys.readouterr().out.splitlines() == [
        "",
        "--- mypy --strict ---",
        "pms/x.py:1: error",
        "",
        "Summary",
        "  ok      ruff check           0.2 s",
        "  FAILED  mypy --strict        4.0 s",
        "  ok      pytest              61.0 s  8 passed in 60.10s",
        "",
        "Failed: mypy --strict",
    ]


@pytest.mark.parametrize(("check_status", "test_passed", "expected"), [(0, True, 0), (1, True, 1), (0, False, 1)])
def test_one_failure_fails_the_run(
    check_status: int, test_passed: bool, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = Check("example", (sys.executable, "-c", f"raise SystemExit({check_status})"))
    monkeypatch.setattr(verify, "CHECKS", (example,))
    monkeypatch.setattr(verify, "test", lambda _arguments, **_options: Outcome("pytest", test_passed, 1.0))
    assert verify.verify([]) == expected


def test_without_a_browser_the_summary_says_so_and_ci_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "chromium", lambda: None)
    monkeypatch.setattr(
        verify, "pytest_command", lambda *_, **__: [sys.executable, "-c", "print('== 3 passed in 1.20s ==')"]
    )
    monkeypatch.delenv("CI", raising=False)
    outcome = verify.test([], with_long=False)
    assert outcome.passed
    assert outcome.remark == "3 passed in 1.20s; the browser tests did not run, there is no Chromium"

    monkeypatch.setenv("CI", "true")
    assert not verify.test([], with_long=False).passed
