"""From a snapshot and a stay to offers and refusals: the one computation behind every price. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from billing.taxes.calculation import TaxTotals, tax_lines, tax_totals
from billing.taxes.sums import SumsByPrice, TaxSums
from bookings.rates import charges, limits, promotions
from bookings.rates.lines import ROOM, Lines, SoldNights, charge_items, parts_inside
from bookings.rates.policies import terms_for
from bookings.rates.pricing import Nights, lowest, marked_up
from bookings.rates.quoting import OVERRIDABLE, CancellationTerms, ExtraWish, Offer, Part, Refusal
from bookings.rates.snapshot import PlanFacts, Snapshot, TypeFacts
from bookings.rates.stays import Stay


@dataclass(frozen=True)
class Asking:
    """What is asked beside the stay itself; see offer_for."""

    promo_code: str = ""
    extras: Sequence[ExtraWish] = ()
    prices: Mapping[date, int] | None = None
    override: bool = False
    check_inventory: bool = True


class Sale:
    """One stay under the rules of one snapshot: offers and refusals of any pair of room type and rate plan."""

    def __init__(self, snapshot: Snapshot, stay: Stay, asking: Asking, *, recording: bool = False) -> None:
        self.snapshot = snapshot
        self.stay = stay
        self.asking = asking
        self.nights = Nights(
            snapshot,
            days=stay.asked,
            party=stay.party,
            length=stay.length,
            lead_days=stay.lead_days,
            recording=recording,
        )
        self.limits = limits.Limits(snapshot, stay, check_inventory=asking.check_inventory)
        self.extras, refused = charges.extras_of(snapshot, stay, asking.extras)
        # The prices of a channel or of the desk are taken as they are: no code, nothing restricts them (T67).
        self.given = asking.prices or {}
        self.free = asking.prices is not None
        self.promotion = None if self.free else snapshot.promotion
        self.refused = refused
        if not self.free:
            self.refused = [
                *limits.of_stay(stay),
                *promotions.of_stay(self.promotion, asking.promo_code, stay),
                *refused,
            ]
        self._terms: dict[int | None, CancellationTerms] = {}
        self._left: dict[int, int] = {}
        self._refused: dict[tuple[int, int], list[Refusal]] = {}
        self._inside: dict[int, list[list[Part]] | None] = {}

    def refusals(self, plan: PlanFacts, kind: TypeFacts) -> list[Refusal]:
        """Return every rule that refuses the pair; what refuses all of them is in `refused`. Asked again, it is known."""
        key = (plan.id, kind.id)
        found = self._refused.get(key)
        if found is None:
            found = self._refused[key] = self._refusals(plan, kind)
        return found

    def _refusals(self, plan: PlanFacts, kind: TypeFacts) -> list[Refusal]:
        found: list[Refusal] = []
        if not self.free:
            found = self.limits.refusals(plan, kind)
            if self.asking.override:
                found = [refusal for refusal in found if refusal.code not in OVERRIDABLE]
            wrong = promotions.of_plan(self.promotion, self.stay, plan)
            if wrong is not None:
                found.append(limits.refusal_of(wrong, plan, kind))
        missing = self._missing(plan, kind)
        if missing is not None:
            found.append(limits.no_price(plan, kind, missing))
        return limits.ordered(found)

    def offer(self, plan: PlanFacts, kind: TypeFacts) -> Offer:
        """Return the offer of a pair that nothing refuses."""
        stay, promotion = self.stay, self.promotion
        before, fulls = self.before_promotion(plan, kind)
        prices = before if promotion is None else promotions.discounted(promotion, stay, plan, before)
        lines = Lines(self.snapshot, stay, plan, self.extras, SoldNights(prices, fulls, self.inside(plan.id)))
        sums = self._sums(lines)
        if sums is None:
            room = sum(night.price_minor for night in lines.nights)
            extra = sum(line.amount_minor for line in lines.charges)
            sums = tax_totals(lines.taxes)
        else:
            room, extra = sum(prices), self._once[0]
        left = self._left.get(kind.id)
        if left is None:
            left = self._left[kind.id] = limits.left(self.snapshot, stay, kind)
        included, added, at_property = sums
        lines.total_minor = total = room + extra + added
        lines.at_property_minor = at_property
        return Offer(
            room_type_id=kind.id,
            room_type_code=kind.code,
            room_type_name=kind.name,
            rate_plan_id=plan.id,
            rate_plan_code=plan.code,
            rate_plan_name=plan.name,
            board=plan.board,
            currency=stay.place.currency,
            arrival=stay.arrival,
            departure=stay.departure,
            room_minor=room,
            charges_minor=extra,
            taxes_added_minor=added,
            taxes_included_minor=included,
            at_property_minor=at_property,
            total_minor=total,
            cancellation=self._cancellation(plan),
            available=left,
            lines=lines,
            promo_code=promotion.code if promotion else "",
            promotion_id=promotion.id if promotion else None,
            discount_minor=sum(before) - sum(prices) if promotion else 0,
            lowered=() if self.free else self.limits.lowered(plan, kind),
        )

    def at_least(self, pairs: Sequence[tuple[PlanFacts, TypeFacts]]) -> list[tuple[int, int]]:
        """Return what each pair does not cost less than, with its place among the pairs, the least first.

        Pairs that surely cannot be sold are left out. A restriction may still refuse one, which costs more to find out.
        """
        no_plans, no_types = (set(), set()) if self.free else self.limits.alone(pairs)
        nights, least, surely = len(self.stay.asked), self.nights.at_least, self._surely
        promotion = self.promotion
        found = []
        for place, (plan, kind) in enumerate(pairs):
            if plan.id in no_plans or kind.id in no_types:
                continue
            if self.given:
                found.append((0, place))
                continue
            total = least(plan.id, kind.id)
            if total is None:
                continue
            if plan.channel is not None:
                total = lowest(total, plan.channel.percent, plan.channel.amount_minor, nights)
            if promotion is not None:
                total = lowest(total, -(promotion.percent or 0), 0, nights) - (promotion.amount_minor or 0)
            found.append((total + surely, place))
        found.sort()
        return found

    def _missing(self, plan: PlanFacts, kind: TypeFacts) -> date | None:
        """Return the first night that has no price (T24)."""
        asked, given = self.stay.asked, self.given
        if given and all(night in given for night in asked):
            return None
        row = self.nights.of(plan.id, kind.id)
        if None not in row.values:
            return None
        values, where = row.values, row.where
        return next(
            (night for night, place in zip(asked, where, strict=True) if values[place] is None and night not in given),
            None,
        )

    def before_promotion(self, plan: PlanFacts, kind: TypeFacts) -> tuple[list[int], list[int]]:
        """Return the asked nights' prices after step 10, and those that their parts are weighed by."""
        asked, given = self.stay.asked, self.given
        if given and all(night in given for night in asked):
            prices = [given[night] for night in asked]
            return prices, prices
        row = self.nights.of(plan.id, kind.id)
        # Without a price a night is refused before anybody asks what it costs.
        if plan.channel is None:
            price_of = [0 if value is None else value.price for value in row.values]
        else:
            price_of = [0 if value is None else marked_up(plan, value.price) for value in row.values]
        prices = [price_of[place] for place in row.where]
        if self.inside(plan.id) is None:
            fulls = prices
        else:
            full_of = [0 if value is None else value.full for value in row.values]
            fulls = [full_of[place] for place in row.where]
        if given:
            prices = [given.get(night, price) for night, price in zip(asked, prices, strict=True)]
            fulls = [given.get(night, full) for night, full in zip(asked, fulls, strict=True)]
        return prices, fulls

    def inside(self, plan_id: int) -> list[list[Part]] | None:
        """Return what is inside the price of each asked night besides the room; None: nothing."""
        if plan_id not in self._inside:
            components = self.snapshot.components(plan_id)
            party = self.stay.party
            self._inside[plan_id] = (
                [parts_inside(components, party, night) for night in self.stay.asked] if components else None
            )
        return self._inside[plan_id]

    def _cancellation(self, plan: PlanFacts) -> CancellationTerms:
        if self.stay.kept is not None and self.stay.kept.cancellation is not None:
            return self.stay.kept.cancellation
        policy = plan.policy
        key = policy.id if policy else None
        if key not in self._terms:
            tiers = self.snapshot.tiers.get(key, []) if key is not None else []
            self._terms[key] = terms_for(policy=policy, tiers=tiers, lead_days=self.stay.lead_days)
        return self._terms[key]

    def _sums(self, lines: Lines) -> TaxTotals | None:
        """Return the sums of the taxes without making their lines; None where that cannot be: then they are made."""
        of_day, of_room = self._tax_sums, self._of_room
        if of_day is None:
            return None
        _, included, added, at_property = self._once
        sold = lines.sold
        if sold.inside is None:
            for sums, price in zip(of_room, sold.prices, strict=True):
                inside, on_top, on_the_spot = sums[price]
                included += inside
                added += on_top
                at_property += on_the_spot
            return TaxTotals(included, added, at_property)
        for index, night in enumerate(self.stay.asked):
            for part in sold.parts(index):
                is_room = part.component == ROOM
                by_price = of_room[index] if is_room else of_day.of_part(night, part.component)
                if by_price is None:
                    return None
                inside, on_top, on_the_spot = by_price[part.amount_minor]
                included += inside
                added += on_top
                at_property += on_the_spot
        return TaxTotals(included, added, at_property)

    @cached_property
    def _tax_sums(self) -> TaxSums | None:
        """The sums of taxes without their lines; None where lines have to be made to count them."""
        rules = self.snapshot.taxes
        if rules is None or self.stay.kept is not None or any(fee.percent is not None for fee in rules.fees):
            return None
        sums = TaxSums(rules=rules, party=self.stay.party, arrival=self.stay.arrival)
        return sums if sums.by_line else None

    @cached_property
    def _of_room(self) -> list[SumsByPrice]:
        """The taxes of each asked night's room by its price."""
        sums = self._tax_sums
        return [] if sums is None else [sums.of_night(night) for night in self.stay.asked]

    @cached_property
    def _surely(self) -> int:
        """What comes on top of every pair's nights, whatever they cost: extras, fees, and taxes of people."""
        if self._tax_sums is None:
            return 0
        extra, _, added, _ = self._once
        return extra + added + sum(sums.added_at_least for sums in self._of_room)

    @cached_property
    def _once(self) -> tuple[int, int, int, int]:
        """Extras and fees, the same for every pair: their amount, and the sums of their taxes."""
        rules = self.snapshot.taxes
        if rules is None:
            return 0, 0, 0, 0
        stay = self.stay
        lines = [*self.extras, *charges.fees_of(rules.fees, stay, dict.fromkeys(stay.asked, 0))]
        taxes = tax_lines(rules=rules, items=charge_items(lines), party=stay.party, arrival=stay.arrival)
        return sum(line.amount_minor for line in lines), *tax_totals(taxes)
