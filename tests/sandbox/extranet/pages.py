"""The extranet for people: what the OTA was told of a hotel, and a guest's way to book there, change and cancel."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from html import escape
from typing import Any
from urllib.parse import quote as quoted

from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.look import notice, page
from tests.sandbox.extranet.book import Booker, Extranet
from tests.sandbox.extranet.money import shown
from tests.sandbox.extranet.rules import CLOSURES, LENGTHS, Refused, Wanted

DAYS = 14
STYLE = """
main { width: min(76rem, 100%); } .sheet.wide { grid-template-columns: minmax(0, 1fr); margin-bottom: 1.5rem; }
.sheet.wide > section { padding: 1.5rem; } h1 { color: var(--ink); font-size: 1.375rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { border-top: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
tbody th { font-weight: 500; position: sticky; left: 0; background: var(--card); max-width: 11rem; white-space: normal; }
tr.room > * { border-top: 2px solid var(--edge); } tr.room th { font-weight: 650; }
.shut { background: var(--bad-ground); color: var(--bad); } td small { display: block; color: var(--soft); }
.shut small { color: inherit; } .form { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr));
  gap: 0 1rem; align-items: end; } select { width: 100%; min-height: 44px; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: .5rem .75rem; }
.form .field:has(button) { grid-column: 1 / -1; } .form button { max-width: 18rem; }
.row { display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; justify-content: space-between; margin: .75rem 0; }
.bad { color: var(--bad); border-color: var(--bad); } section + section { border-top: 1px solid var(--line); }
ul.plain { list-style: none; padding: 0; } ul.plain li { padding: .35rem 0; }
"""
WORDS = {
    "min_stay_arrival": "min {} arr.", "min_stay_through": "min {} thr.", "max_stay_arrival": "max {} arr.",
    "max_stay_through": "max {} thr.", "closed": "closed", "closed_to_arrival": "no arrival",
    "closed_to_departure": "no departure",
}  # fmt: skip


def respond(extranets: Mapping[str, Extranet], request: Request, base: str) -> Answer:  # noqa: PLR0911 (a table)
    """Answer below /extranet/: `base` is the address of that folder. Takes the state's lock itself."""
    typed = dict(request.form_pairs()) if request.method == "POST" else dict(request.query_pairs())
    steps = request.path.strip("/").split("/")[1:]
    try:
        match request.method, steps:
            case "GET", []:
                return Answer.page(_index(extranets, base))
            case "GET", [slug, hotel]:
                return Answer.page(_hotel(extranets[slug], hotel, base, typed))
            case "POST", [slug, hotel]:
                return _book(extranets[slug], hotel, base, typed)
            case "GET", [slug, _, "stays", reservation]:
                return Answer.page(_stay(extranets[slug], reservation, base))
            case "POST", [slug, _, "stays", reservation, "change" | "cancel" as what]:
                return _change(extranets[slug], reservation, base, typed, what)
    except (KeyError, Refused) as error:
        return Answer.page(notice("Nothing here", str(error), provider="a channel's extranet"), 404)
    return Answer.page(notice("Nothing here", "This page does not exist.", provider="a channel's extranet"), 404)


def _address(book: Extranet, hotel: str, base: str) -> str:
    return f"{base}/{book.manner.slug}/{quoted(hotel, safe='')}"


def _sheet(book: Extranet, title: str, *sections: str) -> str:
    body = "".join(f"<section>{section}</section>" for section in sections)
    provider = f"{book.manner.name}, its extranet and its guests"
    return page(title, f'<div class="sheet wide">{body}</div>', provider=provider, style=STYLE)


def _index(extranets: Mapping[str, Extranet], base: str) -> str:
    rows = "".join(
        f'<li><a href="{escape(_address(book, hotel["id"], base))}">{escape(hotel["name"])}</a>'
        f' <span class="soft">{escape(book.manner.name)} · {escape(hotel["id"])}</span></li>'
        for book in extranets.values()
        for hotel in book.hotels()
    )
    names = ", ".join(book.manner.name for book in extranets.values())
    listed = f'<ul class="plain">{rows}</ul>' if rows else '<p class="soft">No hotel is connected yet.</p>'
    body = f'<div class="sheet wide"><section><h1>Hotels at {escape(names)}</h1>{listed}</section></div>'
    return page("Extranet", body, provider=f"the extranets of {names}", style=STYLE)


# What it was told


def _hotel(book: Extranet, identifier: str, base: str, typed: Mapping[str, str], error: str = "") -> str:
    with book.state.lock:
        hotel = book.hotel(identifier)
        today = book.today(identifier)
        try:
            first = date.fromisoformat(typed.get("from", ""))
        except ValueError:
            first = today
        dates = [first + timedelta(days=number) for number in range(DAYS)]
        address = _address(book, identifier, base)
        rows = "".join(_room_rows(book, room, dates, hotel["currency"]) for room in book.rooms(identifier))
        stays = "".join(_stay_row(book, stay, base) for stay in reversed(book.stays(identifier)))
        form = _guest_form(book, identifier, address, typed, today)
    before, after = first - timedelta(days=DAYS), first + timedelta(days=DAYS)
    heads = "".join(f'<th scope="col">{day:%a}<br>{day:%d %b}</th>' for day in dates)
    empty = f'<tr><td colspan="{DAYS + 1}">This hotel has no room types here yet.</td></tr>'
    calendar = f"""<h1>{escape(hotel["name"])}</h1>
<p class="soft">What {escape(book.manner.name)} was told. A room shows how many are left of the last count.</p>
<div class="row"><a class="back" href="{escape(address)}?from={before}">Earlier</a>
<a class="back" href="{escape(base)}/">All hotels</a><a class="back" href="{escape(address)}?from={after}">Later</a></div>
<div class="scroll" tabindex="0" role="region" aria-label="Calendar"><table><thead><tr><th scope="col">{first:%Y}</th>
{heads}</tr></thead><tbody>{rows or empty}</tbody></table></div>"""
    alert = f'<p class="error" role="alert" id="error">{escape(error)}</p>' if error else ""
    listed = f"""<h2>Stays</h2><div class="scroll" tabindex="0" role="region" aria-label="Stays"><table><thead><tr>
<th scope="col">Number</th><th scope="col">Guest</th><th scope="col">From</th><th scope="col">To</th>
<th scope="col">Total</th><th scope="col">State</th></tr></thead><tbody>{stays}</tbody></table></div>"""
    none = '<h2>Stays</h2><p class="soft">Nobody has booked yet.</p>'
    return _sheet(
        book, f"{hotel['name']} at {book.manner.name}", calendar, f"<h2>Book as a guest</h2>{alert}{form}",
        listed if stays else none,
    )  # fmt: skip


def _room_rows(book: Extranet, room: dict[str, Any], dates: list[date], currency: str) -> str:
    cells = "".join(_count_cell(book.told_room(room["id"], day)) for day in dates)
    head = f'{escape(room["name"])}<small class="soft"> {room["guests"]} guests</small>'
    rows = [f'<tr class="room"><th scope="row">{head}</th>{cells}</tr>']
    for rate in book.rates(room["id"]):
        cells = "".join(_rate_cell(book.told_rate(room["id"], rate["id"], day), currency) for day in dates)
        rows.append(f'<tr><th scope="row">{escape(rate["name"])}</th>{cells}</tr>')
    return "".join(rows)


def _count_cell(told: dict[str, Any]) -> str:
    if "left" not in told:
        return '<td class="shut">not told</td>'
    closed = told.get("closed") or told["left"] < 1
    said = "closed" if told.get("closed") else f"of {told['told']}"
    return f"<td{' class=shut' if closed else ''}>{told['left']}<small>{said}</small></td>"


def _rate_cell(told: dict[str, Any], currency: str) -> str:
    prices = [
        shown(amount, currency) if guests == "0" else f"{guests}: {shown(amount, currency)}"
        for guests, amount in sorted(told["prices"].items(), key=lambda priced: int(priced[0]))
    ]
    # A least stay of one night is no rule, and fills every cell.
    kept = [
        name
        for name in (*LENGTHS, *CLOSURES)
        if told.get(name) and (name in CLOSURES or told[name] != 1 or "max" in name)
    ]
    rules = [WORDS[name].format(told[name]) for name in kept]
    shut = " class=shut" if told.get("closed") or not prices else ""
    return f"<td{shut}>{'<br>'.join(prices) or 'no price'}<small>{'<br>'.join(rules)}</small></td>"


def _stay_row(book: Extranet, stay: dict[str, Any], base: str) -> str:
    address = f"{_address(book, stay['hotel'], base)}/stays/{stay['reservation']}"
    guest = f"{stay['booker']['name']} {stay['booker']['surname']}"
    return (
        f'<tr><td><a href="{escape(address)}">{escape(stay["reservation"])}</a></td><td>{escape(guest)}</td>'
        f"<td>{stay['arrival']}</td><td>{stay['departure']}</td>"
        f"<td>{shown(stay['total'], stay['currency'])} {escape(stay['currency'])}</td><td>{stay['status']}</td></tr>"
    )


# What a guest does


def _field(name: str, label: str, value: Any, kind: str = "text", more: str = "") -> str:
    return (
        f'<div class="field"><label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" value="{escape(str(value))}" {more}></div>'
    )


def _choice(book: Extranet, hotel: str, chosen: str) -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(label)}</option>'
        for room in book.rooms(hotel)
        for rate in book.rates(room["id"])
        for value, label in [(f"{room['id']}/{rate['id']}", f"{room['name']}, {rate['name']}")]
    )
    return f'<div class="field"><label for="offer">Room</label><select id="offer" name="offer">{options}</select></div>'


def _guest_form(book: Extranet, hotel: str, address: str, typed: Mapping[str, str], today: date) -> str:
    arrival = typed.get("arrival") or today
    departure = typed.get("departure") or today + timedelta(days=1)
    return f"""<form class="form" method="post" action="{escape(address)}" novalidate>
{_choice(book, hotel, typed.get("offer", ""))}
{_field("arrival", "Arrival", arrival, "date")}{_field("departure", "Departure", departure, "date")}
{_field("count", "Rooms", typed.get("count", 1), "number", 'min="1" max="9"')}
{_field("adults", "Adults in a room", typed.get("adults", 2), "number", 'min="1"')}
{_field("children", "Children in a room", typed.get("children", 0), "number", 'min="0"')}
{_field("name", "First name", typed.get("name", "Greta"))}{_field("surname", "Surname", typed.get("surname", "Lindqvist"))}
{_field("notes", "Wishes", typed.get("notes", ""))}<div class="field"><button>Book</button></div></form>"""


def _wanted(typed: Mapping[str, str]) -> Wanted:
    """Read the form; Refused with a sentence for what is missing in it."""
    room, _, rate = typed.get("offer", "").partition("/")
    try:
        children = int(typed.get("children") or 0)
        return Wanted(
            room=room, rate=rate, arrival=date.fromisoformat(typed["arrival"]),
            departure=date.fromisoformat(typed["departure"]), adults=int(typed["adults"]), children=children,
            ages=[8] * children, name=typed.get("name", ""), surname=typed.get("surname", ""),
        )  # fmt: skip
    except (KeyError, ValueError):
        raise Refused("dates", "Please give two dates and the number of guests.") from None


def _book(book: Extranet, hotel: str, base: str, typed: Mapping[str, str]) -> Answer:
    try:
        booker = Booker(name=typed.get("name") or "Greta", surname=typed.get("surname") or "Lindqvist")
        count = typed.get("count", "1")
        rooms = [_wanted(typed)] * (int(count) if count.isdecimal() else 1)
        stay = book.sell(hotel=hotel, rooms=rooms, booker=booker, notes=typed.get("notes", ""))
    except Refused as refused:
        return Answer.page(_hotel(book, hotel, base, typed, str(refused)), 422)
    return Answer.redirect(f"{_address(book, hotel, base)}/stays/{stay['reservation']}")


def _change(book: Extranet, reservation: str, base: str, typed: Mapping[str, str], what: str) -> Answer:
    stay = book.stay(reservation)
    try:
        if what == "cancel":
            book.cancel(reservation)
        else:
            wanted = _wanted(typed)
            rooms = [
                replace(wanted, identifier=room["id"], name=room["name"], surname=room["surname"])
                for room in stay["rooms"]
            ]
            book.modify(reservation, rooms=rooms, notes=typed.get("notes", stay["notes"]))
    except Refused as refused:
        return Answer.page(_stay(book, reservation, base, str(refused)), 422)
    return Answer.redirect(f"{_address(book, stay['hotel'], base)}/stays/{reservation}")


def _stay(book: Extranet, reservation: str, base: str, error: str = "") -> str:
    with book.state.lock:
        stay = book.stay(reservation)
        address = _address(book, stay["hotel"], base)
        facts = "".join(f"<dt>{label}</dt><dd>{escape(said)}</dd>" for label, said in _facts(book, stay))
        room = stay["rooms"][0]
        own = f"{address}/stays/{quoted(reservation)}"
        change = f"""<h2>Change the stay</h2><form class="form" method="post" action="{escape(own)}/change" novalidate>
{_choice(book, stay["hotel"], f"{room['room']}/{room['rate']}")}
{_field("arrival", "Arrival", room["arrival"], "date")}{_field("departure", "Departure", room["departure"], "date")}
{_field("adults", "Adults in a room", room["adults"], "number", 'min="1"')}
{_field("children", "Children in a room", room["children"], "number", 'min="0"')}
{_field("notes", "Wishes", stay["notes"])}<div class="field"><button>Change</button></div></form>
<form method="post" action="{escape(own)}/cancel"><button class="second bad">Cancel the stay</button></form>"""
    alert = f'<p class="error" role="alert" id="error">{escape(error)}</p>' if error else ""
    head = (
        f"<h1>{escape(reservation)}</h1>{alert}<dl>{facts}</dl>"
        f'<p><a class="back" href="{escape(address)}">Back to the calendar</a></p>'
    )
    sections = [head] if stay["status"] == "cancelled" else [head, change]
    return _sheet(book, f"Stay {reservation}", *sections)


def _offer(book: Extranet, room: str, rate: str) -> str:
    """Return the names of a room and its rate, or their codes where the OTA has let them go."""
    try:
        return f"{book.room(room)['name']}, {book.rate(room, rate)['name']}"
    except Refused:
        return f"{room} / {rate}"


def _facts(book: Extranet, stay: dict[str, Any]) -> list[tuple[str, str]]:
    def money(amount: int) -> str:
        return f"{shown(amount, stay['currency'])} {stay['currency']}"

    payout = stay["payout"]
    rooms = ", ".join(_offer(book, room["room"], room["rate"]) for room in stay["rooms"])
    return [
        ("Guest", f"{stay['booker']['name']} {stay['booker']['surname']}"), ("State", stay["status"]),
        ("Nights", f"{stay['arrival']} to {stay['departure']}"), ("Rooms", rooms),
        ("Total", money(stay["total"])), ("Commission", money(stay["commission"])),
        ("Payout", f"{payout['model'].replace('_', ' ')}, {money(payout['amount'])}"),
        ("Cancellation fee", money(stay["cancellation_fee"])), ("Wishes", stay["notes"] or "none"),
        ("Revision", str(stay["revision"])), ("Channel", book.manner.name),
    ]  # fmt: skip
