"""import_bookings --learn-rates: what it writes, that it says how far off it is, and that it does so once."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context

from bookings.rates.models import BasePrice, PlanChannel, PriceRule, RatePlan, Season, SeasonPrice
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.properties.models import Property
from tests.pms.onboarding.test_bookings_csv import HEADER, line

SLUG = "demand"
MODELS = (BasePrice, PlanChannel, PriceRule, RatePlan, Season, SeasonPrice, AuditEvent, OutboxEvent)


def rows() -> list[str]:
    """Two bookings a day of seventeen months: 100 euros, 150 in summer, a tenth less when nothing is paid back."""
    lines = []
    for offset in range(2 * 520):
        arrival = date(2016, 1, 1) + timedelta(days=offset // 2)
        price = 150 if 6 <= arrival.month <= 8 else 100
        lines.append(
            line(
                arrival_date_year=str(arrival.year),
                arrival_date_month=arrival.strftime("%B"),
                arrival_date_day_of_month=str(arrival.day),
                stays_in_weekend_nights="0",
                stays_in_week_nights="1",
                lead_time="30",
                children="0",
                market_segment="Direct" if offset % 8 < 6 else "Online TA",
                deposit_type="Non Refund" if offset % 2 else "No Deposit",
                adr=str(price * 0.9 if offset % 2 else price),
                reservation_status_date=str(arrival + timedelta(days=1)),
            )
        )
    return lines


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "demand.csv"
    path.write_text("\n".join([HEADER, *rows()]) + "\n")
    return path


@pytest.fixture(autouse=True)
def public(db: None) -> Iterator[None]:
    with schema_context("public"):
        yield


def run(path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("import_bookings", str(path), "--organization", SLUG, *arguments, stdout=out, verbosity=0)
    return out.getvalue()


def counts() -> list[int]:
    return [model.objects.count() for model in MODELS]


def test_rules_are_written_and_the_error_is_said(file: Path) -> None:
    said = run(file, "--learn-rates")
    assert "City Hotel (CITY): learned " in said
    assert "all bookings, by themselves" in said
    assert " 0.0 % " in said
    assert "The quote and the fit agree on 1,040 of 1,040 nights of 1,040 stays." in said
    with schema_context(SLUG):
        place = Property.objects.get()
        root, derived = RatePlan.objects.get(code="BB-FLEX"), RatePlan.objects.get(code="BB-NREF")
        assert (root.parent, derived.parent, derived.derive_percent) == (None, root, Decimal("-10.000"))
        assert sorted(BasePrice.objects.values_list("rate_plan__code", "room_type__code")) == [
            ("BB-FLEX", "A"),
            ("BB-FLEX", "D"),
        ]
        base = BasePrice.objects.get(room_type__code="A").price_minor
        summer = Season.objects.get(first__lte=date(2016, 7, 20), last__gte=date(2016, 7, 20))
        winter = Season.objects.get(first__lte=date(2017, 1, 20), last__gte=date(2017, 1, 20))
        assert abs(base * (100 + summer.percent) / 100 - 150_00) < 20
        assert abs(base * (100 + winter.percent) / 100 - 100_00) < 20
        nights = sum((season.last - season.first).days + 1 for season in Season.objects.all())
        assert nights == place.selling_horizon_days + 1 + (place.business_date - date(2016, 1, 1)).days
        assert set(PriceRule.objects.values_list("rate_plan", "room_type")) <= {(None, None)}


def test_a_second_time_changes_nothing(file: Path) -> None:
    run(file, "--learn-rates")
    with schema_context(SLUG):
        before = counts()
    said = run(file, "--learn-rates")
    assert "City Hotel (CITY): had learned before, nothing was changed:" in said
    with schema_context(SLUG):
        assert counts() == before


def test_prices_can_be_learned_after_the_import_and_move_with_it(file: Path) -> None:
    """The seasons are moved by as many weeks as the bookings were."""
    run(file, "--replay-to", "2026-11-18")
    with schema_context(SLUG):
        assert Season.objects.count() == 0
    assert "(CITY): learned " in run(file, "--learn-rates")
    with schema_context(SLUG):
        first = Season.objects.earliest("first")
        assert first.first == date(2016, 1, 1) + (date(2026, 11, 18) - date(2017, 5, 17))
        assert first.name.endswith(f"season from {first.first:%-d %B %Y}")
        place = Property.objects.get()
        assert Season.objects.latest("last").last == place.business_date + timedelta(days=place.selling_horizon_days)


def test_what_people_set_is_not_overwritten(file: Path) -> None:
    run(file)
    with schema_context(SLUG):
        place = Property.objects.get()
        Season.objects.create(property=place, code="OURS", name="Ours", first=date(2026, 1, 1), last=date(2026, 1, 9))
        before = counts()
    with pytest.raises(CommandError, match="has seasons, price rules, channels or derived plans already"):
        run(file, "--learn-rates")
    with schema_context(SLUG):
        assert counts() == before
