"""What a quote says: offers with every line, refusals with their rule, alternatives. Values only, no rows.

All amounts are minor units of `currency`; all dates are property-local, all instants UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from billing.taxes.calculation import TaxLine
from billing.taxes.party import Party

#: A date, where a field is called that.
Day = date


class DayLimits(NamedTuple):
    """The limits of one day, in the order of Limit; None says nothing."""

    min_stay_arrival: int | None = None
    min_stay_through: int | None = None
    max_stay: int | None = None
    closed_to_arrival: bool | None = None
    closed_to_departure: bool | None = None
    stop_sell: bool | None = None
    lead_hours_min: int | None = None
    lead_days_max: int | None = None
    quota: int | None = None


NO_LIMITS = DayLimits()


class DayCell(NamedTuple):
    """One day of a room type on a rate plan, as calendars and channels show it.

    `price_minor` is for the base occupancy, without length of stay, lead time, channel and promotion; None: no price
    (T24). `manual`: the pair has a price of its own for the day. `limits` are in force (strictest, inherited ones
    included), `own` are those set on the row of this very pair.
    """

    date: date
    price_minor: int | None
    manual: bool
    limits: DayLimits
    own: DayLimits


class PriceStep(NamedTuple):
    """One step of how a night's price came about, in plain words: "High season", "+25 %".

    `rule` names the row: "season:HIGH", "rule:17", "base", "daily", "plan:NRF", "channel:booking_com", "promotion:MAY".
    """

    kind: str
    label: str
    change: str
    result_minor: int
    rule: str


class Part(NamedTuple):
    """What of a night's price is for what (T35): room, breakfast, ... The parts of a night sum to its price."""

    component: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class NightLine:
    """The price of one night as sold: supplements and discounts inside; `kept` when it was sold before."""

    date: date
    price_minor: int
    parts: tuple[Part, ...]
    kept: bool = False


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """An extra or a fee on one day. `kind` is "extra" or "fee"; `amount_minor` = quantity x unit_minor."""

    kind: str
    code: str
    name: str
    component: str
    basis: str
    date: date
    quantity: int
    unit_minor: int
    amount_minor: int
    kept: bool = False

    @property
    def key(self) -> str:
        """What names the line among the tax lines."""
        return f"{self.kind}:{self.code}:{self.date.isoformat()}"


@dataclass(frozen=True, slots=True)
class TierTerms:
    """A step of a cancellation policy as sold; see CancellationTier."""

    days_before: int | None
    penalty: str
    nights: int | None = None
    percent: str | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class CancellationTerms:
    """A cancellation policy as sold, for the lead time of the sale (T47). `deadline_time` is local wall time "18:00"."""

    code: str = ""
    name: str = ""
    deadline_time: str = "18:00"
    deadline_moves: bool = False
    tiers: tuple[TierTerms, ...] = (TierTerms(None, "none"),)
    no_show: TierTerms | None = None


@dataclass(frozen=True, slots=True)
class PaymentStep:
    """An amount and the property-local day it is due; no day means at the property. `kind`: "deposit" or "balance"."""

    kind: str
    due_on: date | None
    amount_minor: int
    due_now: bool = False


class OfferLines(Protocol):
    """The lines of an offer, made when one is looked at: a quote has hundreds of offers, and few are opened."""

    @property
    def nights(self) -> tuple[NightLine, ...]: ...
    @property
    def charges(self) -> tuple[ChargeLine, ...]: ...
    @property
    def taxes(self) -> tuple[TaxLine, ...]: ...
    @property
    def payments(self) -> tuple[PaymentStep, ...]: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """One room type on one rate plan for the whole stay, to the cent.

    `total_minor` = `room_minor` + `charges_minor` + `taxes_added_minor`. Taxes inside prices are in `taxes` too, with
    `included`; what is paid on the spot whoever collects the room is in `at_property_minor`, a part of the total.
    `lowered` are minimum stays that gave way to a gap. `lines` are behind `nights`, `charges`, `taxes` and `payments`.
    """

    room_type_id: int
    room_type_code: str
    room_type_name: str
    rate_plan_id: int
    rate_plan_code: str
    rate_plan_name: str
    board: str
    currency: str
    arrival: date
    departure: date
    room_minor: int
    charges_minor: int
    taxes_added_minor: int
    taxes_included_minor: int
    at_property_minor: int
    total_minor: int
    cancellation: CancellationTerms
    available: int
    lines: OfferLines = field(repr=False)
    promo_code: str = ""
    promotion_id: int | None = None
    discount_minor: int = 0
    lowered: tuple["Lowered", ...] = ()

    @property
    def nights(self) -> tuple[NightLine, ...]:
        """The nights in order."""
        return self.lines.nights

    @property
    def charges(self) -> tuple[ChargeLine, ...]:
        """Extras and fees."""
        return self.lines.charges

    @property
    def taxes(self) -> tuple[TaxLine, ...]:
        """The taxes of nights, parts and charges."""
        return self.lines.taxes

    @property
    def payments(self) -> tuple[PaymentStep, ...]:
        """What is paid when."""
        return self.lines.payments

    @property
    def due_now_minor(self) -> int:
        """What is to be paid at the sale."""
        return sum(step.amount_minor for step in self.payments if step.due_now)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a room type on a rate plan is not sold: the rule, where it stands, and its value.

    `code` is one of REFUSALS; `where` names the place of configuration ("restriction", "rate_plan", ...) and `subject`
    the row's code, so that a page can link to it. Without room type or plan it refuses all of them.
    """

    code: str
    message: str
    room_type_id: int | None = None
    rate_plan_id: int | None = None
    date: Day | None = None
    value: int | str | None = None
    where: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Lowered:
    """A minimum stay that gave way, because the stay of `nights` fills a gap exactly (T25).

    `rule` is what would have refused; `between` says in words what bounds the gap.
    """

    rule: Refusal
    nights: int
    between: str

    @property
    def message(self) -> str:
        """The rule and why it does not hold, in a sentence."""
        enough = "1 night is" if self.nights == 1 else f"{self.nights} nights are"
        return f"{self.rule.message.rstrip('.')}; {enough} enough here: the gap between {self.between} is no longer."


#: Every rule that can refuse a sale. Staff with the permission may override those in OVERRIDABLE with a reason.
REFUSALS = (
    "sold_out", "beyond_horizon", "too_many_guests", "arrival_past", "no_price", "retired",
    "min_stay_arrival", "min_stay_through", "max_stay", "closed_to_arrival", "closed_to_departure", "stop_sell",
    "lead_hours_min", "lead_days_max", "quota", "sale_window", "stay_window", "plan_lead_time", "plan_nights",
    "access_code", "channel_closed", "promo_unknown", "promo_window", "promo_stay", "promo_plan", "promo_nights",
    "promo_used_up", "promo_source", "extra_unknown", "extra_sold_out",
)  # fmt: skip
OVERRIDABLE = frozenset(
    {
        "min_stay_arrival", "min_stay_through", "max_stay", "closed_to_arrival", "closed_to_departure", "stop_sell",
        "lead_hours_min", "lead_days_max", "quota", "sale_window", "stay_window", "plan_lead_time", "plan_nights",
        "access_code", "channel_closed",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alternative:
    """What could be sold instead. `kind`: "dates" (same length, shifted), "room_type", "length", "rate_plan"."""

    kind: str
    room_type_id: int
    room_type_name: str
    rate_plan_id: int
    rate_plan_name: str
    arrival: date
    departure: date
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Every offer and every refusal for one wish; alternatives (three at most) when something was refused."""

    property_code: str
    currency: str
    arrival: date
    departure: date
    party: Party
    at: datetime
    offers: tuple[Offer, ...]
    refusals: tuple[Refusal, ...]
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class NightPath:
    """How the price of one night came about, step by step; the last step ends at the price sold."""

    date: date
    price_minor: int | None
    steps: tuple[PriceStep, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole path of a price, and every rule that refuses; `offer` is there when none does.

    A pair that is refused still has its prices, so that one sees what it would cost.
    """

    room_type_id: int
    rate_plan_id: int
    lead_days: int
    nights: tuple[NightPath, ...]
    refusals: tuple[Refusal, ...]
    offer: Offer | None
    promotion: str = ""
    discount_minor: int = 0
    lowered: tuple[Lowered, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtraWish:
    """An extra asked for: how many (persons x nights are counted by its basis), on given days or on all that fit.

    `persons` is for how many of those whom it counts; None: for all of them.
    """

    code: str
    quantity: int = 1
    dates: tuple[date, ...] | None = None
    persons: int | None = None


@dataclass(frozen=True, slots=True)
class KeptNight:
    """A night that was sold before and keeps its price, parts and taxes (T28, T29); city taxes are counted anew."""

    date: date
    price_minor: int
    parts: tuple[Part, ...]
    taxes: tuple[TaxLine, ...]
    #: Already slept: nothing of it is counted anew.
    settled: bool = False


class HeldNight(NamedTuple):
    """A night that a stay which is being changed takes at present: the plan and the type sold, and the type consumed.

    It is among the live nights and takes a room, and must count against everybody but the stay itself.
    """

    rate_plan_id: int
    room_type_id: int
    consumed_type_id: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What a change of a stay keeps as it was sold.

    `arrival` and `departure` are those of the stay before the change: rules of the arrival are asked only when it
    changes. Without them they are taken from the first and last night kept.
    """

    nights: Mapping[date, KeptNight] = field(default_factory=dict)
    charges: Sequence[ChargeLine] = ()
    charge_taxes: Sequence[TaxLine] = ()
    cancellation: CancellationTerms | None = None
    arrival: date | None = None
    departure: date | None = None


Terms = dict[str, Any]
