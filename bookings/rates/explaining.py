"""How a price came about, told: the steps of every night up to the price that is sold."""

from bookings.rates import limits, promotions
from bookings.rates.assembling import Sale
from bookings.rates.enums import Source
from bookings.rates.pricing import mark_up_step, marked_up
from bookings.rates.quoting import Explanation, NightPath, PriceStep
from bookings.rates.told import spoken


def explanation(sale: Sale, plan_id: int, type_id: int) -> Explanation:
    """Return the path of a pair's price from a sale that records; what a refused pair would cost is told too."""
    stay, snapshot = sale.stay, sale.snapshot
    plan, kind = snapshot.plans[plan_id], snapshot.types[type_id]
    refusals = limits.ordered([*sale.refused, *sale.refusals(plan, kind)])
    offer = None if refusals else sale.offer(plan, kind)
    priced = sale.nights.of(plan_id, type_id).by_night()
    steps: list[list[PriceStep]] = [list(found) for found in sale.nights.steps[plan_id, type_id]]
    prices: list[int | None] = [None] * len(priced)
    for index, found in enumerate(priced):
        if found is not None:
            prices[index] = price = marked_up(plan, found.price)
            step = mark_up_step(plan, Source(stay.source), price, stay.place.currency)
            if step is not None:
                steps[index].append(step)
    coded = not any(refusal.code.startswith("promo_") for refusal in refusals)
    promotion = sale.promotion if coded else None
    whole = [price for price in prices if price is not None]
    if promotion is not None and len(whole) == len(prices):
        # What the code would take off is told even where something else refuses.
        reduced = promotions.discounted(promotion, stay, plan, whole)
        for index, (before, after) in enumerate(zip(whole, reduced, strict=True)):
            if before != after or promotion.percent:
                percent = None if promotion.percent is None else -promotion.percent
                change = spoken(percent, after - before if percent is None else 0, stay.place.currency)
                steps[index].append(
                    PriceStep("promotion", f"Promo code {promotion.code}", change, after, f"promotion:{promotion.code}")
                )
            prices[index] = after
    parts = {night.date: night.parts for night in offer.nights} if offer else {}
    nights = tuple(
        NightPath(day, price, tuple(path), parts.get(day, ()))
        for day, price, path in zip(stay.asked, prices, steps, strict=True)
    )
    discount = sum(whole) - sum(price for price in prices if price is not None)
    return Explanation(
        room_type_id=type_id,
        rate_plan_id=plan_id,
        lead_days=stay.lead_days,
        nights=nights,
        refusals=tuple(refusals),
        offer=offer,
        promotion=promotion.code if promotion else "",
        discount_minor=discount,
        lowered=() if sale.free else sale.limits.lowered(plan, kind),
    )
