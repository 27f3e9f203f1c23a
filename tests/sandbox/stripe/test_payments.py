"""Payment intents and refunds, driven by the official client."""

import pytest
import stripe

ONE_NIGHT = {"amount": 8450, "currency": "eur", "allowed_payment_method_types": ["card"]}


@pytest.fixture
def client(stripe_sandbox):
    return stripe_sandbox.client()


def paid(client, method="pm_card_visa", **given):
    return client.v1.payment_intents.create({**ONE_NIGHT, "payment_method": method, "confirm": True, **given})


def test_a_card_that_works_is_charged_at_once(client):
    intent = paid(client, metadata={"booking": "B-1"})
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (intent.status, intent.amount_received) == ("succeeded", 8450)
    assert (charge.captured, charge.amount_captured, charge.metadata["booking"]) == (True, 8450, "B-1")


def test_a_declined_card_says_why_and_leaves_the_intent_open(client):
    with pytest.raises(stripe.CardError) as refused:
        paid(client, "pm_card_visa_chargeDeclinedInsufficientFunds")
    error = refused.value.error
    assert (error.code, error.decline_code) == ("card_declined", "insufficient_funds")
    assert client.v1.payment_intents.retrieve(error.payment_intent.id).status == "requires_payment_method"


def test_a_hold_is_taken_in_part_and_the_rest_released(client):
    """T39: an authorisation is no payment."""
    held = paid(client, capture_method="manual")
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 8450, 0)
    taken = client.v1.payment_intents.capture(held.id, {"amount_to_capture": 5000})
    charge = client.v1.charges.retrieve(held.latest_charge)
    assert (taken.status, taken.amount_received) == ("succeeded", 5000)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (5000, 3450, False)


def test_more_than_is_held_cannot_be_taken(client):
    held = paid(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(held.id, {"amount_to_capture": 8451})
    assert refused.value.code == "amount_too_large"


def test_a_hold_that_nobody_takes_lapses(client, stripe_sandbox):
    held = paid(client, capture_method="manual")
    stripe_sandbox.advance(7 * 24 * 3600 + 1)
    lapsed = client.v1.payment_intents.retrieve(held.id)
    assert (lapsed.status, lapsed.cancellation_reason) == ("canceled", "automatic")


def test_a_hold_is_released_by_canceling(client):
    held = paid(client, capture_method="manual")
    gone = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "requested_by_customer"})
    assert (gone.status, client.v1.charges.retrieve(held.latest_charge).refunded) == ("canceled", True)


def test_what_succeeded_cannot_be_canceled(client):
    intent = paid(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.cancel(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_confirming_later_takes_a_method(client):
    intent = client.v1.payment_intents.create(ONE_NIGHT)
    assert intent.status == "requires_payment_method"
    assert client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_confirming_with_redirecting_methods_needs_a_way_back(client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(
            {"amount": 8450, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
        )
    assert refused.value.param == "return_url"


def test_a_bank_that_asks_sends_the_guest_to_its_page(client, stripe_sandbox):
    intent = paid(client, "pm_card_authenticationRequired", return_url="https://hotel.example/back?b=1")
    assert intent.status == "requires_action"
    _, headers, _ = stripe_sandbox.post_form(intent.next_action.redirect_to_url.url, answer="complete")
    assert headers["Location"].startswith(f"https://hotel.example/back?b=1&payment_intent={intent.id}")
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_saved_card_is_charged_later_without_its_owner(client):
    guest = client.v1.customers.create({"email": "greta@example.com", "name": "Greta"})
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": guest.id})
    intent = paid(client, card.id, customer=guest.id, off_session=True)
    assert (intent.status, intent.customer) == ("succeeded", guest.id)
    assert [method.id for method in client.v1.payment_methods.list({"customer": guest.id})] == [card.id]


@pytest.mark.parametrize(
    ("name", "code"),
    [("pm_card_chargeCustomerFail", "card_declined"), ("pm_card_authenticationRequired", "authentication_required")],
)
def test_a_saved_card_can_fail_later(client, name, code):
    """T41: off-session use can need the owner again."""
    guest = client.v1.customers.create({"email": "greta@example.com"})
    card = client.v1.payment_methods.attach(name, {"customer": guest.id})
    with pytest.raises(stripe.CardError) as refused:
        paid(client, card.id, customer=guest.id, off_session=True)
    assert refused.value.code == code


def test_another_customers_card_is_refused(client):
    guest, outsider = (client.v1.customers.create({"name": name}) for name in ("Greta", "Otto"))
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": guest.id})
    with pytest.raises(stripe.InvalidRequestError):
        paid(client, card.id, customer=outsider.id)


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "eur", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (10_001, "kwd", "parameter_invalid_integer"),
        (100_000_000, "eur", "amount_too_large"),
    ],
)
def test_amounts_that_no_card_can_be_charged_with(client, amount, currency, code):
    """T36: currencies have 0, 2 or 3 decimals."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        paid(client, amount=amount, currency=currency)
    assert refused.value.code == code


@pytest.mark.parametrize(("amount", "currency"), [(50, "jpy"), (10_000, "kwd")])
def test_other_decimals_are_charged_as_they_are(client, amount, currency):
    """T36."""
    assert paid(client, amount=amount, currency=currency).amount_received == amount


def test_refunds_never_exceed_what_was_taken(client):
    """T38."""
    intent = paid(client)
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 3000})
    second = client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000})
    with pytest.raises(stripe.InvalidRequestError, match=r"€84.50|greater than unrefunded amount on charge \(€34.50\)"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 3451})
    rest = client.v1.refunds.create({"payment_intent": intent.id})
    assert (rest.amount, client.v1.charges.retrieve(intent.latest_charge).refunded) == (3450, True)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"
    listed = client.v1.refunds.list({"payment_intent": intent.id})
    assert [refund.id for refund in listed] == [rest.id, second.id, first.id]


def test_a_refund_can_fail_after_it_had_begun(client, stripe_sandbox):
    intent = paid(client, "pm_card_pendingRefund")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    stripe_sandbox.control("POST", "refunds/settle", refund=refund.id, status="failed", reason="lost_or_stolen_card")
    failed = client.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 0
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 8450


@pytest.mark.parametrize(
    ("name", "begins", "ends"),
    [("pm_card_pendingRefund", "pending", "succeeded"), ("pm_card_refundFail", "succeeded", "failed")],
)
def test_some_cards_end_a_refund_otherwise_than_it_began(client, stripe_sandbox, name, begins, ends):
    refund = client.v1.refunds.create({"payment_intent": paid(client, name).id})
    stripe_sandbox.advance(61)
    assert (refund.status, client.v1.refunds.retrieve(refund.id).status) == (begins, ends)


def test_a_refund_of_a_partial_capture_is_bounded_by_the_part(client):
    """T38."""
    held = paid(client, capture_method="manual")
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": 5000})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": held.id, "amount": 5001})
    assert client.v1.refunds.create({"payment_intent": held.id}).amount == 5000
    assert client.v1.charges.retrieve(held.latest_charge).refunded is True


def test_a_payment_can_stay_in_the_works(client, stripe_sandbox):
    stripe_sandbox.control("POST", "payments/slow", times=1)
    intent = paid(client)
    assert intent.status == "processing"
    stripe_sandbox.control("POST", "payments/settle", payment_intent=intent.id, succeed=True)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
