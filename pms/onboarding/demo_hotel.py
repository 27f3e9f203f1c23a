"""The demo's two hotels on paper, as they stand at the beginning of a business date."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from bookings.availability.enums import ClosureKind
from bookings.rates.enums import Guarantee, Source
from bookings.reservations.enums import Status
from pms.housekeeping.enums import Condition
from pms.kernel.dates import local_instant
from pms.properties.enums import PropertyKind

from .bookings_csv import FinalStatus
from .demo_hotels import AGENCIES, COMPANIES, DemoHotel
from .demo_rates import EARLY_DAYS, LAST_DAYS, base_minor, rates_of, with_promo_codes
from .drafts import ClosureDraft, HotelDraft, RoomTypeDraft, StayDraft, UnitDraft
from .generator import DAYS_BEFORE, Drawn, Population
from .hours import Clock
from .measured import MEASURED
from .packing import Placement, Span, place
from .people import person
from .replay import StandsAs, stands_as

ZONE: Final = ZoneInfo("Europe/Lisbon")
STATUSES: Final = {
    StandsAs.CONFIRMED: Status.CONFIRMED,
    StandsAs.IN_HOUSE: Status.CHECKED_IN,
    StandsAs.DEPARTED: Status.CHECKED_OUT,
    StandsAs.CANCELLED: Status.CANCELLED,
    StandsAs.NO_SHOW: Status.NO_SHOW,
}
SOURCES: Final = {
    "Offline TA/TO": (Source.AGENCY,),
    "Groups": (Source.GROUP,),
    "Direct": (Source.DIRECT_WEB, Source.DIRECT_WEB, Source.DIRECT_WEB, Source.PHONE, Source.EMAIL),
    "Corporate": (Source.CORPORATE,),
    "Complementary": (Source.COMPLIMENTARY,),
    "Online TA": (*[Source.BOOKING_COM] * 6, *[Source.EXPEDIA] * 3, Source.OTA),
}
COMMISSION_PERCENT: Final = {Source.BOOKING_COM: 15, Source.EXPEDIA: 18, Source.OTA: 16}
WISHES: Final = (
    "A quiet room, please.",
    "High floor if there is one.",
    "Two beds rather than one.",
    "Cot for the baby.",
    "Late check-out, if possible.",
    "We arrive after 22:00.",
    "Anniversary: anything nice is welcome.",
    "Gluten-free breakfast.",
    "Away from the lift.",
    "Room near our friends.",
    "Extra pillows.",
    "Parking for one car.",
    "Ground floor, my mother walks with a stick.",
    "Invoice to the company, please.",
)
CLOSURES: Final = (
    (ClosureKind.OUT_OF_ORDER, -3, 5, "Water damage in the bathroom"),
    (ClosureKind.OUT_OF_ORDER, 0, 2, "Broken air conditioning, part ordered"),
    (ClosureKind.OUT_OF_ORDER, 2, 6, "New carpet"),
    (ClosureKind.OUT_OF_INVENTORY, -30, 90, "Used as store during works"),
    (ClosureKind.OUT_OF_ORDER, 12, 19, "Painting"),
)
SERVICE_REASONS: Final = ("Reading lamp does not work", "Wardrobe door sticks", "Stain on the carpet")
CANCEL_REASONS: Final = ("Plans changed", "Found another date", "Illness", "Flight cancelled", "Meeting moved online")
CANCELLED_KEPT_DAYS: Final = 21
#: Options out at the same time, promised rooms, bookings that wait for a decision, types sold beyond their rooms.
OPTIONS, PROMISED, WAITING, OVERSOLD = 9, 14, 5, 3
#: Overbookings that slipped through before the desk stopped selling.
OVERBOOKED: Final = 5


def demo_hotel(*, hotel: DemoHotel, business_date: date, seed: int) -> HotelDraft:
    """Draws up a hotel around its business date; the same seed and date give the same hotel to the last guest."""
    return _Opening(hotel, business_date, Random(f"{seed} {hotel.code} {business_date}")).draft()


class _Opening:
    """One hotel at the beginning of one business date."""

    def __init__(self, hotel: DemoHotel, business_date: date, random: Random) -> None:
        self.hotel, self.business_date, self.random = hotel, business_date, random
        self.population = Population(hotel, MEASURED[hotel.measured_as], business_date, random)
        self.units = hotel.units()
        self.numbers: dict[str, list[str]] = {}
        for unit in self.units:
            self.numbers.setdefault(unit.room_type, []).append(unit.number)
        for numbers in self.numbers.values():
            random.shuffle(numbers)  # packing fills the first units most; in a house the empty rooms lie anywhere
        self.closures: list[ClosureDraft] = []

    def draft(self) -> HotelDraft:
        """The hotel on paper."""
        closed = self._close()
        since = self.business_date - timedelta(days=DAYS_BEFORE)
        drawn = [booking for booking in self.population.draw() if booking.departure > since and self._is_kept(booking)]
        drawn += self._oversell(drawn)
        too_many = [key for key, where in self._place(drawn, closed).items() if where.short][OVERBOOKED:]
        drawn = [booking for booking in drawn if booking.key not in too_many]
        placements = self._place(drawn, closed)
        for key, kind, first, until, reason in closed:
            where = placements[key]
            if where.unit is not None:
                unit = self.numbers[where.kind][where.unit]
                self.closures.append(ClosureDraft(unit, first, until, kind, reason))
        stays = self._special([self._stay(booking, placements.get(booking.key)) for booking in drawn])
        stays = with_promo_codes(stays)
        self._out_of_service(stays)
        hotel = self.hotel
        return HotelDraft(
            code=hotel.code,
            name=hotel.name,
            kind=PropertyKind.HOTEL,
            time_zone=ZONE.key,
            currency="EUR",
            business_date=self.business_date,
            country="PT",
            city=hotel.city,
            street=hotel.street,
            postal_code=hotel.postal_code,
            email=f"reception@{hotel.name.lower().replace(' ', '-')}.example",
            house_rules=hotel.house_rules,
            room_types=[
                RoomTypeDraft(
                    code=kind.code,
                    name=kind.name,
                    price_minor=base_minor(hotel, kind),
                    description=kind.description,
                    base_occupancy=min(2, kind.guests),
                    max_occupancy=kind.guests,
                    max_adults=min(kind.guests, 4),
                    max_children=max(0, kind.guests - 1),
                    size_square_metres=kind.square_metres,
                )
                for kind in hotel.types
            ],
            units=list(self._conditions(stays)),
            rates=rates_of(hotel, self.business_date),
            stays=stays,
            closures=self.closures,
        )

    def _is_kept(self, booking: Drawn) -> bool:
        """Whether the demo has it: made by now, and not cancelled so long ago that nobody looks at it again."""
        stands = stands_as(booking, self.business_date)
        if stands is StandsAs.CANCELLED:
            return (self.business_date - booking.status_on).days <= CANCELLED_KEPT_DAYS
        return stands is not StandsAs.NOT_MADE

    def _close(self) -> list[tuple[str, ClosureKind, date, date, str]]:
        closed = []
        for index, (kind, first, until, reason) in enumerate(CLOSURES):
            code = self.hotel.types[index % 4].code
            begin, end = (self.business_date + timedelta(days=day) for day in (first, until))
            nights = [begin + timedelta(days=day) for day in range((end - begin).days)]
            for night in nights:
                self.population.rooms.taken[code][night] += 1
            closed.append((f"closure {index} {code}", kind, begin, end, reason))
        return closed

    def _oversell(self, drawn: list[Drawn]) -> list[Drawn]:
        """Late bookings of portals that bring a type one beyond its rooms: real hotels have a few of these."""
        pattern = next(booking for booking in drawn if booking.segment == "Online TA")
        extra: list[Drawn] = []
        for index in range(OVERSOLD):
            kind = self.hotel.types[-2 - index]
            arrival = self.business_date + timedelta(days=6 + 8 * index)
            nights = [arrival, arrival + timedelta(days=1)]
            sold = [
                sum(night in booking.nights for booking in drawn if self._coming(booking, kind.code))
                for night in nights
            ]
            extra += [
                replace(
                    pattern,
                    key=f"{self.hotel.code} beyond {index} {number} {self.business_date}",
                    status=FinalStatus.CHECK_OUT,
                    made_on=self.business_date - timedelta(days=1 + number % 3),
                    arrival=arrival,
                    departure=arrival + timedelta(days=2),
                    status_on=arrival + timedelta(days=2),
                    party=(2, 0, 0),
                    reserved_type=kind.code,
                    assigned_type=kind.code,
                    country=self.population.country(self.random),
                )
                for number in range(kind.rooms - min(sold) + 1)
            ]
        return extra

    def _coming(self, booking: Drawn, code: str) -> bool:
        stands = stands_as(booking, self.business_date)
        return booking.assigned_type == code and stands in (StandsAs.CONFIRMED, StandsAs.IN_HOUSE)

    def _place(
        self, drawn: list[Drawn], closed: list[tuple[str, ClosureKind, date, date, str]]
    ) -> dict[str, Placement]:
        standing = {booking.key: stands_as(booking, self.business_date) for booking in drawn}
        lived = (StandsAs.DEPARTED, StandsAs.IN_HOUSE)
        spans = [Span(key, key.split()[-1], first, until) for key, _, first, until, _ in closed]
        spans += [
            Span(booking.key, booking.assigned_type, booking.arrival, booking.departure)
            for booking in drawn
            if standing[booking.key] in lived
        ]
        ahead = [booking for booking in drawn if standing[booking.key] is StandsAs.CONFIRMED]
        spans += [
            Span(booking.key, booking.assigned_type, booking.arrival, booking.departure, booking.reserved_type)
            for booking in sorted(ahead, key=lambda booking: (booking.made_on, booking.key))
        ]
        return place(spans, {kind.code: kind.rooms for kind in self.hotel.types})

    def _stay(self, booking: Drawn, placement: Placement | None) -> StayDraft:
        random = self.random
        status = STATUSES[stands_as(booking, self.business_date)]
        source = random.choice(SOURCES[booking.segment])
        if booking.segment == "Direct" and booking.made_on == booking.arrival:
            source = Source.WALK_IN
        company = random.choice(COMPANIES).code if booking.segment == "Corporate" else ""
        agency = random.choice(AGENCIES) if source in (Source.AGENCY, Source.GROUP) else None
        percent = COMMISSION_PERCENT.get(source, int(agency.commission_percent) if agency else 0)
        clock = Clock(random.randrange(0x10000), self.business_date, ZONE)
        made_at = clock.made(booking.made_on, same_day=booking.made_on == booking.arrival)
        arrived = status in (Status.CHECKED_IN, Status.CHECKED_OUT)
        ended_at, end_reason = None, ""
        if status is Status.CANCELLED:
            ended_at, end_reason = clock.cancelled(booking.status_on, made_at), random.choice(CANCEL_REASONS)
        elif status is Status.NO_SHOW:
            ended_at = local_instant(booking.arrival + timedelta(days=1), time(2), ZONE)
            end_reason = "Did not come and did not answer"
        consumed = placement.kind if placement else booking.assigned_type
        unit = self.numbers[consumed][placement.unit] if placement and placement.unit is not None else ""
        short = placement.short if placement else ()
        vip = random.random() < 0.012
        is_portal = source in COMMISSION_PERCENT
        return StayDraft(
            key=booking.key,
            external_id=str(random.randrange(10**9, 10**10)) if is_portal else "",
            status=status,
            source=source,
            sold_type=booking.reserved_type,
            consumed_type=consumed,
            unit=unit,
            short=short,
            unassigned_reason=f"Sold beyond the rooms: none is free on {short[0]:%-d %B %Y}." if short else "",
            plan=self._plan(booking),
            guest=person(booking.country, random, vip=vip),
            arrival=booking.arrival,
            departure=booking.departure,
            adults=booking.party[0],
            children=booking.party[1],
            infants=booking.party[2],
            child_ages=tuple(random.randint(2, 16) for _ in range(booking.party[1])),
            guarantee=Guarantee.COMPANY if company else Guarantee.PREPAID if booking.is_prepaid else Guarantee.CARD,
            company=company,
            agency=agency.code if agency else "",
            commission_percent=percent,
            made_at=made_at,
            confirmed_at=made_at,
            checked_in_at=clock.at(booking.arrival, time(15), 6) if arrived else None,
            checked_out_at=clock.at(booking.departure, time(7), 4) if status is Status.CHECKED_OUT else None,
            ended_at=ended_at,
            end_reason=end_reason,
            arrival_time=time(random.randint(13, 22), random.choice((0, 15, 30, 45)))
            if random.random() < 0.3
            else None,
            special_requests="\n".join(random.sample(WISHES, min(booking.special_requests, 3))),
            notes="Arrange a welcome by the manager." if vip else "",
            tags=_tags(booking, vip=vip),
        )

    def _plan(self, booking: Drawn) -> str:
        """The plan it was sold on: one that its lead time and channel allow."""
        lead = (booking.arrival - booking.made_on).days
        if booking.segment == "Corporate":
            return "BB-CORP"
        if booking.is_prepaid:
            return "BB-NREF"
        if booking.meal in ("HB", "FB"):
            return "HB-FLEX"
        if booking.segment == "Direct" and lead >= EARLY_DAYS:
            return "BB-EARLY"
        if booking.segment == "Direct" and lead <= LAST_DAYS:
            return "BB-LAST"
        return "RO-FLEX" if booking.meal == "SC" else "BB-FLEX"

    def _special(self, stays: list[StayDraft]) -> list[StayDraft]:
        """Some of the bookings ahead become options, promised rooms, and bookings that wait for a decision."""
        ahead = [
            index
            for index, stay in enumerate(stays)
            if stay.status is Status.CONFIRMED and stay.unit and stay.sold_type == stay.consumed_type
        ]
        young = [
            i
            for i in ahead
            if (self.business_date - stays[i].made_at.date()).days <= 6
            and (stays[i].arrival - self.business_date).days > 7
            and stays[i].source in (Source.PHONE, Source.EMAIL, Source.GROUP, Source.AGENCY, Source.DIRECT_WEB)
        ]
        for number, i in enumerate(self.random.sample(young, min(OPTIONS, len(young)))):
            until = local_instant(self.business_date + timedelta(days=1 + number % 4), time(18), ZONE)
            stays[i] = replace(stays[i], status=Status.HOLD, expires_at=until, confirmed_at=None, tags=("option",))
        rest = [i for i in ahead if stays[i].status is Status.CONFIRMED]
        for i in self.random.sample(rest, min(PROMISED, len(rest))):
            stays[i] = replace(stays[i], unit_pinned=True, notes=f"Promised room {stays[i].unit}.")
        open_ones = [
            i for i in rest if not stays[i].unit_pinned and 2 < (stays[i].arrival - self.business_date).days < 30
        ]
        for i in self.random.sample(open_ones, min(WAITING, len(open_ones))):
            stays[i] = replace(stays[i], unit="", unassigned_reason="Left open by the desk: wants to be near friends.")
        return stays

    def _out_of_service(self, stays: Iterable[StayDraft]) -> None:
        tonight = {
            stay.unit for stay in stays if stay.takes_room and stay.arrival <= self.business_date < stay.departure
        }
        closed = {closure.unit for closure in self.closures}
        quiet = [unit.number for unit in self.units if unit.number not in tonight | closed]
        for number, reason in zip(self.random.sample(quiet, len(SERVICE_REASONS)), SERVICE_REASONS, strict=True):
            until = self.business_date + timedelta(days=3)
            self.closures.append(ClosureDraft(number, self.business_date, until, ClosureKind.OUT_OF_SERVICE, reason))

    def _conditions(self, stays: Iterable[StayDraft]) -> Iterable[UnitDraft]:
        """As housekeeping finds the house in the morning: slept-in rooms are dirty, most others are ready."""
        slept_in = {stay.unit for stay in stays if stay.status is Status.CHECKED_IN}
        closed = {closure.unit for closure in self.closures if closure.first <= self.business_date}
        for unit in self.units:
            if unit.number in slept_in or self.random.random() < 0.06:
                condition = Condition.DIRTY
            else:
                condition = Condition.INSPECTED if self.random.random() < 0.4 else Condition.CLEAN
            yield replace(unit, condition=Condition.DIRTY if unit.number in closed else condition)


def _tags(booking: Drawn, *, vip: bool) -> tuple[str, ...]:
    tags = {
        "VIP": vip,
        "repeat guest": booking.is_repeated_guest,
        "group": booking.segment == "Groups",
        "parking": booking.has_car,
    }
    return tuple(tag for tag, given in tags.items() if given)
