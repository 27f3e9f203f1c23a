"""The money of a stay at the desk: differences before the yes, rules overridden, fees, extras, what the page says."""

import pytest
from django.urls import reverse

from billing.taxes.models import Fee, Tax, TaxRate
from bookings.lifecycle.services import charge_add
from bookings.rates.models import CancellationPolicy, CancellationTier, Extra, Restriction, Season
from bookings.reservations.models import Reservation
from pms.audit.models import AuditEvent
from pms.frontdesk.selectors.money import TIMES
from tests.pms.frontdesk.desk_cast import SYSTEM, TODAY, book, day

HTMX = {"hx-request": "true"}


@pytest.fixture
def desk(client_for, felix, property_a, in_tenant):
    return client_for(felix, in_tenant)


@pytest.fixture
def boss(client_for, mia, property_a, in_tenant):
    """A manager at the desk, who may override."""
    return client_for(mia, in_tenant)


@pytest.fixture
def city_tax(property_a):
    """Two euros a person and night, on top."""
    tax = Tax.objects.create(
        property=property_a.property, code="CITY", name="City tax", kind="city_tax", basis="person_night",
        is_included=False, components=["accommodation"], at_property=True,
    )  # fmt: skip
    TaxRate.objects.create(tax=tax, first=day(-400), amount_minor=200)


@pytest.fixture
def parking(property_a):
    """Ten euros a night."""
    return Extra.objects.create(
        property=property_a.property, code="PARK", name="Parking", basis="night", price_minor=1_000
    )


def url(verb, row):
    return reverse(f"desk:reservation-{verb}", args=[row.code])


def send(client, verb, row, **given):
    return client.post(url(verb, row), {"version": row.version, **given}, headers=HTMX)


def fresh(row):
    return Reservation.objects.get(pk=row.pk)


def as_it_is(row, **changes):
    return {
        "arrival": row.arrival,
        "departure": row.departure,
        "adults": row.adults,
        "infants": row.infants,
        "room_type": row.room_type.code,
        "rate_plan": row.rate_plan.code,
    } | changes


# --- The difference first -----------------------------------------------------------------------------------


def test_difference_is_split_into_nights_extras_and_taxes(desk, property_a, city_tax, parking):
    """T29: what a change costs is told before the yes, part by part, and looking changes nothing."""
    row = charge_add(reservation=book(property_a, unit="101"), extra="PARK", actor=SYSTEM)
    shown = send(desk, "extend", row, departure=day(3), preview=1).context["preview"]
    assert [(label, part.minor) for label, part in shown.price_parts] == [
        ("Nights", 10_000),
        ("Extras and fees", 1_000),
        ("Taxes on top", 400),
    ]
    assert shown.price_delta.minor == 11_400
    assert fresh(row).nights_count == 2


def test_kept_nights_keep_their_price_unless_priced_anew(desk, property_a):
    """T28, T29: only the night that is added has today's price; pricing anew is a choice that shows what it costs."""
    row = book(property_a, unit="101")
    Season.objects.create(property=property_a.property, code="ADV", name="Advent", first=TODAY, last=day(9), percent=50)
    longer = as_it_is(row, departure=day(3))
    kept = send(desk, "modify", row, **longer, preview=1).context["preview"]
    anew = send(desk, "modify", row, **longer, reprice="on", preview=1).context["preview"]
    assert (kept.price_delta.minor, anew.price_delta.minor) == (15_000, 25_000)


def test_move_can_sell_the_other_type_at_its_price(desk, property_a):
    """T53: a move is free of charge unless the other type is sold."""
    row = book(property_a, unit="101")
    dialog = desk.get(url("move", row), {"room_type": "STE"}, headers=HTMX)
    assert "sell_type" in dialog.context["form"].fields
    assert "sell_type" not in desk.get(url("move", row), headers=HTMX).context["form"].fields
    assert send(desk, "move", row, room_type="STE", unit="201").status_code == 200
    assert (fresh(row).total_minor, fresh(row).room_type.code) == (20_000, "DBL")
    row = fresh(row)
    assert send(desk, "move", row, room_type="STE", unit="202", sell_type="on").status_code == 200
    assert (fresh(row).total_minor, fresh(row).room_type.code) == (50_000, "STE")


# --- Rules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["extend", "modify"])
def test_rule_gives_way_to_a_reason_of_who_may_override(desk, boss, property_a, verb):
    """T18: the rule refuses and is named; a manager is asked why, everybody else is not."""
    row = book(property_a, unit="101")
    Restriction.objects.create(property=property_a.property, date=day(2), stop_sell=True)
    given = {"departure": day(3)} if verb == "extend" else as_it_is(row, departure=day(3))
    refused = send(desk, verb, row, **given)
    assert (refused.status_code, refused.context["form"].is_overridable) == (422, False)
    assert b"override_reason" not in refused.content
    # A reason that is smuggled in by somebody without the right changes nothing.
    assert send(desk, verb, row, **given, override_reason="Please").status_code == 422
    asked = send(boss, verb, row, **given)
    assert (asked.status_code, asked.context["form"].is_overridable) == (422, True)
    assert b'name="override_reason"' in asked.content
    assert send(boss, verb, row, **given, override_reason="Regular guest").status_code == 200
    assert fresh(row).departure == day(3)
    assert AuditEvent.objects.filter(action="reservation.changed").latest("id").reason == "Regular guest"


def test_dragged_bar_leads_to_the_reason(desk, boss, property_a):
    row = book(property_a, unit="101")
    Restriction.objects.create(property=property_a.property, date=day(2), stop_sell=True)
    plan = {"arrival": row.arrival, "departure": day(3), "unit": "101"}
    address = reverse("desk:chart_plan", args=[row.code])
    assert desk.post(address, plan, headers=HTMX).context["anyway_url"] == ""
    shown = boss.post(address, plan, headers=HTMX).context["anyway_url"]
    assert shown == f"{url('modify', row)}?arrival={row.arrival}&departure={day(3)}"
    assert boss.get(shown, headers=HTMX).context["form"].initial["departure"] == day(3).isoformat()


# --- Losing a stay ------------------------------------------------------------------------------------------


@pytest.fixture
def strict(property_a):
    """A policy under which cancelling costs the first night from the sale on."""
    policy = CancellationPolicy.objects.create(property=property_a.property, code="STRICT", name="Strict")
    CancellationTier.objects.create(policy=policy, penalty="nights", nights=1)
    property_a.rate_plan.cancellation_policy = policy
    property_a.rate_plan.save()


@pytest.mark.parametrize("verb", ["cancel", "no-show"])
def test_fee_is_shown_with_its_sentence_before_the_yes(desk, property_a, strict, verb):
    """T46, T47: by the policy as it was sold, at this moment."""
    row = book(property_a, unit="101")
    answer = desk.get(url(verb, row), headers=HTMX)
    loss = answer.context["form"].loss
    assert (loss.fee.minor, loss.conditions) == (10_000, ("Cancelling costs the first night.",))
    assert b"Cancelling costs the first night." in answer.content
    assert "waive_reason" not in answer.context["form"].fields


def test_fee_is_owed_or_waived_with_a_reason(desk, boss, property_a, strict):
    row, other = book(property_a, unit="101"), book(property_a, unit="102", last_name="Moreau")
    send(desk, "cancel", row, reason="Illness", waive_reason="I may not")
    send(boss, "cancel", other, reason="Illness", waive_reason="Storm at the airport")
    assert [fresh(each).cancellation_fee_minor for each in (row, other)] == [10_000, 0]
    page = desk.get(reverse("desk:reservation", args=[row.code]))
    assert page.context["page"].fee.minor == 10_000
    assert b"10,000" not in page.content
    assert "€100.00 is owed" in page.content.decode()


# --- Extras -------------------------------------------------------------------------------------------------


def test_extra_is_added_and_taken_off(desk, property_a, parking):
    row = book(property_a, unit="101")
    assert send(desk, "add-extra", row, extra="PARK", quantity=1).status_code == 200
    row = fresh(row)
    assert (row.charges_minor, row.grand_total_minor) == (2_000, 22_000)
    assert send(desk, "remove-extra", row, charge="extra:PARK").status_code == 200
    assert fresh(row).grand_total_minor == 20_000


def test_extra_on_one_day_only(desk, property_a, parking):
    row = book(property_a, unit="101")
    send(desk, "add-extra", row, extra="PARK", quantity=2, day=day(1).isoformat())
    assert [(line.date, line.amount_minor) for line in row.charges.all()] == [(day(1), 2_000)]


@pytest.mark.parametrize("given", [{"extra": "POOL"}, {"quantity": 0}, {"quantity": 100}, {"day": "2030-01-01"}])
def test_extra_that_makes_no_sense(desk, property_a, parking, given):
    row = book(property_a, unit="101")
    answer = send(desk, "add-extra", row, **({"extra": "PARK", "quantity": 1} | given))
    assert answer.status_code == 422
    assert fresh(row).charges_minor == 0


def test_fee_of_the_house_is_taken_off_only_by_who_may_override(desk, boss, property_a):
    Fee.objects.create(property=property_a.property, code="CLEAN", name="Cleaning", amount_minor=2_500)
    row = book(property_a, unit="101")
    assert send(desk, "remove-extra", row, charge="fee:CLEAN").status_code == 422
    assert fresh(row).charges_minor == 2_500
    assert send(boss, "remove-extra", row, charge="fee:CLEAN", reason="Complaint").status_code == 200
    assert fresh(row).charges_minor == 0


# --- The page and the sheet ---------------------------------------------------------------------------------


def test_page_tells_the_money_as_sold(desk, property_a, city_tax, parking, strict):
    """T28, T47: nights, charges, taxes and terms are those of the sale, whatever the rules say today."""
    row = charge_add(reservation=book(property_a, unit="101"), extra="PARK", actor=SYSTEM)
    property_a.rate_plan.base_prices.update(price_minor=99_900)
    Extra.objects.update(price_minor=99_900)
    TaxRate.objects.update(amount_minor=99_900)
    property_a.rate_plan.cancellation_policy.tiers.update(penalty="full", nights=None)
    sheet = desk.get(reverse("desk:reservation", args=[row.code])).context["page"].money
    assert (sheet.room.minor, sheet.total.minor) == (20_000, 20_000 + 2_000 + 800)
    assert [(charge.name, charge.amount.minor) for charge in sheet.charges] == [("Parking", 2_000)]
    assert [(tax.how, tax.amount.minor) for tax in sheet.added] == [(f"4 {TIMES} €2.00", 800)]
    assert sheet.conditions == ("Cancelling costs the first night.",)


def test_sheet_tells_the_grand_total_and_the_terms(desk, property_a, city_tax, strict):
    row = book(property_a, unit="101")
    answer = desk.get(reverse("desk:reservation-sheet", args=[row.code]), headers=HTMX)
    words = answer.content.decode()
    assert ("€208.00" in words, "Taxes on top" in words, "Cancelling costs the first night." in words) == (
        True,
        True,
        True,
    )


def test_stay_leads_to_its_price_only_for_who_may_see_rates(desk, client_for, hana, in_tenant, property_a):
    row = book(property_a, unit="101")
    pages = [client.get(reverse("desk:reservation", args=[row.code])) for client in (desk, client_for(hana, in_tenant))]
    assert [b"How did this price come about?" in page.content for page in pages] == [True, False]
    assert client_for(hana, in_tenant).get("/desk/rates/explain/").status_code == 403


def test_list_and_file_tell_the_grand_total_and_sort_by_it(desk, property_a, city_tax):
    plain = book(property_a, unit="101", nights=2)
    Reservation.objects.filter(pk=plain.pk).update(taxes_minor=0)
    book(property_a, unit="102", last_name="Moreau", nights=2)
    page = desk.get("/desk/bookings/", {"order": "total"}).content.decode()
    assert 0 < page.index("€200.00") < page.index("€208.00")
    page = desk.get("/desk/bookings/", {"order": "-total"}).content.decode()
    assert 0 < page.index("€208.00") < page.index("€200.00")
    rows = b"".join(desk.get("/desk/bookings/export/", {"order": "total"}).streaming_content).decode().splitlines()
    assert [row.split(",").count("208.00") for row in rows[1:]] == [0, 1]
