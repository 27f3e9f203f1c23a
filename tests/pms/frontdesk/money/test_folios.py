"""Folios at the desk: read, charged, reduced, moved, closed; who may, and what is refused where."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from billing.folios.models import Folio, Posting, RoutingRule
from billing.folios.selectors import folio_findings
from billing.folios.services import article_post, folio_open, main_folio
from pms.access.models import Grant, Role
from pms.frontdesk.money.words import writer
from pms.kernel.money import Money
from tests.pms.frontdesk.desk_cast import SYSTEM, book

HTMX = {"hx-request": "true"}


def url(verb, folio):
    return reverse(f"desk:folio-{verb}" if verb else "desk:folio", args=[folio.code])


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def done(client, address, **given):
    answer = client.post(address, given)
    assert answer.status_code == 303, answer.content.decode()[:5000]


# --- Reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("currency", ["EUR", "JPY", "BHD", "CHF", "INR", "CAD", "SEK"])
@pytest.mark.parametrize("minor", [0, 5, -5, 123_456_789, -100])
def test_amounts_are_written_as_everywhere_else(currency, minor):
    """T36: currencies with none and three decimals as well."""
    assert writer(currency)(minor) == str(Money(minor, currency))


def test_a_folio_shows_what_is_left_of_a_line(manager, folio):
    done(manager, url("allowance", folio), line="1", reduction="10%", reason="Noise at night")
    page = manager.get(url("", folio)).content.decode()
    assert "€90.00 left" in page
    assert "“Noise at night”" in page


def test_the_balance_after_the_last_line_is_the_balance(desk, folio, wine):
    article_post(folio=folio, article=wine, quantity=2, actor=SYSTEM)
    rows = list(desk.get(url("", folio)).context["page"].rows)
    assert rows[-1].running == "€148.00"
    assert [row.number for row in rows] == [1, 2]


def test_a_folio_on_paper(desk, folio):
    page = desk.get(reverse("desk:folio-print", args=[folio.code]))
    assert page.status_code == 200
    assert "Greta Lindqvist" in page.content.decode()


def test_the_list_shows_balances_first_and_finds_by_payer(desk, folio, company_folio):
    assert [row.code for row in desk.get(reverse("desk:folios")).context["rows"]] == [folio.code]
    found = desk.get(reverse("desk:folios") + "?q=acme").context["rows"]
    assert [row.code for row in found] == [company_folio.code]


# --- Doing --------------------------------------------------------------------------------------------------


def test_charge_an_article(desk, folio, wine):
    done(desk, url("charge", folio), good="article:WINE", quantity="2", unit="20,50")
    assert Posting.objects.get(kind="article").amount_minor == 4_100
    assert fresh(folio).balance_minor == 14_100


def test_a_charge_is_shown_before_the_yes_and_nothing_is_written(desk, folio, wine):
    answer = desk.post(url("charge", folio), {"good": "article:WINE", "quantity": "1", "preview": "1"}, headers=HTMX)
    assert "€124.00" in answer.content.decode()
    assert fresh(folio).balance_minor == 10_000


def test_a_form_sent_twice_charges_once(desk, folio, wine):
    key = "8a3a51a2-6d8f-4f5d-a38f-5df1b6d2c001"
    for _ in range(2):
        done(desk, url("charge", folio), good="article:WINE", quantity="1", request_key=key)
    assert Posting.objects.filter(kind="article").count() == 1


def test_charging_a_stay_opens_its_main_folio(desk, property_a, wine):
    row = book(property_a)
    done(desk, reverse("desk:stay-money-charge", args=[row.code]), good="article:WINE", quantity="1")
    assert Folio.objects.get(reservation=row).balance_minor == 2_400


def test_an_allowance_of_several_lines_is_shared_out(manager, folio, wine):
    """T35: by what is left of each, to the cent."""
    article_post(folio=folio, article=wine, actor=SYSTEM)
    done(manager, url("allowance", folio), line=["1", "2"], reduction="31", reason="Goodwill")
    given = Posting.objects.filter(kind="allowance").order_by("pk").values_list("amount_minor", flat=True)
    assert list(given) == [-2_500, -600]


@pytest.mark.parametrize("reduction", ["0", "-5", "101%", "12.345", "ten", "100.01"])
def test_an_allowance_that_makes_no_sense_is_refused_at_its_field(manager, folio, reduction):
    answer = manager.post(url("allowance", folio), {"line": "1", "reduction": reduction, "reason": "x"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["reduction"]


def test_lines_move_to_the_folio_of_the_company(desk, folio, company_folio):
    done(desk, url("transfer", folio), line="1", to=company_folio.code)
    assert (fresh(folio).balance_minor, fresh(company_folio).balance_minor) == (0, 10_000)
    assert "Moved to Acme GmbH" in desk.get(url("", folio)).content.decode()
    assert "moved from Greta Lindqvist" in desk.get(url("", company_folio)).content.decode()


def test_a_line_is_split(desk, folio, company_folio):
    done(desk, url("transfer", folio), line="1", to=company_folio.code, amount="40")
    assert (fresh(folio).balance_minor, fresh(company_folio).balance_minor) == (6_000, 4_000)
    assert folio_findings(property=folio.property) == []


def test_moving_opens_the_folio_of_the_company_that_booked(desk, stay, folio, company):
    booking = stay.booking
    booking.company = company
    booking.save()
    done(desk, url("transfer", folio), line="1", to="company:ACME")
    assert Folio.objects.get(company=company).balance_minor == 10_000


def test_an_amount_above_what_is_left_is_refused_at_its_field(desk, folio, company_folio):
    answer = desk.post(url("transfer", folio), {"line": "1", "to": company_folio.code, "amount": "100.01"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["amount"])


def test_a_company_pays_the_room_with_one_yes(desk, stay, folio, company):
    address = reverse("desk:stay-money-open-folio", args=[stay.code])
    done(desk, address, company="Acme GmbH", pays="room", posted="on")
    theirs = Folio.objects.get(company=company)
    assert "accommodation" in RoutingRule.objects.get(folio=theirs).components
    assert (fresh(folio).balance_minor, theirs.balance_minor) == (0, 10_000)


def test_a_refused_move_leaves_no_folio_behind(desk, stay, folio, company):
    """All or nothing: the folio was opened on the way to a refusal."""
    stay.booking.company = company
    stay.booking.save()
    refused = desk.post(url("transfer", folio), {"line": "1", "to": "company:ACME", "amount": "500"})
    assert (refused.status_code, Folio.objects.filter(company=company).count()) == (422, 0)


def test_a_press_twice_opens_one_folio(desk, stay, company):
    address = reverse("desk:stay-money-open-folio", args=[stay.code])
    answers = [desk.post(address, {"company": "Acme GmbH", "pays": "none"}).status_code for _ in range(2)]
    assert (answers, Folio.objects.filter(company=company).count()) == ([303, 422], 1)


def test_routing_is_set_and_taken_away(desk, stay, company_folio):
    address = reverse("desk:stay-money-routing", args=[stay.code])
    done(desk, address, to=company_folio.code, pays="own", components=["parking"])
    assert RoutingRule.objects.get().components == ["parking"]
    done(desk, address, to=company_folio.code, pays="none")
    assert not RoutingRule.objects.exists()


def test_write_off_close_and_open_again(manager, folio):
    done(manager, url("write-off", folio), reason="Left without paying")
    done(manager, url("close", fresh(folio)))
    assert fresh(folio).status == "closed"
    done(manager, url("reopen", fresh(folio)), reason="Minibar found")
    assert fresh(folio).status == "open"


def test_a_balance_cannot_be_closed(desk, folio):
    answer = desk.post(url("close", folio))
    assert answer.status_code == 422
    assert "settle it first" in answer.content.decode()


def test_the_city_ledger_and_back(desk, company_folio):
    done(desk, url("city-ledger", company_folio))
    assert fresh(company_folio).ledger == "city"
    done(desk, url("city-ledger", company_folio))
    assert fresh(company_folio).ledger == "guest"


def test_a_house_account_is_opened(desk, property_a):
    done(desk, reverse("desk:house-account"), label="Bar")
    assert Folio.objects.get(kind="house").label == "Bar"


def test_somebody_else_was_faster(desk, folio, wine):
    seen = folio.version
    article_post(folio=folio, article=wine, actor=SYSTEM)
    answer = desk.post(url("charge", folio), {"good": "article:WINE", "quantity": "1", "version": seen})
    assert answer.status_code == 422
    assert "changed by somebody else" in answer.content.decode()


def test_htmx_gets_a_toast_and_events(desk, folio, wine):
    answer = desk.post(url("charge", folio), {"good": "article:WINE", "quantity": "1"}, headers=HTMX)
    told = json.loads(answer["HX-Trigger"])
    assert told["toast"]["message"] == "Bottle of wine charged."
    assert told["folio:changed"]["code"] == folio.code
    assert told["reservation:changed"]["code"] == folio.reservation.code


# --- Who may ------------------------------------------------------------------------------------------------

MAY = {
    "charge": {"administrator", "manager", "front_desk"},
    "transfer": {"administrator", "manager", "front_desk"},
    "city-ledger": {"administrator", "manager", "front_desk"},
    "allowance": {"administrator", "manager"},
    "write-off": {"administrator", "manager"},
    "": {"administrator", "manager", "front_desk", "accountant"},
}


@pytest.mark.parametrize(
    "role", ["administrator", "manager", "front_desk", "accountant", "housekeeping", "property_owner"]
)
@pytest.mark.parametrize("verb", list(MAY))
def test_who_may(client_for, felix, in_tenant, folio, verb, role):
    Grant.objects.filter(user=felix).update(role=Role.objects.get(code=role))
    answer = client_for(felix, in_tenant).get(url(verb, folio))
    assert answer.status_code == (200 if role in MAY[verb] else 403)


@pytest.mark.parametrize("verb", ["", "charge", "transfer", "print"])
def test_another_organization_sees_nothing(client_for, otto, hotel_b, folio, verb):
    assert client_for(otto, hotel_b).get(url(verb, folio)).status_code in {403, 404}


@pytest.mark.parametrize("verb", ["", "charge", "transfer"])
def test_another_property_is_not_there(client_for, felix, in_tenant, property_other, folio, verb):
    Grant.objects.filter(user=felix).update(property_code="POR")
    assert client_for(felix, in_tenant).get(url(verb, folio)).status_code == 404


def test_a_folio_of_another_property_takes_no_lines(desk, folio, property_other):
    other = folio_open(property=property_other.property, label="Bar", actor=SYSTEM)
    answer = desk.post(url("transfer", folio), {"line": "1", "folio_code": other.code})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["folio_code"])


# --- Queries ------------------------------------------------------------------------------------------------


def counted(client, address):
    """Return the statements of one GET after a first one has filled what is remembered between requests."""
    client.get(address)
    statements = []

    def note(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = client.get(address)
    assert answer.status_code == 200
    return len(statements)


def test_a_folio_costs_at_most_ten_queries_for_any_number_of_lines(desk, folio, company_folio, wine):
    article_post(folio=folio, article=wine, actor=SYSTEM)
    done(desk, url("transfer", folio), line="2", to=company_folio.code)
    few = counted(desk, url("", folio))
    for _ in range(30):
        article_post(folio=folio, article=wine, actor=SYSTEM)
    assert counted(desk, url("", folio)) == few <= 10


def test_the_list_costs_as_many_queries_for_three_rows_as_for_one(desk, property_a, folio, wine):
    one = counted(desk, reverse("desk:folios"))
    for unit in ("102", "103"):
        other = main_folio(reservation=book(property_a, unit=unit))
        article_post(folio=other, article=wine, actor=SYSTEM)
    assert counted(desk, reverse("desk:folios")) == one


def test_the_money_of_a_stay_costs_the_same_for_any_number_of_folios(desk, stay, folio, company):
    address = reverse("desk:stay-payments", args=[stay.code])
    one = counted(desk, address)
    for number in range(2):
        folio_open(property=stay.property, reservation=stay, company=company, label=f"Acme {number}", actor=SYSTEM)
    assert counted(desk, address) == one
