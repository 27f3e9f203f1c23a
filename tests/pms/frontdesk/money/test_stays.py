"""The money of a stay at the desk: taken, given back, demanded at check-in, settled at check-out, when it is lost."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from billing.folios.models import Folio, Posting
from billing.folios.selectors import folio_findings
from billing.folios.services import main_folio
from billing.invoices.models import Document
from billing.payments.models import PaymentAccount, PaymentIntent, Refund, SavedMethod
from bookings.lifecycle.services import reservation_check_in
from bookings.rates.models import CancellationPolicy, CancellationTier, PaymentTerms
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.profiles.enums import Collector
from pms.access.models import Grant, Role
from pms.audit.models import AuditEvent
from pms.frontdesk.money.account import stay_money
from pms.frontdesk.money.till import take
from tests.pms.frontdesk.desk_cast import SYSTEM, book

HTMX = {"hx-request": "true"}


def url(verb, row):
    return reverse(f"desk:{verb}", args=[row.code])


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def done(client, address, **given):
    answer = client.post(address, given)
    assert answer.status_code == 303, answer.content.decode()[:6000]


def pay(row, minor, how="CASH"):
    return take(folio=main_folio(reservation=row), tender=f"hand:{how}", amount_minor=minor, actor=SYSTEM)


@pytest.fixture
def half_now(property_a):
    """Terms that ask for half of the stay at the sale, and for the first night when it is cancelled."""
    plan, place = property_a.rate_plan, property_a.property
    plan.payment_terms = PaymentTerms.objects.create(
        property=place, code="HALF", name="Half now", deposit="percent", percent=50
    )
    plan.cancellation_policy = CancellationPolicy.objects.create(property=place, code="FIRM", name="Firm")
    CancellationTier.objects.create(policy=plan.cancellation_policy, days_before=60, penalty="nights", nights=1)
    plan.save()
    return plan


# --- Payments -----------------------------------------------------------------------------------------------


def test_take_what_is_due_in_cash(desk, property_a):
    row = book(property_a)
    form = desk.get(url("stay-money-pay", row)).context["form"]
    assert form["amount"].value() == "200.00"
    done(desk, url("stay-money-pay", row), amount="200.00", account=form.tenders[0].value)
    assert stay_money(reservation=row).account.due_minor == 0
    assert folio_findings(property=row.property) == []


def test_the_form_says_what_is_owed_then(desk, stay):
    page = desk.get(url("stay-money-pay", stay), headers=HTMX).content.decode()
    assert "€100.00 held" in page
    assert not PaymentIntent.objects.exists()


def test_a_press_twice_takes_once(desk, stay):
    given = {"amount": "50", "account": "hand:CASH", "request_key": "0b0f3f0e-26a3-4a0b-8f6e-0a4a5a1c7f10"}
    for _ in range(2):
        done(desk, url("stay-money-pay", stay), **given)
    assert Posting.objects.filter(kind="payment").count() == 1


@pytest.mark.parametrize("amount", ["", "0", "-5", "1.234", "many", "1e2", "1_0", "NaN"])
def test_an_amount_that_makes_no_sense_is_refused_at_its_field(desk, stay, amount):
    answer = desk.post(url("stay-money-pay", stay), {"amount": amount, "account": "hand:CASH"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["amount"])


@pytest.mark.parametrize(("currency", "typed", "minor"), [("JPY", "5000", 5000), ("BHD", "12,345", 12_345)])
def test_currencies_without_and_with_three_decimals(desk, property_a, currency, typed, minor):
    """T36."""
    place = property_a.property
    place.currency = currency
    place.save()
    row = book(property_a)
    done(desk, url("stay-money-pay", row), amount=typed, account="hand:CASH")
    assert Folio.objects.get(reservation=row).balance_minor == -minor
    refused = desk.post(url("stay-money-pay", row), {"amount": "1.2345", "account": "hand:CASH"})
    assert refused.status_code == 422


def test_a_kept_card_is_charged_after_the_yes(desk, stay):
    account = PaymentAccount.objects.create(
        code="STRIPE", name="Stripe", provider="stripe", method="online", entity=main_folio(reservation=stay).entity
    )
    card = SavedMethod.objects.create(
        account=account, reservation=stay, method_id="pm_1", mandate="m_1", brand="visa", last4="4242",
        saved_at=stay.made_at,
    )  # fmt: skip
    done(desk, url("stay-money-pay", stay), amount="100", account=f"card:{card.code}")
    assert PaymentIntent.objects.get().off_session
    assert not Posting.objects.filter(kind="payment").exists()


def test_a_link_is_made_shown_and_taken_back(desk, stay):
    entity = main_folio(reservation=stay).entity
    PaymentAccount.objects.create(code="STRIPE", name="Stripe", provider="stripe", method="online", entity=entity)
    done(desk, url("stay-money-link", stay), amount="80", account="STRIPE", days="14")
    (row,) = desk.get(url("stay-payments", stay)).context["links"]
    assert (row.amount, "/pay/" in row.address) == ("€80.00", True)
    done(desk, reverse("desk:link-revoke", args=[row.code]))
    assert desk.get(url("stay-payments", stay)).context["links"] == []


def test_without_an_account_at_a_provider_there_is_no_link(desk, stay):
    assert "No account at a payment provider" in desk.get(url("stay-money-link", stay)).content.decode()


def test_a_refund_is_at_most_what_was_paid(manager, stay):
    """T38."""
    payment = pay(stay, 5_000)
    address = reverse("desk:payment-refund", args=[payment.code])
    refused = manager.post(address, {"amount": "50.01", "reason": "Paid twice"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["amount"])
    done(manager, address, amount="50", reason="Paid twice")
    assert Refund.objects.get().amount_minor == 5_000
    assert Folio.objects.get(reservation=stay).balance_minor == 10_000


def test_the_page_of_a_stay_shows_payments_and_papers(desk, stay):
    pay(stay, 5_000)
    done(desk, url("stay-money-invoice", stay), kind="invoice")
    page = desk.get(url("stay-payments", stay)).content.decode()
    assert Document.objects.get(kind="invoice").reference in page
    assert "Cash" in page


def test_an_invoice_is_given_back_by_a_credit_note(manager, stay):
    done(manager, url("stay-money-invoice", stay), kind="invoice")
    invoice = Document.objects.get()
    done(manager, reverse("desk:document-credit", args=[invoice.code]), reason="Wrong address")
    assert Document.objects.get(kind="credit_note").gross_minor == 10_000


def test_a_receipt_is_one_press_on_the_line_of_the_payment(desk, stay):
    pay(stay, 5_000)
    code = Folio.objects.get(reservation=stay).code
    address = reverse("desk:folio-receipt", args=[code, 2])
    assert address in desk.get(reverse("desk:folio", args=[code])).content.decode()
    answer = desk.post(address)
    receipt = Document.objects.get(kind="receipt")
    assert answer["Location"] == reverse("desk:document-pdf", args=[receipt.code])
    assert desk.post(reverse("desk:folio-receipt", args=[code, 1])).status_code == 404


def test_nothing_to_invoice_is_said_at_the_field(desk, property_a):
    row = book(property_a)
    main_folio(reservation=row)
    answer = desk.post(url("stay-money-invoice", row), {"kind": "invoice"})
    assert answer.status_code == 422


# --- Check-in -----------------------------------------------------------------------------------------------


def test_check_in_asks_for_what_the_terms_demand(desk, property_a, half_now):
    row = book(property_a, unit="101")
    answer = desk.post(url("reservation-check-in", row), {"version": row.version}, headers=HTMX)
    assert answer.status_code == 422
    assert answer.context["form"]["pay_amount"].value() == "100.00"
    assert fresh(row).status == Status.CONFIRMED


def test_check_in_takes_it_in_the_same_dialog(desk, property_a, half_now):
    row = book(property_a, unit="101")
    given = {"version": row.version, "pay_amount": "100", "pay_account": "hand:CASH"}
    done(desk, url("reservation-check-in", row), **given)
    assert fresh(row).status == Status.CHECKED_IN
    assert Folio.objects.get(reservation=row).balance_minor == -10_000


def test_check_in_without_it_needs_a_reason_that_is_kept(desk, property_a, half_now):
    row = book(property_a, unit="101")
    refused = desk.post(url("reservation-check-in", row), {"pay_amount": "", "unpaid_reason": ""})
    assert list(refused.context["form"].errors) == ["unpaid_reason"]
    done(desk, url("reservation-check-in", row), unpaid_reason="Pays with the company card tonight")
    kept = AuditEvent.objects.get(action="reservation.payment_waived")
    assert (fresh(row).status, kept.reason) == (Status.CHECKED_IN, "Pays with the company card tonight")


def test_nothing_is_taken_when_the_key_cannot_be_given(desk, property_a, half_now):
    """Money and deed are one transaction."""
    reservation_check_in(reservation=book(property_a, last_name="Moreau", unit="101", arrival=0), actor=SYSTEM)
    row = book(property_a, unit="102")
    Reservation.objects.filter(pk=row.pk).update(version=row.version + 1)
    given = {"version": row.version, "pay_amount": "100", "pay_account": "hand:CASH"}
    assert desk.post(url("reservation-check-in", row), given).status_code == 422
    assert not PaymentIntent.objects.exists()


# --- Check-out ----------------------------------------------------------------------------------------------


def test_check_out_shows_takes_and_invoices_in_one_go(desk, stay):
    form = desk.get(url("reservation-check-out", stay)).context["form"]
    assert form["pay_amount"].value() == "100.00"
    done(
        desk, url("reservation-check-out", stay), version=stay.version, pay_amount="100", pay_account="hand:TERMINAL",
        invoices="main",
    )  # fmt: skip
    folio = Folio.objects.get(reservation=stay)
    assert (fresh(stay).status, folio.status, folio.balance_minor) == (Status.CHECKED_OUT, "closed", 0)
    assert Document.objects.get(kind="invoice").paid_minor == 10_000


def test_looking_at_a_check_out_writes_nothing(desk, stay):
    before = (Posting.objects.count(), fresh(stay).version, AuditEvent.objects.count())
    desk.get(url("reservation-check-out", stay))
    assert (Posting.objects.count(), fresh(stay).version, AuditEvent.objects.count()) == before


def test_the_button_of_a_row_asks_when_something_is_owed(desk, stay):
    answer = desk.post(url("reservation-check-out", stay), {"version": stay.version}, headers=HTMX)
    assert answer.status_code == 422
    assert answer.context["form"]["pay_amount"].value() == "100.00"
    assert fresh(stay).status == Status.CHECKED_IN


def test_who_has_paid_leaves_with_one_press(desk, stay):
    pay(stay, 10_000)
    answer = desk.post(url("reservation-check-out", stay), {"version": stay.version}, headers=HTMX)
    assert "has left" in json.loads(answer["HX-Trigger"])["toast"]["message"]


def test_the_folio_of_a_company_goes_to_the_city_ledger(desk, stay, folio, company_folio):
    done(desk, reverse("desk:folio-transfer", args=[folio.code]), line="1", to=company_folio.code)
    answer = desk.post(url("reservation-check-out", stay), {"version": stay.version}, headers=HTMX)
    assert answer.status_code == 200
    assert fresh(company_folio).ledger == "city"


def test_what_is_left_over_goes_back(manager, stay):
    pay(stay, 15_000)
    form = manager.get(url("reservation-check-out", stay)).context["form"]
    assert [(back.amount_minor, back.said) for back in form.outcome.back] == [(5_000, "in cash, from the drawer")]
    done(manager, url("reservation-check-out", stay), version=stay.version, refund="on")
    assert Refund.objects.get().amount_minor == 5_000
    assert Folio.objects.get(reservation=stay).status == "closed"


def test_who_may_not_refund_says_why_it_stays(desk, stay):
    pay(stay, 15_000)
    assert desk.post(url("reservation-check-out", stay), {"refund": "on"}).status_code == 422
    done(desk, url("reservation-check-out", stay), unpaid_reason="Comes again next week")
    assert not Refund.objects.exists()


# --- Losing -------------------------------------------------------------------------------------------------


def test_a_cancellation_keeps_its_fee_and_gives_back_the_rest(manager, property_a, half_now):
    """T47: both are shown before the yes."""
    row = book(property_a, arrival=5, nights=3)
    pay(row, 25_000)
    form = manager.get(url("reservation-cancel", row)).context["form"]
    assert (form.loss.fee.minor, form.over.minor) == (10_000, 15_000)
    done(manager, url("reservation-cancel", row), version=row.version, reason="Illness", refund="on")
    assert Refund.objects.get().amount_minor == 15_000
    assert Folio.objects.get(reservation=row).balance_minor == 0


def test_a_waived_fee_gives_everything_back(manager, property_a, half_now):
    row = book(property_a, arrival=5, nights=3)
    pay(row, 25_000)
    done(manager, url("reservation-cancel", row), reason="Illness", waive_reason="Regular guest", refund="on")
    assert Refund.objects.get().amount_minor == 25_000


def test_without_the_box_nothing_goes_back(manager, property_a, half_now):
    row = book(property_a, arrival=5, nights=3)
    pay(row, 25_000)
    done(manager, url("reservation-cancel", row), reason="Illness")
    assert Folio.objects.get(reservation=row).balance_minor == -15_000


def test_a_no_show_owes_and_its_card_is_charged(manager, property_a, half_now):
    row = book(property_a, arrival=0)
    account = PaymentAccount.objects.create(
        code="STRIPE", name="Stripe", provider="stripe", method="online", entity=main_folio(reservation=row).entity
    )
    card = SavedMethod.objects.create(
        account=account, reservation=row, method_id="pm_1", mandate="m_1", brand="visa", last4="4242",
        saved_at=row.made_at,
    )  # fmt: skip
    form = manager.get(url("reservation-no-show", row)).context["form"]
    done(manager, url("reservation-no-show", row), charge_card=f"card:{card.code}")
    payment = PaymentIntent.objects.get()
    assert (payment.purpose, payment.amount_minor) == ("no_show", form.owed.minor)


# --- Schedule, lists, who may ---------------------------------------------------------------------------------


def test_a_schedule_says_what_is_late(property_a, half_now):
    row = book(property_a, arrival=5, nights=4)
    row.property.business_date += timedelta(days=2)
    Reservation.objects.filter(pk=row.pk).update(made_at=row.made_at - timedelta(days=40))
    money = stay_money(reservation=Reservation.objects.select_related("property").get(pk=row.pk))
    assert [(step.label, step.amount.minor, step.state) for step in money.steps] == [
        ("Deposit", 20_000, "late"),
        ("Balance", 20_000, "later"),
    ]
    assert money.demanded_minor == 20_000


def test_lists_show_what_is_to_be_paid(desk, property_a, stay):
    assert "€200.00" in desk.get("/desk/in-house/").content.decode()
    pay(stay, 20_000)
    assert "€200.00" not in desk.get("/desk/in-house/").content.decode()


def test_the_board_says_what_those_who_leave_have_to_pay(desk, property_a, stay):
    property_a.property.business_date += timedelta(days=2)
    property_a.property.save()
    assert str(desk.get("/desk/today/").context["unpaid"]) == "€200.00"
    pay(stay, 20_000)
    assert desk.get("/desk/today/").context["unpaid"].minor == 0


def test_who_may_not_see_folios_sees_no_money(client_for, hana, in_tenant, stay):
    housekeeper = client_for(hana, in_tenant)
    assert housekeeper.get(url("stay-payments", stay)).status_code == 403
    assert "desk:stay-payments" not in housekeeper.get(url("reservation", stay)).content.decode()
    assert "due-badge" not in housekeeper.get("/desk/in-house/").content.decode()


@pytest.mark.parametrize(
    ("verb", "roles"),
    [
        ("pay", {"administrator", "manager", "front_desk"}),
        ("link", {"administrator", "manager", "front_desk"}),
        ("invoice", {"administrator", "manager", "front_desk", "accountant"}),
        ("open-folio", {"administrator", "manager", "front_desk"}),
    ],
)
@pytest.mark.parametrize("role", ["administrator", "manager", "front_desk", "accountant", "housekeeping"])
def test_who_may(client_for, felix, in_tenant, stay, verb, roles, role):
    Grant.objects.filter(user=felix).update(role=Role.objects.get(code=role))
    answer = client_for(felix, in_tenant).get(url(f"stay-money-{verb}", stay))
    assert answer.status_code == (200 if role in roles else 403)


def test_the_desk_may_not_refund(desk, stay):
    payment = pay(stay, 5_000)
    assert desk.get(reverse("desk:payment-refund", args=[payment.code])).status_code == 403


def test_another_property_is_not_there(client_for, mia, in_tenant, property_other, stay):
    payment = pay(stay, 5_000)
    Grant.objects.filter(user=mia).update(property_code="POR")
    other = client_for(mia, in_tenant)
    assert other.get(reverse("desk:payment-refund", args=[payment.code])).status_code == 404
    assert other.get(url("stay-payments", stay)).status_code == 404


def test_nothing_is_demanded_of_a_guest_whose_agency_collects(desk, property_a, half_now):
    """T50."""
    row = book(property_a, unit="101")
    row.booking.collector = Collector.SELLER
    row.booking.save()
    assert "takes the guest" in desk.get(url("reservation-check-in", row)).content.decode()
    done(desk, url("reservation-check-in", row), version=row.version)
    assert fresh(row).status == Status.CHECKED_IN
