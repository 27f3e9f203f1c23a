"""What part of the rates calendar somebody looks at: read from the address, else from what this browser chose last."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse

from pms.frontdesk.chart.window import COOKIE_SECONDS, Choice
from pms.frontdesk.forms.fields import day_or

#: Days that can be looked at, and how far Previous and Next go.
STEPS = {14: 7, 31: 14, 62: 31}
#: What the cells can show, with its word.
SHOWABLE = {"price": "Prices", "limits": "Restrictions", "rooms": "Rooms left"}
VIEWS = ("grid", "list")
#: Days of the list that a phone shows.
LIST_DAYS = 14
COOKIE = "rates"
EARLIEST, LATEST = date(1990, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """The days [first, until) of one property and what of them is shown. `first` is a property-local date.

    `room_type` and `plan` are codes, empty for all. A `list` shows the days of one type below each other. `channel` is the
    code of the connection whose prices stand beside ours, empty for none.
    """

    first: date
    days: int
    view: str
    room_type: str
    plan: str
    shown: frozenset[str]
    today: date
    channel: str = ""

    @property
    def until(self) -> date:
        """The day after the last."""
        return self.first + timedelta(days=self.days)

    @property
    def dates(self) -> list[date]:
        """Every day in order."""
        return [self.first + timedelta(days=index) for index in range(self.days)]

    @property
    def look(self) -> str:
        """The classes of the grid: its length, and what it does not show."""
        return " ".join([f"d{self.days}", *(f"no-{part}" for part in SHOWABLE if part not in self.shown),
                         *(["beside"] if self.channel else [])])  # fmt: skip

    def address(self, **changes: object) -> str:
        """Return the query string of this window with some of it changed; `first=None` means from today."""
        from_today = "first" in changes and changes["first"] is None
        if from_today:
            changes["first"] = self.first
        window = replace(self, **changes)  # type: ignore[arg-type]
        pairs = [("days", str(window.days)), ("view", window.view)]
        if not from_today:
            pairs.insert(0, ("from", window.first.isoformat()))
        pairs += [("type", window.room_type)] if window.room_type else []
        pairs += [("plan", window.plan)] if window.plan else []
        pairs += [("channel", window.channel)] if window.channel else []
        pairs += [("show", part) for part in SHOWABLE if part in window.shown and window.shown != frozenset(SHOWABLE)]
        return "?" + urlencode(pairs)

    def toggled(self, part: str) -> str:
        """Return the query string with a part shown or not; the last one stays."""
        return self.address(shown=(self.shown ^ {part}) or self.shown)


def window_of(request: HttpRequest, *, today: date) -> Window:
    """Return the window a request asks for; what makes no sense falls back to the default. A phone sees the list."""
    chosen = dict(parse_qsl(request.COOKIES.get(COOKIE, "")))
    phone = request.headers.get("Sec-CH-UA-Mobile") == "?1"
    view = request.GET.get("view", "")
    if view not in VIEWS:
        view = "list" if phone else "grid"
    days = request.GET.get("days") or chosen.get("days", "")
    asked = frozenset(request.GET.getlist("show") or chosen.get("show", "").split())
    first = day_or(request.GET.get("from"), today)
    return Window(
        first=first if EARLIEST <= first <= LATEST else today,
        days=int(days) if days.isdecimal() and int(days) in STEPS else LIST_DAYS if view == "list" else 31,
        view=view,
        room_type=request.GET.get("type", ""),
        plan=request.GET.get("plan", ""),
        shown=asked & SHOWABLE.keys() or frozenset(SHOWABLE),
        today=today,
        channel=request.GET.get("channel", ""),
    )


def window_remember(response: HttpResponse, request: HttpRequest, window: Window) -> None:
    """Keep in this browser how many days are shown and what of them, when the address chose it."""
    if window.view == "grid" and ("days" in request.GET or "show" in request.GET):
        chosen = urlencode({"days": window.days, "show": " ".join(sorted(window.shown))})
        response.set_cookie(COOKIE, chosen, max_age=COOKIE_SECONDS, samesite="Lax", httponly=True)


def choices(window: Window, types: list[tuple[str, str]], plans: list[tuple[str, str]]) -> dict[str, object]:
    """Return every link of the toolbar, by the names that templates/frontdesk/rates/calendar.html uses."""
    step = timedelta(days=STEPS[window.days])
    every_type = Choice("All types", window.address(room_type=""), not window.room_type)
    every_plan = Choice("All plans", window.address(plan=""), not window.plan)
    return {
        "earlier": window.address(first=window.first - step),
        "later": window.address(first=window.first + step),
        "from_today": window.address(first=None),
        "lengths": [
            Choice(f"{days} days" if days == max(STEPS) else str(days), window.address(days=days), days == window.days)
            for days in STEPS
        ],
        "types": [
            *([every_type] if window.view == "grid" else []),
            *(Choice(name, window.address(room_type=code), code == window.room_type) for code, name in types),
        ],
        "type_label": dict(types).get(window.room_type, every_type.label),
        "plans": [every_plan, *(Choice(name, window.address(plan=code), code == window.plan) for code, name in plans)],
        "plan_label": dict(plans).get(window.plan, every_plan.label),
        "parts": [Choice(word, window.toggled(part), part in window.shown) for part, word in SHOWABLE.items()],
        "views": [
            Choice("Calendar", window.address(view="grid", room_type="", days=31), window.view == "grid", "columns-3"),
            Choice("Days", window.address(view="list", days=LIST_DAYS), window.view == "list", "list"),
        ],
    }
