"""Bookings as Expedia keeps them: one room each, one version after the other, an hour-glass on every version.

A version is pending, then retrieved, then confirmed; or it expires and goes to the hotel by mail. The next version is
released when the one before is confirmed or has expired. Until then it is held, and a further change replaces it.
"""

import copy
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from tests.sandbox.expedia.sandbox import ExpediaSandbox

BOOK, MODIFY, CANCEL = "Book", "Modify", "Cancel"
HELD, PENDING, RETRIEVED, CONFIRMED, EXPIRED = "held", "pending", "retrieved", "confirmed", "expired"
#: How often one version may be confirmed.
CONFIRMATIONS = 3
DAYS_AFTER_DEPARTURE = 8


class Bookings:
    """The bookings by number, in the state of the stand-in; every caller holds its lock."""

    def __init__(self, sandbox: "ExpediaSandbox") -> None:
        self.sandbox = sandbox

    @property
    def all(self) -> dict[str, dict[str, Any]]:
        """{number: {id, hotel, room, pinned, versions}}; `room` is the extranet's name of the room in its stay."""
        return self.sandbox.kept("bookings")

    @property
    def mail(self) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = self.sandbox.state.kept.setdefault("mail", [])
        return sent

    def heard(self, stay: dict[str, Any]) -> None:
        """Make versions of what happened to a stay: each of its rooms is a booking of its own."""
        own = {booking["room"]: booking for booking in self.all.values() if booking["stay"] == stay["reservation"]}
        rooms = {room["id"]: room for room in stay["rooms"]}
        for identifier, room in rooms.items():
            if stay["status"] == "cancelled":
                self._add(own[identifier], CANCEL, stay, room)
            elif identifier in own:
                self._add(own[identifier], MODIFY, stay, room)
            else:
                self._add(self._open(stay, identifier), BOOK, stay, room)
        for identifier, booking in own.items():
            if identifier not in rooms and booking["versions"][-1]["type"] != CANCEL:
                self._add(booking, CANCEL, stay, booking["versions"][-1]["content"]["room"])

    def _open(self, stay: dict[str, Any], room: str) -> dict[str, Any]:
        number = stay["reservation"]
        while number in self.all:
            number = str(secrets.randbelow(9 * 10**9) + 10**9)
        booking = {"id": number, "hotel": stay["hotel"], "stay": stay["reservation"], "room": room, "pinned": False,
                   "versions": []}  # fmt: skip
        self.all[number] = booking
        return booking

    def _add(self, booking: dict[str, Any], kind: str, stay: dict[str, Any], room: dict[str, Any]) -> None:
        content: dict[str, Any] = copy.deepcopy({"stay": {n: v for n, v in stay.items() if n != "rooms"}, "room": room})
        content["rooms"] = len(stay["rooms"])
        now = self.sandbox.state.now()
        last = booking["versions"][-1] if booking["versions"] else None
        if last and last["status"] in {PENDING, HELD} and not last.get("sent"):
            # Nobody has seen it: the newest content takes its place. The first delivery is a Book, whatever happened.
            last["type"] = kind if kind == CANCEL or last["type"] != BOOK else BOOK
            last |= {"content": content, "created_at": now}
            last["expires_at"] = now + self._patience(booking["hotel"], room, now)
            return
        waits = bool(last and last["status"] not in {CONFIRMED, EXPIRED})
        version = {
            "type": kind, "created_at": now, "status": HELD if waits else PENDING, "content": content, "number": "",
            "confirmations": 0, "expires_at": now + self._patience(booking["hotel"], room, now), "sent": 0,
            "request": str(secrets.randbelow(9 * 10**8) + 10**8), "due": now,
        }  # fmt: skip
        booking["versions"].append(version)
        if booking["pinned"]:
            self._mail(booking, version)

    def _patience(self, hotel: str, room: dict[str, Any], now: int) -> int:
        """Half an hour for an arrival today, an hour for tomorrow, else a day; by midnight at the hotel."""
        zone = ZoneInfo(self.sandbox.book.hotel(hotel)["timezone"])
        today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
        days = (datetime.fromisoformat(room["arrival"]).date() - today).days
        return 30 * 60 if days <= 0 else 3600 if days == 1 else 24 * 3600

    # Time

    def pass_time(self) -> None:
        now = self.sandbox.state.now()
        for booking in self.all.values():
            for version in booking["versions"]:
                if version["status"] in {PENDING, RETRIEVED} and version["expires_at"] <= now:
                    self._mail(booking, version)
            self._release(booking)

    def _mail(self, booking: dict[str, Any], version: dict[str, Any]) -> None:
        version["status"] = EXPIRED
        self.sandbox.state.changed = True
        self.mail.append({"booking": booking["id"], "hotel": booking["hotel"], "type": version["type"]})
        self._release(booking)

    def _release(self, booking: dict[str, Any]) -> None:
        """Let the next version out once all before it are settled; its hour-glass starts then."""
        for before, version in zip(booking["versions"], booking["versions"][1:], strict=False):
            if version["status"] == HELD and before["status"] in {CONFIRMED, EXPIRED}:
                now = self.sandbox.state.now()
                patience = version["expires_at"] - version["created_at"]
                version |= {"status": PENDING, "expires_at": now + patience, "due": now}
                self.sandbox.state.changed = True

    def pin(self, booking: dict[str, Any], version: dict[str, Any]) -> None:
        """The hotel answered with an error: this version and every later one go by mail."""
        booking["pinned"] = True
        self._mail(booking, version)

    # Retrieval

    def released(self, booking: dict[str, Any]) -> dict[str, Any] | None:
        """Return the newest version that is out, None when there is none."""
        out = [version for version in booking["versions"] if version["status"] not in {HELD, EXPIRED}]
        return out[-1] if out else None

    def retrieve(self, hotels: set[str], *, number: str = "", statuses: set[str], days: int = 0) -> list[Any]:
        """Return (booking, version, status before) of what is asked for, the newest first, and note it as retrieved."""
        now = datetime.fromtimestamp(self.sandbox.state.now(), UTC)
        found = []
        for booking in self.all.values():
            version = self.released(booking)
            if booking["hotel"] not in hotels or version is None or (number and booking["id"] != number):
                continue
            made = datetime.fromtimestamp(version["created_at"], UTC)
            if days and made < now - timedelta(days=days):
                continue
            if not number and version["status"] not in statuses:
                continue
            found.append((booking, version))
        found.sort(key=lambda one: -one[1]["created_at"])
        return [(booking, version, version["status"]) for booking, version in found]

    def note_retrieved(self, versions: list[dict[str, Any]]) -> None:
        for version in versions:
            version["sent"] += 1
            if version["status"] == PENDING:
                version["status"] = RETRIEVED

    # Confirmation

    def confirm(self, hotel: str, number: str, kind: str, confirmation: str) -> tuple[int, str] | None:  # noqa: PLR0911 (a table)
        """Store the hotel's number; return the warning when it is not stored."""
        kept = self.sandbox.state.kept
        if kept.get("busy_confirmations", 0) > 0:
            kept["busy_confirmations"] -= 1
            return 10105, "Update refused for now. Please retry."
        booking = self.all.get(number)
        if booking is None:
            return 10080, "Update refused. The booking cannot be found."
        if booking["hotel"] != hotel:
            return 10081, "Update refused. The booking belongs to another hotel."
        departure = datetime.fromisoformat(booking["versions"][-1]["content"]["room"]["departure"]).replace(tzinfo=UTC)
        now = datetime.fromtimestamp(self.sandbox.state.now(), UTC)
        if now >= departure + timedelta(days=DAYS_AFTER_DEPARTURE + 1):
            return 10101, f"Update refused. The guest left on {departure.date()}."
        version = self.released(booking)
        if version is None:
            return 10080, "Update refused. The booking reverted to a mail."
        if version["status"] == PENDING:
            return 10102, f"Confirmation {confirmation} refused for {number}: a newer version awaits retrieval."
        if version["type"] != kind:
            return 10100, f"Update refused. The booking's type is {version['type']}."
        if version["confirmations"] >= CONFIRMATIONS:
            return 10103, f"Confirmation {confirmation} refused for {number}: it was confirmed {CONFIRMATIONS} times."
        self.settle(booking, version, confirmation)
        return None

    def settle(self, booking: dict[str, Any], version: dict[str, Any], confirmation: str) -> None:
        version |= {"status": CONFIRMED, "number": confirmation, "confirmations": version["confirmations"] + 1}
        self._release(booking)
