"""Cancellation policies and payment terms: complete, without a gap, and never cheaper the later one cancels."""

from collections.abc import Iterable, Sequence
from datetime import time
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from bookings.rates.enums import Deposit, Penalty
from bookings.rates.models import CancellationPolicy, CancellationTier, PaymentTerms
from bookings.rates.policies import sentences, terms_for
from bookings.rates.services.saving import amount_require, code_require_free, row_save
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock
from pms.properties.models import Property

#: Nobody plans further ahead than two years.
MOST_DAYS = 730
#: Longer than a stay can be booked for makes no penalty.
MOST_NIGHTS = 60
_NUMBERS = {Penalty.NIGHTS: "nights", Penalty.PERCENT: "percent", Penalty.AMOUNT: "amount_minor"}


@transaction.atomic
def policy_save(*, policy: CancellationPolicy, tiers: Sequence[CancellationTier], actor: Actor) -> CancellationPolicy:
    """Create or change a policy with all its steps. Bookings keep the terms they were sold with (T47).

    Locks the property. Raises ValidationError, Invalid `code_taken` and what tiers_require raises.
    """
    place = policy.property
    lock(Property.objects.filter(pk=place.pk))
    code_require_free(policy)
    tiers_require(tiers=tiers, hour=policy.deadline_time, currency=place.currency)
    kept = list(policy.tiers.all()) if policy.pk else []
    more: dict[str, list[Any]] = {}
    if sorted(map(_written, kept)) != sorted(map(_written, tiers)):
        old, new = (policy_sentences(policy=policy, tiers=rows, language="en") for rows in (kept, tiers))
        more = {"tiers": [old, new]}
    row_save(policy, subject="cancellation_policy", code=policy.code, property=place, actor=actor, more=more)
    if more:
        policy.tiers.all().delete()
        for tier in tiers:
            tier.pk, tier.policy = None, policy
            tier.full_clean()
            tier.save()
    return policy


def tiers_require(*, tiers: Sequence[CancellationTier], hour: time, currency: str) -> None:
    """Refuse steps that leave a moment without a rule, or with two, or that make no sense.

    Raises Invalid at "tiers-<index>-<field>", or "tiers" where it is about no single step: `tier_twice`,
    `tier_number`, `tier_number_missing`, `tier_too_far`, `no_show_has_days`, `policy_gap`, `tier_cheaper`.
    """
    for index, tier in enumerate(tiers):
        _penalty_require(tier, index, currency)
    seen: set[tuple[object, ...]] = set()
    for index, tier in enumerate(tiers):
        key = (tier.booked_days_below, tier.is_no_show, tier.days_before)
        if key in seen:
            what = "Not coming has a rule already." if tier.is_no_show else "Another step begins at the same moment."
            raise Invalid("tier_twice", f"{_of(tier.booked_days_below)}{what}", field=f"tiers-{index}-days_before")
        seen.add(key)
    _gaps_require(tiers, hour)
    for below in {tier.booked_days_below for tier in tiers}:
        group = [(tier, index) for index, tier in enumerate(tiers) if tier.booked_days_below == below]
        steps = [pair for pair in group if not pair[0].is_no_show]
        steps.sort(key=lambda pair: (pair[0].days_before is not None, -(pair[0].days_before or 0)))
        for (earlier, _), (later, index) in pairwise(steps):
            if _is_cheaper(later, earlier):
                sentence = f"{_of(below)}Cancelling later would cost less than cancelling before."
                raise Invalid("tier_cheaper", sentence, field=f"tiers-{index}-penalty")


def policy_sentences(*, policy: CancellationPolicy, tiers: Iterable[CancellationTier], language: str) -> list[str]:
    """Return a policy in words, one text for each group of lead times, the general one first."""
    rows = list(tiers)
    said = []
    for below in sorted({row.booked_days_below for row in rows}, key=lambda days: -1 if days is None else days):
        terms = terms_for(policy=policy, tiers=rows, lead_days=MOST_DAYS * 10 if below is None else below - 1)
        zone = ZoneInfo(policy.property.time_zone)
        currency = policy.property.currency
        text = " ".join(sentences(terms, arrival=None, zone=zone, currency=currency, language=language))
        said.append(text if below is None else f"{_booked(below, language)} {text}")
    return said


@transaction.atomic
def payment_terms_save(*, terms: PaymentTerms, actor: Actor) -> PaymentTerms:
    """Create or change payment terms. Bookings keep the terms they were sold with.

    Locks the property. Raises ValidationError, Invalid `code_taken`, `deposit_number`, `deposit_number_missing`,
    `deposit_after_balance`, `too_far`, `absurd_amount`.
    """
    lock(Property.objects.filter(pk=terms.property_id))
    code_require_free(terms)
    for field, kind, value in (
        ("percent", Deposit.PERCENT, terms.percent),
        ("amount", Deposit.AMOUNT, terms.amount_minor),
    ):
        if terms.deposit == kind and not value:
            raise Invalid("deposit_number_missing", "Say how much.", field=field)
        if terms.deposit != kind and value is not None:
            sentence = f"A deposit of “{Deposit(terms.deposit).label.lower()}” has no such number."
            raise Invalid("deposit_number", sentence, field=field)
    if terms.percent is not None and not 0 < terms.percent <= 100:
        raise Invalid("deposit_number", "A deposit is up to 100 per cent.", field="percent")
    amount_require(terms.amount_minor, currency=terms.property.currency, field="amount")
    for field in ("deposit_days_before", "balance_days_before"):
        if (getattr(terms, field) or 0) > MOST_DAYS:
            raise Invalid("too_far", f"At most {MOST_DAYS} days before arrival.", field=field)
    if terms.deposit == Deposit.NONE and terms.deposit_days_before is not None:
        raise Invalid("deposit_number", "There is no deposit that could be due.", field="deposit_days_before")
    deposit, balance = terms.deposit_days_before, terms.balance_days_before
    if deposit is not None and balance is not None and deposit < balance:
        sentence = "The deposit would be due after the rest."
        raise Invalid("deposit_after_balance", sentence, field="deposit_days_before")
    row_save(terms, subject="payment_terms", code=terms.code, property=terms.property, actor=actor)
    return terms


def _penalty_require(tier: CancellationTier, index: int, currency: str) -> None:
    for penalty, column in _NUMBERS.items():
        field, value = column.removesuffix("_minor"), getattr(tier, column)
        if tier.penalty == penalty and not value:
            raise Invalid("tier_number_missing", "Say how many or how much.", field=f"tiers-{index}-{field}")
        if tier.penalty != penalty and value is not None:
            label = Penalty(tier.penalty).label.lower()
            raise Invalid("tier_number", f"A penalty of “{label}” has no such number.", field=f"tiers-{index}-{field}")
    if tier.percent is not None and not 0 < tier.percent <= 100:
        raise Invalid("tier_number", "A penalty is up to 100 per cent of the stay.", field=f"tiers-{index}-percent")
    if (tier.nights or 0) > MOST_NIGHTS:
        raise Invalid("tier_number", f"A penalty is at most {MOST_NIGHTS} nights.", field=f"tiers-{index}-nights")
    if tier.amount_minor is not None:
        amount_require(tier.amount_minor, currency=currency, field=f"tiers-{index}-amount")
    if tier.is_no_show and tier.days_before is not None:
        sentence = "Not coming has no number of days before arrival."
        raise Invalid("no_show_has_days", sentence, field=f"tiers-{index}-days_before")
    for field in ("days_before", "booked_days_below"):
        if (getattr(tier, field) or 0) > MOST_DAYS:
            raise Invalid("tier_too_far", f"At most {MOST_DAYS} days before arrival.", field=f"tiers-{index}-{field}")
    if tier.booked_days_below == 0:
        sentence = "No booking is made less than 0 days before arrival; leave it empty."
        raise Invalid("tier_number", sentence, field=f"tiers-{index}-booked_days_below")


def _gaps_require(tiers: Sequence[CancellationTier], hour: time) -> None:
    """Every group needs the step from the sale on, and bookings of every lead time a group."""
    steps = [tier for tier in tiers if not tier.is_no_show]
    groups = {tier.booked_days_below for tier in tiers}
    if not steps:
        sentence = "No day has a rule: add a step that holds from the sale on (without days)."
        raise Invalid("policy_gap", sentence, field="tiers")
    for below in sorted(groups, key=lambda days: -1 if days is None else days):
        group = [tier for tier in steps if tier.booked_days_below == below]
        if any(tier.days_before is None for tier in group):
            continue
        if not group:
            without = "Every day is without a rule"
        else:
            first = max(tier.days_before or 0 for tier in group)
            until = "on the day of arrival" if first == 0 else f"{first} day{'s' * (first != 1)} before arrival"
            without = f"The days from the sale until {hour:%H:%M} {until} are without a rule"
        sentence = f"{_of(below)}{without}: add a step that holds from the sale on (without days)."
        raise Invalid("policy_gap", sentence, field="tiers")
    if None not in groups:
        most = max(below for below in groups if below is not None)
        sentence = (
            f"Bookings made {most} days before arrival or earlier are without a rule: "
            "add a step that holds from the sale on for every booking."
        )
        raise Invalid("policy_gap", sentence, field="tiers")


def _is_cheaper(later: CancellationTier, earlier: CancellationTier) -> bool:
    """Return whether the later step costs less for every stay; unlike penalties are not compared."""
    if earlier.penalty == Penalty.NONE or later.penalty == Penalty.FULL:
        return False
    if later.penalty == Penalty.NONE or earlier.penalty == Penalty.FULL:
        return not (later.penalty == Penalty.PERCENT and later.percent == 100)
    if later.penalty != earlier.penalty:
        return False
    column = _NUMBERS[Penalty(later.penalty)]
    return bool(getattr(later, column) < getattr(earlier, column))


def _of(below: int | None) -> str:
    return "" if below is None else f"Bookings made less than {below} day{'s' * (below != 1)} before arrival: "


def _written(tier: CancellationTier) -> tuple[str, ...]:
    percent = None if tier.percent is None else Decimal(tier.percent).normalize()
    values = (tier.booked_days_below, tier.is_no_show, tier.days_before, tier.penalty, tier.nights, percent)
    return (*(str(value) for value in values), str(tier.amount_minor))


def _booked(below: int, language: str) -> str:
    """Return how a group of lead times is introduced."""
    if language == "lt":
        return f"Užsakius vėliau nei likus {below} d. iki atvykimo:"
    if language == "de":
        return f"Bei Buchung weniger als {below} Tag{'e' * (below != 1)} vor der Anreise:"
    return f"Booked less than {below} day{'s' * (below != 1)} before arrival:"
