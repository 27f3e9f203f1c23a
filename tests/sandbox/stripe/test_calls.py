"""What holds for every call: keys, idempotency, pages of lists, accounts, and every failure on demand."""

import threading

import pytest
import stripe

ONE_NIGHT = {
    "amount": 8450,
    "currency": "eur",
    "allowed_payment_method_types": ["card"],
    "payment_method": "pm_card_visa",
    "confirm": True,
}


@pytest.fixture
def client(stripe_sandbox):
    return stripe_sandbox.client()


def intents(client):
    return len(client.v1.payment_intents.list({"limit": 100}).data)


@pytest.mark.parametrize("key", ["sk_live_0123456789", "sk_test_invalid"])
def test_a_wrong_key_is_refused(stripe_sandbox, key):
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided: sk_"):
        stripe_sandbox.client(key).v1.customers.list()


def test_a_call_without_a_key_is_refused_and_basic_is_good(stripe_sandbox):
    address = f"{stripe_sandbox.url}/v1/customers"
    assert stripe_sandbox.fetch("GET", address)[0] == 401
    # sk_test_basic: with an empty password
    assert stripe_sandbox.fetch("GET", address, Authorization="Basic c2tfdGVzdF9iYXNpYzo=")[0] == 200


def test_another_version_is_refused(stripe_sandbox):
    with pytest.raises(stripe.InvalidRequestError, match="The sandbox speaks version"):
        stripe_sandbox.client(stripe_version="2020-08-27").v1.customers.list()


def test_an_unknown_path_and_an_unknown_object(client, stripe_sandbox):
    status, _, _ = stripe_sandbox.fetch(
        "GET", f"{stripe_sandbox.url}/v1/subscriptions", Authorization="Bearer sk_test_sandbox"
    )
    assert status == 404
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.retrieve("pi_nothing")
    assert (refused.value.code, refused.value.http_status) == ("resource_missing", 404)


def test_an_unknown_parameter_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.create({"name": "Greta", "room": "101"})
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "room")


def test_the_same_key_repeats_the_first_answer(client):
    first = client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    again = client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert intents(client) == 1


def test_the_same_key_with_other_parameters_is_refused(client):
    client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    with pytest.raises(stripe.IdempotencyError) as refused:
        client.v1.payment_intents.create({**ONE_NIGHT, "amount": 9000}, {"idempotency_key": "pay-1"})
    assert refused.value.http_status == 400


def test_a_declined_card_is_remembered_and_a_malformed_call_is_not(client):
    declined = {**ONE_NIGHT, "payment_method": "pm_card_visa_chargeDeclined"}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(declined, {"idempotency_key": "pay-1"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({**ONE_NIGHT, "amount": 1}, {"idempotency_key": "pay-2"})
    client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-2"})
    assert intents(client) == 2


def test_a_key_is_forgotten_after_a_day(client, stripe_sandbox):
    client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    stripe_sandbox.advance(24 * 3600 + 1)
    client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    assert intents(client) == 2


def test_two_at_once_with_one_key(client, stripe_sandbox):
    stripe_sandbox.fault("hang", seconds=1, method="POST")
    done = []
    first = threading.Thread(
        target=lambda: done.append(client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"}))
    )
    first.start()
    stripe_sandbox.wait_for_fault()
    with pytest.raises(stripe.StripeError) as refused:
        client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    first.join()
    assert (refused.value.http_status, len(done), intents(client)) == (409, 1, 1)


def test_an_error_before_does_nothing_and_a_retry_works(client, stripe_sandbox):
    stripe_sandbox.fault("error_before", path_prefix="/v1/payment_intents")
    with pytest.raises(stripe.APIError) as failed:
        client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    assert (failed.value.http_status, intents(client)) == (500, 0)
    assert client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"}).status == "succeeded"


def test_an_error_after_is_remembered_though_the_money_is_taken(client, stripe_sandbox):
    """The first answer, a 500 included, is the key's answer: only reading again tells what happened."""
    stripe_sandbox.fault("error_after", method="POST")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    assert [intent.status for intent in client.v1.payment_intents.list()] == ["succeeded"]


def test_an_error_after_may_be_forgotten(client, stripe_sandbox):
    stripe_sandbox.fault("error_after", method="POST", saved=False)
    with pytest.raises(stripe.APIError):
        client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    assert client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"}).status == "succeeded"
    assert intents(client) == 1


def test_a_lost_answer_is_got_by_asking_again(client, stripe_sandbox):
    stripe_sandbox.fault("close_after", method="POST")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"})
    assert client.v1.payment_intents.create(ONE_NIGHT, {"idempotency_key": "pay-1"}).status == "succeeded"
    assert intents(client) == 1


def test_a_connection_cut_before_the_work(client, stripe_sandbox):
    stripe_sandbox.fault("close_before", method="POST")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(ONE_NIGHT)
    assert intents(client) == 0


def test_too_many_calls(client, stripe_sandbox):
    stripe_sandbox.fault("rate_limit", times=2)
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            client.v1.payment_intents.create(ONE_NIGHT)
    assert client.v1.payment_intents.create(ONE_NIGHT).status == "succeeded"


def test_the_client_gives_up_on_a_call_that_hangs(stripe_sandbox):
    stripe_sandbox.fault("hang", seconds=0.8)
    hasty = stripe_sandbox.client(http_client=stripe.HTTPXClient(timeout=0.2, allow_sync_methods=True))
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.customers.list()


def test_a_fault_that_does_not_exist_is_refused(stripe_sandbox):
    with pytest.raises(AssertionError, match="A fault is one of"):
        stripe_sandbox.fault("earthquake")


def test_what_was_received_is_listed_without_the_key(client, stripe_sandbox):
    client.v1.customers.create({"name": "Greta"}, {"idempotency_key": "guest-1"})
    (call,) = stripe_sandbox.received
    assert (call["method"], call["path"], call["body"], call["status"]) == ("POST", "/v1/customers", "name=Greta", 200)
    assert call["headers"]["idempotency-key"] == "guest-1"
    assert "authorization" not in call["headers"]


def test_a_call_that_outlives_its_test_leaves_no_trace(client, stripe_sandbox):
    stripe_sandbox.fault("hang", seconds=0.5)
    slow = threading.Thread(target=client.v1.customers.list)
    slow.start()
    stripe_sandbox.wait_for_fault()
    stripe_sandbox.control("POST", "reset")
    slow.join()
    assert stripe_sandbox.received == []


def test_lists_come_in_pages(client):
    made = [client.v1.customers.create({"name": f"Guest {number}"}).id for number in range(5)]
    page = client.v1.customers.list({"limit": 2})
    assert ([guest.id for guest in page], page.has_more) == (made[:2:-1], True)
    assert [guest.id for guest in page.auto_paging_iter()] == made[::-1]
    assert [guest.id for guest in client.v1.customers.list({"ending_before": made[3], "limit": 9})] == [made[4]]


def test_each_account_sees_its_own(client):
    hotels = [client.v1.accounts.create({"country": "DE", "email": name}).id for name in ("a@a.test", "b@b.test")]
    made = client.v1.payment_intents.create(ONE_NIGHT, {"stripe_account": hotels[0]})
    assert client.v1.payment_intents.retrieve(made.id, None, {"stripe_account": hotels[0]}).id == made.id
    for options in ({"stripe_account": hotels[1]}, None):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.retrieve(made.id, None, options)
    with pytest.raises(stripe.PermissionError):
        client.v1.customers.list(None, {"stripe_account": "acct_nobody"})


def test_an_account_passes_onboarding(client, stripe_sandbox):
    hotel = client.v1.accounts.create({"country": "DE", "email": "olivia@hotel-a.test"})
    link = client.v1.account_links.create(
        {"account": hotel.id, "type": "account_onboarding", "return_url": "https://i.test/r", "refresh_url": "https://i.test/f"}
    )  # fmt: skip
    assert hotel.charges_enabled is False
    status, headers, _ = stripe_sandbox.post_form(link.url)
    assert (status, headers["Location"]) == (303, "https://i.test/r")
    assert client.v1.accounts.retrieve(hotel.id).charges_enabled is True
    assert stripe_sandbox.post_form(link.url)[0] == 404


def test_an_old_onboarding_link_leads_back(client, stripe_sandbox):
    hotel = client.v1.accounts.create({"country": "DE"})
    link = client.v1.account_links.create(
        {"account": hotel.id, "type": "account_onboarding", "return_url": "https://i.test/r", "refresh_url": "https://i.test/f"}
    )  # fmt: skip
    stripe_sandbox.advance(301)
    assert stripe_sandbox.fetch("GET", link.url)[1]["Location"] == "https://i.test/f"
