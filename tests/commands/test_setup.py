"""bin/setup.sh: installs once, says plainly what it cannot install, and the commands explain themselves."""

import os
import subprocess
from pathlib import Path

import pytest

from config.embedded.servers import ROOT

NO_ROOT = "as_root() { return 1; }"
APT = 'as_root() { echo "$PWD/apt"; }'


def shell(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run script with bin/setup.sh sourced, in directory."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f". '{ROOT}/bin/setup.sh'\n{script}"],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


def test_a_missing_library_without_root_is_one_sentence_and_no_obstacle(tmp_path: Path) -> None:
    done = shell(f"{NO_ROOT}\nneed_libraries 'PDF documents' libone libtwo -- libno-such.so.7\necho on", tmp_path)
    assert done.stdout == "on\n"
    assert done.stderr == "innkeep: PDF documents will not work until these packages are installed: libone libtwo\n"


def test_a_library_that_is_there_needs_nothing(tmp_path: Path) -> None:
    done = shell(f"{NO_ROOT}\nneed_libraries 'Everything' libc6 -- libc.so.6", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_missing_library_with_root_is_installed(tmp_path: Path) -> None:
    program(tmp_path / "apt", 'echo "$@" >> asked')
    done = shell(f"{APT}\nneed_libraries 'PDF documents' libone -- libno-such.so.7", tmp_path)
    assert done.returncode == 0
    assert "apt-get -qq" in (tmp_path / "asked").read_text()
    assert "install -y --no-install-recommends libone" in (tmp_path / "asked").read_text()


def test_an_installation_that_failed_is_tried_again_the_next_day_only(tmp_path: Path) -> None:
    program(tmp_path / "apt", "echo . >> asked; exit 100")
    script = f"{APT}\nneed_libraries 'PDF documents' libone -- libno-such.so.7"
    for _start in range(3):
        assert "PDF documents will not work until" in shell(script, tmp_path).stderr
    assert (tmp_path / "asked").read_text().split() == [".", "."]  # install, update; not once more

    for mark in (tmp_path / "var/apt").glob("libone*"):
        os.utime(mark, (0, 0))
    shell(script, tmp_path)
    assert len((tmp_path / "asked").read_text().split()) == 4


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose Python says yes to everything and notes what it is asked."""
    program(tmp_path / ".venv/bin/python", 'echo "$@" >> asked')
    (tmp_path / "tests").mkdir()
    (tmp_path / "requirements.txt").write_text("django==5.2\n")
    (tmp_path / "tests/requirements.txt").write_text("-r ../requirements.txt\npytest==9\n")
    return tmp_path


def installations(checkout: Path) -> list[str]:
    lines = (checkout / "asked").read_text().splitlines() if (checkout / "asked").exists() else []
    return [line.rpartition(" ")[2] for line in lines if "pip install" in line]


def test_packages_are_installed_once_and_again_when_a_pin_changes(checkout: Path) -> None:
    for _start in range(2):
        assert shell("install_requirements requirements.txt", checkout).returncode == 0
    assert installations(checkout) == ["requirements.txt"]

    (checkout / "requirements.txt").write_text("django==5.2.1\n")
    shell("install_requirements requirements.txt", checkout)
    assert installations(checkout) == ["requirements.txt"] * 2


def test_the_packages_for_tests_include_those_for_running(checkout: Path) -> None:
    shell("install_requirements tests/requirements.txt", checkout)
    shell("install_requirements requirements.txt", checkout)
    assert installations(checkout) == ["tests/requirements.txt"]


def test_a_failed_installation_is_tried_again(checkout: Path) -> None:
    program(checkout / ".venv/bin/python", 'echo "$@" >> asked; [ "$2" != pip ]')
    for _start in range(2):
        done = shell("install_requirements requirements.txt", checkout)
        assert done.returncode == 1
        assert "The packages of requirements.txt could not be installed" in done.stderr
    assert installations(checkout) == ["requirements.txt"] * 2


def test_no_python_is_one_sentence(tmp_path: Path) -> None:
    done = shell("find_python() { return 1; }\nmake_venv", tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "innkeep: Innkeep needs Python 3.11 or newer: install the packages python3 and python3-venv.\n"
    )


@pytest.mark.parametrize("command", ["run", "test"])
def test_help_comes_from_anywhere_and_starts_nothing(command: str, tmp_path: Path) -> None:
    done = subprocess.run([ROOT / "bin" / command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"Usage: bin/{command}")
    assert done.stderr == ""


def test_an_unknown_argument_of_run_is_refused(tmp_path: Path) -> None:
    done = subprocess.run([ROOT / "bin/run", "--fast"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: bin/run")
