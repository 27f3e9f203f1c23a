"""Turns a booking file into two hotels on paper, and writes them into an organization in one transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from random import Random
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from bookings.rates.enums import Board, Guarantee, Source
from bookings.reservations.enums import Status
from guests.profiles.enums import CompanyKind
from pms.audit.models import AuditEvent
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.dates import local_instant
from pms.kernel.errors import Conflict
from pms.properties.enums import PropertyKind
from pms.properties.models import Property

from .bookings_csv import BookingFile, BookingRow
from .bulk import Progress, companies_write, hotel_write, quiet
from .drafts import CompanyDraft, GuestDraft, HotelDraft, RoomTypeDraft, StayDraft, UnitDraft
from .hours import Clock
from .names import name_for, names_of
from .packing import Placement, Span, peaks, place
from .policies import NON_REFUNDABLE, free_until
from .rate_drafts import RatePlanDraft, RatesDraft
from .replay import Replay, StandsAs, stands_as

ZONE: Final = ZoneInfo("Europe/Lisbon")
#: Of the hotels of the file: code, city, and where they lie, as far as their authors say.
HOTEL_FACTS: Final = {"City Hotel": ("CITY", "Lisbon"), "Resort Hotel": ("RESORT", "Algarve")}
BOARDS: Final = {
    "BB": Board.BREAKFAST,
    "HB": Board.HALF_BOARD,
    "FB": Board.FULL_BOARD,
    "SC": Board.ROOM_ONLY,
    "Undefined": Board.ROOM_ONLY,
}
#: Suffix of the plan's code and name, guarantee, cancellation policy.
DEPOSIT_TERMS: Final = {
    "No Deposit": ("FLEX", "flexible", Guarantee.CARD, "FREE-1"),
    "Non Refund": ("NREF", "non-refundable", Guarantee.PREPAID, "NONREF"),
    "Refundable": ("DEP", "refundable deposit", Guarantee.PREPAID, "FREE-7"),
}
POLICIES: Final = (free_until("FREE-1", 1), free_until("FREE-7", 7), NON_REFUNDABLE)
SOURCES: Final = {
    "Online TA": Source.OTA,
    "Offline TA/TO": Source.AGENCY,
    "Groups": Source.GROUP,
    "Direct": Source.DIRECT_WEB,
    "Corporate": Source.CORPORATE,
    "Aviation": Source.CORPORATE,
    "Complementary": Source.COMPLIMENTARY,
}
STATUSES: Final = {
    StandsAs.CONFIRMED: Status.CONFIRMED,
    StandsAs.IN_HOUSE: Status.CHECKED_IN,
    StandsAs.DEPARTED: Status.CHECKED_OUT,
    StandsAs.CANCELLED: Status.CANCELLED,
    StandsAs.NO_SHOW: Status.NO_SHOW,
}
ROOMS_PER_FLOOR: Final = 30
ACTION: Final = "import.bookings"
#: Any number, the same for every import, so that two imports of one organization wait for each other.
_IMPORT_LOCK: Final = 1_720_190_041


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import is going to write, and where every row of the file went."""

    fingerprint: str
    business_date: date
    hotels: tuple[HotelDraft, ...]
    companies: tuple[CompanyDraft, ...]
    rows: int
    rejected: int
    not_made: int
    standing: dict[StandsAs, int]
    overbooked: int

    @property
    def imported(self) -> int:
        """Bookings written."""
        return sum(len(hotel.stays) for hotel in self.hotels)


def import_plan(*, file: BookingFile, replay: Replay | None) -> ImportPlan:
    """Draws up both hotels as they stand on the replayed day, or as everything ended when replay is None."""
    day = replay.data_day if replay else None
    shift = replay.shift if replay else timedelta(0)
    business_date = replay.business_date if replay else max(row.departure for row in file.rows)
    standing = {row.external_id: stands_as(row, day) for row in file.rows}
    kept = [row for row in file.rows if standing[row.external_id] is not StandsAs.NOT_MADE]
    hotels = tuple(
        _Hotel(name, [row for row in file.rows if row.hotel == name], standing, shift, business_date).draft()
        for name in HOTEL_FACTS
        if any(row.hotel == name for row in kept)
    )
    plan = ImportPlan(
        fingerprint=file.fingerprint,
        business_date=business_date,
        hotels=hotels,
        companies=_companies(kept),
        rows=file.total,
        rejected=len(file.rejects),
        not_made=len(file.rows) - len(kept),
        standing=dict(Counter(standing.values())),
        overbooked=sum(bool(stay.short) for hotel in hotels for stay in hotel.stays),
    )
    if plan.imported + plan.rejected + plan.not_made != plan.rows:
        raise AssertionError("Some rows of the file are neither imported, nor rejected, nor not made yet.")
    return plan


def imported_before(*, fingerprint: str) -> AuditEvent | None:
    """The audit row of the import that brought a file of this content into the present organization."""
    return AuditEvent.objects.filter(action=ACTION, subject_code=fingerprint).first()


def import_write(*, plan: ImportPlan, name: str, actor: Actor, progress: Progress = quiet) -> bool:
    """Writes a plan into the present organization in one transaction; False when the same file is there already.

    Locks out other imports. Raises Conflict `property_exists` when another file or person made such a hotel before.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", [_IMPORT_LOCK % 2**31])
        if imported_before(fingerprint=plan.fingerprint):
            return False
        codes = [hotel.code for hotel in plan.hotels]
        there = Property.objects.filter(code__in=codes).first()
        if there:
            raise Conflict(
                "property_exists", f"The organization has a property {there.code} that did not come from this file."
            )
        companies = companies_write(plan.companies)
        for hotel in plan.hotels:
            hotel_write(hotel, companies=companies, actor=actor, origin=name, progress=progress)
        audit_record(
            action=ACTION,
            subject_type="import",
            subject_code=plan.fingerprint,
            actor=actor,
            reason=name,
            changes={
                "rows": [None, plan.rows],
                "imported": [None, plan.imported],
                "rejected": [None, plan.rejected],
                "not_made": [None, plan.not_made],
                "business_date": [None, plan.business_date],
            },
        )
        event_publish(
            kind="import.completed",
            subject_type="import",
            subject_code=plan.fingerprint,
            payload={"properties": codes, "bookings": plan.imported},
        )
    return True


def _companies(rows: Sequence[BookingRow]) -> tuple[CompanyDraft, ...]:
    agents = sorted({row.agent for row in rows if row.agent}, key=int)
    companies = sorted({row.company for row in rows if row.company}, key=int)
    return (
        *(CompanyDraft(f"AGENT-{number}", CompanyKind.AGENCY, f"Agency {number}") for number in agents),
        *(CompanyDraft(f"COMPANY-{number}", CompanyKind.COMPANY, f"Company {number}") for number in companies),
    )


class _Hotel:
    """One hotel of the file being drawn up."""

    def __init__(
        self, name: str, rows: list[BookingRow], standing: dict[str, StandsAs], shift: timedelta, business_date: date
    ) -> None:
        self.name, self.rows, self.standing = name, rows, standing
        self.shift, self.business_date = shift, business_date
        self.code, self.city = HOTEL_FACTS[name]
        self.capacity = peaks(
            Span(row.external_id, row.assigned_type, row.arrival, row.departure) for row in rows if row.happened
        )
        self.numbers = self._numbers()
        #: Packing fills the first units most; in a house the empty rooms lie anywhere.
        self.spread = {
            letter: Random(f"{self.code} {letter}").sample(numbers, len(numbers))
            for letter, numbers in self.numbers.items()
        }

    def draft(self) -> HotelDraft:
        """The hotel on paper."""
        kept = [row for row in self.rows if self.standing[row.external_id] is not StandsAs.NOT_MADE]
        placements = self._placements(kept)
        plans = sorted({(row.meal, row.deposit_type) for row in kept}, key=_plan_order)
        return HotelDraft(
            code=self.code,
            name=self.name,
            kind=PropertyKind.HOTEL,
            time_zone=ZONE.key,
            currency="EUR",
            business_date=self.business_date,
            country="PT",
            city=self.city,
            room_types=[self._room_type(letter) for letter in self._letters()],
            units=[
                UnitDraft(number=number, room_type=letter, floor=number[:-2])
                for letter, numbers in self.numbers.items()
                for number in numbers
            ],
            rates=RatesDraft(plans=list({plan.code: plan for plan in map(_plan, plans)}.values()), policies=POLICIES),
            stays=[self._stay(row, placements.get(row.external_id)) for row in kept],
        )

    def _letters(self) -> list[str]:
        return sorted({letter for row in self.rows for letter in (row.reserved_type, row.assigned_type)})

    def _numbers(self) -> dict[str, list[str]]:
        numbers: dict[str, list[str]] = {}
        index = 0
        for letter in sorted(self.capacity):
            numbers[letter] = []
            for _ in range(self.capacity[letter]):
                numbers[letter].append(f"{1 + index // ROOMS_PER_FLOOR}{1 + index % ROOMS_PER_FLOOR:02}")
                index += 1
        return numbers

    def _room_type(self, letter: str) -> RoomTypeDraft:
        stays = [row for row in self.rows if row.assigned_type == letter and row.happened]
        parties = [min(row.adults + row.children, 12) for row in stays] or [2]
        prices = [row.adr_minor for row in stays if row.adr_minor] or [100_00]
        return RoomTypeDraft(
            code=letter,
            name=f"Room type {letter}",
            price_minor=int(median(prices)),
            base_occupancy=min(2, max(parties)),
            max_occupancy=max(parties),
            max_adults=max([1, *(min(row.adults, 12) for row in stays)]),
            max_children=max([0, *(min(row.children, 12) for row in stays)]),
        )

    def _placements(self, kept: list[BookingRow]) -> dict[str, Placement]:
        lived = (StandsAs.DEPARTED, StandsAs.IN_HOUSE)
        spans = [
            Span(row.external_id, row.assigned_type, row.arrival, row.departure)
            for row in kept
            if self.standing[row.external_id] in lived
        ]
        ahead = [row for row in kept if self.standing[row.external_id] is StandsAs.CONFIRMED]
        spans += [
            Span(row.external_id, row.assigned_type, row.arrival, row.departure, row.reserved_type)
            for row in sorted(ahead, key=lambda row: (row.made_on, row.line))
        ]
        return place(spans, self.capacity)

    def _stay(self, row: BookingRow, placement: Placement | None) -> StayDraft:
        status = STATUSES[self.standing[row.external_id]]
        arrival, departure = row.arrival + self.shift, row.departure + self.shift
        consumed = placement.kind if placement else row.assigned_type
        unit = self.spread[consumed][placement.unit] if placement and placement.unit is not None else ""
        short = tuple(night + self.shift for night in placement.short) if placement else ()
        clock = Clock(int(row.external_id[12:16], 16), self.business_date, ZONE)
        made_at = clock.made(row.made_on + self.shift, same_day=row.made_on == row.arrival)
        arrived = status in (Status.CHECKED_IN, Status.CHECKED_OUT)
        ended_at, end_reason = None, ""
        if status is Status.CANCELLED:
            ended_at = clock.cancelled(row.status_on + self.shift, made_at)
            end_reason = "Cancelled, as the imported file says"
        elif status is Status.NO_SHOW:
            ended_at = local_instant(arrival + timedelta(days=1), time(2), ZONE)
            end_reason = "No-show, as the imported file says"
        first_name, last_name = name_for(row.country, int(row.external_id[:12], 16))
        return StayDraft(
            key=row.external_id,
            external_id=row.external_id,
            status=status,
            source=source_of(row),
            sold_type=row.reserved_type,
            consumed_type=consumed,
            unit=unit,
            short=short,
            unassigned_reason=_no_room(row, short) if short else "",
            plan=plan_of(row).code,
            guest=GuestDraft(
                first_name, last_name, row.country, names_of(row.country).language, notes="Placeholder name."
            ),
            arrival=arrival,
            departure=departure,
            adults=row.adults or 1,
            children=row.children if row.adults or not row.children else row.children - 1,
            infants=row.babies if row.adults or row.children else row.babies - 1,
            prices_minor=(row.adr_minor,) * row.nights,
            guarantee=Guarantee.COMPANY if row.company else DEPOSIT_TERMS[row.deposit_type][2],
            company=f"COMPANY-{row.company}" if row.company else "",
            agency=f"AGENT-{row.agent}" if row.agent else "",
            made_at=made_at,
            confirmed_at=made_at,
            checked_in_at=clock.at(arrival, time(15), 5) if arrived else None,
            checked_out_at=clock.at(departure, time(7), 4) if status is Status.CHECKED_OUT else None,
            ended_at=ended_at,
            end_reason=end_reason,
            special_requests=_counted(row.special_requests, "special request"),
            notes=_notes(row),
            tags=_tags(row),
        )


def _plan_order(terms: tuple[str, str]) -> tuple[int, int]:
    return list(DEPOSIT_TERMS).index(terms[1]), list(BOARDS).index(terms[0])


def plan_of(row: BookingRow) -> RatePlanDraft:
    """The rate plan a booking was sold on."""
    return _plan((row.meal, row.deposit_type))


def _plan(terms: tuple[str, str]) -> RatePlanDraft:
    board = BOARDS[terms[0]]
    code, words, guarantee, policy = DEPOSIT_TERMS[terms[1]]
    return RatePlanDraft(f"{board.value}-{code}", f"{board.label}, {words}", board, guarantee, policy)


def source_of(row: BookingRow) -> Source:
    """Where a booking was sold."""
    if row.distribution_channel == "GDS":
        return Source.GDS
    if row.market_segment == "Direct" and row.made_on == row.arrival:
        return Source.WALK_IN
    return SOURCES.get(row.market_segment, Source.OTHER)


def _no_room(row: BookingRow, short: tuple[date, ...]) -> str:
    kinds = " or ".join(dict.fromkeys((row.assigned_type, row.reserved_type)))
    more = f" and {len(short) - 1} more nights" if len(short) > 1 else ""
    return f"Sold beyond the rooms: none of type {kinds} is free on {short[0]:%-d %B %Y}{more}."


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}" if count else ""


def _notes(row: BookingRow) -> str:
    notes = [
        _counted(row.parking_spaces, "parking space"),
        _counted(row.booking_changes, "change") + (" of the booking" if row.booking_changes else ""),
        f"{_counted(row.days_in_waiting_list, 'day')} on the waiting list" if row.days_in_waiting_list else "",
    ]
    return "\n".join(note for note in notes if note)


def _tags(row: BookingRow) -> tuple[str, ...]:
    tags = {
        "repeat guest": row.is_repeated_guest,
        "crew": row.market_segment == "Aviation",
        "contract": row.customer_type == "Contract",
        "group": row.customer_type == "Group" or row.market_segment == "Groups",
        "party": row.customer_type == "Transient-Party",
        "parking": row.parking_spaces > 0,
    }
    return tuple(tag for tag, given in tags.items() if given)
