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


class Row(NamedTuple):
    """The prices of a pair: that of night i is `values[where[i]]`, computed on the night `nights[where[i]]`.

    Nights that differ in nothing share a value: a year has few kinds of nights.
    """

    values: list[Priced | None]
    where: Sequence[int]
    nights: Sequence[int]

    def by_night(self) -> list[Priced | None]:
        """Return the prices in the order of nights; None where there is none (T24)."""
        values = self.values
        return [values[place] for place in self.where]


class Path(NamedTuple):
    """The rules that a pair's nights meet, by the kinds of nights: the day's rule and the guests' supplements."""

    where: Sequence[int]
    nights: Sequence[int]
    of_day: Sequence[Rule | None]
    guests: Sequence[Sequence[Supplement]]
    single: Rule | None
    of_stay: Sequence[tuple[Rule, str]]


class Nights:
    """The prices of some nights for a party, by plan and type, each computed once.

    Without `length` and `lead_days` (calendars) the steps that ask for them are left out. With `recording` every night
    is computed by itself and its steps are kept; the arithmetic is the same.
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
        self._rows: dict[tuple[int, int], Row] = {}
        self._least: dict[tuple[int, int], int | None] = {}
        self._paths: dict[tuple[int, int, int, bool], Path] = {}
        self._days = days
        self._position = {day: index for index, day in enumerate(days)}
        self._seasons = [snapshot.season(day) for day in days] if snapshot.seasons else [None] * len(days)
        self._ages = [party.ages_of_children(day) for day in days]

    def of(self, plan_id: int, type_id: int) -> Row:
        """Return the prices of a pair."""
        key = (plan_id, type_id)
        row = self._rows.get(key)
        if row is None:
            # Should a parent ever be its own child, there is no price rather than no end.
            self._rows[key] = Row([None], [0] * len(self._days), [0])
            self.steps[key] = [[] for _ in self._days] if self.recording else []
            self._rows[key] = row = self._compute(plan_id, type_id)
        return row

    def at_least(self, plan_id: int, type_id: int) -> int | None:
        """Return what all nights of a pair together do not cost less than; None where one has no price (T24).

        The sum itself, but for plans that no rule and no price of their own tells apart from their parent: there it is
        reckoned from the parent's, less by what rounding each night can add.
        """
        key = (plan_id, type_id)
        if key not in self._least:
            self._least[key] = self._at_least(key)
        return self._least[key]

    def _at_least(self, key: tuple[int, int]) -> int | None:
        plan_id, type_id = key
        plan = self.snapshot.plans[plan_id]
        parent_id = plan.price_parent
        apart = plan_id in self.snapshot.ruled_plans or key in self.snapshot.manual
        if parent_id is None or apart or key in self._rows:
            row = self.of(plan_id, type_id)
            values, total = row.values, 0
            for place in row.where:
                priced = values[place]
                if priced is None:
                    return None
                total += priced.price
            return total
        self._least[key] = None  # should a parent ever be its own child
        above = self.at_least(parent_id, type_id)
        return None if above is None else lowest(above, plan.derive_percent, plan.derive_minor, len(self._days))

    def _compute(self, plan_id: int, type_id: int) -> Row:
        plan = self.snapshot.plans[plan_id]
        parent_id = plan.price_parent
        if parent_id is None:
            path = self._path(plan_id, type_id, named=False)
            values = []
            for kind, night in enumerate(path.nights):
                at = (plan_id, type_id, night)
                start = self._base(at)
                values.append(None if start is None else self._ruled(at, start, path, kind))
            row = Row(values, path.where, path.nights)
        else:
            row = self._derived(plan, type_id, self.of(parent_id, type_id))
        manual = self.snapshot.manual.get((plan_id, type_id))
        return row if manual is None else self._with_manual(row, plan_id, type_id, manual)

    def _derived(self, plan: PlanFacts, type_id: int, above: Row) -> Row:
        """Compute step 2 and what follows it: only rules that name the plan."""
        if plan.id not in self.snapshot.ruled_plans and not self.recording:
            prices = [
                priced and max(0, changed(priced.price, plan.derive_percent) + plan.derive_minor)
                for priced in above.values
            ]
            return Row([None if price is None else Priced(price, price) for price in prices], above.where, above.nights)
        path = self._path(plan.id, type_id, named=True)
        if len(path.nights) == 1:
            kinds, where, nights = [(place, 0) for place in range(len(above.values))], above.where, above.nights
        else:
            places: dict[tuple[int, int], int] = {}
            where = [places.setdefault(both, len(places)) for both in zip(above.where, path.where, strict=True)]
            kinds = list(places)
            nights = [where.index(place) for place in range(len(kinds))]
        values: list[Priced | None] = []
        for (place, kind), night in zip(kinds, nights, strict=True):
            parent = above.values[place]
            if parent is None:
                values.append(None)
                continue
            at = (plan.id, type_id, night)
            price = max(0, changed(parent.price, plan.derive_percent) + plan.derive_minor)
            if self.recording and plan.parent_id is not None:
                self.steps[at[:2]][night].extend(self.steps[plan.parent_id, type_id][night])
                label = f"{plan.name}, from {self.snapshot.plans[plan.parent_id].name}"
                change = spoken(plan.derive_percent or None, plan.derive_minor, self.snapshot.property.currency)
                self._tell(at, PriceStep("derived", label, change, price, f"plan:{plan.code}"))
            values.append(self._ruled(at, price, path, kind))
        return Row(values, where, nights)

    def _with_manual(self, row: Row, plan_id: int, type_id: int, manual: dict[date, Manual]) -> Row:
        """Put in what a person set for single days (step 1): steps 2 to 5, 8 and 9 are not for these."""
        values, where, nights = list(row.values), list(row.where), list(row.nights)
        position, path = self._position, self._path(plan_id, type_id, named=False)
        for day, own in manual.items():
            night = position.get(day)
            if night is None:
                continue
            at = (plan_id, type_id, night)
            price = own.price_minor
            if self.recording:
                self.steps[at[:2]][night].clear()
                self._tell(at, PriceStep("daily", "Price of the day", "", price, "daily"))
            if not own.all_in:
                price = self._occupied(at, price, path, path.where[night])
            where[night] = len(values)
            values.append(Priced(price, price))
            nights.append(night)
        return Row(values, where, nights)

    def _path(self, plan_id: int, type_id: int, *, named: bool) -> Path:
        """Return the rules of a pair; pairs that no rule tells apart share them."""
        snapshot = self.snapshot
        key = (
            plan_id if plan_id in snapshot.ruled_plans else 0,
            type_id if type_id in snapshot.ruled_types else 0,
            snapshot.types[type_id].base_occupancy,
            named,
        )
        path = self._paths.get(key)
        if path is None:
            path = self._paths[key] = self._resolve(plan_id, type_id, named=named)
        return path

    def _resolve(self, plan_id: int, type_id: int, *, named: bool) -> Path:
        rule, base = self.snapshot.rule, self.snapshot.types[type_id].base_occupancy
        weekend = self.snapshot.property.weekend_nights
        of_weekday: dict[int, Rule | None] = {}
        for weekday in range(1, 8):
            of_day = rule(PriceRuleKind.WEEKDAY, plan_id, type_id, weekday, named=named)
            if of_day is None and weekday in weekend:
                of_day = rule(PriceRuleKind.WEEKEND, plan_id, type_id, 0, named=named)
            of_weekday[weekday] = of_day
        places: dict[object, int] = {}
        where: list[int] = []
        nights: list[int] = []
        for index, day in enumerate(self._days):
            of_day, season = of_weekday[day.isoweekday()], None if named else self._seasons[index]
            alike = (of_day and of_day.id, season and season.code, self._ages[index], self.recording and index)
            place = places.setdefault(alike, len(places))
            if place == len(nights):
                nights.append(index)
            where.append(place)
        of_ages = {ages: self._of_guests(plan_id, type_id, ages, named=named) for ages in set(self._ages)}
        is_single = self.party.adults == 1 and not self.party.children and base > 1
        of_stay = []
        for what, number, words, unit in (
            (PriceRuleKind.LENGTH_OF_STAY, self.length, "Stay of {}", "night"),
            (PriceRuleKind.LEAD_TIME, self.lead_days, "Booked {} ahead", "day"),
        ):
            found = None if number is None else rule(what, plan_id, type_id, number, named=named)
            if found is not None and number is not None:
                of_stay.append((found, words.format(counted(number, unit))))
        return Path(
            where=where,
            nights=nights,
            of_day=[of_weekday[self._days[night].isoweekday()] for night in nights],
            guests=[of_ages[self._ages[night]] for night in nights],
            single=rule(PriceRuleKind.SINGLE, plan_id, type_id, 0, named=named) if is_single else None,
            of_stay=of_stay,
        )

    def _base(self, at: Place) -> int | None:
        """Compute step 3."""
        season = self._seasons[at[2]]
        base = self.snapshot.base.get(at[:2])
        own = None if season is None else season.prices.get(at[:2])
        if season is not None and own is not None:
            if self.recording:
                self._tell(at, PriceStep("season", f"{season.name}: its own price", "", own, f"season:{season.code}"))
            return own
        if base is None:
            return None
        if self.recording:
            self._tell(at, PriceStep("base", "Base price", "", base, "base"))
        if season is None or not season.percent:
            return base
        price = changed(base, season.percent)
        if self.recording:
            change = spoken(season.percent, 0, self.snapshot.property.currency)
            self._tell(at, PriceStep("season", season.name, change, price, f"season:{season.code}"))
        return price

    def _ruled(self, at: Place, price: int, path: Path, kind: int) -> Priced:
        """Compute steps 4 to 9."""
        of_day = path.of_day[kind]
        if of_day is not None:
            price = self._apply(at, price, of_day, self._label(of_day, at[2]) if self.recording else "")
        full = price = self._occupied(at, price, path, kind)
        for rule, label in path.of_stay:
            price = self._apply(at, price, rule, label)
        return Priced(price, full)

    def _occupied(self, at: Place, price: int, path: Path, kind: int) -> int:
        """Compute steps 6 and 7."""
        if path.single is not None:
            price = self._apply(at, price, path.single, "Single occupancy")
        guests = path.guests[kind]
        if not guests:
            return price
        total = price
        for rule, who in guests:
            total += rule.amount_minor if rule.percent is None else _share(price, rule.percent)
            if self.recording:
                self._tell_rule(at, max(0, total), rule, who)
        return max(0, total)

    def _of_guests(self, plan_id: int, type_id: int, ages: tuple[int, ...], *, named: bool) -> list[Supplement]:
        """Return what the guests beyond the base occupancy pay: adults, then children from the oldest, then infants."""
        found: list[Supplement] = []
        adults, base = self.party.adults, self.snapshot.types[type_id].base_occupancy
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
        infant = rule(PriceRuleKind.CHILD, plan_id, type_id, 0, named=named) if self.party.infants else None
        if infant is not None:
            found.extend([Supplement(infant, "Infant")] * self.party.infants)
        return found

    def _apply(self, at: Place, price: int, rule: Rule, label: str) -> int:
        price = max(0, price + rule.amount_minor) if rule.percent is None else changed(price, rule.percent)
        if self.recording:
            self._tell_rule(at, price, rule, label)
        return price

    def _label(self, of_day: Rule, night: int) -> str:
        return "Weekend" if of_day.kind == PriceRuleKind.WEEKEND else f"{self._days[night]:%A}"

    def _tell_rule(self, at: Place, price: int, rule: Rule, label: str) -> None:
        change = spoken(rule.percent, rule.amount_minor, self.snapshot.property.currency)
        self._tell(at, PriceStep(rule.kind, label, change, price, f"rule:{rule.id}"))

    def _tell(self, at: Place, step: PriceStep) -> None:
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


def lowest(total: int, percent: int, amount_minor: int, nights: int) -> int:
    """Return what so many nights of a total do not cost less than after each is changed by percent and by an amount."""
    return max(0, total * (FULL + percent) // FULL + nights * (amount_minor - 1))


def _share(price: int, percent: int) -> int:
    """Return a percentage of a price, rounded half away from zero."""
    amount = price * abs(percent)
    rounded = (amount + HALF) // FULL
    return rounded if percent >= 0 else -rounded
