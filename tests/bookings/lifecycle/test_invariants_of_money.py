"""Each rule of money finds what it is for: written behind the services' back, with the triggers asleep."""

import pytest
from django.db import connection

from billing.folios.services import main_folio
from billing.invoices.services import invoice_issue
from billing.ledger.services import entity_of
from billing.payments.services import accounts_by_hand_ensure, payment_take_manual, refund_start
from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import certify
from pms.kernel.money import Money
from tests.house import TESTER, book


@pytest.fixture
def stay(property_a):
    """Greta, who paid 300.00, got 50.00 back and has an invoice of two nights."""
    row = desk.reservation_check_in(reservation=book(property_a, 0, 2, guest="Greta"), actor=TESTER)
    cash = accounts_by_hand_ensure(entity=entity_of(row.property), actor=TESTER)[0]
    folio = main_folio(reservation=row)
    payment = payment_take_manual(folio=folio, account=cash, amount=Money(30_000, "EUR"), actor=TESTER)
    refund_start(payment=payment, amount=Money(5_000, "EUR"), reason="Too much", actor=TESTER)
    desk.reservation_check_out(reservation=row, actor=TESTER, unpaid_reason="Comes back")
    folio.refresh_from_db()
    invoice_issue(folio=folio, buyer=row.guest, actor=TESTER)
    return row


@pytest.fixture
def planted(stay):
    """Return planted(deed): something written behind the services' back."""

    def plant(deed):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(deed)
            cursor.execute("SET session_replication_role = DEFAULT")

    return plant


def test_nothing_is_found_where_all_is_well(stay):
    assert certify(property=stay.property).findings == ()


@pytest.mark.parametrize(
    ("rule", "deed"),
    [
        ("a payment did not capture what its captures say", "UPDATE payments_paymentintent SET captured_minor = 30001"),
        ("more was given back than was taken", "UPDATE payments_refund SET amount_minor = 99999999"),
        ("money that came is not on its folio", "UPDATE payments_capture SET posting_code = gen_random_uuid()"),
        ("money that went back is not on its folio", "UPDATE payments_refund SET posting_code = gen_random_uuid()"),
        ("a series of documents has a gap", "UPDATE invoices_document SET number = 2 WHERE kind = 'invoice'"),
        ("a document is not the sum of its lines", "UPDATE invoices_document SET gross_minor = gross_minor + 1, net_minor = net_minor + 1"),
        ("a folio's balance is not the sum of its lines", "UPDATE folios_folio SET balance_minor = balance_minor + 1"),
        ("a folio and its accounts in the books disagree", "UPDATE ledger_line SET subledger = 'NOBODY' WHERE subledger <> ''"),
        ("what a payer owes stands in the wrong ledger", "UPDATE ledger_account SET role = 'city_ledger' WHERE role = 'deposits'"),
        ("a line and its entry in the books disagree", "UPDATE folios_posting SET amount_minor = amount_minor + 1"),
    ],
)  # fmt: skip
def test_a_slip_is_found(stay, planted, rule, deed):
    planted(deed)
    assert rule in {finding.rule for finding in certify(property=stay.property).findings}
