"""The back office's pages of taxes and fees."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.taxes.models import Fee, Tax, TaxRate, TaxSettings
from billing.taxes.services import regime_apply
from pms.access.models import Grant, Role
from pms.audit.models import AuditEvent
from tests.house import TESTER

APPLY = "taxes_taxsettings_apply_rule_set"


def page(name, *args):
    return reverse(f"hotel:{name}", urlconf="config.urls_tenant", args=args)


@pytest.fixture
def mias(client_for, mia, hotel_a):
    return client_for(mia, hotel_a)


def tax_fields(place, rates=(), **more):
    fields = {
        "property": place.pk, "code": "VAT", "name": "VAT", "kind": "vat", "basis": "percent", "position": 0,
        "components": ["accommodation"], "is_included": "on", "percent_base": "net", "on_top_of": "", "source": "",
        "rates-TOTAL_FORMS": len(rates), "rates-INITIAL_FORMS": sum("id" in rate for rate in rates),
    }  # fmt: skip
    for index, rate in enumerate(rates):
        fields |= {f"rates-{index}-{name}": value for name, value in {"age_from": 0, **rate}.items()}
    return {**fields, **more}


def errors_of(answer):
    """Return what the form and its rates refuse, by field."""
    shown = answer.context["adminform"].form.errors
    rows = answer.context["inline_admin_formsets"][0].formset.errors if answer.context["inline_admin_formsets"] else []
    return {**shown, **{f"{index}-{name}": text for index, row in enumerate(rows) for name, text in row.items()}}


def test_manager_makes_a_tax_with_its_rates(mias, property_a):
    rates = [
        {"first": "2025-01-01", "last": "2025-12-31", "percent": "9"},
        {"first": "2026-01-01", "percent": "12"},
    ]
    answer = mias.post(page("taxes_tax_add"), tax_fields(property_a.property, rates))
    assert answer.status_code == 302
    assert [(str(rate.percent), rate.last) for rate in TaxRate.objects.all()] == [
        ("9.0000", date(2025, 12, 31)),
        ("12.0000", None),
    ]
    assert AuditEvent.objects.get(action="tax.created").actor_label == "Mia"


def test_amounts_are_typed_in_the_currency_of_the_property(mias, property_a):
    rates = [{"first": "2026-01-01", "amount": "2.50", "price_from": "100", "age_from": 13, "nights_cap": 7}]
    fields = tax_fields(property_a.property, rates, basis="person_night", kind="city_tax")
    del fields["is_included"]
    assert mias.post(page("taxes_tax_add"), fields).status_code == 302
    rate = TaxRate.objects.get()
    assert (rate.amount_minor, rate.price_from_minor, rate.price_until_minor) == (250, 10_000, None)
    shown = mias.get(page("taxes_tax_change", rate.tax_id)).content.decode()
    assert 'value="2.50"' in shown
    answer = mias.post(page("taxes_tax_add"), {**fields, "code": "B", "rates-0-amount": "2.505"})
    assert errors_of(answer) == {"0-amount": ["EUR has 2 decimals."]}


def test_closing_a_rate_and_opening_the_next_is_one_form(mias, property_a):
    mias.post(page("taxes_tax_add"), tax_fields(property_a.property, [{"first": "2026-01-01", "percent": "9"}]))
    rate = TaxRate.objects.get()
    rates = [
        {"id": rate.pk, "tax": rate.tax_id, "first": "2026-01-01", "last": "2026-12-31", "percent": "9"},
        {"first": "2027-01-01", "percent": "12"},
    ]
    answer = mias.post(page("taxes_tax_change", rate.tax_id), tax_fields(property_a.property, rates))
    assert answer.status_code == 302
    assert [str(row.percent) for row in TaxRate.objects.all()] == ["9.0000", "12.0000"]


@pytest.mark.parametrize(
    ("rates", "more", "field", "message"),
    [
        ([{"first": "2026-01-01", "percent": "99"}], {}, "0-percent", "A tax is from 0 to 50 per cent. Is there a slip of the pen?"),
        (
            [{"first": "2026-01-01", "percent": "9"}, {"first": "2026-06-01", "percent": "12"}],
            {},
            "1-first",
            "It holds on the same days, for the same price, as the rate from 01 January 2026.",
        ),
        ([{"first": "2026-01-01", "amount": "9"}], {}, "0-percent", "This tax is a percentage."),
        ([], {"components": []}, "components", "Say what the tax is counted on."),
        ([], {"on_top_of": "CITY", "is_included": ""}, "on_top_of", "The property has no tax “CITY”."),
    ],
)  # fmt: skip
def test_refusal_stands_at_its_field_and_nothing_is_saved(mias, property_a, rates, more, field, message):
    fields = {name: value for name, value in tax_fields(property_a.property, rates, **more).items() if value != ""}
    answer = mias.post(page("taxes_tax_add"), fields)
    assert answer.status_code == 200
    assert errors_of(answer) == {field: [message]}
    assert Tax.objects.count() == TaxRate.objects.count() == 0


def test_tax_retires_by_a_tick_and_is_never_deleted(mias, property_a):
    mias.post(page("taxes_tax_add"), tax_fields(property_a.property))
    tax = Tax.objects.get()
    assert mias.post(page("taxes_tax_delete", tax.pk), {"post": "yes"}).status_code == 403
    mias.post(page("taxes_tax_change", tax.pk), tax_fields(property_a.property, retired_at="on"))
    tax.refresh_from_db()
    assert tax.retired_at is not None
    mias.post(page("taxes_tax_change", tax.pk), tax_fields(property_a.property))
    tax.refresh_from_db()
    assert tax.retired_at is None


def test_manager_makes_a_fee(mias, property_a):
    fields = {
        "property": property_a.property.pk, "code": "CLEAN", "name": "Cleaning", "component": "cleaning", "position": 0,
        "basis": "stay", "age_from": 0, "amount": "25", "percent": "",
    }  # fmt: skip
    assert mias.post(page("taxes_fee_add"), fields).status_code == 302
    assert Fee.objects.get().amount_minor == 2_500
    assert "€25.00" in mias.get(page("taxes_fee_changelist")).content.decode()
    answer = mias.post(page("taxes_fee_add"), {**fields, "code": "B", "percent": "5"})
    assert errors_of(answer) == {"amount": ["A fee is an amount or a percentage, one of the two."]}


def test_settings_page_changes_the_rounding(mias, property_a):
    fields = {"property": property_a.property.pk, "rounding": "tax"}
    assert mias.post(page("taxes_taxsettings_add"), fields).status_code == 302
    assert TaxSettings.objects.get().rounding == "tax"
    answer = mias.post(page("taxes_taxsettings_add"), fields)
    assert errors_of(answer) == {"property": ["The property has tax settings already: change those."]}


def test_rule_set_is_chosen_seen_and_applied(mias, property_a):
    chosen = {"property": "LIS", "regime": "pt-lisbon"}
    assert mias.get(page(APPLY)).status_code == 200
    shown = mias.get(page(APPLY), chosen)
    assert shown.context["changes"][0].what == "VAT on accommodation"
    assert "2.17" in shown.content.decode()
    assert Tax.objects.count() == 0
    answer = mias.post(page(APPLY), chosen)
    assert answer.status_code == 302
    assert Tax.objects.count() == 4
    assert AuditEvent.objects.get(action="taxes.regime_applied").actor_label == "Mia"
    again = mias.get(page(APPLY), chosen)
    assert (again.context["changes"], "Nothing changes" in again.content.decode()) == ([], True)
    assert (
        "Portugal: Lisbon, as read on 21 November 2026"
        in mias.get(page("taxes_taxsettings_changelist")).content.decode()
    )


def test_category_of_the_rule_set_is_asked_for(mias, property_a):
    chosen = {"property": "LIS", "regime": "es-barcelona", "category": "5-star"}
    assert (
        mias.get(page(APPLY), {"property": "LIS", "regime": "es-barcelona"})
        .context["form"]["category"]
        .field.choices[0][0]
        == "4-star"
    )
    mias.post(page(APPLY), chosen)
    assert TaxRate.objects.get(tax__code="IEET", last=None).amount_minor == 700


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({"property": "LIS", "regime": "gb"}, "regime"),
        ({"property": "LIS", "regime": "xx"}, "regime"),
        ({"property": "XXX", "regime": "gb"}, "property"),
        ({"property": "LIS", "regime": "fr-paris", "category": "9"}, "category"),
    ],
)
def test_rule_set_that_does_not_fit_is_refused(mias, property_a, chosen, field):
    for answer in (mias.get(page(APPLY), chosen), mias.post(page(APPLY), chosen)):
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
    assert Tax.objects.count() == 0


def test_manager_of_another_property_cannot_touch_this_one(client_for, hotel_a, felix, property_a, property_other):
    Grant.objects.create(user=felix, role=Role.objects.get(code="manager"), property_code="POR")
    client = client_for(felix, hotel_a)
    regime_apply(property=property_a.property, regime="pt-lisbon", actor=TESTER)
    tax = Tax.objects.get(code="CITY-TAX")
    chosen = {"property": "LIS", "regime": "de-berlin"}
    assert "CITY-TAX" not in client.get(page("taxes_tax_changelist")).content.decode()
    assert client.get(page("taxes_tax_change", tax.pk)).status_code == 302
    assert client.post(page("taxes_tax_add"), tax_fields(property_a.property)).status_code == 200
    assert client.post(page(APPLY), chosen).status_code == 422
    assert client.post(page(APPLY), {**chosen, "property": "POR"}).status_code == 302
    assert Tax.objects.filter(property=property_a.property, retired_at=None).count() == 4


def test_front_desk_and_strangers_have_no_business_here(client_for, hotel_a, hotel_b, felix, hana, otto, property_a):
    for user, home in ((felix, hotel_a), (hana, hotel_a), (otto, hotel_b), (None, hotel_a)):
        client = client_for(user, home)
        for name in ("taxes_tax_changelist", "taxes_fee_add", APPLY):
            answer = client.get(page(name), headers={"host": "hotel-a.localhost"})
            assert answer.status_code in (302, 403)
        answer = client.post(
            page(APPLY), {"property": "LIS", "regime": "pt-lisbon"}, headers={"host": "hotel-a.localhost"}
        )
        assert answer.status_code in (302, 403)
    assert Tax.objects.count() == 0


def test_list_asks_as_many_questions_for_three_rows_as_for_one(mias, property_a):
    mias.get(page("taxes_tax_changelist"))
    counts = []
    for code in ("A", "B", "C"):
        Tax.objects.create(property=property_a.property, code=code, name=code, components=["accommodation"])
        TaxRate.objects.create(tax=Tax.objects.get(code=code), first=date(2026, 1, 1), percent="9")
        with CaptureQueriesContext(connection) as queries:
            mias.get(page("taxes_tax_changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[2]


def test_dashboard_says_which_property_has_no_taxes(mias, property_a):
    assert "Casa Lisboa sells without taxes." in mias.get("/hotel-admin/").content.decode()
    regime_apply(property=property_a.property, regime="pt-lisbon", actor=TESTER)
    assert "sells without taxes" not in mias.get("/hotel-admin/").content.decode()


def test_name_is_written_in_other_languages(mias, property_a):
    place = property_a.property
    named = {"name": "Tourist tax", "name_lt": "Turisto mokestis", "name_de": "Kurtaxe"}
    assert mias.post(page("taxes_tax_add"), tax_fields(place, **named)).status_code == 302
    assert Tax.objects.get().texts == {"lt": {"name": "Turisto mokestis"}, "de": {"name": "Kurtaxe"}}
