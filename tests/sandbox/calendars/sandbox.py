"""The stand-in for four brands' calendars: each has an extranet, feeds with a secret address, and polls ours.

A listing is one room of which there is one. What a brand imports closes its nights, and may stand in its own feed.
"""

import hashlib
import random
import re
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, ClassVar
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener
from urllib.request import Request as Ask

from tests.sandbox.calendars.reading import Unusable, understand
from tests.sandbox.calendars.writing import BRANDS, DEFAULTS, Shown, feed, runs
from tests.sandbox.core.faults import Fault
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.provider import Provider
from tests.sandbox.core.state import State, token
from tests.sandbox.extranet import control, pages
from tests.sandbox.extranet.book import Extranet, Manner
from tests.sandbox.extranet.control import days

MANNERS = (
    Manner("Airbnb", "airbnb", payout="collect", number_digits=0, mail_domain="guest.airbnb.com"),
    Manner("Booking.com", "booking"),
    Manner("Vrbo", "vrbo", payout="collect"),
    Manner("Smoobu", "smoobu"),
)
#: What a feed may be instead of itself. no_events is a whole calendar without events, the most dangerous of them.
TROUBLES = ("error", "html", "truncated", "empty", "no_events")
OPEN_DAYS = 540


class CalendarsSandbox(Provider):
    """Brands by slug: airbnb, booking, vrbo, smoobu."""

    title: ClassVar[str] = "Calendars"
    page_paths: ClassVar[tuple[str, ...]] = ("/extranet",)

    def __init__(
        self, *, public_url: str, state: State | None = None, listener: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(public_url=public_url, state=state, listener=listener)
        self.books = {manner.slug: Extranet(self.state, manner) for manner in MANNERS}
        self._urn = random.Random(0)
        self._asked = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._opener = build_opener(ProxyHandler({}))

    def kept(self, name: str) -> dict[str, Any]:
        box: dict[str, Any] = self.state.kept.setdefault(name, {})
        return box

    def settings(self, brand: str) -> dict[str, Any]:
        return {**DEFAULTS, **self.kept("settings").get(brand, {})}

    def refusal(self, status: int, message: str) -> Answer:
        return Answer(status, f"<html><body>{message}</body></html>".encode(), {"Content-Type": "text/html"})

    def pass_time(self) -> None:
        if self.kept("imports"):
            self._start()

    def close(self) -> None:
        self._closed.set()
        self._asked.set()
        if self._thread:
            self._thread.join(timeout=10)
        super().close()

    # Feeds

    def respond(self, request: Request, fault: Fault | None) -> Answer:
        if request.path.startswith("/extranet"):
            return pages.respond(self.books, request, f"{self.public_url}/extranet")
        found = re.fullmatch(r"/(\w+)/([^/]+)\.ics", request.path)
        told = dict(request.query_pairs())
        with self.state.lock:
            brand, room = (found[1], found[2]) if found else ("", "")
            secret = self.kept("secrets").get(f"{brand}/{room}")
            if not secret or told.get("s") != secret:
                return self.refusal(404, "There is no such calendar.")
            trouble = self._trouble(brand)
            body = self._body(brand, room, sure_only="nonTentative" in told, now=self.state.now())
            plain = self._body(brand, room, sure_only="nonTentative" in told, now=0)
            if trouble:
                return self._ruined(trouble, body)
            return self._validated(brand, room, request, body, plain)

    def address(self, brand: str, room: str) -> str:
        """Return the secret address of a calendar, which is made anew when it was withdrawn."""
        secret = self.kept("secrets").setdefault(f"{brand}/{room}", token("", 24))
        return f"{self.public_url}/{brand}/{room}.ics?s={secret}"

    def _body(self, brand: str, room: str, *, sure_only: bool, now: int) -> bytes:
        book, own = self.books[brand], self.settings(brand)
        today = book.today(book.room(room)["hotel"])
        unsure = frozenset(self.kept("tentative"))
        stays = [
            stay for stay in book.stays()
            if stay["rooms"][0]["room"] == room and date.fromisoformat(stay["departure"]) > today
            and (stay["status"] != "cancelled" or own["cancelled"] == "status")
            and not (sure_only and stay["reservation"] in unsure)
        ]  # fmt: skip
        closed = {night for night in self._nights("blocks", brand, room) if night >= today}
        if own["echo"]:
            closed |= {night for night in self._nights("imported", brand, room) if night >= today}
        shown = Shown(tuple(stays), tuple(runs(closed)), today, room, unsure)
        return feed(brand, shown, own, now)

    def _nights(self, box: str, brand: str, room: str) -> set[date]:
        return {date.fromisoformat(night) for night in self.kept(box).get(f"{brand}/{room}", [])}

    def _trouble(self, brand: str) -> str:
        planned = self.kept("trouble").get(brand, {})
        if planned.get("times", 0) > 0:
            planned["times"] -= 1
            return str(planned["kind"])
        drawn = self._urn.random()
        for kind, chance in planned.get("chances", {}).items():
            if drawn < chance:
                return str(kind)
            drawn -= chance
        return ""

    def _ruined(self, trouble: str, body: bytes) -> Answer:
        calendar = {"Content-Type": "text/calendar; charset=utf-8"}
        if trouble == "error":
            return self.refusal(500, "Something went wrong.")
        if trouble == "html":
            return self.refusal(200, "<h1>Please sign in</h1>")
        if trouble == "truncated":
            return Answer(200, body[: len(body) * 2 // 3], calendar)
        if trouble == "empty":
            return Answer(200, b"", calendar)
        return Answer(200, b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nEND:VCALENDAR\r\n", calendar)

    def _validated(self, brand: str, room: str, request: Request, body: bytes, plain: bytes) -> Answer:
        """Answer with the calendar, or 304 to who has it already. DTSTAMP alone is no change."""
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        if not self.settings(brand)["validators"]:
            return Answer(200, body, headers)
        tag = f'"{hashlib.sha256(plain).hexdigest()[:24]}"'
        seen = self.kept("versions").setdefault(f"{brand}/{room}{request.query}", {"tag": "", "at": 0})
        if seen["tag"] != tag:
            seen |= {"tag": tag, "at": self.state.now()}
        changed = datetime.fromtimestamp(seen["at"], UTC)
        headers |= {"ETag": tag, "Last-Modified": format_datetime(changed, usegmt=True)}
        since = request.headers.get("if-modified-since", "")
        known = request.headers.get("if-none-match", "")
        if known == tag or (not known and since and parsedate_to_datetime(since) >= changed):
            return Answer(304, b"", headers)
        return Answer(200, body, headers)

    # The poll of somebody else's calendar

    def _run(self) -> None:
        while not self._closed.is_set():
            self._asked.wait(timeout=0.5)
            asked = self._asked.is_set()
            self._asked.clear()
            with self.state.lock:
                now = self.state.now()
                due = [
                    (key, dict(one)) for key, one in self.kept("imports").items()
                    if (asked and one["wanted"]) or (one["every_seconds"] and now >= one["polled_at"] + one["every_seconds"])
                ]  # fmt: skip
            for key, one in due:
                status, body, headers = self._fetch(one)
                with self.state.lock:
                    self._import(key, status, body, headers)

    def _fetch(self, one: Mapping[str, Any]) -> tuple[int, bytes, Mapping[str, str]]:
        given = {"If-None-Match": one["etag"]} if one["etag"] else {}
        try:
            with self._opener.open(Ask(one["url"], headers=given), timeout=10) as answer:  # noqa: S310 (the user's own)
                return int(answer.status), answer.read(), dict(answer.headers)
        except HTTPError as error:
            with error:
                return error.code, error.read(), {}
        except (OSError, ValueError):
            return 0, b"", {}

    def _import(self, key: str, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Take what was polled. A bad answer changes nothing but the report; a 304 only says that all is as it was."""
        one = self.kept("imports").get(key)
        if one is None:
            return
        one |= {
            "polls": one["polls"] + 1,
            "polled_at": self.state.now(),
            "status": status,
            "wanted": False,
            "error": "",
        }
        self.state.changed = True
        if status == 304:
            return
        brand, _, room = key.partition("/")
        book = self.books[brand]
        try:
            if status != 200:
                raise Unusable(f"The answer was {status}.")
            understood = understand(body, book.hotel(book.room(room)["hotel"])["timezone"])
        except Unusable as error:
            one["error"] = str(error)
            return
        one |= {
            "etag": headers.get("ETag", ""), "good_at": self.state.now(), "complaints": understood.complaints,
            "taken": [
                {"uid": t.uid, "first": t.first.isoformat(), "last": t.last.isoformat(), "summary": t.summary}
                for t in understood.taken
            ],
        }  # fmt: skip
        before = self._nights("imported", brand, room)
        now = {night for taken in understood.taken for night in taken.nights()}
        self.kept("imported")[key] = sorted(night.isoformat() for night in now)
        self._close(brand, room, opened=before - now)

    def _close(self, brand: str, room: str, opened: set[date]) -> None:
        """Close what is blocked or imported, and open what was and is no more."""
        shut = self._nights("blocks", brand, room) | self._nights("imported", brand, room)
        self.books[brand].tell_room(room, sorted(shut), closed=True)
        self.books[brand].tell_room(room, sorted(opened - shut), closed=False)

    def _report(self, key: str) -> dict[str, Any]:
        """Return an import with what follows from it: nights sold twice, and the brand's own stays come back."""
        one = self.kept("imports")[key]
        brand, _, room = key.partition("/")
        own = [s for s in self.books[brand].stays() if s["status"] != "cancelled" and s["rooms"][0]["room"] == room]
        echo, twice = [], []
        for taken in one["taken"]:
            for stay in own:
                if (taken["first"], taken["last"]) == (stay["arrival"], stay["departure"]):
                    echo.append({"reservation": stay["reservation"], "uid": taken["uid"]})
                elif taken["first"] < stay["departure"] and stay["arrival"] < taken["last"]:
                    twice.append({"reservation": stay["reservation"], "uid": taken["uid"]})
        return {**one, "brand": brand, "room": room, "echo": echo, "double_bookings": twice}

    # Control

    def command(self, name: str, settings: dict[str, Any]) -> Any:  # noqa: PLR0911 (a table of one-liners)
        if name.partition(" ")[2].startswith("extranet/"):
            return control.command(self.books, name, settings)
        match name:
            case "POST listings":
                return self._open(**settings)
            case "POST feeds":
                return {"url": self.address(settings["channel"], settings["room"])}
            case "POST feeds/withdraw":
                return {"withdrawn": bool(self.kept("secrets").pop(f"{settings['channel']}/{settings['room']}", None))}
            case "POST settings":
                return self._set(dict(settings))
            case "POST blocks":
                return self._block(**settings)
            case "POST tentative":
                self.books[settings["channel"]].stay(settings["reservation"])
                return self.kept("tentative").update({settings["reservation"]: True})
            case "POST trouble":
                return self._plan(**settings)
            case "POST imports":
                return self._import_from(**settings)
            case "POST poll":
                return self._poll()
            case "GET imports":
                return [self._report(key) for key in self.kept("imports")]
        raise KeyError(name)

    def _open(self, *, channel: str, room: str, name: str = "Loft", guests: int = 4, timezone: str = "Europe/Lisbon",
              price: int = 10000) -> dict[str, Any]:  # fmt: skip
        """Make a listing that is free and priced for eighteen months; return the address of its calendar."""
        book = self.books[channel]
        book.open_hotel(room, name=name, timezone=timezone)
        book.open_room(room, room, name=name, guests=guests)
        book.open_rate(room, "standard", name="Standard")
        dates = [book.today(room) + timedelta(days=number) for number in range(OPEN_DAYS)]
        book.tell_room(room, dates, count=1)
        book.tell_rate(room, "standard", dates, prices={0: price})
        return {"url": self.address(channel, room)}

    def _set(self, wanted: dict[str, Any]) -> dict[str, Any]:
        brand = wanted.pop("channel")
        if brand not in BRANDS:
            raise KeyError(brand)
        unknown = set(wanted) - set(DEFAULTS)
        if unknown:
            raise ValueError(f"A calendar has no {', '.join(sorted(unknown))}.")
        self.kept("settings").setdefault(brand, {}).update(wanted)
        return self.settings(brand)

    def _block(self, *, channel: str, room: str, first: str, last: str, closed: bool = True) -> None:
        """Close nights by hand, as a host does, or open them again; last is the last night."""
        nights = set(days(first, last))
        before = self._nights("blocks", channel, room)
        now = before | nights if closed else before - nights
        self.kept("blocks")[f"{channel}/{room}"] = sorted(night.isoformat() for night in now)
        self._close(channel, room, opened=before - now)

    def _plan(self, *, channel: str, kind: str = "", times: int = 1, chances: dict[str, float] | None = None,
              seed: int = 0) -> None:  # fmt: skip
        """Spoil the next feeds of a brand, or by chance from now on; the same seed draws the same run."""
        unknown = {kind, *(chances or {})} - {"", *TROUBLES}
        if unknown:
            raise ValueError(f"A feed may be {', '.join(TROUBLES)}, not {', '.join(unknown)}.")
        self._urn = random.Random(seed)
        self.kept("trouble")[channel] = {"kind": kind, "times": times if kind else 0, "chances": chances or {}}

    def _import_from(self, *, channel: str, room: str, url: str, every_seconds: float = 0) -> None:
        """Let a brand poll an address for a listing: on demand, and every so many seconds by the stand-in's clock."""
        self.books[channel].room(room)
        self.kept("imports")[f"{channel}/{room}"] = {
            "url": url, "every_seconds": every_seconds, "polls": 0, "polled_at": self.state.now(), "good_at": 0,
            "status": 0, "etag": "", "error": "", "complaints": [], "taken": [], "wanted": False,
        }  # fmt: skip
        self._start()

    def _poll(self) -> dict[str, int]:
        """Poll every address now; `GET imports` shows when `polls` has gone up."""
        for one in self.kept("imports").values():
            one["wanted"] = True
        self._start()
        self._asked.set()
        return {"polling": len(self.kept("imports"))}

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
