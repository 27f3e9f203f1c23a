"""Extras and promo codes as managers make them."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from bookings.rates.models import Extra, ExtraDay, Promotion, RatePlan
from bookings.rates.services.saving import amount_require, code_require_free, row_save, span_require
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, lock_one
from pms.properties.models import Property

#: What a day of an extra without limit holds: as many as the column can count.
UNLIMITED = 32767


@transaction.atomic
def extra_save(*, extra: Extra, actor: Actor) -> Extra:
    """Create or change an extra; a new limit holds for every day from the business date on.

    Locks the property, then the extra's days. What was sold keeps its price. Raises Invalid `code_taken`,
    `negative_amount`, `absurd_amount`, `bad_age`; Conflict `extra_sold_more` naming the first day that has more.
    """
    place = extra.property
    lock(Property.objects.filter(pk=place.pk))
    code_require_free(extra)
    amount_require(extra.price_minor, currency=place.currency, field="price")
    if extra.age_from > 99:
        raise Invalid("bad_age", "Nobody is that old: the age from which a person is counted.", field="age_from")
    changes = row_save(extra, subject="extra", code=extra.code, property=place, actor=actor)
    if "daily_limit" in changes:
        _days_follow(extra, place.business_date)
    return extra


@transaction.atomic
def promotion_save(*, promotion: Promotion, actor: Actor, rate_plans: Sequence[RatePlan] | None = None) -> Promotion:
    """Create or change a promo code; with `rate_plans` it holds for those alone, for every plan with none of them.

    Locks the property, then the promotion. The code is kept in capitals. Raises Invalid `code_taken`, `promotion_value`, `absurd_amount`,
    `span_reversed`, `other_property`, `used_more`, `bad_nights`.
    """
    place = promotion.property
    lock(Property.objects.filter(pk=place.pk))
    promotion.code = promotion.code.strip().upper()
    code_require_free(promotion)
    if promotion.percent is None and promotion.amount_minor is None:
        raise Invalid("promotion_value", "Say what it takes off: a percentage or an amount.", field="percent")
    if promotion.percent is not None and promotion.amount_minor is not None:
        raise Invalid("promotion_value", "It takes off a percentage or an amount, not both.", field="amount")
    if promotion.percent is not None and not 0 < promotion.percent <= 100:
        raise Invalid("promotion_value", "It takes off up to 100 per cent.", field="percent")
    if promotion.amount_minor is not None and promotion.amount_minor <= 0:
        raise Invalid("promotion_value", "It takes off more than nothing.", field="amount")
    amount_require(promotion.amount_minor, currency=place.currency, field="amount")
    span_require(promotion.sale_first, promotion.sale_last, field="sale_last")
    span_require(promotion.stay_first, promotion.stay_last, field="stay_last")
    if promotion.nights_min == 0:
        raise Invalid("bad_nights", "A stay has at least one night; leave it empty for any.", field="nights_min")
    # Sales count uses meanwhile: what is written back must be what is there under the lock.
    kept_row = lock_one(Promotion.objects.filter(pk=promotion.pk))
    promotion.uses = uses = kept_row.uses if kept_row else 0
    if promotion.max_uses is not None and promotion.max_uses < uses:
        raise Invalid("used_more", f"It has been used {uses} times already.", field="max_uses")
    for plan in rate_plans or ():
        if plan.property_id != place.pk:
            sentence = f"{plan.name} belongs to another property than {place.name}."
            raise Invalid("other_property", sentence, field="rate_plans")
    kept = sorted(plan.code for plan in promotion.rate_plans.all()) if promotion.pk else []
    wanted = kept if rate_plans is None else sorted(plan.code for plan in rate_plans)
    more = {} if kept == wanted else {"rate_plans": [kept, wanted]}
    row_save(promotion, subject="promotion", code=promotion.code, property=place, actor=actor, more=more)
    if rate_plans is not None:
        promotion.rate_plans.set(rate_plans)
    return promotion


def _days_follow(extra: Extra, today: date) -> None:
    limit = UNLIMITED if extra.daily_limit is None else extra.daily_limit
    days = lock(ExtraDay.objects.filter(extra=extra, date__gte=today).order_by("date"))
    for day in days:
        if day.sold > limit:
            sentence = f"{day.sold} are sold on {day.date:%-d %B %Y}: the limit cannot be less."
            raise Conflict("extra_sold_more", sentence, field="daily_limit", date=day.date)
    ExtraDay.objects.filter(pk__in=[day.pk for day in days]).update(limit=limit)
