"""What a connection chooses, because hotels differ in it or because no document at hand says it."""

from collections.abc import Mapping
from dataclasses import dataclass

from channels.adapters.base import Access, Question

BXML, OTA = "bxml", "ota"
STANDARD, DERIVED, OCCUPANCY = "standard", "derived", "occupancy"
MINOR, MAJOR = "minor", "major"

CREDENTIALS = (
    Question(
        "client_id",
        "Client id",
        required=False,
        help="Of the machine account; leave it empty to use a name and password.",
    ),
    Question("client_secret", "Client secret", secret=True, required=False, help="Given once, with the client id."),
    Question("user", "User name", required=False, help="Of an older machine account without a client id."),
    Question("password", "Password", secret=True, required=False),
)

SETTINGS = (
    Question(
        "dialect",
        "Language for prices and counts",
        required=False,
        choices=((BXML, "B.XML"), (OTA, "OpenTravel")),
        default=BXML,
    ),
    Question(
        "reservations",
        "How bookings come",
        required=False,
        help="With OpenTravel a booking comes until we say that it is kept; with B.XML it is gone once it is read.",
        choices=((OTA, "OpenTravel, acknowledged"), (BXML, "B.XML, reading takes")),
        default=OTA,
    ),
    Question(
        "pricing",
        "Pricing",
        required=False,
        help="As it is set for the hotel at Booking.com. Another one changes prices that are there: send everything anew.",
        choices=(
            (STANDARD, "Standard: a price for the room"),
            (DERIVED, "Derived: a price for the leading occupancy"),
            (OCCUPANCY, "Occupancy: a price for each number of guests"),
        ),
        default=STANDARD,
    ),
    Question(
        "amounts_sent",
        "Prices in OpenTravel messages",
        required=False,
        help="Booking.com's pages contradict each other; check with one price, and read it back.",
        choices=((MAJOR, "45.00, without decimal places"), (MINOR, "4500 with two decimal places")),
        default=MAJOR,
    ),
    Question(
        "amounts_read",
        "Amounts in OpenTravel bookings",
        required=False,
        help='What "6755" with two decimal places means.',
        choices=((MINOR, "67.55"), (MAJOR, "6755.00")),
        default=MINOR,
    ),
    Question(
        "occupancy_element",
        "Price for a number of guests in B.XML",
        required=False,
        help="The element's name, {guests} being the number. price1 is documented, the others are to be checked.",
        default="price{guests}",
    ),
    Question(
        "stay_types",
        "Lengths of stay in OpenTravel messages",
        required=False,
        help="MinMaxMessageType of the minimum on arrival, the minimum throughout and the maximum on arrival: no document"
        " at hand lists them for Booking.com.",
        default="SetMinLOS, SetForwardMinStay, SetMaxLOS",
    ),
    Question(
        "recovery",
        "Reservation recovery",
        required=False,
        help="Whether it is switched on for the account: changes since a time are not to be asked for then.",
        choices=(("no", "Off"), ("yes", "On")),
        default="no",
    ),
)
_DEFAULTS: Mapping[str, str] = {question.name: question.default for question in SETTINGS}
_CHOICES: Mapping[str, frozenset[str]] = {
    question.name: frozenset(value for value, _ in question.choices) for question in SETTINGS if question.choices
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A connection's choices; what is no choice counts as none."""

    dialect: str
    reservations: str
    pricing: str
    amounts_sent: str
    amounts_read: str
    occupancy_element: str
    stay_types: tuple[str, str, str]
    recovery: bool


def chosen(access: Access) -> Chosen:
    """Return what the connection chose."""

    def of(name: str) -> str:
        told = access.settings.get(name, "").strip()
        fits = told and (name not in _CHOICES or told in _CHOICES[name])
        return told if fits else _DEFAULTS[name]

    return Chosen(
        dialect=of("dialect"),
        reservations=of("reservations"),
        pricing=of("pricing"),
        amounts_sent=of("amounts_sent"),
        amounts_read=of("amounts_read"),
        occupancy_element=_element(of("occupancy_element")),
        stay_types=_types(of("stay_types")),
        recovery=of("recovery") == "yes",
    )


def _element(told: str) -> str:
    """Return a pattern of an element's name, the usual one for what is none."""
    bare = told.replace("{guests}", "1")
    fits = "{guests}" in told and bare.isascii() and bare.replace("_", "").isalnum() and not bare[0].isdecimal()
    return told if fits else _DEFAULTS["occupancy_element"]


def _types(told: str) -> tuple[str, str, str]:
    words = [word.strip() for word in told.split(",")]
    if len(words) != 3 or not all(word.isascii() and word.isalnum() for word in words):
        words = [word.strip() for word in _DEFAULTS["stay_types"].split(",")]
    return words[0], words[1], words[2]
