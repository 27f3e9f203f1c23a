"""Cancellation and payment terms as rules: deadlines, fees, what is due when, and the snapshot kept on a reservation.

Pure computation, no query. Deadlines are property-local wall times turned into UTC instants, and only instants are
compared (T46): a moment after arrival is simply after the last deadline. The sentences are in `wording`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bookings.rates import wording
from bookings.rates.enums import Deposit, Penalty
from bookings.rates.models import CancellationPolicy, CancellationTier, PaymentTerms
from bookings.rates.quoting import CancellationTerms, PaymentStep, Terms, TierTerms
from bookings.rates.snapshot import PolicyFacts, TermsFacts, TierFacts
from pms.kernel.dates import local_instant
from pms.kernel.money import Money, round_half_up

#: A policy, a step of it and terms of payment, from the table or from a snapshot.
Policy = CancellationPolicy | PolicyFacts
Step = CancellationTier | TierFacts
Paying = PaymentTerms | TermsFacts
_FREE = TierTerms(None, Penalty.NONE.value)


def terms_for(*, policy: Policy | None, tiers: Iterable[Step], lead_days: int) -> CancellationTerms:
    """Return the terms of `policy` for a sale `lead_days` days before arrival; no policy is free until arrival.

    Tiers are grouped by `booked_days_below`: the group with the smallest number above `lead_days` holds, else the one
    without a number. What not coming costs is found the same way among the no-show rows. `tiers` are those of the
    policy, in any order.
    """
    if policy is None:
        return CancellationTerms()
    rows = list(tiers)
    steps = _group([row for row in rows if not row.is_no_show], lead_days)
    no_show = _group([row for row in rows if row.is_no_show], lead_days)
    return CancellationTerms(
        code=policy.code,
        name=policy.name,
        deadline_time=policy.deadline_time.strftime("%H:%M"),
        deadline_moves=policy.deadline_moves,
        tiers=_complete(_tier(row) for row in steps),
        no_show=_tier(no_show[0]) if no_show else None,
    )


def deadlines(
    terms: CancellationTerms, *, arrival: date, zone: ZoneInfo
) -> tuple[tuple[datetime | None, TierTerms], ...]:
    """Return each tier with the UTC instant from which on it holds, in order; None is from the sale on.

    `terms.deadline_time` is wall time in `zone`; a time that clocks skip moves forward, one that comes twice is the
    first (T6).
    """
    wall = time.fromisoformat(terms.deadline_time)
    return tuple((_begins(tier, arrival, wall, zone), tier) for tier in _complete(terms.tiers))


def tier_at(terms: CancellationTerms, *, arrival: date, zone: ZoneInfo, at: datetime) -> TierTerms:
    """Return the one tier that holds at the instant `at`: the last that has begun."""
    held = _FREE
    for begins, tier in deadlines(terms, arrival=arrival, zone=zone):
        if begins is None or begins <= at:
            held = tier
    return held


def free_until(terms: CancellationTerms, *, arrival: date, zone: ZoneInfo) -> datetime | None:
    """Return the UTC instant before which cancelling costs nothing; None when it costs something from the sale on.

    Terms that never cost anything are free until the deadline's hour on the day of arrival, and after it too.
    """
    for begins, tier in deadlines(terms, arrival=arrival, zone=zone):
        if tier.penalty != Penalty.NONE:
            return begins
    return local_instant(arrival, time.fromisoformat(terms.deadline_time), zone)


def cancellation_fee(
    terms: CancellationTerms,
    *,
    arrival: date,
    zone: ZoneInfo,
    at: datetime,
    nights: Sequence[int],
    total_minor: int,
    currency: str,
) -> int:
    """Return what cancelling at the UTC instant `at` costs, minor units of `currency`, never more than `total_minor`.

    `nights` are the prices of the nights in order as they were sold, discounts inside (T47); `arrival` is the one the
    deadlines were promised for (`deadline_arrival`).
    """
    return _penalty(tier_at(terms, arrival=arrival, zone=zone, at=at), nights, total_minor, currency)


def no_show_fee(terms: CancellationTerms, *, nights: Sequence[int], total_minor: int, currency: str) -> int:
    """Return what not coming costs, minor units of `currency`: its own rule, else cancelling at the last moment."""
    return _penalty(terms.no_show or _complete(terms.tiers)[-1], nights, total_minor, currency)


def deadline_arrival(terms: CancellationTerms, *, sold_for: date, arrival: date) -> date:
    """Return the arrival that deadlines count from after a change: the one sold, unless the policy moves them (T48)."""
    return arrival if terms.deadline_moves else sold_for


def payment_steps(
    terms: Paying | None,
    *,
    arrival: date,
    sold_on: date,
    nights: Sequence[int],
    total_minor: int,
    at_property_minor: int,
) -> tuple[PaymentStep, ...]:
    """Return what is paid when; the steps sum to `total_minor` exactly.

    `at_property_minor` is a part of the total that nobody pays in advance (a city tax on the spot). A deposit is never
    more than the rest. What is due on `sold_on` (property-local) or before it is due now. No terms: all at the property.
    """
    ahead = total_minor - at_property_minor
    deposit = 0 if terms is None else min(ahead, _deposit(terms, nights, total_minor))
    steps = []
    if terms is not None and deposit:
        steps.append(_step("deposit", terms.deposit_days_before, deposit, arrival, sold_on, unset=sold_on))
    rest = ahead - deposit
    if terms is not None and terms.balance_days_before is not None and rest:
        steps.append(_step("balance", terms.balance_days_before, rest, arrival, sold_on, unset=arrival))
        rest = 0
    if rest + at_property_minor:
        steps.append(PaymentStep("balance", None, rest + at_property_minor))
    return tuple(steps)


def sentences(
    terms: CancellationTerms,
    *,
    arrival: date | None,
    zone: ZoneInfo,
    currency: str,
    language: str,
    at: datetime | None = None,
) -> tuple[str, ...]:
    """Return the terms as sentences in English, Lithuanian or German ("lt", "de-AT"; anything else is English).

    Without an arrival for a plan in general ("two days before arrival"), with one for a booking (dates and times in
    `zone`); with `at` only what holds from that instant on. The second sentence is about not coming, where it differs.
    """
    speech = wording.speech_in(language)
    first, later = _FREE, list[wording.Step]()
    wall = time.fromisoformat(terms.deadline_time)
    for tier in _complete(terms.tiers):
        begins = None if arrival is None else _begins(tier, arrival, wall, zone)
        if tier.days_before is None or (at is not None and begins is not None and begins <= at):
            first, later = tier, []
        elif not _same_penalty(later[-1][1] if later else first, tier):
            moment = wording.DaysBefore(tier.days_before, wall) if begins is None else begins.astimezone(zone)
            later.append((moment, tier))
    said = [speech.cancelling(first, later, currency)]
    last = later[-1][1] if later else first
    if terms.no_show is not None and not _same_penalty(terms.no_show, last):
        said.append(speech.not_coming(terms.no_show, currency))
    return tuple(said)


def as_json(terms: CancellationTerms) -> Terms:
    """Return the terms as a reservation keeps them (T47)."""
    return {
        "code": terms.code,
        "name": terms.name,
        "deadline_time": terms.deadline_time,
        "deadline_moves": terms.deadline_moves,
        "tiers": [_tier_as_json(tier) for tier in terms.tiers],
        "no_show": None if terms.no_show is None else _tier_as_json(terms.no_show),
    }


def from_json(kept: Terms) -> CancellationTerms:
    """Return the terms that `as_json` wrote; nothing kept is free until arrival."""
    if not kept:
        return CancellationTerms()
    no_show = kept["no_show"]
    return CancellationTerms(
        code=kept["code"],
        name=kept["name"],
        deadline_time=kept["deadline_time"],
        deadline_moves=kept["deadline_moves"],
        tiers=tuple(TierTerms(**tier) for tier in kept["tiers"]),
        no_show=None if no_show is None else TierTerms(**no_show),
    )


def steps_as_json(steps: Iterable[PaymentStep]) -> list[Terms]:
    """Return payment steps as a reservation keeps them."""
    return [
        {
            "kind": step.kind,
            "due_on": None if step.due_on is None else step.due_on.isoformat(),
            "amount_minor": step.amount_minor,
            "due_now": step.due_now,
        }
        for step in steps
    ]


def steps_from_json(kept: Iterable[Terms]) -> tuple[PaymentStep, ...]:
    """Return the payment steps that `steps_as_json` wrote."""
    return tuple(
        PaymentStep(
            step["kind"],
            None if step["due_on"] is None else date.fromisoformat(step["due_on"]),
            step["amount_minor"],
            step["due_now"],
        )
        for step in kept
    )


def _group(rows: list[Step], lead_days: int) -> list[Step]:
    below = {row.booked_days_below for row in rows}
    fits = min((days for days in below if days is not None and days > lead_days), default=None)
    return [row for row in rows if row.booked_days_below == fits]


def _tier(row: Step) -> TierTerms:
    percent = None if row.percent is None else f"{Decimal(row.percent).normalize():f}"
    return TierTerms(row.days_before, str(row.penalty), row.nights, percent, row.amount_minor)


def _complete(tiers: Iterable[TierTerms]) -> tuple[TierTerms, ...]:
    """Return the tiers as they follow each other, the first from the sale on: free where nobody said (never a gap)."""
    ordered = sorted(tiers, key=lambda tier: (tier.days_before is not None, -(tier.days_before or 0)))
    if not ordered or ordered[0].days_before is not None:
        ordered.insert(0, _FREE)
    return tuple(ordered)


def _begins(tier: TierTerms, arrival: date, wall: time, zone: ZoneInfo) -> datetime | None:
    if tier.days_before is None:
        return None
    return local_instant(arrival - timedelta(days=tier.days_before), wall, zone)


def _penalty(tier: TierTerms, nights: Sequence[int], total_minor: int, currency: str) -> int:
    """Return the fee of one tier; every amount, the tier's own too, is in minor units of `currency`."""
    match tier.penalty:
        case Penalty.NIGHTS:
            fee = sum(nights[: tier.nights or 0])
        case Penalty.PERCENT:
            fee = Money(total_minor, currency).percent(Decimal(tier.percent or 0)).minor
        case Penalty.AMOUNT:
            fee = tier.amount_minor or 0
        case Penalty.FULL:
            fee = total_minor
        case _:
            fee = 0
    return max(0, min(fee, total_minor))


def _deposit(terms: Paying, nights: Sequence[int], total_minor: int) -> int:
    match terms.deposit:
        case Deposit.FIRST_NIGHT:
            return nights[0] if nights else 0
        case Deposit.PERCENT:
            return round_half_up(Decimal(total_minor) * (terms.percent or Decimal(0)) / 100)
        case Deposit.AMOUNT:
            return terms.amount_minor or 0
        case Deposit.FULL:
            return total_minor
        case _:
            return 0


def _step(
    kind: str, days_before: int | None, amount_minor: int, arrival: date, sold_on: date, *, unset: date
) -> PaymentStep:
    due = unset if days_before is None else arrival - timedelta(days=days_before)
    return PaymentStep(kind, max(due, sold_on), amount_minor, due_now=due <= sold_on)


def _same_penalty(one: TierTerms, other: TierTerms) -> bool:
    return replace(one, days_before=None) == replace(other, days_before=None)


def _tier_as_json(tier: TierTerms) -> Terms:
    return {
        "days_before": tier.days_before,
        "penalty": tier.penalty,
        "nights": tier.nights,
        "percent": tier.percent,
        "amount_minor": tier.amount_minor,
    }
