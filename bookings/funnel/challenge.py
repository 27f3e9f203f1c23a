"""Asking for a proof of work, or a plain question without JavaScript, where a form comes in suspiciously. No third party.

A form carries `{% load challenge %}{% challenge %}`: a field that only programs fill in, and a signed stamp of when it was
shown. A view is wrapped in `@challenged`, or asks challenge_require itself. The first hold of a network is never in the
way of anybody: suspicion needs a reason (docs/abuse-and-funnel.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from secrets import randbelow, token_hex
from typing import Concatenate, ParamSpec, cast

import structlog
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from bookings.funnel.errors import ChallengeNeeded
from bookings.funnel.facts import RequestFacts, facts_of, hashed
from bookings.funnel.guards import recent_holds

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

logger = structlog.get_logger(__name__)

#: The field only a program fills in, the stamp, and what a challenge brings back.
TRAP, STAMP, TOKEN, ANSWER, WORD = "homepage", "shown", "challenge", "challenge_answer", "challenge_word"
OWN_FIELDS = frozenset({TRAP, STAMP, TOKEN, ANSWER, WORD, "csrfmiddlewaretoken"})
_SALT, _STAMP_SALT = "innkeep.funnel.challenge", "innkeep.funnel.shown"

#: Suspicion: so many holds of a visitor, or of the network, within HOLDS_WITHIN; a form sent back faster than anybody reads.
HOLDS_WITHIN = timedelta(hours=1)
SUSPICIOUS_VISITOR_HOLDS, SUSPICIOUS_NETWORK_HOLDS = 3, 5
FASTEST = timedelta(seconds=1.5)
STAMP_GOOD_FOR = timedelta(hours=12)
#: Leading zero bits asked for: 16 are tenths of a second in a browser; every five holds of the network double the work.
LEAST_BITS, MOST_BITS = 16, 21
CHALLENGE_GOOD_FOR = timedelta(minutes=10)
#: The question is easier for programs than the work is: it takes its time, and is asked while the network made few holds.
QUESTION_SECONDS, QUESTION_HOLDS = 3, 12


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is to be solved: find an answer so that SHA-256 of "<token>.<answer>" begins with `bits` zero bits.

    `first` and `second` are the numbers to add up instead, None when the network made too many holds for that.
    """

    token: str
    bits: int
    first: int | None
    second: int | None


def stamp() -> str:
    """Return the signed stamp of a form shown now."""
    return signing.dumps(timezone.now().timestamp(), salt=_STAMP_SALT)


def challenge_require(request: HttpRequest) -> None:
    """Return if a POST is above suspicion, or brings a challenge's right answer; other methods pass. One query at most.

    Raises ChallengeNeeded `challenge_needed`, `challenge_failed`, whose context carries the Challenge to show.
    """
    if request.method != "POST":
        return
    facts = facts_of(request)
    if TOKEN in request.POST:
        if _is_solved(request, facts):
            return
        raise ChallengeNeeded(
            "challenge_failed",
            _("That was not the right answer, or it came too late. Please try once more."),
            challenge=challenge_make(facts),
        )
    in_network, by_visitor = recent_holds(facts=facts, within=HOLDS_WITHIN)
    why = _suspicion(request, in_network, by_visitor)
    if why:
        logger.info("challenged", why=why, holds=in_network)
        raise ChallengeNeeded(
            "challenge_needed",
            _("Before we keep the rooms, please let us check that a person is asking."),
            challenge=challenge_make(facts, in_network),
        )


def challenged(view: View[P]) -> View[P]:
    """Ask challenge_require before the view; where it is needed, show it and send the same form on once it is solved."""

    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            challenge_require(request)
        except ChallengeNeeded as need:
            return challenge_page(request, need)
        return view(request, *args, **kwargs)

    return cast("View[P]", page)


def challenge_page(request: HttpRequest, need: ChallengeNeeded) -> HttpResponse:
    """Return the page with the challenge and, hidden in its form, all that was sent; 422."""
    sent = [
        (name, value) for name, values in request.POST.lists() if name not in OWN_FIELDS for value in map(str, values)
    ]
    context = {"need": need, "challenge": need.context["challenge"], "sent": sent, "address": request.get_full_path()}
    answer = render(request, "funnel/challenge.html", context, status=need.status)
    answer["Cache-Control"] = "no-store"
    return answer


def challenge_make(facts: RequestFacts, in_network: int | None = None) -> Challenge:
    """Return a challenge for this network, harder the more it has held; good for CHALLENGE_GOOD_FOR, and once."""
    holds = recent_holds(facts=facts, within=HOLDS_WITHIN)[0] if in_network is None else in_network
    bits = min(MOST_BITS, LEAST_BITS + holds // 5)
    first, second = (2 + randbelow(8), 2 + randbelow(8)) if holds < QUESTION_HOLDS else (None, None)
    nonce = token_hex(8)
    total = "" if first is None or second is None else hashed("answer", f"{nonce} {first + second}")
    asked_at = timezone.now().timestamp()
    token = signing.dumps([nonce, facts.network, bits, total, asked_at], salt=_SALT, compress=False)
    return Challenge(token=token, bits=bits, first=first, second=second)


def solves(*, token: str, answer: str, bits: int) -> bool:
    """Return whether SHA-256 of "<token>.<answer>" begins with `bits` zero bits."""
    digest = sha256(f"{token}.{answer}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def _suspicion(request: HttpRequest, in_network: int, by_visitor: int) -> str:
    if request.POST.get(TRAP):
        return "trap"
    if by_visitor >= SUSPICIOUS_VISITOR_HOLDS or in_network >= SUSPICIOUS_NETWORK_HOLDS:
        return "holds"
    # One hold does no harm, however fast it came: only whoever has one already is asked for being fast.
    if in_network and (_age(request) or timedelta(0)) < FASTEST:
        return "fast"
    return ""


def _age(request: HttpRequest) -> timedelta | None:
    try:
        shown = signing.loads(request.POST.get(STAMP, ""), salt=_STAMP_SALT, max_age=STAMP_GOOD_FOR)
    except signing.BadSignature:
        return None
    return timedelta(seconds=timezone.now().timestamp() - float(shown))


def _is_solved(request: HttpRequest, facts: RequestFacts) -> bool:
    token = request.POST.get(TOKEN, "")
    try:
        nonce, network, bits, total, asked_at = signing.loads(token, salt=_SALT, max_age=CHALLENGE_GOOD_FOR)
    except (signing.BadSignature, ValueError):
        return False
    if network != facts.network:
        return False
    answer = request.POST.get(ANSWER, "")[:32]
    word = request.POST.get(WORD, "").strip()[:8]
    waited = timezone.now().timestamp() - asked_at >= QUESTION_SECONDS
    by_word = bool(total) and waited and hashed("answer", f"{nonce} {word}") == total
    right = (bool(answer) and solves(token=token, answer=answer, bits=bits)) or by_word
    return _once(nonce) and right


def _once(nonce: str) -> bool:
    """Return whether the challenge comes back for the first time; a wrong answer uses it up as well."""
    try:
        return bool(cache.add(f"funnel:challenge:{nonce}", 1, int(CHALLENGE_GOOD_FOR.total_seconds())))
    except RedisError as error:
        logger.warning("challenge_not_spent", error=str(error))
        return True
