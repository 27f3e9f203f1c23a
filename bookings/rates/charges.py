"""Extras and fees of a stay, as lines by day (docs/rates.md). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.taxes.calculation import FeeRule
from billing.taxes.enums import ChargeBasis
from billing.taxes.party import Party
from bookings.rates.quoting import ChargeLine, ExtraWish, Refusal
from bookings.rates.snapshot import ExtraFacts, Snapshot
from bookings.rates.stays import Stay
from bookings.rates.told import day_name
from pms.kernel.money import round_half_up

#: Charged for each night; the others once, on the arrival.
BY_NIGHT = frozenset({ChargeBasis.NIGHT.value, ChargeBasis.PERSON_NIGHT.value})
BY_PERSON = frozenset({ChargeBasis.PERSON.value, ChargeBasis.PERSON_NIGHT.value})


def extras_of(snapshot: Snapshot, stay: Stay, wishes: Sequence[ExtraWish]) -> tuple[list[ChargeLine], list[Refusal]]:
    """Return the lines of the extras that are wished or kept, and what refuses them.

    A wish says what its extra shall be over the whole stay: a line that was sold in the same quantity stays as sold. Of
    what is not wished kept lines stay, and an extra that was sold for every kept night follows the added ones.
    """
    lines, refused = [], []
    sold = {line.key: line for line in stay.kept.charges if line.kind == "extra"} if stay.kept else {}
    for wished in _merged(wishes):
        extra = snapshot.extras.get(wished[0].code)
        if extra is None or extra.retired:
            code = wished[0].code
            refused.append(Refusal("extra_unknown", f"There is no extra {code}.", where="extra", subject=code))
            continue
        for line in _lines(extra, stay, wished):
            before = sold.get(line.key)
            if before is not None and before.quantity == line.quantity:
                lines.append(replace(before, kept=True))
                continue
            lines.append(line)
            taken, limit = extra.days.get(line.date, (0, extra.daily_limit))
            if limit is not None and taken - (before.quantity if before else 0) + line.quantity > limit:
                message = f"{extra.name} is sold out on {day_name(line.date)}: {max(0, limit - taken)} left."
                refused.append(
                    Refusal(
                        "extra_sold_out",
                        message,
                        date=line.date,
                        value=max(0, limit - taken),
                        where="extra",
                        subject=extra.code,
                    )
                )
    codes = {wish.code for wish in wishes}
    lines += _followed(stay, [line for line in sold.values() if line.code not in codes])
    return lines, refused


def fees_of(fees: Sequence[FeeRule], stay: Stay, prices: Mapping[date, int]) -> list[ChargeLine]:
    """Return the fees of the house; `prices` are those of the asked nights. What was sold before is as it was sold."""
    before = _followed(stay, [line for line in stay.kept.charges if line.kind == "fee"]) if stay.kept else []
    kept = [line for line in before if line.kept]
    lines = []
    for fee in fees:
        if fee.basis not in BY_NIGHT:
            if stay.kept is None:
                lines += _fee(fee, stay.arrival, stay.party)
            continue
        for night, price in prices.items():
            lines += _fee(fee, night, stay.party, of_minor=price)
    return kept + lines


def _fee(fee: FeeRule, day: date, party: Party, *, of_minor: int = 0) -> list[ChargeLine]:
    unit = fee.amount_minor
    if unit is None:
        unit = round_half_up(Decimal(of_minor) * (fee.percent or Decimal(0)) / 100)
    quantity = party.count_from(fee.age_from, day) if fee.basis in BY_PERSON else 1
    if not quantity:
        return []
    component = str(fee.component)
    return [ChargeLine("fee", fee.code, fee.name, component, fee.basis, day, quantity, unit, quantity * unit)]


def _merged(wishes: Sequence[ExtraWish]) -> list[list[ExtraWish]]:
    """Return the wishes by extra: two for one code are one extra with two lines' quantity."""
    by_code: dict[str, list[ExtraWish]] = {}
    for wish in wishes:
        by_code.setdefault(wish.code, []).append(wish)
    return list(by_code.values())


def _lines(extra: ExtraFacts, stay: Stay, wishes: Sequence[ExtraWish]) -> Iterator[ChargeLine]:
    days = stay.nights if extra.basis in BY_NIGHT else (stay.arrival,)
    for day in days:
        everybody = stay.party.count_from(extra.age_from, day) if extra.basis in BY_PERSON else 1
        wanted = sum(
            wish.quantity * (everybody if wish.persons is None else min(wish.persons, everybody))
            for wish in wishes
            if extra.basis not in BY_NIGHT or wish.dates is None or day in wish.dates
        )
        quantity = max(0, wanted)
        if quantity:
            yield ChargeLine(
                "extra",
                extra.code,
                extra.name,
                extra.component,
                extra.basis,
                day,
                quantity,
                extra.price_minor,
                quantity * extra.price_minor,
            )


def _followed(stay: Stay, sold: Sequence[ChargeLine]) -> list[ChargeLine]:
    """Return what was sold as it is after a change: once-only lines stay, those by night follow the nights."""
    kept_nights = stay.kept.nights if stay.kept else {}
    lines: list[ChargeLine] = []
    by_code: dict[str, list[ChargeLine]] = {}
    for line in sold:
        if line.basis in BY_NIGHT:
            by_code.setdefault(line.code, []).append(line)
        else:
            # What is charged once belongs to the arrival, wherever it went.
            day = line.date if stay.arrival <= line.date < stay.departure else stay.arrival
            lines.append(replace(line, date=day, kept=True))
    for of_code in by_code.values():
        on = {line.date: line for line in of_code}
        everywhere = all(night in on for night in kept_nights)
        for night in stay.nights:
            if night in kept_nights:
                if night in on:
                    lines.append(replace(on[night], kept=True))
            elif everywhere:
                nearest = min(of_code, key=lambda line: (abs((line.date - night).days), line.date))
                lines.append(replace(nearest, date=night, kept=False))
    return lines
