"""The guest's pages behind a link, and the back office."""

import re

import pytest
from django.urls import reverse

from billing.ledger.services import entity_of
from billing.payments.enums import PaymentStatus, Purpose
from billing.payments.models import PaymentAccount, PaymentIntent
from billing.payments.services import payment_link_create, payment_link_revoke, payment_link_token
from pms.access.models import Grant, Role
from tests.billing.payments.test_services import back, take
from tests.billing.payments.test_stripe import balance
from tests.house import TESTER, refused


def link_to(folio, account, amount=10_000, **more):
    """Make a link and return it with its address."""
    link = payment_link_create(
        folio=folio, account=account, purpose=Purpose.DEPOSIT, amount_minor=amount, actor=TESTER, **more
    )
    return link, f"/pay/{payment_link_token(link)}/"


def test_guest_pays_by_link(client_for, hotel_a, folio, stripe_account, stripe_sandbox):
    _, path = link_to(folio, stripe_account)
    client = client_for(None, hotel_a)
    page = client.get(path)
    assert "€100.00" in page.content.decode()
    assert not re.search(r"<input(?!.*csrf)", page.content.decode())
    assert "form-action 'self' https:" in page["Content-Security-Policy"]
    leads = client.post(path)
    assert (leads.status_code, leads["Location"].startswith(stripe_sandbox.url)) == (303, True)
    assert client.post(path)["Location"] == leads["Location"], "the open page is used again"
    onward = stripe_sandbox.pay(leads["Location"])
    assert onward.startswith(f"http://hotel-a.localhost{path}back/")
    assert "Your payment has arrived" in client.get(f"{path}back/").content.decode()
    assert (balance(folio), PaymentIntent.objects.count()) == (-10_000, 1)
    assert "All paid" in client.get(path).content.decode()
    assert client.post(path).status_code == 200


def test_guest_comes_back_without_paying(client_for, hotel_a, folio, stripe_account):
    _, path = link_to(folio, stripe_account)
    client = client_for(None, hotel_a)
    client.post(path)
    assert "on its way" in client.get(f"{path}back/").content.decode()
    assert "Nothing was paid" in client.get(f"{path}cancelled/").content.decode()
    assert balance(folio) == 0


def test_razorpay_is_reached_by_a_form(client_for, hotel_a, folio, razorpay_account, razorpay_sandbox):
    _, path = link_to(folio, razorpay_account)
    client = client_for(None, hotel_a)
    assert client.post(path)["Location"] == f"{path}go/"
    page = client.get(f"{path}go/").content.decode()
    payment = PaymentIntent.objects.get()
    assert f'name="order_id" value="{payment.provider_checkout_id}"' in page
    fields = razorpay_sandbox.pay(payment.provider_checkout_id)
    assert "Your payment has arrived" in client.post(f"{path}back/", fields).content.decode()


def test_what_was_approved_at_paypal_is_captured_when_the_guest_comes_back(
    client_for, hotel_a, folio, paypal_account, paypal_sandbox
):
    _, path = link_to(folio, paypal_account)
    client = client_for(None, hotel_a)
    leads = client.post(path)["Location"]
    paypal_sandbox.approve({"links": [{"rel": "approve", "href": leads}]})
    assert "Your payment has arrived" in client.get(f"{path}back/").content.decode()
    assert balance(folio) == -10_000


def test_declined_at_paypal_is_said_when_the_guest_comes_back(
    client_for, hotel_a, folio, paypal_account, paypal_sandbox
):
    _, path = link_to(folio, paypal_account)
    client = client_for(None, hotel_a)
    leads = client.post(path)["Location"]
    paypal_sandbox.approve({"links": [{"rel": "approve", "href": leads}]})
    paypal_sandbox.control("POST", "captures", status="INSTRUMENT_DECLINED")
    assert client.get(f"{path}back/").status_code == 200
    assert balance(folio) == 0


def test_provider_that_is_away_is_said_on_the_page(client_for, hotel_a, folio, stripe_account, stripe_sandbox):
    _, path = link_to(folio, stripe_account)
    stripe_sandbox.fault("error_before", times=2)
    answer = client_for(None, hotel_a).post(path)
    assert answer.status_code == 503
    assert "does not answer right now" in answer.content.decode()


@pytest.mark.parametrize("what", ["revoked", "forged", "other_host"])
def test_link_that_is_not_good_leads_nowhere(client_for, hotel_a, hotel_b, folio, stripe_account, what):
    link, path = link_to(folio, stripe_account)
    if what == "revoked":
        payment_link_revoke(link=link, actor=TESTER)
    host = hotel_b if what == "other_host" else hotel_a
    path = path.replace(":", ";") if what == "forged" else path
    assert client_for(None, host).get(path).status_code == 404
    assert client_for(None, host).post(path).status_code == 404


def test_link_without_an_amount_asks_for_what_is_owed(client_for, hotel_a, property_a, folio, stripe_account):
    _, path = link_to(folio, stripe_account, None)
    assert "All paid" in client_for(None, hotel_a).get(path).content.decode()


def test_link_that_makes_no_sense_is_refused(folio, stripe_account, cash):
    with refused("no_amount"):
        link_to(folio, stripe_account, 0)
    with refused("account_elsewhere"):
        link_to(folio, cash)
    with refused("bad_days"):
        link_to(folio, stripe_account, days=0)


# The back office


def page_of(model, what, *args):
    return reverse(f"hotel:payments_{model}_{what}", urlconf="config.urls_tenant", args=args)


@pytest.fixture
def fields(property_a):
    entity = entity_of(property_a.property)
    return {
        "name": "Stripe", "code": "STRIPE", "entity": entity.pk, "provider": "stripe", "method": "online", "mode": "own",
        "public_key": "pk_test_1", "secret_key": "sk_test_hush_0123456789", "webhook_secret": "whsec_hush_0123456789",
        "currencies": "eur, usd", "is_active": "on", "position": 0,
    }  # fmt: skip


def test_manager_sets_up_an_account_and_never_sees_its_secrets_again(client_for, hotel_a, mia, fields):
    client = client_for(mia, hotel_a)
    assert client.post(page_of("paymentaccount", "add"), fields).status_code == 302
    account = PaymentAccount.objects.get()
    assert account.currencies == ["EUR", "USD"]
    page = client.get(page_of("paymentaccount", "change", account.pk)).content.decode()
    assert "ends in 6789" in page
    assert "/hooks/stripe/" in page
    assert "hush" not in page
    sealed = account.sealed
    kept = {**fields, "name": "Cards", "secret_key": "", "webhook_secret": ""}
    assert client.post(page_of("paymentaccount", "change", account.pk), kept).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.sealed) == ("Cards", sealed)
    wrong = client.post(
        page_of("paymentaccount", "change", account.pk), {**kept, "currencies": "euro", "secret_key": "sk_hush_2"}
    )
    assert wrong.status_code == 200
    assert "hush" not in wrong.content.decode()


def test_manager_of_one_property_sets_up_none_for_all(client_for, hotel_a, mia, fields):
    Grant.objects.filter(user=mia).update(property_code="LIS", role=Role.objects.get(code="manager"))
    assert client_for(mia, hotel_a).post(page_of("paymentaccount", "add"), fields).status_code in {200, 403}
    assert PaymentAccount.objects.count() == 0


def test_desk_sets_up_no_account(client_for, hotel_a, felix, fields):
    assert client_for(felix, hotel_a).post(page_of("paymentaccount", "add"), fields).status_code == 403


@pytest.mark.parametrize("model", ["paymentintent", "providerpayout", "reconciliation"])
def test_money_is_shown_and_not_changed(client_for, hotel_a, mia, folio, cash, model):
    payment = take(folio, cash)
    client = client_for(mia, hotel_a)
    assert client.get(page_of(model, "changelist")).status_code == 200
    assert client.get(page_of(model, "add")).status_code == 403
    if model == "paymentintent":
        page = client.get(page_of(model, "change", payment.pk))
        assert (page.status_code, str(payment.code) in page.content.decode()) == (200, True)
        client.post(page_of(model, "change", payment.pk), {"status": "failed"})
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.CAPTURED


def ticked(client, model, action, row):
    return client.post(page_of(model, "changelist"), {"action": action, "_selected_action": [row.pk]})


def test_manager_refunds_all_that_is_left(client_for, hotel_a, mia, folio, cash):
    payment = take(folio, cash)
    back(payment, 4_000)
    ticked(client_for(mia, hotel_a), "paymentintent", "refund_whole", payment)
    assert balance(folio) == 0


def test_desk_revokes_a_link(client_for, hotel_a, felix, folio, stripe_account):
    link, path = link_to(folio, stripe_account)
    ticked(client_for(felix, hotel_a), "paymentlink", "revoke", link)
    assert client_for(None, hotel_a).get(path).status_code == 404


def test_accountant_sees_and_does_not_refund(client_for, hotel_a, hana, folio, cash):
    Grant.objects.filter(user=hana).update(role=Role.objects.get(code="accountant"))
    payment = take(folio, cash)
    assert ticked(client_for(hana, hotel_a), "paymentintent", "refund_whole", payment).status_code == 403
    assert balance(folio) == -10_000
