"""What a promo code takes off, and when it does not hold. Pure."""

from datetime import date

from bookings.rates.enums import Source
from bookings.rates.pricing import changed
from bookings.rates.quoting import Refusal
from bookings.rates.snapshot import PlanFacts, PromotionFacts
from bookings.rates.stays import Stay
from bookings.rates.told import counted, day_name
from pms.kernel.money import allocate


def of_stay(promotion: PromotionFacts | None, code: str, stay: Stay) -> list[Refusal]:
    """Return what refuses the code for every pair. A code that the stay was sold with is not asked again."""
    if not code or stay.kept is not None:
        return []
    if promotion is None:
        return [_refused("promo_unknown", f"There is no promo code {code}.", code, None, code)]
    found = []
    day, name = stay.sale_on, promotion.code
    outside = _outside(day, promotion.sale_first, promotion.sale_last)
    if outside is not None:
        message = f"The code {name} is not for bookings on {day_name(day)}."
        found.append(_refused("promo_window", message, name, day, outside.isoformat()))
    for night in stay.nights:
        outside = _outside(night, promotion.stay_first, promotion.stay_last)
        if outside is not None:
            message = f"The code {name} is not for the night of {day_name(night)}."
            found.append(_refused("promo_stay", message, name, night, outside.isoformat()))
            break
    if promotion.nights_min is not None and stay.length < promotion.nights_min:
        message = f"The code {name} is for stays of at least {counted(promotion.nights_min, 'night')}."
        found.append(_refused("promo_nights", message, name, stay.arrival, promotion.nights_min))
    if promotion.max_uses is not None and promotion.uses >= promotion.max_uses:
        message = f"The code {name} has been used as often as it may be: {counted(promotion.max_uses, 'time')}."
        found.append(_refused("promo_used_up", message, name, None, promotion.max_uses))
    if promotion.sources and stay.source not in promotion.sources:
        source = Source(stay.source)
        message = f"The code {name} does not hold at {source.label}."
        found.append(_refused("promo_source", message, name, None, source.value))
    return found


def of_plan(promotion: PromotionFacts | None, stay: Stay, plan: PlanFacts) -> Refusal | None:
    """Return the refusal of a plan that the code is not for."""
    if promotion is None or stay.kept is not None or not promotion.plan_ids or plan.id in promotion.plan_ids:
        return None
    message = f"The code {promotion.code} is not for {plan.name}."
    return Refusal("promo_plan", message, rate_plan_id=plan.id, where="promotion", subject=promotion.code)


def discounted(promotion: PromotionFacts | None, stay: Stay, plan: PlanFacts, prices: list[int]) -> list[int]:
    """Return the prices of the asked nights after step 11.

    In a change, added nights have the percentage where the code holds for night and plan; an amount off the stay was
    given once and is not given again.
    """
    if promotion is None or (promotion.plan_ids and plan.id not in promotion.plan_ids):
        return prices
    if promotion.percent is not None:
        percent = -promotion.percent
        return [
            changed(price, percent)
            if stay.kept is None or not _outside(night, promotion.stay_first, promotion.stay_last)
            else price
            for night, price in zip(stay.asked, prices, strict=True)
        ]
    if stay.kept is not None or not prices:
        return prices
    off = allocate(min(promotion.amount_minor or 0, sum(prices)), prices)
    return [price - share for price, share in zip(prices, off, strict=True)]


def _outside(day: date, first: date | None, last: date | None) -> date | None:
    """Return the bound that a day is outside of."""
    if first is not None and day < first:
        return first
    return last if last is not None and day > last else None


def _refused(code: str, message: str, subject: str, day: date | None, value: int | str) -> Refusal:
    return Refusal(code, message, date=day, value=value, where="promotion", subject=subject)
