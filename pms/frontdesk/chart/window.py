"""What part of the chart somebody looks at: read from the address, else from what this browser chose last."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse

#: Days that can be looked at, and how far Previous and Next go.
STEPS = {7: 7, 14: 7, 31: 14, 90: 28}
DENSITIES = ("detailed", "overview")
#: What a bar can be filtered by, with its word.
STATES = {
    "confirmed": "Confirmed",
    "in-house": "In house",
    "option": "Option or pending",
    "departed": "Departed",
    "alert": "Overbooked",
    "blocked": "Out of order",
    "owner": "Owner stay",
}
COOKIE = "chart"
COOKIE_SECONDS = 365 * 24 * 3600
#: Days of the past before the business date, so that who is in house is seen from the start.
LOOK_BACK = {7: 0, 14: 2, 31: 3, 90: 7}


@dataclass(frozen=True, slots=True)
class Window:
    """The days [first, until) of one property, and how they are drawn. `first` is a property-local date."""

    first: date
    days: int
    density: str
    room_type: str
    states: frozenset[str]
    today: date
    #: Whether types show their prices, and of which plan; the default one when empty.
    rates: bool = False
    plan: str = ""

    @property
    def until(self) -> date:
        """The day after the last."""
        return self.first + timedelta(days=self.days)

    @property
    def dates(self) -> list[date]:
        """Every day in order."""
        return [self.first + timedelta(days=index) for index in range(self.days)]

    @property
    def today_index(self) -> int | None:
        """Position of the business date, None when it is not in the window."""
        index = (self.today - self.first).days
        return index if 0 <= index < self.days else None

    @property
    def step(self) -> int:
        """Days that Previous and Next go."""
        return STEPS[self.days]

    def address(self, **changes: object) -> str:
        """Return the query string of this window with some of it changed; `first=None` means around today."""
        around_today = "first" in changes and changes["first"] is None
        if around_today:
            changes["first"] = self.first
        window = replace(self, **changes)  # type: ignore[arg-type]
        pairs = [("days", str(window.days)), ("density", window.density)]
        if not around_today:
            pairs.insert(0, ("from", window.first.isoformat()))
        pairs += [("type", window.room_type)] if window.room_type else []
        pairs += [("rates", "1")] if window.rates else []
        pairs += [("plan", window.plan)] if window.rates and window.plan else []
        pairs += [("status", state) for state in STATES if state in window.states]
        return "?" + urlencode(pairs)

    def toggled(self, state: str) -> str:
        """Return the query string with a state added to the filter, or taken from it."""
        return self.address(states=self.states ^ {state})


def window_of(request: HttpRequest, *, today: date) -> Window:
    """Return the window a request asks for; what makes no sense falls back to the default.

    A phone that never chose sees seven days; `room_type` "first" stands for the first type there is.
    """
    chosen = dict(parse_qsl(request.COOKIES.get(COOKIE, "")))
    phone = request.headers.get("Sec-CH-UA-Mobile") == "?1"
    days = _days(request.GET.get("days") or chosen.get("days", ""), 7 if phone else 14)
    density = request.GET.get("density") or chosen.get("density", "")
    asked = "days" in request.GET or "type" in request.GET
    return Window(
        first=_date(request.GET.get("from", "")) or today - timedelta(days=LOOK_BACK[days]),
        days=days,
        density=density if density in DENSITIES else DENSITIES[0],
        room_type=request.GET.get("type", "") if asked else ("first" if days == 7 else ""),
        states=frozenset(request.GET.getlist("status")) & STATES.keys(),
        today=today,
        rates=(request.GET if asked else chosen).get("rates") == "1",
        plan=((request.GET if asked else chosen).get("plan") or "")[:16],
    )


def window_remember(response: HttpResponse, request: HttpRequest, window: Window) -> None:
    """Keep the length, the density and the rates mode in this browser when the address chose them."""
    if "days" in request.GET or "density" in request.GET:
        kept = {"days": window.days, "density": window.density}
        if window.rates:
            kept |= {"rates": 1, "plan": window.plan}
        chosen = urlencode(kept)
        response.set_cookie(COOKIE, chosen, max_age=COOKIE_SECONDS, samesite="Lax", httponly=True)


def _days(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and int(text) in STEPS else default


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None


@dataclass(frozen=True, slots=True)
class Choice:
    """A link that changes the window. `look` is the class of its swatch, or its icon."""

    label: str
    url: str
    current: bool
    look: str = ""


def choices(window: Window, types: list[tuple[str, str]]) -> dict[str, object]:
    """Return every link of the toolbar, by the names that templates/frontdesk/chart.html uses."""
    every_type = Choice("All types", window.address(room_type=""), not window.room_type)
    by_code = dict(types)
    return {
        "earlier": window.address(first=window.first - timedelta(days=window.step)),
        "later": window.address(first=window.first + timedelta(days=window.step)),
        "around_today": window.address(first=None),
        "lengths": [
            Choice(f"{days} days" if days == max(STEPS) else str(days), window.address(days=days), days == window.days)
            for days in STEPS
            if days != min(STEPS) or days == window.days
        ],
        "densities": [
            Choice(density.capitalize(), window.address(density=density), density == window.density, icon)
            for density, icon in zip(DENSITIES, ("rows-3", "align-justify"), strict=True)
        ],
        "types": [
            every_type,
            *(Choice(name, window.address(room_type=code), code == window.room_type) for code, name in types),
        ],
        "type_label": by_code.get(window.room_type, every_type.label),
        "states": [
            Choice(word, window.toggled(state), state in window.states, state) for state, word in STATES.items()
        ],
        "rates_url": window.address(rates=not window.rates),
        "any_state": window.address(states=frozenset()),
    }
