"""Asked only on suspicion; solved by work or by a question; good once, for one network, for ten minutes."""

import re
from datetime import timedelta
from itertools import count

import pytest
import time_machine
from django.http import HttpResponse
from django.template import Context, Template
from django.test import override_settings
from django.utils import timezone

from bookings.funnel.challenge import (
    LEAST_BITS,
    MOST_BITS,
    challenge_make,
    challenge_require,
    challenged,
    solves,
    stamp,
)
from bookings.funnel.errors import ChallengeNeeded
from bookings.funnel.models import VisitorHold
from tests.bookings.funnel.test_counting import AWAY
from tests.bookings.funnel.visiting import ask, keep, visitor
from tests.house import refused


@pytest.fixture(autouse=True)
def _here(in_tenant):
    pass


def worked(challenge):
    return next(
        str(number) for number in count() if solves(token=challenge.token, answer=str(number), bits=challenge.bits)
    )


def needed(**post):
    with pytest.raises(ChallengeNeeded) as caught:
        challenge_require(ask(post=post))
    return caught.value


def test_first_hold_is_never_in_the_way():
    challenge_require(ask(post={"offer": "DBL"}))
    challenge_require(ask())


def test_field_that_only_programs_fill_in():
    assert needed(homepage="https://spam.example").code == "challenge_needed"


def test_faster_than_anybody_reads(property_a):
    keep(property_a, visitor(number="another"))
    assert needed(shown=stamp()).code == "challenge_needed"
    assert needed(shown="forged").code == "challenge_needed"
    shown = stamp()
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        challenge_require(ask(post={"shown": shown}))


def test_many_holds_of_the_network(property_a, django_assert_num_queries):
    for number in range(5):
        keep(property_a, visitor(number=f"s{number}"), 10 + number)
    with django_assert_num_queries(1):
        needed(shown=stamp())
    challenge_require(ask(ip="198.51.100.7", post={}))


def test_work_opens_the_door_once():
    challenge = needed(homepage="x").context["challenge"]
    sent = {"homepage": "x", "challenge": challenge.token, "challenge_answer": worked(challenge)}
    challenge_require(ask(post=sent))
    with refused("challenge_failed"):
        challenge_require(ask(post=sent))


def test_question_opens_it_too_but_not_at_once():
    challenge = needed(homepage="x").context["challenge"]
    sent = {"challenge": challenge.token, "challenge_word": f" {challenge.first + challenge.second} "}
    with time_machine.travel(timezone.now() + timedelta(seconds=4)):
        challenge_require(ask(post=sent))
    again = challenge_make(visitor(), 0)
    with refused("challenge_failed"):
        challenge_require(ask(post={"challenge": again.token, "challenge_word": str(again.first + again.second)}))


@pytest.mark.parametrize("answer", ["", "x", "0" * 99])
def test_wrong_answer_uses_the_challenge_up(answer):
    challenge = challenge_make(visitor(), 0)
    assert needed(challenge=challenge.token, challenge_answer=answer).code == "challenge_failed"
    assert needed(challenge=challenge.token, challenge_answer=worked(challenge)).code == "challenge_failed"


@pytest.mark.parametrize("token", ["", "forged", "a:b:c"])
def test_forged_challenge(token):
    assert needed(challenge=token, challenge_answer="1").code == "challenge_failed"


def test_challenge_of_another_network_or_of_earlier():
    elsewhere, earlier = challenge_make(visitor("198.51.100.7"), 0), challenge_make(visitor(), 0)
    assert needed(challenge=elsewhere.token, challenge_answer=worked(elsewhere)).code == "challenge_failed"
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert needed(challenge=earlier.token, challenge_answer=worked(earlier)).code == "challenge_failed"


def test_work_grows_and_the_question_ends():
    made = {holds: challenge_make(visitor(), holds) for holds in (0, 5, 12, 999)}
    assert [each.bits for each in made.values()] == [LEAST_BITS, LEAST_BITS + 1, LEAST_BITS + 2, MOST_BITS]
    assert [each.first is None for each in made.values()] == [False, False, True, True]


@override_settings(CACHES=AWAY)
def test_without_redis_right_answers_pass():
    challenge = challenge_make(visitor(), 0)
    challenge_require(ask(post={"challenge": challenge.token, "challenge_answer": worked(challenge)}))


def test_form_comes_through_the_challenge_unchanged():
    got = []

    @challenged
    def view(request):
        got.append({name: request.POST.getlist(name) for name in ("offer", "guests")})
        return HttpResponse()

    page = view(ask("/book/?rooms=2", post={"homepage": "x", "offer": ["A<b>", "B"], "guests": "2"}))
    body = page.content.decode()
    assert page.status_code == 422
    assert 'action="/book/?rooms=2"' in body
    assert 'name="offer" value="A&lt;b&gt;"' in body
    assert 'name="homepage"' not in body
    assert got == []
    token, bits = re.search(r'data-challenge="([^"]+)" data-bits="(\d+)"', body).groups()
    answer = next(str(n) for n in count() if solves(token=token, answer=str(n), bits=int(bits)))
    view(ask("/book/", post={"offer": ["A<b>", "B"], "guests": "2", "challenge": token, "challenge_answer": answer}))
    assert got == [{"offer": ["A<b>", "B"], "guests": ["2"]}]


def test_tag_hides_its_fields():
    shown = Template("{% load challenge %}{% challenge %}").render(Context())
    assert re.search(r'<div hidden><label>.*name="homepage"', shown)
    assert 'name="shown" value="' in shown


def test_challenge_holds_nothing(property_a):
    needed(homepage="x")
    assert VisitorHold.objects.count() == 0


def test_guest_who_chooses_anew_twice_is_not_asked(property_a):
    for number in range(3):
        with time_machine.travel(timezone.now() - timedelta(seconds=5), tick=False):
            shown = stamp()
        challenge_require(ask(post={"shown": shown}))
        keep(property_a, visitor(), 10 + number)
    assert needed(shown=shown).code == "challenge_needed"
