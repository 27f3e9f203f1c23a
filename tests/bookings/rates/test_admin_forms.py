"""The back office of rates: typed in major units, refused at the field, saved whole or not at all, audited."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings.rates.models import (
    BasePrice,
    CancellationPolicy,
    DailyPrice,
    Extra,
    PaymentTerms,
    PriceRule,
    Promotion,
    RateChange,
    RatePlan,
    Restriction,
    Season,
)
from pms.access.models import Grant, Role
from pms.audit.models import AuditEvent
from pms.properties.models import Property
from tests.house import TESTER


def page(model, what="changelist", *args):
    return reverse(f"hotel:rates_{model}_{what}", urlconf="config.urls_tenant", args=args)


def rows(prefix, *filled, kept=0):
    """Return the fields of a list inside a page."""
    fields = {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": kept}
    return fields | {
        f"{prefix}-{index}-{name}": value for index, row in enumerate(filled) for name, value in row.items()
    }


def errors_of(answer):
    """Return every message of a refused form: {field: [message, ...]}, lists by "prefix-index-field"."""
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    found = {field: list(said) for field, said in form.errors.items()}
    for inline in answer.context["inline_admin_formsets"]:
        if inline.formset.non_form_errors():
            found[inline.formset.prefix] = list(inline.formset.non_form_errors())
        for row in inline.formset.forms:
            found |= {f"{row.prefix}-{field}": list(said) for field, said in row.errors.items()}
    return found


@pytest.fixture
def mias(client_for, hotel_a, mia, property_a):
    """Mia's browser."""
    return client_for(mia, hotel_a)


def plan_fields(house, **changed):
    return {
        "property": house.property.pk,
        "code": "NR",
        "name": "Non-refundable",
        "position": 2,
        "kind": "non_refundable",
        "board": "BB",
        "guarantee": "card",
        "derive_percent": "0",
        **rows("components"),
        **rows("channels"),
        **changed,
    }


def test_rate_plan_with_everything(mias, property_a):
    fields = plan_fields(
        property_a,
        parent=property_a.rate_plan.pk,
        derive_percent="-10",
        derive_amount="-2.50",
        inherits=["price", "stop_sell"],
        fills_gaps="on",
        **rows("components", {"component": "breakfast", "basis": "person_night", "amount": "15.00", "age_from": 3}),
        **rows("channels", {"source": "booking_com", "is_open": "on", "percent": "15", "amount": ""}),
    )
    assert mias.post(page("rateplan", "add"), fields).status_code == 302
    plan = RatePlan.objects.get(code="NR")
    assert (plan.parent, plan.derive_percent, plan.derive_minor) == (property_a.rate_plan, Decimal(-10), -250)
    assert (plan.inherits, plan.fills_gaps) == (["price", "stop_sell"], True)
    assert list(plan.components.values_list("component", "amount_minor", "age_from")) == [("breakfast", 1500, 3)]
    assert list(plan.channels.values_list("source", "percent", "amount_minor")) == [("booking_com", Decimal(15), 0)]
    assert AuditEvent.objects.get(action="rate_plan.created").actor_label == "Mia"


def test_new_plan_takes_everything_from_a_parent_unless_told_otherwise(mias):
    form = mias.get(page("rateplan", "add")).context["adminform"].form
    assert list(form["inherits"].value()) == [code for code, _ in form.fields["inherits"].choices]


def test_plan_is_shown_as_it_was_typed(mias, property_a):
    mias.post(page("rateplan", "add"), plan_fields(property_a, parent=property_a.rate_plan.pk, derive_amount="-2.5"))
    plan = RatePlan.objects.get(code="NR")
    form = mias.get(page("rateplan", "change", plan.pk)).context["adminform"].form
    assert (form["derive_amount"].value(), form["derive_percent"].value()) == (Decimal("-2.50"), "0")
    assert form["retired_at"].value() is None


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"code": "BAR"}, "code", "Best available rate has the code BAR already."),
        ({"derive_percent": "-10"}, "derive_percent", "Choose the plan whose price this changes."),
        ({"is_default": "on"}, "is_default", "Best available rate (BAR) is the default plan; a property has one."),
        ({"sale_first": "2027-02-01", "sale_last": "2027-01-01"}, "sale_last", "The last day is before the first."),
        ({"derive_amount": "1.005"}, "derive_amount", "EUR has 2 decimals."),
        (
            rows("channels", {"source": "ota", "percent": "900"}),
            "channels-0-percent",
            "Between -95 and 500 per cent make sense here.",
        ),
        (
            rows("components", {"component": "meals", "basis": "night", "amount": "-1", "age_from": 0}),
            "components-0-amount",
            "An amount is 0 or more.",
        ),
    ],
)
def test_plan_is_refused_at_the_field(mias, property_a, changed, field, sentence):
    answer = mias.post(page("rateplan", "add"), plan_fields(property_a, **changed))
    assert errors_of(answer) == {field: [sentence]}
    assert RatePlan.objects.count() == 1
    assert AuditEvent.objects.filter(subject_type="rate_plan").count() == 0


def test_cycle_is_refused_at_the_parent(mias, property_a):
    """T23."""
    mias.post(page("rateplan", "add"), plan_fields(property_a, parent=property_a.rate_plan.pk))
    bar = property_a.rate_plan
    fields = plan_fields(property_a, name="BAR", is_default="on", parent=RatePlan.objects.get(code="NR").pk)
    answer = mias.post(page("rateplan", "change", bar.pk), fields)
    assert errors_of(answer) == {"parent": ["A plan cannot come from itself: BAR from NR from BAR."]}


def test_plan_is_retired_by_a_tick(mias, property_a):
    mias.post(page("rateplan", "add"), plan_fields(property_a))
    plan = RatePlan.objects.get(code="NR")
    url = page("rateplan", "change", plan.pk)
    assert mias.post(url, plan_fields(property_a, retired_at="on")).status_code == 302
    plan.refresh_from_db()
    retired_at = plan.retired_at
    assert retired_at is not None
    assert mias.post(url, plan_fields(property_a, retired_at="on", name="Gone")).status_code == 302
    plan.refresh_from_db()
    assert plan.retired_at == retired_at
    assert mias.post(url, plan_fields(property_a)).status_code == 302
    plan.refresh_from_db()
    assert plan.retired_at is None


def policy_fields(house, *tiers, **changed):
    return {
        "property": house.property.pk,
        "code": "FLEX",
        "name": "Flexible",
        "deadline_time": "18:00",
        **rows("tiers", *tiers),
        **changed,
    }


FREE = {"penalty": "none"}
NIGHT = {"days_before": 2, "penalty": "nights", "nights": 1}


def test_policy_with_steps_says_its_sentences(mias, property_a):
    answer = mias.post(page("cancellationpolicy", "add"), policy_fields(property_a, FREE, NIGHT), follow=True)
    policy = CancellationPolicy.objects.get()
    assert policy.tiers.count() == 2
    (message,) = list(answer.context["messages"])[:1]
    assert [part.split(": ")[0] for part in str(message).split(" \N{MIDDLE DOT} ")] == [
        "English",
        "Lietuvių",
        "Deutsch",
    ]
    body = mias.get(page("cancellationpolicy", "change", policy.pk)).content.decode()
    for sentence in (
        "Free until 18:00 two days before arrival, then the first night.",
        "Atšaukti galima nemokamai iki 18:00 val. likus dviem dienoms iki atvykimo, vėliau mokama pirmosios nakties",
        "Die Stornierung ist bis zwei Tage vor der Anreise, 18:00 Uhr, kostenlos;",
    ):
        assert body.count(sentence) == 1


def test_steps_are_changed_and_removed(mias, property_a):
    mias.post(page("cancellationpolicy", "add"), policy_fields(property_a, FREE, NIGHT))
    policy = CancellationPolicy.objects.get()
    first, second = policy.tiers.all()
    tiers = rows(
        "tiers",
        {"id": first.pk, "policy": policy.pk, **FREE},
        {"id": second.pk, "policy": policy.pk, **NIGHT, "DELETE": "on"},
        {"days_before": 1, "penalty": "amount", "amount": "50"},
        kept=2,
    )
    url = page("cancellationpolicy", "change", policy.pk)
    assert mias.post(url, policy_fields(property_a) | tiers).status_code == 302
    assert list(policy.tiers.values_list("days_before", "penalty", "amount_minor")) == [
        (None, "none", None),
        (1, "amount", 5000),
    ]


@pytest.mark.parametrize(
    ("tiers", "field", "sentence"),
    [
        ([], "tiers", "No day has a rule: add a step that holds from the sale on (without days)."),
        (
            [NIGHT],
            "tiers",
            (
                "The days from the sale until 18:00 2 days before arrival are without a rule: "
                "add a step that holds from the sale on (without days)."
            ),
        ),
        ([FREE, NIGHT, NIGHT], "tiers-2-days_before", "Another step begins at the same moment."),
        ([FREE, {}, {"days_before": 2, "penalty": "nights"}], "tiers-2-nights", "Say how many or how much."),
        (
            [FREE, {"days_before": 2, "penalty": "amount", "amount": "12.345"}],
            "tiers-1-amount",
            "EUR has 2 decimals.",
        ),
    ],
)
def test_policy_is_refused_at_the_step(mias, property_a, tiers, field, sentence):
    answer = mias.post(page("cancellationpolicy", "add"), policy_fields(property_a, *tiers))
    assert errors_of(answer) == {field: [sentence]}
    assert CancellationPolicy.objects.count() == 0


def test_payment_terms(mias, property_a):
    fields = {"property": property_a.property.pk, "code": "P", "name": "Half", "deposit": "amount", "amount": "80"}
    answer = mias.post(page("paymentterms", "add"), fields | {"percent": "30"})
    assert errors_of(answer) == {"percent": ["A deposit of “an amount” has no such number."]}
    assert mias.post(page("paymentterms", "add"), fields).status_code == 302
    assert PaymentTerms.objects.get().amount_minor == 8000


def season_fields(house, *prices, **changed):
    return {
        "property": house.property.pk,
        "code": "HIGH",
        "name": "High",
        "first": "2027-06-01",
        "last": "2027-08-31",
        "percent": "25",
        **rows("prices", *prices),
        **changed,
    }


def test_season_with_its_prices(mias, property_a):
    price = {"rate_plan": property_a.rate_plan.pk, "room_type": property_a.double.pk, "price": "149.90"}
    assert mias.post(page("season", "add"), season_fields(property_a, price)).status_code == 302
    assert Season.objects.get().prices.get().price_minor == 14990
    answer = mias.post(
        page("season", "add"), season_fields(property_a, code="FAIR", first="2027-08-31", last="2027-09-02")
    )
    assert errors_of(answer) == {"first": ["High (HIGH) has the nights on 31 August 2027 already."]}


def test_unlikely_price_of_a_season_asks_for_a_confirmation(mias, property_a):
    price = {"rate_plan": property_a.rate_plan.pk, "room_type": property_a.double.pk, "price": "9.90"}
    assert "confirmed" not in mias.get(page("season", "add")).content.decode()
    answer = mias.post(page("season", "add"), season_fields(property_a, price))
    sentence = "The other prices of this plan are €100.00 to €250.00. Tick “Yes, I mean it” if this one is right."
    assert errors_of(answer) == {"prices-0-price": [sentence]}
    assert 'name="confirmed"' in answer.content.decode()
    assert mias.post(page("season", "add"), season_fields(property_a, price, confirmed="on")).status_code == 302
    assert Season.objects.get().prices.get().price_minor == 990


def test_base_price_asks_for_a_confirmation_when_it_looks_wrong(mias, property_a):
    row = BasePrice.objects.get(room_type=property_a.double)
    url = page("baseprice", "change", row.pk)
    answer = mias.post(url, {"price": "11"})
    assert list(errors_of(answer)) == ["price"]
    assert mias.post(url, {"price": "11", "confirmed": "on"}).status_code == 302
    row.refresh_from_db()
    assert row.price_minor == 1100
    assert list(errors_of(mias.post(url, {"price": "-1"}))) == ["price"]


def test_base_price_is_removed_with_an_event(mias, property_a):
    row = BasePrice.objects.get(room_type=property_a.double)
    assert mias.post(page("baseprice", "delete", row.pk), {"post": "yes"}).status_code == 302
    assert AuditEvent.objects.get(action="price.removed").subject_code == "LIS/BAR/DBL"


def test_amounts_follow_the_currency(mias, property_a):
    Property.objects.update(currency="JPY")
    fields = {"property": property_a.property.pk, "kind": "weekend", "first": 0}
    answer = mias.post(page("pricerule", "add"), fields | {"amount": "1000.5"})
    assert errors_of(answer) == {"amount": ["JPY has no decimals."]}
    assert mias.post(page("pricerule", "add"), fields | {"amount": "1000"}).status_code == 302
    assert PriceRule.objects.get().amount_minor == 1000


def test_price_rule_is_refused_at_the_field(mias, property_a):
    fields = {"property": property_a.property.pk, "kind": "weekday", "first": 5, "last": 9, "percent": "10"}
    answer = mias.post(page("pricerule", "add"), fields)
    assert errors_of(answer) == {"last": ["The day of the week counts from 1 to 7."]}
    assert mias.post(page("pricerule", "add"), fields | {"last": 6}).status_code == 302
    answer = mias.post(page("pricerule", "add"), fields | {"first": 6, "last": 7})
    assert errors_of(answer) == {"first": ["“Day of the week 5 to 6: +10 %” holds for some of the same."]}


def test_extra_and_promo_code(mias, property_a):
    extra = {"property": property_a.property.pk, "code": "PARK", "name": "Parking", "component": "parking"}
    extra |= {"basis": "night", "price": "15", "age_from": 0, "position": 0}
    assert mias.post(page("extra", "add"), extra).status_code == 302
    assert Extra.objects.get().price_minor == 1500
    promo = {"property": property_a.property.pk, "code": "spring", "name": "Spring", "amount": "20"}
    promo |= {"rate_plans": [property_a.rate_plan.pk], "sources": ["direct_web"]}
    answer = mias.post(page("promotion", "add"), promo | {"percent": "10"})
    assert errors_of(answer) == {"amount": ["It takes off a percentage or an amount, not both."]}
    assert mias.post(page("promotion", "add"), promo).status_code == 302
    row = Promotion.objects.get()
    assert (row.code, row.amount_minor, row.sources) == ("SPRING", 2000, ["direct_web"])
    assert list(row.rate_plans.all()) == [property_a.rate_plan]


def restriction_fields(house, **changed):
    return {"property": house.property.pk, "date": "2026-12-24", **changed}


def test_restrictions_of_days_are_a_rate_change(mias, property_a):
    fields = restriction_fields(
        property_a, until="2026-12-26", min_stay_arrival=3, closed_to_arrival="1", stop_sell="0"
    )
    assert mias.post(page("restriction", "add"), fields).status_code == 302
    row = Restriction.objects.first()
    assert Restriction.objects.count() == 3
    assert (row.min_stay_arrival, row.closed_to_arrival, row.stop_sell, row.quota) == (3, True, False, None)
    assert RateChange.objects.get().cells_count == 9
    url = page("restriction", "change", row.pk)
    assert mias.post(url, {"min_stay_arrival": "", "closed_to_arrival": "1", "stop_sell": "0"}).status_code == 302
    row.refresh_from_db()
    assert (row.min_stay_arrival, row.closed_to_arrival, row.stop_sell) == (None, True, False)
    assert mias.post(page("restriction", "delete", row.pk), {"post": "yes"}).status_code == 302
    assert Restriction.objects.count() == 2
    assert RateChange.objects.count() == 3


def test_restriction_is_refused_at_the_field(mias, property_a):
    for changed, field in (
        ({}, "min_stay_arrival"),
        ({"min_stay_arrival": 5, "max_stay": 3}, "max_stay"),
        ({"quota": 3, "until": "2026-12-01"}, "until"),
        ({"max_stay": 800}, "max_stay"),
    ):
        answer = mias.post(page("restriction", "add"), restriction_fields(property_a, **changed))
        assert list(errors_of(answer)) == [field]
    assert Restriction.objects.count() == 0


def test_daily_prices_are_a_rate_change(mias, property_a):
    fields = {"rate_plan": property_a.rate_plan.pk, "room_type": property_a.double.pk, "price": "129.50"}
    fields |= {"date": "2026-12-01", "until": "2026-12-05"}
    assert mias.post(page("dailyprice", "add"), fields).status_code == 302
    assert list(DailyPrice.objects.values_list("price_minor", flat=True)) == [12950] * 5
    change = RateChange.objects.get()
    assert (change.cells_count, change.first, change.last) == (5, date(2026, 12, 1), date(2026, 12, 5))
    row = DailyPrice.objects.first()
    assert list(errors_of(mias.post(page("dailyprice", "change", row.pk), {"price": "5"}))) == ["price"]
    assert mias.post(page("dailyprice", "change", row.pk), {"price": "5", "confirmed": "on"}).status_code == 302
    assert mias.post(page("dailyprice", "delete", row.pk), {"post": "yes"}).status_code == 302
    assert DailyPrice.objects.count() == 4


def test_weekend_nights_are_boxes(mias, property_a):
    url = reverse("hotel:properties_property_change", urlconf="config.urls_tenant", args=[property_a.property.pk])
    form = mias.get(url).context["adminform"].form
    assert form["weekend_nights"].value() == [5, 6]
    fields = {name: form[name].value() for name in form.fields if name != "amenities"}
    answer = mias.post(
        url, {name: value for name, value in fields.items() if value is not None} | {"weekend_nights": ["4", "5"]}
    )
    assert answer.status_code == 302
    property_a.property.refresh_from_db()
    assert property_a.property.weekend_nights == [4, 5]


@pytest.fixture
def felix_at_lisbon(in_tenant, felix):
    """Felix as the manager of LIS alone."""
    Grant.objects.filter(user=felix).update(role=Role.objects.get(code="manager"), property_code="LIS")
    return felix


def test_manager_of_one_property_sets_nothing_of_another(
    client_for, hotel_a, felix_at_lisbon, property_a, property_other
):
    client = client_for(felix_at_lisbon, hotel_a)
    for model, fields in (
        ("rateplan", plan_fields(property_other)),
        ("cancellationpolicy", policy_fields(property_other, FREE)),
        ("season", season_fields(property_other)),
        ("pricerule", {"property": property_other.property.pk, "kind": "weekend", "first": 0, "percent": "5"}),
        ("restriction", restriction_fields(property_other, quota=1)),
    ):
        errors = errors_of(client.post(page(model, "add"), fields))
        assert errors["property"] == ["Select a valid choice. That choice is not one of the available choices."]
    price = {"rate_plan": property_other.rate_plan.pk, "room_type": property_other.double.pk, "price": "90"}
    assert list(errors_of(client.post(page("season", "add"), season_fields(property_a, price)))) == [
        "prices-0-rate_plan",
        "prices-0-room_type",
    ]
    assert (RatePlan.objects.count(), Season.objects.count(), PriceRule.objects.count()) == (2, 0, 0)


@pytest.mark.parametrize("model", ["rateplan", "cancellationpolicy", "season", "pricerule", "promotion", "restriction"])
def test_front_desk_has_no_business_here(client_for, hotel_a, felix, property_a, model):
    client = client_for(felix, hotel_a)
    for what in ("changelist", "add"):
        assert client.get(page(model, what)).status_code == 403
        assert client.post(page(model, what), {}).status_code == 403


def make_rows(house, number):
    """Make one more row of everything that has a list."""
    place, first = house.property, date(2027, 1, 1 + number)
    plan = RatePlan.objects.create(property=place, code=f"P{number}", name="P", parent=house.rate_plan, position=number)
    policy = CancellationPolicy.objects.create(property=place, code=f"C{number}", name="C")
    policy.tiers.create(penalty="none")
    plan.cancellation_policy = policy
    plan.save()
    PaymentTerms.objects.create(property=place, code=f"T{number}", name="T")
    BasePrice.objects.create(rate_plan=plan, room_type=house.double, price_minor=1)
    Season.objects.create(property=place, code=f"S{number}", name="S", first=first, last=first)
    PriceRule.objects.create(property=place, kind="lead_time", first=number, last=number, percent=5, rate_plan=plan)
    DailyPrice.objects.create(rate_plan=plan, room_type=house.double, date=first, price_minor=1)
    Restriction.objects.create(property=place, rate_plan=plan, room_type=house.double, date=first, quota=1)
    Extra.objects.create(property=place, code=f"E{number}", name="E", price_minor=1)
    Promotion.objects.create(property=place, code=f"X{number}", name="X", percent=5)
    RateChange.objects.create(property=place, number=number, title="C", made_by=TESTER.label, made_at=timezone.now())


LISTS = (
    "rateplan",
    "cancellationpolicy",
    "paymentterms",
    "baseprice",
    "season",
    "pricerule",
    "dailyprice",
    "restriction",
    "extra",
    "promotion",
    "ratechange",
)


def test_lists_cost_the_same_queries_whatever_their_length(mias, property_a):
    def queries(model):
        mias.get(page(model))
        with CaptureQueriesContext(connection) as caught:
            assert mias.get(page(model)).status_code == 200
        return sum('"rates_' in query["sql"] or '"properties_' in query["sql"] for query in caught)

    make_rows(property_a, 1)
    few = {model: queries(model) for model in LISTS}
    make_rows(property_a, 2)
    make_rows(property_a, 3)
    assert {model: queries(model) for model in LISTS} == few


def cards(client):
    answer = client.get("/hotel-admin/")
    return [card.text for card in answer.context["todo"] if "/rates/" in card.url]


def test_overview_says_what_is_missing(mias, property_a):
    place = property_a.property
    parent = RatePlan.objects.create(property=place, code="OLD", name="Old", is_default=False)
    RatePlan.objects.create(property=place, code="NR", name="Non-refundable", parent=parent)
    RatePlan.objects.filter(code="OLD").update(retired_at=timezone.now())
    RatePlan.objects.create(property=place, code="CORP", name="Corporate")
    BasePrice.objects.filter(room_type=property_a.suite).delete()
    assert cards(mias) == [
        "Suite of Casa Lisboa has no base price.",
        "Best available rate of Casa Lisboa can be cancelled for free until arrival.",
        "Corporate of Casa Lisboa can be cancelled for free until arrival.",
        "Non-refundable of Casa Lisboa can be cancelled for free until arrival.",
        "Non-refundable of Casa Lisboa is derived from Old, which is retired.",
        "Corporate of Casa Lisboa has no prices: no room type is sold on it.",
    ]


def test_overview_of_a_house_in_order_is_calm(mias, property_a):
    policy = CancellationPolicy.objects.create(property=property_a.property, code="FLEX", name="Flexible")
    RatePlan.objects.update(cancellation_policy=policy)
    assert cards(mias) == []
