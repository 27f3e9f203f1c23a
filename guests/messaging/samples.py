"""A made-up stay to show a template with."""

from datetime import date
from functools import partial

from django.utils import translation

from guests.messaging.addresses import host_here, name_here
from guests.messaging.content import Letter, Row, place_of
from guests.messaging.enums import Kind
from guests.messaging.wording import labels, language_of
from guests.messaging.wording.variables import variables
from pms.branding.formats import day, price
from pms.branding.selectors import look
from pms.kernel.addresses import address_at
from pms.kernel.wording import said
from pms.properties.models import Property, RoomType

ARRIVAL, DEPARTURE = date(2027, 5, 14), date(2027, 5, 17)
TOTAL, DEPOSIT = 41_400, 10_000
#: What the guest and the house say in it, by language; the telephone number is one that regulators keep for fiction.
PHONE = "+44 20 7946 0123"
SAID = {
    "en": {
        "policy": "Free until 18:00 one day before arrival, then the first night.",
        "question": "May we leave our luggage with you after check-out?",
        "requests": "A quiet room, please.",
    },
    "lt": {
        "policy": "Atšaukti galima nemokamai iki 18:00 val. likus vienai dienai iki atvykimo, vėliau mokama pirmosios nakties kaina.",
        "question": "Ar išsiregistravę galėsime palikti bagažą?",
        "requests": "Prašome ramaus kambario.",
    },
    "de": {
        "policy": "Kostenlos bis 18:00 Uhr einen Tag vor der Anreise, danach die erste Nacht.",
        "question": "Dürfen wir nach der Abreise unser Gepäck bei Ihnen lassen?",
        "requests": "Bitte ein ruhiges Zimmer.",
    },
}


def sample_letter(*, kind: Kind, language: str) -> Letter:
    """Return a letter about Greta's stay at the first property, every variable of the kind filled. Four queries."""
    code = language_of(language)
    with translation.override(code):
        return _letter(kind, code)


def _letter(kind: Kind, language: str) -> Letter:
    place = Property.objects.first() or Property(name="Casa do Rio", city="Porto", currency="EUR")
    kind_of_room = RoomType.objects.filter(retired_at=None).first()
    shown, words = look(), labels(language)
    money = partial(price, currency=place.currency)
    site = address_at(host=host_here(), path="/")
    filled = {
        "guest": "Greta Lindqvist",
        "first_name": "Greta",
        "guest_email": "greta@example.com",
        "hotel": said(place, "name"),
        "organization": shown.name or name_here(),
        "booking": "SAMPLE1",
        "arrival": day(ARRIVAL),
        "departure": day(DEPARTURE),
        "check_in_time": f"{place.check_in_time:%H:%M}",
        "check_out_time": f"{place.check_out_time:%H:%M}",
        "address": place_of(place),
        "phone": place.phone or PHONE,
        "email": place.email,
        "total": money(TOTAL),
        "balance": money(TOTAL - DEPOSIT),
        "amount": money(DEPOSIT),
        "fee": money(DEPOSIT),
        "returned": money(DEPOSIT),
        "due_on": day(date(2027, 5, 1)),
        "room_number": "204",
        **SAID[language],
        "reason": "card_declined",
        "house_rules": said(place, "house_rules"),
    }
    values = {name: filled.get(name) or (site if name.endswith("_url") else f"[{name}]") for name in variables(kind)}
    stay = (
        Row(words["booking"], "SAMPLE1"),
        Row(words["room"], said(kind_of_room, "name") if kind_of_room else words["room"], "title"),
        Row(words["arrival"], f"{values['arrival']}, {words['from_time'].format(time=values['check_in_time'])}"),
        Row(words["departure"], f"{values['departure']}, {words['until_time'].format(time=values['check_out_time'])}"),
        Row(words["nights"], str((DEPARTURE - ARRIVAL).days)),
        Row(words["guests"], f"{words['adults']}: 2"),
        Row(words["meals"], words["BB"]),
        Row(words["total"], money(TOTAL), "strong"),
        Row(words["paid"], money(DEPOSIT)),
        Row(words["balance"], money(TOTAL - DEPOSIT), "strong"),
    )
    return Letter(
        kind=kind,
        language=language,
        organization=values["organization"],
        accent=shown.accent,
        hotel=values["hotel"],
        footer=tuple(part for part in (place_of(place), place.phone, place.email) if part),
        values=values,
        stay=stay,
    )
