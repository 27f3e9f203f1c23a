"""What a connection's state, its failures and its values are in plain words, and what to do about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from channels.connections.enums import State
from channels.connections.services import facts_of
from channels.sync.alerting import trouble_of
from channels.sync.enums import CaseKind
from channels.sync.models import Standing
from channels.sync.selectors import Health
from channels.sync.standing import DOWN_AFTER
from pms.kernel.money import Money

#: What a person can do about a failure, by its code; others are in `_OTHERWISE`.
_ADVICE: dict[str, str] = {
    "no_answer": "Nothing to do: it is tried again by itself, later each time. If it lasts, see whether the channel says so.",
    "too_long": "Nothing to do now; if it comes again, tell the channel.",
    "limited": "Nothing to do: the channel wants a pause, and gets it.",
    "too_many_requests": "Nothing to do: the channel wants a pause, and gets it.",
    "sealed": "Type the keys anew: those that are kept cannot be opened any more.",
    "no_secret": "Type a secret of sixteen characters or more below Keys and settings.",
}
#: What is wrong with a lock-out that agreeing anew does not mend: our client, or the key that seals.
_CLIENT_CODES = frozenset({"invalid_client", "unauthorized_client", "no_key", "sealed"})
#: Changes that wait for longer are late: a channel is told within seconds.
BEHIND_SECONDS = 120
#: Where nothing was measured.
DASH = "\u2013"
_OTHERWISE = "It is tried again by itself. If it lasts, ask the channel with its words from the log."


@dataclass(frozen=True, slots=True)
class Situation:
    """How a connection is doing: a status of the design's, an icon, a word, a sentence, and what to do (may be empty)."""

    status: str
    icon: str
    label: str
    sentence: str
    advice: str = ""
    #: Whether agreeing on the channel's own page once more mends it.
    may_agree: bool = False


_STARTING = Situation(
    "option", "clock", "Starting", "The channel is told everything as soon as the worker comes to it."
)
_PAUSED = Situation(
    "blocked",
    "pause",
    "Paused",
    "The channel is told nothing and goes on selling what it was told last. What it sells is still taken in.",
    "Resume it, or close the rooms at the channel itself.",
)
_DRAFT = Situation(
    "option",
    "pencil",
    "Not live",
    "The channel is told nothing yet, and nothing is read from it.",
    "Map its rooms, look at the preview, then go live.",
)
_BEHIND = Situation(
    "option",
    "hourglass",
    "Behind",
    "Changes wait to be told for longer than two minutes.",
    "See in the log whether the channel is slow; without any line there the channel worker does not run.",
)
_WORKS = Situation("in-house", "circle-check", "Works", "The channel knows what is true here, and bookings are read.")


def situation_of(health: Health, *, now: datetime) -> Situation:
    """Return how a connection is doing, the gravest first."""
    row, standing = health.connection, health.standing
    if row.state == State.DRAFT:
        return _DRAFT
    if standing is None:
        return _STARTING
    failing = _failing(standing, now=now, agrees=facts_of(row).agrees)
    if failing is not None:
        return failing
    if row.state == State.PAUSED:
        return _PAUSED
    if standing.sent_at is None:
        return _STARTING
    waits = (now - health.marked_at).total_seconds() if health.marks and health.marked_at else 0
    return _BEHIND if waits > BEHIND_SECONDS else _WORKS


def _failing(standing: Standing, *, now: datetime, agrees: bool) -> Situation | None:
    if standing.locked_out_at is not None and agrees and standing.error_code not in _CLIENT_CODES:
        return Situation(
            "alert",
            "lock",
            "Connect again",
            f"The channel takes our keys no more: {standing.error_words}",
            "Only somebody who signs in there can mend it: press Connect again. Until then nothing is sent and nothing read.",
            may_agree=True,
        )
    if standing.locked_out_at is not None:
        said = standing.error_words or "no more is known."
        return Situation(
            "alert",
            "lock",
            "Locked out",
            f"The channel refuses our keys: {said}",
            "Type the keys anew below Keys and settings, then try again. Until then nothing is sent and nothing read.",
        )
    trouble = trouble_of(standing, now=now)
    if trouble:
        return Situation("alert", "cloud-off", "Down", trouble, advice_for(standing.error_code))
    if standing.failures or standing.pull_failures:
        times = max(standing.failures, standing.pull_failures)
        sentence = f"The last {'try' if times == 1 else f'{times} tries'} failed: {standing.error_words}"
        return Situation("option", "refresh-cw", "Trying again", sentence, advice_for(standing.error_code))
    return None


def advice_for(code: str) -> str:
    """Return what a person can do about a failure."""
    return _ADVICE.get(code, _OTHERWISE)


def circuit_of(health: Health, *, now: datetime) -> str:
    """Return in words whether the channel is left alone, and until when it is."""
    standing = health.standing
    if standing is None:
        return "Nothing was sent yet"
    if standing.locked_out_at is not None:
        return "Held back until the keys are mended"
    if health.connection.state == State.PAUSED:
        return "Held back while it is paused"
    if standing.failures and standing.send_at > now:
        word = "Held back" if standing.failures >= DOWN_AFTER else "Waiting"
        times = f"{standing.failures} {'failure' if standing.failures == 1 else 'failures'}"
        return f"{word} after {times}, until the next try"
    return "Go out"


def milliseconds(value: int | None) -> str:
    """Return a duration as people say it: 640 ms, 2.4 s, 3 min."""
    if value is None:
        return DASH
    if value < 1000:
        return f"{value} ms"
    return f"{value / 1000:.1f} s" if value < 120_000 else f"{round(value / 60_000)} min"


def permille(value: int | None) -> str:
    """Return a share: 99.2 %; all of it without decimals."""
    if value is None:
        return DASH
    return f"{value // 10} %" if value % 10 == 0 else f"{value / 10:.1f} %"


FIELD_WORDS = {
    "rooms": "Rooms left",
    "prices": "Price",
    "min_stay_arrival": "Minimum stay on arrival",
    "min_stay_through": "Minimum stay through",
    "max_stay": "Maximum stay",
    "closed_to_arrival": "Closed to arrival",
    "closed_to_departure": "Closed to departure",
    "closed": "Closed",
}


def value_words(name: str, value: Any, *, guests: Sequence[int], currency: str) -> str:
    """Return a told value in words."""
    if value is None:
        return "never told"
    if name == "prices":
        return _prices(value, guests, currency)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "rooms":
        return str(value)
    least = 0 if name == "max_stay" else 1
    return "none" if value <= least else f"{value} nights"


def _prices(prices: Sequence[int], guests: Sequence[int], currency: str) -> str:
    if not prices:
        return "no price"
    if len(prices) == 1:
        return str(Money(prices[0], currency))
    return ", ".join(f"{count}: {Money(price, currency)}" for count, price in zip(guests, prices, strict=False))


#: What each kind of case means for whoever opens it.
CASE_LEADS: dict[str, str] = {
    CaseKind.OVERBOOKED: "The guest has bought it: a room has to be found, here or elsewhere.",
    CaseKind.UNMAPPED_ROOM: "The booking was taken as the connection's room type for unmapped rooms.",
    CaseKind.UNMAPPED_RATE: "The booking was taken at the channel's price under the plan for unmapped rates.",
    CaseKind.IN_HOUSE: "Nothing was changed here: whoever is at the desk knows better than the channel.",
    CaseKind.CURRENCY: "Look at the price that the nights were taken with.",
    CaseKind.CONTENT_DIFFERS: "The first message stays. Compare both, then change the booking here if need be.",
    CaseKind.UNREADABLE: "The message is kept as it came; nothing of it was lost.",
    CaseKind.NOT_ACKNOWLEDGED: "The booking is taken here; the channel does not know that yet.",
    CaseKind.SYNC_REFUSED: "The channel did not take these days, and goes on selling what it was told before.",
    CaseKind.NOTICE: "The channel told of it; nothing was changed here.",
    CaseKind.PRICE_DIFFERS: "Nothing to do here. Promotions, discounts for members and on phones make most of these: where it "
    "was none, look at the prices and promotions at the channel.",
    CaseKind.CARD_DUE: "Charge it at your terminal or payment provider, then write the payment down on the folio.",
    CaseKind.COMMISSION_CHANGED: "Nothing to do here: the channel keeps what it says, and the books follow it.",
    CaseKind.COLLECTOR_CHANGED: "Move the nights to the folio of whoever pays them, and give back what was paid twice.",
}


def days_words(days: Sequence[date]) -> str:
    """Return days as runs: 3 Dec to 7 Dec, 10 Dec."""
    runs: list[list[date]] = []
    for day in days:
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    said = [f"{run[0]:%-d %b}" if len(run) == 1 else f"{run[0]:%-d %b} to {run[-1]:%-d %b}" for run in runs[:6]]
    return ", ".join(said) + (f" and {len(runs) - 6} more" if len(runs) > 6 else "")
