"""Every refusal has its sentence, for guests, in words that can be translated."""

import pytest

from bookings.checkout.refusals import SILENT, said_of, sentence, sentences
from bookings.rates.quoting import REFUSALS, Refusal
from tests.conftest import TODAY


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_of_the_quote_has_a_sentence(code):
    said = sentence(Refusal(code, "as the desk reads it", date=TODAY, value=3))
    assert said.endswith(".")
    assert "%(" not in said
    assert said != "as the desk reads it"


def test_the_day_is_said_where_it_matters():
    assert sentence(Refusal("sold_out", "", date=TODAY)) == "It is sold out on the night of Fri, 20 November 2026."


def test_numbers_are_counted():
    assert sentence(Refusal("min_stay_arrival", "", value=1)) == "For this arrival a stay has at least 1 night."
    assert sentence(Refusal("min_stay_arrival", "", value=3)) == "For this arrival a stay has at least 3 nights."


def test_rates_behind_a_code_are_not_spoken_of():
    assert sentences([Refusal(code, "") for code in sorted(SILENT)]) == ()


def test_the_same_reason_is_said_once():
    twice = [Refusal("sold_out", "", room_type_id=1, rate_plan_id=plan) for plan in (1, 2)]
    assert sentences(twice) == ("It is sold out for these nights.",)


def test_what_nobody_foresaw_asks_to_try_again():
    assert said_of("something_new").startswith("That did not work.")
