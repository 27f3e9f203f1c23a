"""The demo's vacation rentals on paper: twelve apartments in three houses of Vilnius, one house sold whole or by flat."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from bookings.availability.enums import ClosureKind
from bookings.rates.enums import Guarantee, Source
from bookings.reservations.enums import Status
from pms.housekeeping.enums import Condition
from pms.properties.enums import PropertyKind

from .bookings_csv import FinalStatus
from .demo_baltic_rates import WEEK_NIGHTS, baltic_rates
from .distributions import Draw
from .drafts import ClosureDraft, HotelDraft, RoomTypeDraft, StayDraft, UnitDraft
from .hours import Clock
from .people import person
from .replay import StandsAs, stands_as

ZONE: Final = ZoneInfo("Europe/Vilnius")
HOUSE: Final = "U14"
#: Number, type, name, house, floor, whole it is a part of.
FLATS: Final = (
    ("U14", "HOUSE", "House at Užupio 14", "Užupio g. 14", "", ""),
    ("U14-1", "ONE", "Courtyard flat", "Užupio g. 14", "0", HOUSE),
    ("U14-2", "ONE", "Gallery flat", "Užupio g. 14", "1", HOUSE),
    ("U14-3", "TWO", "River flat", "Užupio g. 14", "1", HOUSE),
    ("U14-4", "STUDIO", "Roof studio", "Užupio g. 14", "2", HOUSE),
    ("P9-1", "STUDIO", "Studio Linden", "Pilies skersgatvis 9", "1", ""),
    ("P9-2", "STUDIO", "Studio Amber", "Pilies skersgatvis 9", "1", ""),
    ("P9-3", "ONE", "Flat Bell Tower", "Pilies skersgatvis 9", "2", ""),
    ("P9-4", "ONE", "Flat Bastion", "Pilies skersgatvis 9", "3", ""),
    ("B21-1", "ONE", "Flat Bernardine", "Bernardinų g. 21", "1", ""),
    ("B21-2", "TWO", "Flat Two Windows", "Bernardinų g. 21", "1", ""),
    ("B21-3", "TWO", "Flat Old Library", "Bernardinų g. 21", "2", ""),
    ("B21-4", "STUDIO", "Studio Attic", "Bernardinų g. 21", "3", ""),
)
TYPES: Final = (
    RoomTypeDraft("STUDIO", "Studio", 62_00, "One room with a kitchen.", 2, 2, 2, 1, 28),
    RoomTypeDraft("ONE", "One-bedroom apartment", 84_00, "Bedroom, living room, kitchen.", 2, 4, 4, 2, 46),
    RoomTypeDraft("TWO", "Two-bedroom apartment", 118_00, "Two bedrooms, living room, kitchen.", 4, 6, 6, 4, 72),
    RoomTypeDraft("HOUSE", "Whole house", 320_00, "All four flats and the courtyard.", 8, 14, 14, 8, 210),
)
GUESTS: Final = {"STUDIO": (1, 2), "ONE": (1, 2, 2, 3), "TWO": (2, 3, 4, 4, 5), "HOUSE": (8, 9, 10, 12)}
NIGHTS: Final = Draw(((1, 10), (2, 28), (3, 25), (4, 14), (5, 8), (6, 4), (7, 7), (10, 2), (14, 2)))
GAP: Final = Draw(((0, 46), (1, 24), (2, 14), (3, 8), (4, 5), (6, 3)))
COUNTRIES: Final = Draw(
    (("LT", 26), ("LV", 12), ("EE", 7), ("PL", 14), ("DE", 11), ("GB", 8), ("FI", 7), ("SE", 4), ("NO", 3), ("IT", 3),
     ("FR", 3), ("NL", 2), ("UA", 3), ("US", 3), ("IL", 2), ("ES", 2))
)  # fmt: skip
SOURCES: Final = Draw(
    ((Source.AIRBNB, 38), (Source.BOOKING_COM, 36), (Source.DIRECT_WEB, 16), (Source.PHONE, 5), (Source.EMAIL, 5))
)
COMMISSION_PERCENT: Final = {Source.AIRBNB: 3, Source.BOOKING_COM: 15}
DAYS_BEFORE, DAYS_AFTER = 60, 330
WISHES: Final = (
    "We need the door code early.",
    "Cot, please.",
    "Arriving by the night train.",
    "Bringing a small dog.",
    "Is there a washing machine?",
    "Two sets of keys, please.",
)


@dataclass(frozen=True, slots=True)
class Let:
    """A letting of one apartment, to its end."""

    unit: str
    kind: str
    status: FinalStatus
    status_on: date
    made_on: date
    arrival: date
    departure: date


def demo_baltic(*, business_date: date, seed: int) -> HotelDraft:
    """Draws up the apartments around their business date; the same seed and date give the same guests."""
    return _Opening(business_date, Random(f"{seed} VILNIUS {business_date}")).draft()


class _Opening:
    """The apartments at the beginning of one business date."""

    def __init__(self, business_date: date, random: Random) -> None:
        self.business_date, self.random = business_date, random
        self.taken: defaultdict[str, set[date]] = defaultdict(set)

    def draft(self) -> HotelDraft:
        """The apartments on paper."""
        closures = self._closures()
        lets = [let for flat in FLATS for let in self._lets(flat[0], flat[1])]
        stays = [
            self._stay(let, number)
            for number, let in enumerate(lets)
            if stands_as(let, self.business_date) is not StandsAs.NOT_MADE
        ]
        slept_in = {stay.unit for stay in stays if stay.status is Status.CHECKED_IN}
        return HotelDraft(
            code="VILNIUS",
            name="Baltic Apartments Vilnius",
            kind=PropertyKind.APARTMENTS,
            time_zone=ZONE.key,
            currency="EUR",
            business_date=self.business_date,
            country="LT",
            city="Vilnius",
            street="Užupio g. 14",
            postal_code="01200",
            email="labas@baltic-apartments.example",
            house_rules="Check-in by code. Quiet from 22:00. Shoes off, please.",
            check_in_time=time(16),
            room_types=TYPES,
            units=[
                UnitDraft(
                    number=number,
                    room_type=kind,
                    name=name,
                    zone=house,
                    floor=floor,
                    parent=parent,
                    condition=Condition.DIRTY if number in slept_in else Condition.CLEAN,
                )
                for number, kind, name, house, floor, parent in FLATS
            ],
            rates=baltic_rates(self.business_date),
            stays=stays,
            closures=closures,
        )

    def _closures(self) -> list[ClosureDraft]:
        today = self.business_date
        owner = ClosureDraft(
            "B21-3", today + timedelta(days=24), today + timedelta(days=31), ClosureKind.OWNER, "The owner's family"
        )
        boiler = ClosureDraft(
            "P9-2", today + timedelta(days=1), today + timedelta(days=4), ClosureKind.OUT_OF_ORDER, "New boiler"
        )
        for closure in (owner, boiler):
            self._take(closure.unit, closure.first, closure.until)
        lamp = ClosureDraft("P9-4", today, today + timedelta(days=2), ClosureKind.OUT_OF_SERVICE, "Bell does not ring")
        return [owner, boiler, lamp]

    def _lets(self, unit: str, kind: str) -> list[Let]:
        """Stay after stay with gaps between; the whole house is let now and then, before its flats are."""
        lets = []
        day = self.business_date - timedelta(days=DAYS_BEFORE)
        last = self.business_date + timedelta(days=DAYS_AFTER)
        if kind == "HOUSE":
            day += timedelta(days=DAYS_BEFORE + 9)
        while day < last:
            nights = NIGHTS(self.random)
            let = self._let(unit, kind, day, day + timedelta(days=nights))
            if let.status is not FinalStatus.CHECK_OUT:
                lets.append(let)
                continue
            if self._free(unit, let.arrival, let.departure):
                self._take(unit, let.arrival, let.departure)
                lets.append(let)
                day = let.departure
            day += timedelta(days=1 + GAP(self.random) + (32 if kind == "HOUSE" else 0))
            if GAP(self.random) < 2 and kind != "HOUSE":
                day -= timedelta(days=1)
        return lets

    def _let(self, unit: str, kind: str, arrival: date, departure: date) -> Let:
        lead = min(int(self.random.expovariate(1 / 34)), 200) + (40 if kind == "HOUSE" else 0)
        made_on = arrival - timedelta(days=lead)
        if self.random.random() < 0.14:
            gone_on = made_on + timedelta(days=int(lead * self.random.random()))
            gone_on = min(gone_on, self.business_date)  # so that what is free for others is not taken twice
            status, status_on = FinalStatus.CANCELED, max(gone_on, made_on)
        else:
            status, status_on = FinalStatus.CHECK_OUT, departure
        return Let(unit, kind, status, status_on, made_on, arrival, departure)

    def _family(self, unit: str) -> list[str]:
        if unit == HOUSE:
            return [flat[0] for flat in FLATS if HOUSE in (flat[0], flat[5])]
        return [unit, HOUSE] if unit.startswith(f"{HOUSE}-") else [unit]

    def _free(self, unit: str, first: date, until: date) -> bool:
        return not any(first + timedelta(days=index) in self.taken[unit] for index in range((until - first).days))

    def _take(self, unit: str, first: date, until: date) -> None:
        nights = {first + timedelta(days=index) for index in range((until - first).days)}
        for other in self._family(unit):
            self.taken[other] |= nights

    def _stay(self, let: Let, number: int) -> StayDraft:
        random = self.random
        stands = stands_as(let, self.business_date)
        status = {
            StandsAs.CONFIRMED: Status.CONFIRMED,
            StandsAs.IN_HOUSE: Status.CHECKED_IN,
            StandsAs.DEPARTED: Status.CHECKED_OUT,
        }.get(stands, Status.CANCELLED)
        source = SOURCES(random)
        nights = (let.departure - let.arrival).days
        plan = "WEEK" if nights >= WEEK_NIGHTS else "NREF" if random.random() < 0.3 else "FLEX"
        clock = Clock(random.randrange(0x10000), self.business_date, ZONE)
        made_at = clock.made(let.made_on, same_day=let.made_on == let.arrival)
        arrived = status in (Status.CHECKED_IN, Status.CHECKED_OUT)
        ended_at: datetime | None = None
        if status is Status.CANCELLED:
            ended_at = clock.cancelled(let.status_on, made_at)
        party = random.choice(GUESTS[let.kind])
        children = 1 if party > 2 and random.random() < 0.5 else 0
        return StayDraft(
            key=f"VILNIUS-{self.business_date}-{number}",
            external_id=str(random.randrange(10**9, 10**10)) if source in COMMISSION_PERCENT else "",
            status=status,
            source=source,
            sold_type=let.kind,
            consumed_type=let.kind,
            unit="" if ended_at else let.unit,
            plan=plan,
            guest=person(COUNTRIES(random), random, vip=random.random() < 0.01),
            arrival=let.arrival,
            departure=let.departure,
            adults=party - children,
            children=children,
            infants=0,
            child_ages=(random.randint(2, 16),) * children,
            guarantee=Guarantee.PREPAID if plan == "NREF" else Guarantee.CARD,
            commission_percent=COMMISSION_PERCENT.get(source, 0),
            made_at=made_at,
            confirmed_at=made_at,
            checked_in_at=clock.at(let.arrival, time(16), 6) if arrived else None,
            checked_out_at=clock.at(let.departure, time(7), 4) if status is Status.CHECKED_OUT else None,
            ended_at=ended_at,
            end_reason="Plans changed" if ended_at else "",
            arrival_time=time(random.randint(15, 23)) if random.random() < 0.4 else None,
            special_requests=random.choice(WISHES) if random.random() < 0.35 else "",
            unit_pinned=source is Source.AIRBNB and not ended_at,
            tags=("whole house",) if let.kind == "HOUSE" else (),
        )
