"""A hotel at the stand-in of Booking.com, as the contract and Booking.com's own tests want it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channels.adapters.base import Access, Span, Wire
from channels.adapters.bookingcom import ota_bookings
from channels.adapters.bookingcom.adapter import ADAPTER
from channels.adapters.bookingcom.settings import BXML, OTA
from channels.connections.wire import Exchange, HttpWire
from tests.channels.adapters.contract import DAY, Hotel
from tests.sandbox.bookingcom.fixtures import BookingComRemote
from tests.sandbox.channel_fixtures import DOUBLE, HOTEL, SAVER, next_month

TOKEN = {"client_id": BookingComRemote.client, "client_secret": BookingComRemote.secret}
BASIC = {"user": BookingComRemote.username, "password": BookingComRemote.password}


class BookingComHotel(Hotel):
    """A double and a family room with two rates each; the guest's card is not sent, unless a test asks for it."""

    adapter = ADAPTER

    def __init__(
        self, remote: BookingComRemote, *, credentials: Mapping[str, str] = TOKEN, currency: str = "EUR", **chosen: str
    ) -> None:
        self.remote = remote
        remote.seed(currency=currency)
        self.set(cards="none")
        access = Access(
            account=HOTEL,
            currency=currency,
            time_zone="Europe/Lisbon",
            base_url=remote.url,
            today=datetime.now(UTC).date(),
            settings=chosen,
            credentials=credentials,
        )
        self.exchanges: list[Exchange] = []
        self.wire = self.reached(access)
        wrong = {name: value if name in {"client_id", "user"} else "not-the-key" for name, value in credentials.items()}
        self.stranger = self.reached(replace(access, credentials=wrong))
        # A fortnight that ends in the month after: messages are cut there.
        self.first = next_month(2) - 5 * DAY
        self.refusable = Span(DOUBLE, SAVER, self.first, self.first + 2 * DAY, prices={2: 200})
        self.stay: dict[str, Any] = {}

    def reached(self, access: Access) -> Wire:
        return HttpWire(access, record=self.exchanges.append)

    def choose(self, **chosen: str) -> None:
        """Change the connection's settings."""
        self.wire = self.reached(replace(self.access, settings={**self.access.settings, **chosen}))

    def set(self, **settings: Any) -> None:
        """Change what is set for the hotel at the stand-in."""
        self.remote.control("POST", "settings", hotel=HOTEL, **settings)

    @property
    def is_bxml(self) -> bool:
        return self.access.settings.get("reservations") == BXML

    def sell(self) -> None:
        self.stay = self.remote.sell(self.first)

    def change(self) -> None:
        self.stay = self.remote.modify(self.stay, self.first + DAY)

    def cancel(self) -> None:
        self.remote.cancel(self.stay)

    def letter_with_card(self, number: str, code: str) -> bytes:
        if self.is_bxml:
            return bxml(bxml_reservation(hotel=HOTEL, number=number, code=code))
        return ota_message(ota_reservation(hotel=HOTEL, number=number, code=code))

    def event(self) -> tuple[bytes, Mapping[str, str]]:
        return b"", {}


def bxml(*reservations: str) -> bytes:
    """Return an answer of B.XML of our own making."""
    listed = "".join(reservations)
    return f"<reservations>{listed}</reservations><!-- RUID: [b3VyIG93biBudW1iZXI=] -->".encode()


def bxml_reservation(
    *,
    booking: str = "4072345611",
    status: str = "new",
    hotel: str = "hotel",
    number: str = "",
    code: str = "",
    currency: str = "EUR",
    total: str = "240",
    rooms: Iterable[str] | None = None,
    more: str = "",
) -> str:
    """Return a reservation: Greta, two nights in one room."""
    listed = "".join([bxml_room()] if rooms is None else rooms)
    return (
        f"<reservation><commissionamount>36</commissionamount><currencycode>{currency}</currencycode><customer>"
        f"<cc_cvc>{code}</cc_cvc><cc_expiration_date>08/2029</cc_expiration_date><cc_name>GRETA GAST</cc_name>"
        f"<cc_number>{number}</cc_number><countrycode>de</countrycode><email>greta@example.com</email>"
        f"<first_name>Greta</first_name><last_name>Gast</last_name><remarks>Please charge {number[:4]} {number[4:8]} "
        f"{number[8:12]} {number[12:]}, cvv: {code}</remarks><telephone>+49 40 123</telephone></customer>"
        f"<date>2026-11-24</date><hotel_id>{hotel}</hotel_id><id>{booking}</id>{listed}<status>{status}</status>"
        f"<time>10:20:30</time><totalprice>{total}</totalprice>{more}</reservation>"
    )


def bxml_room(
    reference: str = "5550001", *, guest: str = "Greta Gast", prices: str = "", rate: str = "bar", more: str = ""
) -> str:
    """Return a room from 1 to 3 March 2027."""
    nights = prices or "".join(f'<price date="2027-03-0{day}" rate_id="{rate}">120</price>' for day in (1, 2))
    return (
        f"<room><arrival_date>2027-03-01</arrival_date><departure_date>2027-03-03</departure_date>"
        f"<guest_name>{guest}</guest_name><id>twin</id><numberofguests>2</numberofguests>{nights}"
        f"<roomreservation_id>{reference}</roomreservation_id><totalprice>240</totalprice>{more}</room>"
    )


def ota_message(*reservations: str, name: str = ota_bookings.NEW) -> bytes:
    """Return a message of a queue, of our own making."""
    box = {ota_bookings.NEW: "HotelReservations", ota_bookings.MODIFIED: "HotelResModifies"}[name]
    listed = "".join(reservations)
    return (
        f'<{name}RQ xmlns="http://www.opentravel.org/OTA/2003/05" TimeStamp="2026-11-24T10:20:30Z" Version="2.001">'
        f"<{box}>{listed}</{box}></{name}RQ>"
    ).encode()


def ota_reservation(
    *,
    booking: str = "4072345611",
    hotel: str = "hotel",
    number: str = "",
    code: str = "",
    element: str = "HotelReservation",
    status: str = "",
    stays: Iterable[str] | None = None,
    total: str = 'AmountAfterTax="24000" CurrencyCode="EUR" DecimalPlaces="2"',
    guarantee: str = "",
) -> str:
    """Return one message of a queue: Greta, two nights in one room."""
    listed = "".join([ota_stay(hotel=hotel)] if stays is None else stays)
    card = guarantee or (
        f'<Guarantee><GuaranteesAccepted><GuaranteeAccepted><PaymentCard CardCode="VI" CardNumber="{number}" '
        f'SeriesCode="{code}" ExpireDate="0829"><CardHolderName>GRETA GAST</CardHolderName></PaymentCard>'
        "</GuaranteeAccepted></GuaranteesAccepted></Guarantee>"
    )
    marked = f' ResStatus="{status}"' if status else ""
    return (
        f"<{element}{marked}><RoomStays>{listed}</RoomStays><ResGuests>"
        f'<ResGuest ResGuestRPH="1">{profile("Otto", "Outsider")}</ResGuest></ResGuests><ResGlobalInfo>'
        f"<Comments><Comment><Text>Please charge {number[:4]} {number[4:8]} {number[8:12]} {number[12:]}, cvv: {code}"
        f"</Text></Comment></Comments>{card if number or guarantee else ''}<Total {total}/><HotelReservationIDs>"
        f'<HotelReservationID ResID_Value="{booking}" ResID_Date="2026-11-24T10:20:30"/></HotelReservationIDs>'
        f"{profile('Greta', 'Gast')}</ResGlobalInfo></{element}>"
    )


def profile(first: str, last: str) -> str:
    """Return a person."""
    person = f"<PersonName><GivenName>{first}</GivenName><Surname>{last}</Surname></PersonName>"
    return f"<Profiles><ProfileInfo><Profile><Customer>{person}</Customer></Profile></ProfileInfo></Profiles>"


def ota_stay(
    index: str = "5550001",
    *,
    hotel: str = "hotel",
    rate: str = "bar",
    days: Iterable[str] = ("2027-03-01", "2027-03-02"),
    amount: str = 'AmountAfterTax="12000" CurrencyCode="EUR" DecimalPlaces="2"',
    more: str = "",
) -> str:
    """Return a room with a rate for each day."""
    rates = "".join(
        f'<RoomRate EffectiveDate="{day}" RatePlanCode="{rate}"><Rates><Rate><Total {amount}/></Rate></Rates></RoomRate>'
        for day in days
    )
    return (
        f'<RoomStay IndexNumber="{index}"><RoomTypes><RoomType RoomTypeCode="twin"/></RoomTypes><RoomRates>{rates}'
        f'</RoomRates><GuestCounts><GuestCount AgeQualifyingCode="10" Count="2"/></GuestCounts>'
        f'<BasicPropertyInfo HotelCode="{hotel}"/><ResGuestRPHs><ResGuestRPH RPH="1"/></ResGuestRPHs>{more}</RoomStay>'
    )


DIALECTS: Mapping[str, Mapping[str, str]] = {
    "bxml": {"dialect": BXML, "reservations": BXML},
    "ota": {"dialect": OTA, "reservations": OTA},
    "mixed": {"dialect": BXML, "reservations": OTA},
}
