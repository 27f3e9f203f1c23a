"""The command on a small file: what it writes, what it says, and that a refusal leaves nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Q
from django_tenants.utils import schema_context

from bookings.availability.models import InventoryDay, Occupancy
from bookings.reservations.models import Booking, Reservation, StayNight
from guests.profiles.models import Company, Guest
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.onboarding import inventory_sql
from pms.onboarding.bookings_import import HOTEL_FACTS
from pms.onboarding.demo_hotels import CITY, RESORT
from pms.onboarding.replay import Replay
from pms.properties.models import Property, Unit
from pms.tenants.models import Organization
from tests.pms.onboarding.test_bookings_csv import HEADER, line

SLUG = "demand"


def stay(day: int, nights: int, **changes: str) -> str:
    """Somebody who arrives on a day of May 2017 and, unless told otherwise, comes and leaves as booked."""
    arrival = date(2017, 5, 1) + timedelta(day - 1)
    return line(
        **{
            "arrival_date_year": str(arrival.year),
            "arrival_date_month": arrival.strftime("%B"),
            "arrival_date_day_of_month": str(arrival.day),
            "stays_in_weekend_nights": "0",
            "stays_in_week_nights": str(nights),
            "lead_time": "30",
            "assigned_room_type": "A",
            "reservation_status_date": str(arrival + timedelta(nights)),
        }
        | changes
    )


CANCELLED = {"is_canceled": "1", "reservation_status": "Canceled"}
ROWS = (
    stay(10, 3),  # line 2, departed before the 17th
    stay(15, 4, assigned_room_type="D"),  # 3, in house, upgraded
    stay(17, 2, adr="0", company="40", children="0"),  # 4, arrives on the day
    stay(18, 2),  # 5, arrives tomorrow into the same room
    stay(18, 2, **CANCELLED, reservation_status_date="2017-05-18"),  # 6, will cancel: one room too few until then
    stay(20, 2, **CANCELLED, reservation_status_date="2017-05-01"),  # 7, has cancelled
    stay(12, 2, is_canceled="1", reservation_status="No-Show", reservation_status_date="2017-05-12"),  # 8
    stay(30, 2, lead_time="5"),  # 9, not made yet
    stay(11, 2, stays_in_week_nights="0"),  # 10, no nights
    stay(19, 1, hotel="Resort Hotel", adults="0", children="2", market_segment="Direct", agent="NULL"),  # 11
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "demand.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n")
    return path


@pytest.fixture(autouse=True)
def public(db: None) -> Iterator[None]:
    with schema_context("public"):
        yield


def run(path: Path, *arguments: str, organization: str = SLUG) -> str:
    out = StringIO()
    call_command("import_bookings", str(path), "--organization", organization, *arguments, stdout=out, verbosity=0)
    return out.getvalue()


def at(row: int) -> Reservation:
    """The reservation made from a line of the file."""
    from pms.onboarding.bookings_csv import external_id

    return Reservation.objects.get(booking__external_id=external_id(ROWS[row - 2], 1))


def test_every_row_is_accounted_for(file: Path) -> None:
    said = run(file, "--replay-to", "2026-11-18")
    assert "10 rows = 8 imported + 1 rejected + 1 not made yet" in said
    assert "its business date is Wednesday, 18 November 2026" in said
    assert (file.parent / "demand.csv.rejects.csv").read_text().splitlines()[1].startswith("10,it has no nights,")


def test_the_hotels_stand_as_on_the_day(file: Path) -> None:
    """T53: sold and slept-in type are two fields. T17: what exceeds the rooms is kept and flagged."""
    run(file, "--replay-to", "2026-11-18")
    shift = Replay.to(date(2026, 11, 18)).shift
    with schema_context(SLUG):
        assert {row: at(row).status for row in (2, 3, 4, 5, 6, 7, 8, 11)} == {
            2: "checked_out", 3: "checked_in", 4: "confirmed", 5: "confirmed", 6: "confirmed", 7: "cancelled",
            8: "no_show", 11: "confirmed",
        }  # fmt: skip
        assert list(Property.objects.values_list("code", "business_date")) == [
            ("CITY", date(2026, 11, 18)),
            ("RESORT", date(2026, 11, 18)),
        ]
        upgraded = at(3).nights.first()
        assert upgraded is not None
        assert (upgraded.room_type.code, upgraded.consumed_type.code) == ("A", "D")
        assert at(3).arrival == date(2017, 5, 15) + shift
        over = at(6)
        assert (over.is_overbooked, over.nights.filter(unit=None).count()) == (True, 2)
        assert over.unassigned_reason == "Sold beyond the rooms: none of type A is free on 19 November 2026."
        assert list(over.nights.values_list("overbooked", flat=True)) == [True, False]
        assert at(11).adults + at(11).children == 2
        assert at(11).booking.source == "direct_web"
        assert (at(4).total_minor, at(4).guarantee) == (0, "company")
        assert at(2).total_minor == 3 * 7513
        assert at(7).ended_at is not None
        assert set(at(7).nights.values_list("released_at", flat=True)) == {at(7).ended_at}


def test_units_are_the_peak_and_every_stay_has_one(file: Path) -> None:
    run(file)
    with schema_context(SLUG):
        units = Unit.objects.values_list("property__code", "room_type__code").annotate(n=Count("pk"))
        assert sorted(units) == [("CITY", "A", 2), ("CITY", "D", 1), ("RESORT", "A", 1)]
        lived = StayNight.objects.filter(reservation__status="checked_out")
        assert lived.count() == 3 + 4 + 2 + 2 + 2 + 1
        assert not lived.filter(Q(unit=None) | ~Q(unit__room_type=F("consumed_type"))).exists()
        assert Occupancy.objects.count() == Reservation.objects.filter(status="checked_out").count()
        counted = InventoryDay.objects.filter(sold__gt=0)
        assert sum(counted.values_list("sold", flat=True)) == lived.count()


def test_without_a_replay_dates_and_ends_are_the_files_own(file: Path) -> None:
    said = run(file)
    assert "10 rows = 9 imported + 1 rejected + 0 not made yet" in said
    with schema_context(SLUG):
        assert at(9).arrival == date(2017, 5, 30)
        assert at(6).status == "cancelled"
        assert not Reservation.objects.filter(is_overbooked=True).exists()


def test_somebody_is_invited_to_an_organization_that_was_made(file: Path) -> None:
    said = run(file, "--admin-email", "olivia@hotel-a.test")
    assert "olivia@hotel-a.test is invited as its administrator: http" in said


def test_it_says_when_nobody_can_sign_in(file: Path) -> None:
    assert "Nobody can sign in to it" in run(file)


def test_the_same_file_again_changes_nothing(file: Path) -> None:
    run(file, "--replay-to", "2026-11-18")
    with schema_context(SLUG):
        before = [model.objects.count() for model in (Booking, Guest, Company, AuditEvent, OutboxEvent, StayNight)]
    assert "Nothing was changed." in run(file, "--replay-to", "2027-01-05")
    with schema_context(SLUG):
        after = [model.objects.count() for model in (Booking, Guest, Company, AuditEvent, OutboxEvent, StayNight)]
        assert after == before
        assert AuditEvent.objects.filter(action="import.bookings").count() == 1
        assert OutboxEvent.objects.filter(kind="import.completed").count() == 1


def test_another_file_into_the_same_hotels_is_refused(file: Path) -> None:
    run(file)
    file.write_text("\n".join([HEADER, ROWS[0]]))
    with pytest.raises(CommandError, match="has a property CITY that did not come from this file"):
        run(file)


@pytest.mark.parametrize("content", ["", "name,price\n1,2\n", HEADER + "\nnonsense\n"])
def test_a_wrong_file_leaves_no_organization(file: Path, content: str) -> None:
    file.write_text(content)
    with pytest.raises(CommandError):
        run(file)
    assert not Organization.objects.filter(slug=SLUG).exists()


def test_a_refusal_of_the_database_leaves_no_organization(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard two is on: a packing that puts everybody into one room is refused, and nothing at all is left."""
    monkeypatch.setattr("pms.onboarding.packing.partition", lambda spans: {span.key: 0 for span in spans})
    with pytest.raises(CommandError, match=r"nothing was written: .*ex_occupancy_one_guest_per_room"):
        run(file)
    assert not Organization.objects.filter(slug=SLUG).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", [SLUG])
        assert cursor.fetchone() == (0,)


def test_overselling_is_refused_by_guard_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard one is on: inventory that is counted too small is refused by its check."""
    wrong = inventory_sql.INVENTORY_FROM_ROWS.replace("coalesce(there.units, 0)", "0")
    monkeypatch.setattr("pms.onboarding.bulk.INVENTORY_FROM_ROWS", wrong)
    with pytest.raises(CommandError, match=r"nothing was written: .*ck_inventory_day_not_oversold"):
        run(file)
    assert not Organization.objects.filter(slug=SLUG).exists()


def test_the_file_fits_beside_the_demo() -> None:
    """The demo's hotels have other codes, so that a newcomer can import into lusitania."""
    assert not {CITY.code, RESORT.code} & {code for code, _ in HOTEL_FACTS.values()}


@pytest.mark.parametrize(
    ("day", "said"),
    [("tomorrow", "neither a date such as 2026-11-20 nor today"), ("9999-12-31", "9999-12-31 is too far away")],
)
def test_a_bad_date_is_said_so(file: Path, day: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(file, "--replay-to", day)


def test_a_bad_slug_is_said_so(file: Path) -> None:
    with pytest.raises(CommandError, match="A short name has 3 to 40 lower-case letters"):
        run(file, organization="No Slug")
