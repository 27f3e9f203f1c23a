"""What a night costs, step by step (docs/rates.md). Pure: whole numbers from a snapshot, no question to anybody."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from billing.taxes.party import Party
from bookings.rates.enums import PriceRuleKind, Source
from bookings.rates.quoting import PriceStep
from bookings.rates.snapshot import FULL, Manual, PlanFacts, Rule, Snapshot
from bookings.rates.told import counted, spoken

HALF = FULL // 2
#: A night of a pair: plan, type, position of the night.
Place = tuple[int, int, int]


class Priced(NamedTuple):
    """A night's price after steps 1 to 9, and after step 7: what its parts are weighed by."""

    price: int
    full: int


class Supplement(NamedTuple):
    """What one guest beyond the base occupancy pays, and which guest that is."""

    rule: Rule
    who: str


class Nights:
    """The prices of some nights for a party, by plan and type, each computed once.

    Without `length` and `lead_days` (calendars) the steps that ask for them are left out. With `recording` the steps
    are kept too; the arithmetic is the same.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        days: Sequence[date],
        party: Party,
        length: int | None = None,
        lead_days: int | None = None,
        recording: bool = False,
    ) -> None:
        self.snapshot = snapshot
        self.party = party
        self.length = length
        self.lead_days = lead_days
        self.recording = recording
        self.steps: dict[tuple[int, int], list[list[PriceStep]]] = {}
        self._priced: dict[tuple[int, int], list[Priced | None]] = {}
        self._days = days
        self._weekdays = [day.isoweekday() for day in self._days]
        self._seasons = [snapshot.season(day) for day in self._days] if snapshot.seasons else [None] * len(self._days)
        weekend = snapshot.property.weekend_nights
        self._weekend = [weekday in weekend for weekday in self._weekdays]
        self._ages = [party.ages_of_children(day) for day in self._days]
        self._supplements: dict[tuple[int, int, bool, tuple[int, ...]], list[Supplement]] = {}

    def of(self, plan_id: int, type_id: int) -> list[Priced | None]:
        """Return the prices of the asked nights in order; None where there is none (T24)."""
        key = (plan_id, type_id)
        found = self._priced.get(key)
        if found is None:
            # Should a parent ever be its own child, there is no price rather than no end.
            self._priced[key] = [None] * len(self._days)
            self.steps[key] = [[] for _ in self._days]
            self._priced[key] = found = self._compute(plan_id, type_id)
        return found

    def _compute(self, plan_id: int, type_id: int) -> list[Priced | None]:
        plan = self.snapshot.plans[plan_id]
        parent_id = plan.price_parent
        above = None if parent_id is None else self.of(parent_id, type_id)
        manual = self.snapshot.manual.get((plan_id, type_id))
        once: dict[tuple[int, int, bool, tuple[int, ...]], Priced] = {}
        priced: list[Priced | None] = []
        for index, day in enumerate(self._days):
            at = (plan_id, type_id, index)
            own = manual.get(day) if manual else None
            if own is not None:
                priced.append(self._manual(at, own))
                continue
            start = self._base(at) if above is None else self._derived(at, plan, above[index])
            if start is None:
                priced.append(None)
                continue
            same = (start, self._weekdays[index], self._weekend[index], self._ages[index])
            result = None if self.recording else once.get(same)
            if result is None:
                result = once[same] = self._ruled(at, start, named=above is not None)
            priced.append(result)
        return priced

    def _manual(self, at: Place, manual: Manual) -> Priced:
        price = manual.price_minor
        self._tell(at, PriceStep("daily", "Price of the day", "", price, "daily"))
        if not manual.all_in:
            price = self._occupied(at, price, named=False)
        return Priced(price, price)

    def _derived(self, at: Place, plan: PlanFacts, above: Priced | None) -> int | None:
        if above is None or plan.parent_id is None:
            return None
        price = max(0, changed(above.price, plan.derive_percent) + plan.derive_minor)
        if self.recording:
            self.steps[at[:2]][at[2]].extend(self.steps[plan.parent_id, at[1]][at[2]])
            label = f"{plan.name}, from {self.snapshot.plans[plan.parent_id].name}"
            change = spoken(plan.derive_percent or None, plan.derive_minor, self.snapshot.property.currency)
            self._tell(at, PriceStep("derived", label, change, price, f"plan:{plan.code}"))
        return price

    def _base(self, at: Place) -> int | None:
        season = self._seasons[at[2]]
        base = self.snapshot.base.get(at[:2])
        own = None if season is None else season.prices.get(at[:2])
        if season is not None and own is not None:
            self._tell(at, PriceStep("season", f"{season.name}: its own price", "", own, f"season:{season.code}"))
            return own
        if base is None:
            return None
        self._tell(at, PriceStep("base", "Base price", "", base, "base"))
        if season is None or not season.percent:
            return base
        price = changed(base, season.percent)
        if self.recording:
            change = spoken(season.percent, 0, self.snapshot.property.currency)
            self._tell(at, PriceStep("season", season.name, change, price, f"season:{season.code}"))
        return price

    def _ruled(self, at: Place, price: int, *, named: bool) -> Priced:
        """Apply steps 4 to 9 to a price."""
        plan_id, type_id, index = at
        rule = self.snapshot.rule
        of_day = rule(PriceRuleKind.WEEKDAY, plan_id, type_id, self._weekdays[index], named=named)
        label = f"{self._days[index]:%A}" if self.recording else ""
        if of_day is None and self._weekend[index]:
            of_day, label = rule(PriceRuleKind.WEEKEND, plan_id, type_id, 0, named=named), "Weekend"
        if of_day is not None:
            price = self._apply(at, price, of_day, label)
        full = price = self._occupied(at, price, named=named)
        for what, number, words in (
            (PriceRuleKind.LENGTH_OF_STAY, self.length, "Stay of {}"),
            (PriceRuleKind.LEAD_TIME, self.lead_days, "Booked {} ahead"),
        ):
            of_stay = None if number is None else rule(what, plan_id, type_id, number, named=named)
            if of_stay is not None and number is not None:
                unit = "night" if what == PriceRuleKind.LENGTH_OF_STAY else "day"
                price = self._apply(at, price, of_stay, words.format(counted(number, unit)))
        return Priced(price, full)

    def _occupied(self, at: Place, price: int, *, named: bool) -> int:
        """Apply steps 6 and 7 to a price."""
        plan_id, type_id, index = at
        if self.party.adults == 1 and not self.party.children:
            single = None
            if self.snapshot.types[type_id].base_occupancy > 1:
                single = self.snapshot.rule(PriceRuleKind.SINGLE, plan_id, type_id, 0, named=named)
            if single is not None:
                price = self._apply(at, price, single, "Single occupancy")
        total = price
        for rule, who in self._of_guests(plan_id, type_id, self._ages[index], named=named):
            total += rule.amount_minor if rule.percent is None else _share(price, rule.percent)
            self._tell_rule(at, max(0, total), rule, who)
        return max(0, total)

    def _of_guests(self, plan_id: int, type_id: int, ages: tuple[int, ...], *, named: bool) -> list[Supplement]:
        """Return what the guests beyond the base occupancy pay: adults, then children from the oldest, then infants."""
        key = (plan_id, type_id, named, ages)
        found = self._supplements.get(key)
        if found is not None:
            return found
        found = self._supplements[key] = []
        adults, base = self.party.adults, self.snapshot.types[type_id].base_occupancy
        if adults + len(ages) <= base and not self.party.infants:
            return found
        rule = self.snapshot.rule
        beyond = max(0, adults - base)
        for number in range(1, beyond + 1):
            extra = rule(PriceRuleKind.EXTRA_ADULT, plan_id, type_id, number, named=named)
            if extra is not None:
                found.append(Supplement(extra, f"Adult {base + number}"))
        for age in sorted(ages, reverse=True)[max(0, base - adults) :]:
            child = rule(PriceRuleKind.CHILD, plan_id, type_id, age, named=named)
            if child is None:
                beyond += 1
                child = rule(PriceRuleKind.EXTRA_ADULT, plan_id, type_id, beyond, named=named)
            if child is not None:
                found.append(Supplement(child, f"Child of {age}"))
        infant = rule(PriceRuleKind.CHILD, plan_id, type_id, 0, named=named)
        if infant is not None:
            found.extend([Supplement(infant, "Infant")] * self.party.infants)
        return found

    def _apply(self, at: Place, price: int, rule: Rule, label: str) -> int:
        price = max(0, price + rule.amount_minor) if rule.percent is None else changed(price, rule.percent)
        self._tell_rule(at, price, rule, label)
        return price

    def _tell_rule(self, at: Place, price: int, rule: Rule, label: str) -> None:
        if self.recording:
            change = spoken(rule.percent, rule.amount_minor, self.snapshot.property.currency)
            self._tell(at, PriceStep(rule.kind, label, change, price, f"rule:{rule.id}"))

    def _tell(self, at: Place, step: PriceStep) -> None:
        if self.recording:
            plan_id, type_id, index = at
            self.steps[plan_id, type_id][index].append(step)


def marked_up(plan: PlanFacts, price: int) -> int:
    """Apply step 10 to a price: the mark-up or mark-down of the plan that is sold, at the source."""
    channel = plan.channel
    if channel is None:
        return price
    return max(0, changed(price, channel.percent) + channel.amount_minor)


def mark_up_step(plan: PlanFacts, source: Source, price: int, currency: str) -> PriceStep | None:
    """Return step 10 as it is told; None where nothing changes."""
    channel = plan.channel
    if channel is None or not (channel.percent or channel.amount_minor):
        return None
    change = spoken(channel.percent or None, channel.amount_minor, currency)
    return PriceStep("channel", f"Sold at {source.label}", change, price, f"channel:{source.value}")


def changed(price: int, percent: int) -> int:
    """Return a price changed by a percentage from -100 on, rounded half up."""
    return (price * (FULL + percent) + HALF) // FULL


def _share(price: int, percent: int) -> int:
    """Return a percentage of a price, rounded half away from zero."""
    amount = price * abs(percent)
    rounded = (amount + HALF) // FULL
    return rounded if percent >= 0 else -rounded
