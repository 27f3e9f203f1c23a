"""What a stand-in remembers: objects in order of creation, what is not shown of them, a clock, and a file for all of it."""

import json
import secrets
import string
import threading
import time
from pathlib import Path
from typing import Any

ALPHABET = string.ascii_letters + string.digits


def token(prefix: str, length: int = 24) -> str:
    """Return a new identifier in the providers' manner, as `pi_3Kx...`."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


class State:
    """Objects, their hidden parts and the clock, behind one lock; every reader and writer holds `lock`.

    The file is written by `flush`, which the server's tick calls: a kill loses a quarter of a second at most.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.file = file
        self.changed = False
        #: id -> what the provider shows
        self.objects: dict[str, dict[str, Any]] = {}
        #: id -> what it knows besides: whose account, which card, what is due when
        self.hidden: dict[str, dict[str, Any]] = {}
        #: what belongs to no object: saved answers, tokens, what the control API set
        self.kept: dict[str, Any] = {}
        self.offset = 0.0
        if file and file.exists():
            read = json.loads(file.read_text())
            self.objects, self.hidden, self.kept = read["objects"], read["hidden"], read["kept"]
            self.offset = read["offset"]

    def reset(self) -> None:
        """Forget everything and set the clock right."""
        with self.lock:
            self.objects, self.hidden, self.kept = {}, {}, {}
            self.offset = 0.0
            self.changed = True

    def now(self) -> int:
        """Return the instant in whole seconds since 1970 UTC, as far ahead as somebody turned the clock."""
        return int(time.time() + self.offset)

    def add(self, body: dict[str, Any], **hidden: Any) -> dict[str, Any]:
        self.objects[body["id"]] = body
        self.hidden[body["id"]] = hidden
        self.changed = True
        return body

    def flush(self) -> None:
        """Write the file, whole or not at all, when something changed since the last time."""
        if not self.file or not self.changed:
            return
        with self.lock:
            self.changed = False
            kept = {"objects": self.objects, "hidden": self.hidden, "kept": self.kept, "offset": self.offset}
            text = json.dumps(kept)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_suffix(".new")
        draft.write_text(text)
        draft.replace(self.file)
