"""A hotel at the stand-in of Expedia, as the contract and Expedia's own tests want it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from channels.adapters.base import Access, Span
from channels.adapters.expedia.adapter import ADAPTER
from channels.connections.wire import Exchange, HttpWire
from tests.channels.adapters.contract import Hotel
from tests.sandbox.channel_fixtures import BEST, DOUBLE, FAMILY, HOTEL, SAVER
from tests.sandbox.expedia.fixtures import ExpediaRemote

BOOKER = {"name": "Greta", "surname": "Gast", "mail": "greta@example.com"}
PUSH = {"push_username": "Expedia", "push_password": "a-password-of-the-house"}

#: A hotel without a stand-in.
ACCESS = Access(
    account=HOTEL,
    currency="EUR",
    time_zone="Europe/Lisbon",
    base_url="https://expedia.example",
    today=date(2026, 11, 20),
    settings={"min_stay": "arrival", "pricing": "product"},
    credentials={"username": "hotel_user", "password": "hotel_password", **PUSH},
)


class ExpediaHotel(Hotel):
    """The stand-in's double and family room with two rates each, priced by occupancy. Prices end at 50.00 and 5000.00."""

    adapter = ADAPTER

    def __init__(self, remote: ExpediaRemote) -> None:
        self.remote = remote
        remote.seed(timezone="UTC")
        remote.control("POST", "settings", hotel=HOTEL, least_rate=5000, most_rate=500000)
        today = datetime.now(UTC).date()
        access = Access(
            account=HOTEL,
            currency="EUR",
            time_zone="UTC",
            base_url=remote.url,
            today=today,
            settings={"min_stay": "arrival", "pricing": "product"},
            credentials={"username": remote.user, "password": remote.password, **PUSH},
        )
        self.exchanges: list[Exchange] = []
        self.wire = HttpWire(access, record=self.exchanges.append)
        wrong = replace(access, credentials={"username": remote.user, "password": "not-the-password"})
        self.stranger = HttpWire(wrong, record=self.exchanges.append)
        self.first = today + timedelta(days=10)
        self.refusable = Span(FAMILY, SAVER, self.first, self.first + timedelta(days=2), prices={2: 1000})
        self.stay: dict[str, Any] = {}

    def sell(self, **of_room: Any) -> None:
        asked = {"room": DOUBLE, "rate": BEST, **self.remote.nights(self.first, 2), "adults": 2, **of_room}
        self.stay = self.remote.at_extranet(
            "sell", hotel=HOTEL, rooms=[asked], booker=BOOKER, forced=True, notes="A quiet room, please"
        )

    def change(self) -> None:
        self.stay = self.remote.modify(self.stay, self.first + timedelta(days=1), 2)

    def cancel(self) -> None:
        self.remote.cancel(self.stay)

    def letter_with_card(self, number: str, code: str) -> bytes:
        written = f"Please charge {number[:4]} {number[4:8]} {number[8:12]} {number[12:]}, cvv: {code}"
        return booking(number=number, code=code, requests=[("4", written)]).encode()

    def event(self) -> tuple[bytes, Mapping[str, str]]:
        """Return no headers: what proves a message of Expedia's stands inside of it (test_expedia_push.py)."""
        return b"", {}


def booking(
    *,
    number: str = "4111111111111111",
    code: str = "123",
    kind: str = "Book",
    attributes: str = "",
    room: str | None = None,
    requests: list[tuple[str, str]] | None = None,
    hotel: str = HOTEL,
    source: str = "Expedia",
) -> str:
    """Return a booking of our own making: two nights of 100.00, and taxes of 20.00 on them."""
    wishes = "".join(f'<SpecialRequest code="{key}">{words}</SpecialRequest>' for key, words in requests or [])
    return (
        '<Booking xmlns="http://www.expediaconnect.com/EQC/BR/2014/01" id="77001" '
        f'type="{kind}" createDateTime="2026-11-24T10:20:30Z" source="{source}" status="pending"{attributes}>'
        f'<Hotel id="{hotel}"/>{room if room is not None else room_stay(number=number, code=code)}'
        '<PrimaryGuest><Name givenName="Greta" middleName="" surname="Gast"/>'
        '<Phone countryCode="49" cityAreaCode="30" number="5558512" extension="7"/>'
        f"<Email>greta@example.com</Email></PrimaryGuest>{wishes}</Booking>"
    )


def room_stay(
    *,
    number: str = "4111111111111111",
    code: str = "123",
    room_id: str = DOUBLE,
    rate_id: str = BEST,
    arrival: date = date(2027, 3, 1),
    nights: tuple[str, ...] = ("100.00", "100.00"),
    total: str = 'amountAfterTaxes="220.00" amountOfTaxes="20.00" currency="EUR"',
    guests: str = '<GuestCount adult="2"/>',
    more: str = "",
    currency: str = "EUR",
    card: str | None = None,
) -> str:
    """Return the room of a booking."""
    days = [arrival + timedelta(days=count) for count in range(len(nights))]
    rates = "".join(f'<PerDayRate stayDate="{on}" baseRate="{price}"/>' for on, price in zip(days, nights, strict=True))
    held = f'<PaymentCard cardCode="VI" cardNumber="{number}" seriesCode="{code}" expireDate="0829"/>'
    return (
        f'<RoomStay roomTypeID="{room_id}" ratePlanID="{rate_id}">'
        f'<StayDate arrival="{arrival}" departure="{arrival + timedelta(days=len(nights))}"/>{guests}'
        f'<PerDayRates currency="{currency}">{rates}</PerDayRates><Total {total}/>{more}'
        f"{held if card is None else card}</RoomStay>"
    )
