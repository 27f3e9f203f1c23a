"""The queue of reservations: redelivered until acknowledged, a change before that coalesced, a mail when nobody comes.

An entry is what one hotel still has to be told of one reservation. There is one at most: it carries the newest content.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sandbox.core.state import State

FALLBACK_SECONDS = 30 * 60
RECOVERY_SECONDS = 24 * 3600
#: With recovery, a stay that begins within this still falls back after half an hour.
RECOVERY_CLOSE = timedelta(hours=48)
NEW, MODIFIED, CANCELLED = "new", "modified", "cancelled"


class Stale(Exception):
    """The acknowledgement is for a message that is outdated, or that this endpoint never sent."""


class Queue:
    """The entries by reservation, in the state of the stand-in; every caller holds its lock."""

    def __init__(self, state: State, recovers: Callable[[str], bool]) -> None:
        self.state = state
        self.recovers = recovers

    @property
    def _entries(self) -> dict[str, dict[str, Any]]:
        self.state.changed = True
        entries: dict[str, dict[str, Any]] = self.state.kept.setdefault("queue", {})
        return entries

    @property
    def mail(self) -> list[dict[str, Any]]:
        """What fell back to a mail to the property."""
        sent: list[dict[str, Any]] = self.state.kept.setdefault("mail", [])
        return sent

    def add(self, stay: dict[str, Any]) -> None:
        """Take a revision of a stay; what was not acknowledged yet is overtaken by it.

        A changed reservation that was never acknowledged is still new. Ours: a cancelled one leaves the queue of new
        ones and arrives as a cancellation.
        """
        entry = self._entries.get(stay["reservation"])
        kind = str(stay["status"])
        if entry and entry["kind"] == NEW and kind == MODIFIED:
            kind = NEW
        made = entry["made_at"] if entry else self.state.now()
        self._entries[stay["reservation"]] = {
            "reservation": stay["reservation"], "hotel": stay["hotel"], "arrival": stay["arrival"], "kind": kind,
            "version": entry["version"] + 1 if entry else 1, "sent_version": 0, "sends": entry["sends"] if entry else 0,
            "made_at": made, "rejected": False,
        }  # fmt: skip

    def waiting(self, kinds: Iterable[str], hotels: Callable[[str], bool]) -> list[dict[str, Any]]:
        """Return the entries of some kinds for hotels that fit, the oldest first."""
        wanted = set(kinds)
        return [entry for entry in self._entries.values() if entry["kind"] in wanted and hotels(entry["hotel"])]

    def all(self) -> list[dict[str, Any]]:
        return list(self._entries.values())

    def hand_out(self, entries: Iterable[dict[str, Any]]) -> None:
        """Note that these were sent as they are now."""
        for entry in entries:
            entry["sends"] += 1
            entry["sent_version"] = entry["version"]

    def acknowledge(self, reservation: str, kinds: Iterable[str]) -> None:
        """Take an entry out; Stale when it changed since it was sent, or is none of this endpoint's."""
        entry = self._entries.get(reservation)
        if entry is None or entry["kind"] not in set(kinds) or entry["sent_version"] != entry["version"]:
            raise Stale(reservation)
        del self._entries[reservation]

    def reject(self, reservation: str) -> None:
        """Keep an entry that the hotel says it could not work; the recovery list does not name it."""
        if entry := self._entries.get(reservation):
            entry["rejected"] = True

    def drop(self, entries: Iterable[dict[str, Any]]) -> None:
        """Forget entries: B.XML's reading is the acknowledgement."""
        for entry in list(entries):
            self._entries.pop(entry["reservation"], None)

    def pass_time(self) -> None:
        """Send the mail for what nobody acknowledged in time; it is in the queue no more."""
        now = self.state.now()
        for entry in list(self.state.kept.get("queue", {}).values()):
            if now >= entry["made_at"] + self._patience(entry):
                self.mail.append({**entry, "mailed_at": now})
                del self._entries[entry["reservation"]]

    def _patience(self, entry: dict[str, Any]) -> int:
        made = datetime.fromtimestamp(entry["made_at"], UTC)
        arrival = datetime.fromisoformat(entry["arrival"]).replace(tzinfo=UTC)
        far = arrival - made > RECOVERY_CLOSE
        return RECOVERY_SECONDS if far and self.recovers(entry["hotel"]) else FALLBACK_SECONDS
