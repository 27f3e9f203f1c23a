"""A property's prices on paper: plans, policies, seasons, rules, restrictions, extras, promo codes, taxes.

Amounts are minor units of the property's currency, dates named first and last are both included. Rows name each other by
code; what a field means is said where its model is, in bookings.rates.models.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from billing.taxes.enums import ChargeBasis, Component
from bookings.rates.enums import Board, Deposit, Guarantee, Penalty, PlanKind, PriceRuleKind, Source


@dataclass(frozen=True, slots=True)
class TierDraft:
    """A step of a cancellation policy; see CancellationTier."""

    days_before: int | None
    penalty: Penalty
    nights: int | None = None
    percent: Decimal | None = None
    amount_minor: int | None = None
    booked_days_below: int | None = None
    is_no_show: bool = False


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A cancellation policy."""

    code: str
    name: str
    tiers: Sequence[TierDraft]
    deadline_moves: bool = False


@dataclass(frozen=True, slots=True)
class TermsDraft:
    """Payment terms."""

    code: str
    name: str
    deposit: Deposit
    percent: Decimal | None = None
    amount_minor: int | None = None
    deposit_days_before: int | None = None
    balance_days_before: int | None = None


@dataclass(frozen=True, slots=True)
class ComponentDraft:
    """What is inside a plan's price besides the room."""

    component: Component
    amount_minor: int
    basis: ChargeBasis = ChargeBasis.PERSON_NIGHT
    age_from: int = 0


@dataclass(frozen=True, slots=True)
class ChannelDraft:
    """How a plan is sold at a source."""

    source: Source
    percent: Decimal = Decimal(0)
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class RatePlanDraft:
    """Terms. A plan without parent has the room types' prices plus `extra_minor`; a derived one follows its parent."""

    code: str
    name: str
    board: Board
    guarantee: Guarantee
    policy: str
    terms: str = ""
    kind: PlanKind = PlanKind.STANDARD
    description: str = ""
    extra_minor: int = 0
    parent: str = ""
    derive_percent: Decimal = Decimal(0)
    derive_minor: int = 0
    access_code: str = ""
    lead_days_min: int | None = None
    lead_days_max: int | None = None
    nights_min: int | None = None
    components: Sequence[ComponentDraft] = ()
    channels: Sequence[ChannelDraft] = ()


@dataclass(frozen=True, slots=True)
class SeasonDraft:
    """A season."""

    code: str
    name: str
    first: date
    last: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A price rule: percent or amount; for every plan without parent unless one is named."""

    kind: PriceRuleKind
    first: int = 0
    last: int | None = None
    percent: Decimal | None = None
    amount_minor: int | None = None
    plan: str = ""
    room_type: str = ""


@dataclass(frozen=True, slots=True)
class RestrictionDraft:
    """What limits the sale on days; `limits` are fields of Restriction."""

    dates: Sequence[date]
    limits: dict[str, Any]
    plan: str = ""
    room_type: str = ""


@dataclass(frozen=True, slots=True)
class ExtraDraft:
    """Something sold with a stay."""

    code: str
    name: str
    component: Component
    basis: ChargeBasis
    price_minor: int
    description: str = ""
    age_from: int = 0
    daily_limit: int | None = None


@dataclass(frozen=True, slots=True)
class PromotionDraft:
    """A promo code."""

    code: str
    name: str
    percent: Decimal | None = None
    amount_minor: int | None = None
    sale_first: date | None = None
    sale_last: date | None = None
    nights_min: int | None = None
    max_uses: int | None = None
    plans: Sequence[str] = ()
    sources: Sequence[Source] = ()


@dataclass(frozen=True, slots=True)
class FeeDraft:
    """A fee of the house."""

    code: str
    name: str
    component: Component
    basis: ChargeBasis
    amount_minor: int


@dataclass(frozen=True, slots=True)
class RatesDraft:
    """Everything that makes and limits the prices of a property; `regime` is the rule set of its taxes, or none."""

    plans: Sequence[RatePlanDraft]
    policies: Sequence[PolicyDraft]
    terms: Sequence[TermsDraft] = ()
    seasons: Sequence[SeasonDraft] = ()
    rules: Sequence[RuleDraft] = ()
    restrictions: Sequence[RestrictionDraft] = ()
    extras: Sequence[ExtraDraft] = ()
    promotions: Sequence[PromotionDraft] = ()
    fees: Sequence[FeeDraft] = ()
    regime: str = ""
    category: str = ""
    #: What a night costs on a day, whatever the rules say: (plan, room type, day).
    daily_minor: dict[tuple[str, str, date], int] = field(default_factory=dict)
