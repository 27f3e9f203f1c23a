"""Articles, allowances, transfers: by hand, with a reason, and to the cent."""

from uuid import uuid4

import pytest
import time_machine
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.folios.models import Article, Folio, Posting
from billing.folios.selectors import folio_findings, folio_page
from billing.folios.services import (
    allowance_post,
    article_post,
    city_ledger_move,
    folio_close,
    folio_merge,
    folio_open,
    folio_reopen,
    main_folio,
    payment_post,
    stay_post,
    transfer,
    write_off,
)
from billing.ledger.enums import Role
from billing.ledger.models import Line
from billing.ledger.services import Draft
from billing.taxes.services import regime_apply
from bookings.lifecycle import services as desk
from guests.profiles.models import Company
from pms.audit.models import AuditEvent
from pms.kernel.errors import Conflict, Invalid
from tests.billing.folios.test_stays import _wish
from tests.bookings.lifecycle.priced_house import make_priced_house
from tests.bookings.lifecycle.test_quote_is_sold import NOW, day, sell
from tests.conftest import TODAY
from tests.house import TESTER, book


@pytest.fixture
def stay(property_a):
    row = desk.reservation_check_in(reservation=book(property_a, 0, 3, guest="Greta"), actor=TESTER)
    stay_post(reservation=row, through=TODAY, actor=TESTER)
    return row


@pytest.fixture
def night(stay):
    return Posting.objects.get(kind="night")


@pytest.fixture
def folio(stay):
    return main_folio(reservation=stay)


@pytest.fixture
def company_folio(stay):
    company = Company.objects.create(code="ACME", kind="company", name="Acme")
    return folio_open(property=stay.property, reservation=stay, company=company, actor=TESTER)


@pytest.fixture
def bottle(property_a):
    return Article.objects.create(
        property=property_a.property, code="WINE", name="Bottle of wine", component="beverages", price_minor=2_400
    )


def pay(folio, amount_minor, source="cash"):
    contra = [Draft(Role.CLEARING, amount_minor, folio.currency, key="cash")]
    return payment_post(folio=folio, amount_minor=amount_minor, contra=contra, source=source, text="Cash", actor=TESTER)


def fresh(folio):
    return Folio.objects.get(pk=folio.pk)


def balance(role, folio):
    rows = Line.objects.filter(account__role=role, subledger=folio.code)
    return rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def test_an_article_is_charged_with_the_taxes_of_the_day(folio, bottle):
    regime_apply(property=folio.property, regime="pt-lisbon", actor=TESTER)
    (line,) = article_post(folio=folio, article=bottle, quantity=2, actor=TESTER)
    assert (line.amount_minor, line.unit_minor, line.quantity) == (4_800, 2_400, 2)
    assert [tax["amount_minor"] for tax in line.parts[0]["taxes"]] == [898]
    assert folio_findings(property=folio.property) == []


def test_a_form_that_is_sent_twice_charges_once(folio, bottle):
    key = uuid4()
    for _ in range(2):
        article_post(folio=folio, article=bottle, request_key=key, actor=TESTER)
    assert Posting.objects.filter(kind="article").count() == 1


@pytest.mark.parametrize(("quantity", "unit", "code"), [(0, None, "absurd_quantity"), (1, -5, "negative_price")])
def test_an_article_that_makes_no_sense_is_refused(folio, bottle, quantity, unit, code):
    with pytest.raises(Invalid) as refusal:
        article_post(folio=folio, article=bottle, quantity=quantity, unit_minor=unit, actor=TESTER)
    assert refusal.value.code == code


def test_an_article_of_another_property_is_refused(folio, property_other):
    other = Article.objects.create(property=property_other.property, code="X", name="X", price_minor=1)
    with pytest.raises(Invalid) as refusal:
        article_post(folio=folio, article=other, actor=TESTER)
    assert refusal.value.code == "other_property"


def test_an_allowance_needs_a_reason(night):
    with pytest.raises(Invalid) as refusal:
        allowance_post(posting=night, amount_minor=100, reason=" ", actor=TESTER)
    assert refusal.value.code == "reason_missing"


def test_an_allowance_is_at_most_what_is_left(night):
    allowance_post(posting=night, amount_minor=9_000, reason="No hot water", actor=TESTER)
    with pytest.raises(Conflict) as refusal:
        allowance_post(posting=night, amount_minor=1_001, reason="No hot water", actor=TESTER)
    assert refusal.value.code == "more_than_left"
    allowance_post(posting=night, reason="The rest", actor=TESTER)
    with pytest.raises(Conflict) as refusal:
        allowance_post(posting=night, reason="Again", actor=TESTER)
    assert refusal.value.code == "nothing_left"
    assert main_folio(reservation=night.reservation).balance_minor == 0


def test_an_allowance_says_who_and_why(night):
    allowance_post(posting=night, amount_minor=100, reason="No hot water", actor=TESTER)
    assert AuditEvent.objects.get(action="folio.reduced").reason == "No hot water"


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("regime", ["pt-lisbon", "us-new-york", "jp-tokyo", "bh", "de-berlin"])
def test_allowances_sum_to_the_line_and_its_taxes(in_tenant, regime):
    """T35: what is given bit by bit is what is given at once."""
    priced = make_priced_house("ALLOW", regime)
    row = desk.reservation_check_in(reservation=sell(priced, _wish(priced, plan=2)), actor=TESTER)
    stay_post(reservation=row, through=day(0), actor=TESTER)
    night = Posting.objects.get(kind="night")
    third = night.amount_minor // 3
    for amount in (third, third + 1, None):
        allowance_post(posting=night, amount_minor=amount, reason="Noise", actor=TESTER)
    lines = (
        Posting.objects.filter(of_kind="night")
        | Posting.objects.filter(parent=night)
        | Posting.objects.filter(corrects__parent=night)
    )
    assert sum(line.amount_minor for line in lines.distinct()) == 0
    of_tax: dict[str, int] = {}
    for line in lines.distinct():
        for tax in [tax for part in line.parts for tax in part["taxes"]] + ([line.tax] if line.tax else []):
            of_tax[tax["tax"]] = of_tax.get(tax["tax"], 0) + tax["amount_minor"]
    assert set(of_tax.values()) <= {0}
    assert folio_findings(property=row.property) == []


def test_a_line_moves_and_only_who_owes_changes(night, folio, company_folio):
    revenue = Line.objects.filter(account__role="revenue").aggregate(sum=Sum("amount_minor"))["sum"]
    transfer(postings=[night], to_folio=company_folio, actor=TESTER)
    assert (main_folio(reservation=night.reservation).balance_minor, fresh(company_folio).balance_minor) == (0, 10_000)
    assert Line.objects.filter(account__role="revenue").aggregate(sum=Sum("amount_minor"))["sum"] == revenue
    assert balance("guest_ledger", company_folio) == 10_000
    assert folio_findings(property=folio.property) == []


def test_a_line_is_split(night, company_folio):
    transfer(postings=[night], to_folio=company_folio, amount_minor=4_000, actor=TESTER)
    assert fresh(company_folio).balance_minor == 4_000
    with pytest.raises(Conflict) as refusal:
        transfer(postings=[night], to_folio=company_folio, amount_minor=6_001, actor=TESTER)
    assert refusal.value.code == "more_than_left"


def test_a_line_comes_back(night, folio, company_folio):
    transfer(postings=[night], to_folio=company_folio, actor=TESTER)
    (there,) = Posting.objects.filter(folio=company_folio)
    transfer(postings=[there], to_folio=folio, actor=TESTER)
    assert Folio.objects.get(pk=folio.pk).balance_minor == 10_000
    assert folio_findings(property=folio.property) == []


def test_folios_merge_with_payments(night, folio, company_folio, bottle):
    pay(folio, 3_000)
    article_post(folio=folio, article=bottle, actor=TESTER)
    folio_merge(origin=folio, into=company_folio, actor=TESTER)
    assert Folio.objects.get(pk=folio.pk).balance_minor == 0
    assert fresh(company_folio).balance_minor == 10_000 - 3_000 + 2_400
    assert folio_findings(property=folio.property) == []


@pytest.mark.parametrize("code", ["same_folio", "other_property", "split_one_line", "nothing_chosen"])
def test_a_transfer_that_makes_no_sense_is_refused(night, folio, property_other, bottle, company_folio, code):
    (wine,) = article_post(folio=folio, article=bottle, actor=TESTER)
    house = folio_open(property=property_other.property, label="Bar", actor=TESTER)
    wish = {
        "same_folio": {"postings": [night], "to_folio": folio},
        "other_property": {"postings": [night], "to_folio": house},
        "split_one_line": {"postings": [night, wine], "to_folio": company_folio, "amount_minor": 5},
        "nothing_chosen": {"postings": [], "to_folio": company_folio},
    }[code]
    with pytest.raises(Invalid) as refusal:
        transfer(**wish, actor=TESTER)
    assert refusal.value.code == code


def test_a_deposit_is_a_liability_until_the_night_is_consumed(property_a):
    """T42."""
    row = book(property_a, 0, 2, guest="Greta")
    folio = main_folio(reservation=row)
    pay(folio, 15_000)
    assert (balance("deposits", folio), balance("guest_ledger", folio)) == (-15_000, 0)
    row = desk.reservation_check_in(reservation=row, actor=TESTER)
    stay_post(reservation=row, through=TODAY, actor=TESTER)
    assert (balance("deposits", folio), balance("guest_ledger", folio)) == (-5_000, 0)
    stay_post(reservation=row, through=day(1), actor=TESTER)
    assert (balance("deposits", folio), balance("guest_ledger", folio)) == (0, 5_000)


def test_a_payment_is_written_once(folio):
    for _ in range(2):
        pay(folio, 10_000)
    assert main_folio(reservation=folio.reservation).balance_minor == 0


def test_what_is_paid_later_stands_in_the_city_ledger(night, folio):
    city_ledger_move(folio=folio, actor=TESTER)
    assert (balance("guest_ledger", folio), balance("city_ledger", folio)) == (0, 10_000)
    pay(Folio.objects.get(pk=folio.pk), 10_000)
    assert balance("city_ledger", folio) == 0
    assert folio_findings(property=folio.property) == []


def test_a_folio_with_a_balance_stays_open(folio):
    with pytest.raises(Conflict) as refusal:
        folio_close(folio=folio, actor=TESTER)
    assert refusal.value.code == "balance_open"


def test_a_closed_folio_opens_again_with_a_reason(folio, bottle):
    pay(folio, 10_000)
    folio_close(folio=folio, actor=TESTER)
    with pytest.raises(Conflict):
        article_post(folio=folio, article=bottle, actor=TESTER)
    folio_reopen(folio=folio, reason="A bottle was forgotten", actor=TESTER)
    article_post(folio=folio, article=bottle, actor=TESTER)


def test_money_that_moved_opens_a_closed_folio(folio):
    pay(folio, 10_000)
    folio_close(folio=folio, actor=TESTER)
    pay(folio, 1, source="late")
    assert (fresh(folio).status, fresh(folio).balance_minor) == ("open", -1)


def test_what_nobody_will_pay_is_written_off(folio):
    write_off(folio=folio, reason="Left without a word", actor=TESTER)
    assert main_folio(reservation=folio.reservation).balance_minor == 0
    assert folio_findings(property=folio.property) == []


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_a_line_is_never_changed(night, deed):
    from django.db import Error, transaction

    with pytest.raises(Error), transaction.atomic():
        getattr(Posting.objects.filter(pk=night.pk), deed)(**({"amount_minor": 1} if deed == "update" else {}))


def test_a_folio_is_one_query(folio, bottle, django_assert_num_queries):
    for _ in range(3):
        with django_assert_num_queries(1):
            page = folio_page(folio=folio)
        article_post(folio=folio, article=bottle, actor=TESTER)
    assert [line.running_minor for line in page.lines] == [10_000, 12_400, 14_800]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("article"), st.integers(0, 9_999)),
        st.tuples(st.just("pay"), st.integers(1, 20_000)),
        st.tuples(st.just("refund"), st.integers(1, 5_000)),
        st.tuples(st.just("allowance"), st.integers(1, 5_000)),
        st.tuples(st.just("transfer"), st.integers(1, 5_000)),
        st.tuples(st.just("merge"), st.booleans()),
        st.tuples(st.just("night"), st.integers(0, 3)),
        st.tuples(st.just("city"), st.booleans()),
        st.tuples(st.just("price"), st.integers(0, 20_000)),
    ),
    max_size=12,
)


def test_any_sequence_keeps_folios_and_books_in_step(stay, bottle, company_folio):
    """Debit = credit, folio = ledger, and no cent lost, whatever is done in whatever order."""
    from django.db import connection, transaction

    from bookings.reservations.models import StayNight

    regime_apply(property=stay.property, regime="de-berlin", actor=TESTER)
    folio = main_folio(reservation=stay)

    def step(number, what, how):
        folios = [Folio.objects.get(pk=folio.pk), Folio.objects.get(pk=company_folio.pk)]
        lines = list(Posting.objects.exclude(of_kind="tax").order_by("pk"))
        chosen = lines[how % len(lines)] if isinstance(how, int) else lines[0]
        other = folios[1] if chosen.folio_id == folio.pk else folios[0]
        {
            "article": lambda: article_post(folio=folios[how % 2], article=bottle, unit_minor=how, actor=TESTER),
            "pay": lambda: pay(folios[how % 2], how, source=f"pay:{number}"),
            "refund": lambda: payment_post(
                folio=folios[how % 2], amount_minor=how, contra=[Draft(Role.CLEARING, -how, "EUR", key="cash")],
                source=f"refund:{number}", text="Back", refund=True, actor=TESTER,
            ),
            "allowance": lambda: allowance_post(posting=chosen, amount_minor=how, reason="Noise", actor=TESTER),
            "transfer": lambda: transfer(postings=[chosen], to_folio=other, amount_minor=how, actor=TESTER),
            "merge": lambda: folio_merge(origin=folios[how], into=folios[not how], actor=TESTER),
            "night": lambda: stay_post(reservation=stay, through=day(how), actor=TESTER),
            "city": lambda: city_ledger_move(folio=folios[how], back=bool(number % 2), actor=TESTER),
            "price": lambda: (
                StayNight.objects.filter(reservation=stay, date=TODAY).update(price_minor=how, parts=[]),
                stay_post(reservation=stay, through=TODAY, actor=TESTER),
            ),
        }[what]()  # fmt: skip

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def whatever_is_done(steps):
        with transaction.atomic():
            for number, (what, how) in enumerate(steps):
                try:
                    with transaction.atomic():
                        step(number, what, how)
                except (Conflict, Invalid):
                    continue
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            assert folio_findings(property=stay.property) == []
            assert not Line.objects.values("currency").annotate(sum=Sum("amount_minor")).exclude(sum=0).exists()
            transaction.set_rollback(True)

    whatever_is_done()
