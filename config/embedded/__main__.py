"""Run a command beside the embedded servers, or be the keeper of one."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from config.embedded import ensure, release
from config.embedded.keeper import keep


def run(command: Sequence[str], *, testing: bool) -> int:
    """Run command with the embedded servers in its environment; return its exit status when all is stopped."""
    ensure(testing=testing)
    child = subprocess.Popen(command)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGHUP, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the child as well
    try:
        status = child.wait()
    finally:
        release()
    return status if status >= 0 else 128 - status


def main(arguments: Sequence[str]) -> int:
    """`python -m config.embedded [--testing] COMMAND...` runs COMMAND beside the embedded servers."""
    if arguments[:1] == ["keep"]:
        keep(*arguments[1:])
        return 0
    testing = arguments[:1] == ["--testing"]
    command = arguments[1:] if testing else arguments
    if not command:
        sys.exit("Usage: python -m config.embedded [--testing] COMMAND [ARGUMENT...]")
    return run(command, testing=testing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
