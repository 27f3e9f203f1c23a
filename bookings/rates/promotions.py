"""What a promo code takes off, and when it does not hold. Pure."""

from datetime import date

from bookings.rates.enums import Source
from bookings.rates.pricing import changed
from bookings.rates.quoting import Refusal
from bookings.rates.snapshot import PlanFacts, PromotionFacts
from bookings.rates.stays import Stay
from bookings.rates.told import day_name
from pms.kernel.money import allocate


def of_stay(promotion: PromotionFacts | None, code: str, stay: Stay) -> list[Refusal]:
    """Return what refuses the code for every pair. A code that the stay was sold with is not asked again."""
    if not code or stay.kept is not None:
        return []
    if promotion is None:
        return [_refused("promo_unknown", f"There is no promo code {code}.", code)]
    found = []
    day, name = stay.sale_on, promotion.code
    if (promotion.sale_first and day < promotion.sale_first) or (promotion.sale_last and day > promotion.sale_last):
        found.append(_refused("promo_window", f"The code {name} {_window(promotion)}.", name))
    outside = next((night for night in stay.nights if not _holds(promotion, night)), None)
    if outside is not None:
        message = f"The code {name} does not hold for the night of {day_name(outside)}."
        found.append(Refusal("promo_stay", message, date=outside, where="promotion", subject=name))
    if promotion.nights_min is not None and stay.length < promotion.nights_min:
        message = f"The code {name} is for stays of {promotion.nights_min} nights or more, not {stay.length}."
        found.append(Refusal("promo_nights", message, value=promotion.nights_min, where="promotion", subject=name))
    if promotion.max_uses is not None and promotion.uses >= promotion.max_uses:
        message = f"The code {name} has been used {promotion.max_uses} times, which is all there was."
        found.append(Refusal("promo_used_up", message, value=promotion.max_uses, where="promotion", subject=name))
    if promotion.sources and stay.source not in promotion.sources:
        message = f"The code {name} does not hold at {Source(stay.source).label}."
        found.append(Refusal("promo_source", message, value=str(stay.source), where="promotion", subject=name))
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
            changed(price, percent) if stay.kept is None or _holds(promotion, night) else price
            for night, price in zip(stay.asked, prices, strict=True)
        ]
    if stay.kept is not None or not prices:
        return prices
    off = allocate(min(promotion.amount_minor or 0, sum(prices)), prices)
    return [price - share for price, share in zip(prices, off, strict=True)]


def _holds(promotion: PromotionFacts, night: date) -> bool:
    first, last = promotion.stay_first, promotion.stay_last
    return (first is None or night >= first) and (last is None or night <= last)


def _window(promotion: PromotionFacts) -> str:
    first, last = promotion.sale_first, promotion.sale_last
    if first and last:
        return f"can be used from {day_name(first)} to {day_name(last)}"
    return (
        f"can be used from {day_name(first)} on" if first else f"could be used until {day_name(last)}" if last else ""
    )


def _refused(code: str, message: str, subject: str) -> Refusal:
    return Refusal(code, message, where="promotion", subject=subject)
