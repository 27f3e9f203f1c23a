"""From a snapshot and a stay to offers and refusals: the one computation behind every price. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.taxes.calculation import TaxItem, TaxLine, tax_lines
from billing.taxes.enums import ChargeBasis, Component, TaxKind
from bookings.rates import charges, limits, promotions
from bookings.rates.policies import payment_steps, terms_for
from bookings.rates.pricing import Nights, marked_up
from bookings.rates.quoting import (
    OVERRIDABLE,
    CancellationTerms,
    ChargeLine,
    ExtraWish,
    NightLine,
    Offer,
    Part,
    Refusal,
)
from bookings.rates.snapshot import PlanFacts, Snapshot, TypeFacts
from bookings.rates.stays import Stay
from pms.kernel.money import allocate

ROOM = Component.ACCOMMODATION.value


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
        self._component_sums: dict[tuple[int, date], list[Part]] = {}

    def refusals(self, plan: PlanFacts, kind: TypeFacts) -> list[Refusal]:
        """Return every rule that refuses the pair; what refuses all of them is in `refused`."""
        found: list[Refusal] = []
        if not self.free:
            found = limits.refusals(self.snapshot, self.stay, plan, kind, check_inventory=self.asking.check_inventory)
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
        stay = self.stay
        nights, discount = self._nights(plan, kind)
        fees = self.snapshot.taxes.fees if self.snapshot.taxes else ()
        lines = (*self.extras, *charges.fees_of(fees, stay, nights))
        taxes = self._taxes(nights, lines)
        room = sum(night.price_minor for night in nights)
        extra = sum(line.amount_minor for line in lines)
        added = sum(line.amount_minor for line in taxes if not line.included)
        at_property = sum(line.amount_minor for line in taxes if line.at_property)
        total = room + extra + added
        promotion = self.promotion
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
            nights=nights,
            charges=lines,
            taxes=taxes,
            room_minor=room,
            charges_minor=extra,
            taxes_added_minor=added,
            taxes_included_minor=sum(line.amount_minor for line in taxes if line.included),
            at_property_minor=at_property,
            total_minor=total,
            payments=payment_steps(
                plan.payment_terms,
                arrival=stay.arrival,
                sold_on=stay.sale_on,
                nights=[night.price_minor for night in nights],
                total_minor=total,
                at_property_minor=at_property,
            ),
            cancellation=self._cancellation(plan),
            available=limits.left(self.snapshot, stay, kind),
            promo_code=promotion.code if promotion else "",
            promotion_id=promotion.id if promotion else None,
            discount_minor=discount,
        )

    def _missing(self, plan: PlanFacts, kind: TypeFacts) -> date | None:
        """Return the first night that has no price (T24)."""
        asked = self.stay.asked
        if all(night in self.given for night in asked):
            return None
        priced = self.nights.of(plan.id, kind.id)
        return next(
            (night for night, found in zip(asked, priced, strict=True) if found is None and night not in self.given),
            None,
        )

    def before_promotion(self, plan: PlanFacts, kind: TypeFacts) -> tuple[list[int], list[int]]:
        """Return the asked nights' prices after step 10, and those that their parts are weighed by."""
        asked = self.stay.asked
        if self.given and all(night in self.given for night in asked):
            prices = [self.given[night] for night in asked]
            return prices, prices
        prices, fulls = [], []
        for night, found in zip(asked, self.nights.of(plan.id, kind.id), strict=True):
            if night in self.given:
                prices.append(self.given[night])
                fulls.append(self.given[night])
            elif found is not None:
                prices.append(marked_up(plan, found.price))
                fulls.append(found.full)
        return prices, fulls

    def _nights(self, plan: PlanFacts, kind: TypeFacts) -> tuple[tuple[NightLine, ...], int]:
        before, fulls = self.before_promotion(plan, kind)
        prices = promotions.discounted(self.promotion, self.stay, plan, before)
        components = self.snapshot.components(plan.id)
        kept = self.stay.kept
        lines = {}
        for night, price, full in zip(self.stay.asked, prices, fulls, strict=True):
            parts = self._parts(plan, night, price, full) if components else (Part(ROOM, price),)
            lines[night] = NightLine(night, price, parts)
        if kept:
            for night in self.stay.nights:
                if night in kept.nights:
                    sold = kept.nights[night]
                    lines[night] = NightLine(night, sold.price_minor, sold.parts, kept=True)
        return tuple(lines[night] for night in self.stay.nights), sum(before) - sum(prices)

    def _parts(self, plan: PlanFacts, night: date, price: int, full: int) -> tuple[Part, ...]:
        """Share a price out over what is inside of it (T35)."""
        inside = self._component_sums.get((plan.id, night))
        if inside is None:
            persons = self.stay.party.count_from
            inside = self._component_sums[plan.id, night] = [
                Part(
                    found.component,
                    found.amount_minor
                    * (persons(found.age_from, night) if found.basis == ChargeBasis.PERSON_NIGHT else 1),
                )
                for found in self.snapshot.components(plan.id)
            ]
        room = max(0, full - sum(part.amount_minor for part in inside))
        weights = [room, *(part.amount_minor for part in inside)]
        if not any(weights):
            weights[0] = 1
        shares = allocate(price, weights)
        return tuple(
            Part(component, share)
            for component, share in zip([ROOM, *(part.component for part in inside)], shares, strict=True)
        )

    def _cancellation(self, plan: PlanFacts) -> CancellationTerms:
        if self.stay.kept is not None and self.stay.kept.cancellation is not None:
            return self.stay.kept.cancellation
        policy = plan.policy
        key = policy.pk if policy else None
        if key not in self._terms:
            tiers = self.snapshot.tiers.get(key, []) if key is not None else []
            self._terms[key] = terms_for(policy=policy, tiers=tiers, lead_days=self.stay.lead_days)
        return self._terms[key]

    def _taxes(self, nights: Sequence[NightLine], lines: Sequence[ChargeLine]) -> tuple[TaxLine, ...]:
        rules = self.snapshot.taxes
        if rules is None:
            return ()
        stay, kept = self.stay, self.stay.kept
        items = [item for night in nights if not night.kept for item in night_items(night)]
        items += [
            TaxItem(line.key, line.date, Component(line.component), line.amount_minor)
            for line in lines
            if not line.kept
        ]
        found = tax_lines(rules=rules, items=items, party=stay.party, arrival=stay.arrival)
        if kept is None:
            return tuple(found)
        open_nights = [night for night in nights if night.kept and not kept.nights[night.date].settled]
        recounted = tax_lines(
            rules=rules,
            items=[item for night in open_nights for item in night_items(night)],
            party=stay.party,
            arrival=stay.arrival,
            recount_only=True,
        )
        as_sold = [
            line
            for night in nights
            if night.kept
            for line in kept.nights[night.date].taxes
            if kept.nights[night.date].settled or line.kind != TaxKind.CITY_TAX
        ]
        as_sold += _charge_taxes(lines, kept.charge_taxes)
        return tuple(sorted([*as_sold, *recounted, *found], key=lambda line: (line.date, line.key)))


def night_items(night: NightLine) -> list[TaxItem]:
    """Return the parts of a night as taxes see them."""
    key = f"night:{night.date.isoformat()}"
    return [
        TaxItem(key, night.date, Component.ACCOMMODATION, part.amount_minor, night=True)
        if part.component == ROOM
        else TaxItem(f"{key}/{part.component}", night.date, Component(part.component), part.amount_minor)
        for part in night.parts
    ]


def _charge_taxes(lines: Sequence[ChargeLine], sold: Sequence[TaxLine]) -> list[TaxLine]:
    """Return the taxes of kept charges as they were sold; a charge that moved with the arrival takes them along."""
    found = []
    for line in lines:
        if line.kept:
            own = [tax for tax in sold if tax.key == line.key]
            if not own and line.basis not in charges.BY_NIGHT:
                prefix = f"{line.kind}:{line.code}:"
                own = [tax._replace(key=line.key, date=line.date) for tax in sold if tax.key.startswith(prefix)]
            found += own
    return found
