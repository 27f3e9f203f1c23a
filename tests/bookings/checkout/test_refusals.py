"""Every refusal has its sentence, for guests, in words that can be translated, and there is one place that says it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from bookings.checkout.refusals import SAID_WHERE_RAISED, SILENT, is_said, rule_said, said, said_of, sentence, sentences
from bookings.rates.quoting import REFUSALS, Refusal
from pms.kernel.errors import Busy, Conflict, Invalid, Missing, NotAllowed
from tests.conftest import TODAY

#: Where what a guest asks for can be refused: the quote's services, the lifecycle and what it stands on, the guests' pages.
SPEAKING = (
    *("bookings/lifecycle", "bookings/reservations", "bookings/availability/services", "bookings/checkout"),
    *("bookings/rates/services/quoting.py", "bookings/rates/services/counting.py", "bookings/rates/wishes.py"),
    *("guests/portal", "pms/kernel/locking.py", "billing/payments/services/links.py"),
)
ERRORS = {kind.__name__ for kind in (Busy, Conflict, Invalid, Missing, NotAllowed)}
#: Raised with a code that the quote names: walked as REFUSALS.
BY_THE_QUOTE = {"first.code"}
#: Of the links that staff make, and of the page behind one (templates/payments), which has its own words.
BY_STAFF = {"account_elsewhere", "bad_days", "currency_not_taken", "no_amount", "link_unknown"}


def raised() -> Iterator[str]:
    for place in SPEAKING:
        path = Path(settings.BASE_DIR) / place
        for file in [path] if path.is_file() else path.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                    code = node.args[0]
                    yield str(code.value) if isinstance(code, ast.Constant) else ast.unparse(code)


def test_every_refusal_that_is_raised_has_a_sentence():
    codes = set(raised())
    assert {"sold_out", "past_nights", "hold_ended", "change_costs", "contended"} <= codes
    assert [code for code in sorted(codes - BY_THE_QUOTE - BY_STAFF) if not is_said(code)] == []


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("date", [TODAY, None])
def test_every_refusal_of_the_quote_names_its_rule_and_what_can_be_had_instead(code, date):
    refusal = Refusal(code, "as the desk reads it", date=date, value=3)
    rule, whole = rule_said(refusal), sentence(refusal)
    assert "%(" not in whole
    assert rule.endswith(".")
    assert whole.startswith(f"{rule} Please ")


@pytest.mark.parametrize("language", ["lt", "de"])
def test_every_refusal_is_said_in_every_language(language):
    said_in_english = {code: said_of(code, day=TODAY, value=3) for code in sorted(set(raised()) | set(REFUSALS))}
    with translation.override(language):
        kept = [
            code
            for code, english in said_in_english.items()
            if code not in SAID_WHERE_RAISED and said_of(code, day=TODAY, value=3) == english
        ]
    assert kept == []


def test_the_day_is_said_where_it_matters():
    refusal = Refusal("sold_out", "", date=TODAY)
    assert sentence(refusal) == "Sold out on 20 November 2026. Please choose other dates or another room."


def test_numbers_are_counted():
    assert rule_said(Refusal("min_stay_arrival", "", value=1)) == "For this arrival a stay has at least 1 night."
    assert rule_said(Refusal("min_stay_arrival", "", value=3)) == "For this arrival a stay has at least 3 nights."


@pytest.mark.parametrize(
    ("nights", "said"),
    [
        (2, "Stays here have at least 3 nights."),
        (5, "Stays here have at most 3 nights."),
        (None, "This rate is not for a stay of this length."),
    ],
)
def test_length_of_a_plan_is_named_where_the_stay_is_known(nights, said):
    assert rule_said(Refusal("plan_nights", "", value=3), nights=nights) == said


def test_rates_behind_a_code_are_not_spoken_of():
    assert sentences([Refusal(code, "") for code in sorted(SILENT)]) == ()


def test_the_same_reason_is_said_once():
    twice = [Refusal("sold_out", "", room_type_id=1, rate_plan_id=plan) for plan in (1, 2)]
    assert len(sentences(twice)) == 1


def test_what_was_raised_is_said_with_its_day_and_value():
    refusal = Conflict("min_stay_arrival", "English, for the desk", date=TODAY, value=4)
    assert said(refusal).startswith("Stays arriving on 20 November 2026 have at least 4 nights.")
    assert said(Invalid("bad_date", "Said where it was typed.")) == "Said where it was typed."


def test_what_nobody_foresaw_asks_to_try_again():
    assert said_of("something_new").startswith("That did not work.")
