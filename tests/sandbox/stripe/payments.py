"""Payment intents and their charges: confirm, authenticate, capture, cancel, and what the clock does to a hold."""

from typing import Any

from tests.sandbox.core.state import token
from tests.sandbox.stripe import cards, methods, money, objects
from tests.sandbox.stripe.errors import Refusal
from tests.sandbox.stripe.parameters import EXPAND, LISTING, MARKED, Shape, merged
from tests.sandbox.stripe.world import World, listed

HOLD_SECONDS = 7 * 24 * 3600
AVAILABLE_AFTER_SECONDS = 2 * 24 * 3600
CONFIRMING: Shape = {
    "payment_method": "text", "off_session": "boolean", "return_url": "text", "receipt_email": "text",
    "setup_future_usage": ("off_session", "on_session"), "capture_method": ("automatic", "automatic_async", "manual"),
    "error_on_requires_action": "boolean", "allowed_payment_method_types": ["text"], "use_stripe_sdk": "boolean",
    **EXPAND,
}  # fmt: skip
CREATE: Shape = {
    **CONFIRMING, **MARKED, "!amount": "integer", "!currency": "currency", "confirm": "boolean", "customer": "text",
    "description": "text", "application_fee_amount": "integer", "statement_descriptor_suffix": "text",
    "statement_descriptor": "text", "transfer_group": "text",
    "automatic_payment_methods": {"!enabled": "boolean", "allow_redirects": ("always", "never")},
    "confirmation_method": ("automatic", "manual"),
}  # fmt: skip
UPDATE: Shape = {**MARKED, "description": "text", "receipt_email": "text", "amount": "integer", "customer": "text"}
CAPTURE: Shape = {
    **MARKED, "amount_to_capture": "integer", "application_fee_amount": "integer", "final_capture": "boolean",
    "statement_descriptor_suffix": "text",
}  # fmt: skip
CANCEL: Shape = {
    **EXPAND, "cancellation_reason": ("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
}  # fmt: skip
LIST: Shape = {**LISTING, "customer": "text"}
CHARGE_LIST: Shape = {**LISTING, "customer": "text", "payment_intent": "text"}


def create(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Create a payment intent and, when asked, confirm it at once."""
    money.check(asked["amount"], asked["currency"])
    _check_types(asked)
    if asked.get("customer"):
        world.get("customer", asked["customer"], "customer")
    if asked.get("off_session") and not asked.get("confirm"):
        raise Refusal("off_session needs confirm beside it.", param="off_session")
    if asked.get("confirm"):
        _check_return(asked)
    plain = ("customer", "description", "application_fee_amount", "statement_descriptor_suffix", "statement_descriptor",
             "transfer_group", "receipt_email", "setup_future_usage", "capture_method")  # fmt: skip
    given = {name: asked[name] for name in plain if asked.get(name) is not None}
    automatic = asked.get("automatic_payment_methods")
    if not asked.get("allowed_payment_method_types"):
        given["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True} | (automatic or {})
    intent = world.add(
        objects.payment_intent(asked["amount"], asked["currency"], world.now(), **given),
        return_url=asked.get("return_url"),
    )
    intent["metadata"] = merged({}, asked.get("metadata") or {})
    if asked.get("payment_method"):
        intent["payment_method"] = methods.usable(world, asked["payment_method"], intent["customer"])["id"]
        intent["status"] = "requires_confirmation"
    world.emit("payment_intent.created", intent)
    return confirm(world, intent, asked) if asked.get("confirm") else intent


def _check_types(asked: dict[str, Any]) -> None:
    types = asked.get("allowed_payment_method_types") or ["card"]
    if types != ["card"]:
        raise Refusal("The sandbox takes cards only.", param="allowed_payment_method_types", unsaved=True)


def _check_return(asked: dict[str, Any]) -> None:
    automatic = asked.get("automatic_payment_methods") or {}
    if not (
        asked.get("return_url")
        or automatic.get("allow_redirects") == "never"
        or asked.get("allowed_payment_method_types")
    ):
        raise Refusal(
            "This PaymentIntent may use payment methods that redirect your customer, so confirming it needs a"
            " `return_url`, or `automatic_payment_methods[allow_redirects]` set to `never`.", param="return_url",
        )  # fmt: skip


def update(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    intent = world.get("payment_intent", identifier)
    if "amount" in asked:
        _expect(intent, "updated", "requires_payment_method", "requires_confirmation", "requires_action")
        money.check(asked["amount"], intent["currency"])
        intent["amount"] = asked["amount"]
    for name in ("description", "receipt_email", "customer"):
        if name in asked:
            intent[name] = asked[name]
    intent["metadata"] = merged(intent["metadata"], asked.get("metadata") or {})
    return intent


def confirm_call(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    """Confirm a payment intent made earlier."""
    intent = world.get("payment_intent", identifier)
    _expect(intent, "confirmed", "requires_payment_method", "requires_confirmation", "requires_action")
    _check_types(asked)
    automatic = intent["automatic_payment_methods"]
    kept = world.hidden(identifier)["return_url"]
    if automatic:
        _check_return({"automatic_payment_methods": automatic, "return_url": kept} | asked)
    if asked.get("return_url"):
        world.hidden(identifier)["return_url"] = asked["return_url"]
    for name in ("setup_future_usage", "capture_method", "receipt_email"):
        if asked.get(name):
            intent[name] = asked[name]
    if asked.get("payment_method"):
        intent["payment_method"] = methods.usable(world, asked["payment_method"], intent["customer"])["id"]
    return confirm(world, intent, asked)


def confirm(world: World, intent: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Charge the intent's payment method, or say what is missing; Refusal 402 when the card is declined."""
    if not intent["payment_method"]:
        raise Refusal(
            "A payment method is needed to confirm this PaymentIntent.",
            code="payment_intent_unexpected_state", payment_intent=intent,
        )  # fmt: skip
    method = world.get("payment_method", intent["payment_method"])
    hidden = world.hidden(method["id"])
    card = cards.CARDS[hidden["card"]]
    off_session = bool(asked.get("off_session"))
    intent["last_payment_error"] = intent["next_action"] = None
    if card.decline:
        raise _declined(world, intent, method, card.decline)
    if off_session and card.off_session_decline:
        raise _declined(world, intent, method, card.off_session_decline)
    if card.authenticate == "always" or (card.authenticate == "once" and not hidden.get("set_up")):
        if off_session or asked.get("error_on_requires_action"):
            raise _declined(world, intent, method, "authentication_required")
        return _ask_for_authentication(world, intent)
    return _charge(world, intent, method)


def _ask_for_authentication(world: World, intent: dict[str, Any]) -> dict[str, Any]:
    back = world.hidden(intent["id"])["return_url"]
    address = f"{world.public_url}/c/auth/{intent['id']}"
    redirect = {"type": "redirect_to_url", "redirect_to_url": {"return_url": back, "url": address}}
    intent["next_action"] = redirect if back else {"type": "use_stripe_sdk", "use_stripe_sdk": {"stripe_js": address}}
    intent["status"] = "requires_action"
    world.emit("payment_intent.requires_action", intent)
    return intent


def authenticated(world: World, intent: dict[str, Any], *, passed: bool) -> dict[str, Any]:
    """Go on after the customer's bank answered; the intent asks for another card when it did not vouch for them."""
    _expect(intent, "authenticated", "requires_action")
    method = world.get("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if passed:
        return _charge(world, intent, method, vouched=True)
    intent["last_payment_error"] = {
        "code": "payment_intent_authentication_failure", "type": "invalid_request_error",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": "The provided PaymentMethod has failed authentication.", "payment_method": dict(method),
    }  # fmt: skip
    intent["payment_method"] = None
    intent["status"] = "requires_payment_method"
    world.emit("payment_intent.payment_failed", intent)
    return intent


def _charge(world: World, intent: dict[str, Any], method: dict[str, Any], *, vouched: bool = False) -> dict[str, Any]:
    slow = world.state.kept.get("slow_payments", 0)
    if slow:
        world.state.kept["slow_payments"] = slow - 1
        intent["status"] = "processing"
        intent["processing"] = {"type": "card", "card": {}}
        world.emit("payment_intent.processing", intent)
        return intent
    charge = world.add(objects.charge(intent, method, world.now(), world.public_url), transactions=[])
    card = cards.CARDS[world.hidden(method["id"])["card"]]
    if vouched:
        charge["payment_method_details"]["card"]["three_d_secure"] = {
            "authentication_flow": "challenge", "electronic_commerce_indicator": "05", "exemption_indicator": None,
            "result": "authenticated", "result_reason": None, "transaction_id": token("", 36), "version": "2.2.0",
        }  # fmt: skip
    intent["latest_charge"] = charge["id"]
    if intent["setup_future_usage"]:
        world.hidden(method["id"])["set_up"] = True
        if intent["customer"] and not method["customer"]:
            methods.attach_to(world, method, intent["customer"])
    if intent["capture_method"] == "manual":
        world.hidden(charge["id"])["lapses_at"] = world.now() + HOLD_SECONDS
        charge["payment_method_details"]["card"]["capture_before"] = world.now() + HOLD_SECONDS
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        world.emit("charge.succeeded", charge)
        world.emit("payment_intent.amount_capturable_updated", intent)
    else:
        _book(world, charge, intent["amount"], intent)
        world.emit("charge.succeeded", charge)
        world.emit("payment_intent.succeeded", intent)
    if card.disputed:
        world.hidden(charge["id"])["dispute_at"] = world.now() + world.state.kept.get("dispute_after_seconds", 5)
    return intent


def _book(world: World, charge: dict[str, Any], amount: int, intent: dict[str, Any]) -> None:
    """Take the money: the charge is captured, the balance grows by it less Stripe's fee (1.5 % + 25 minor units)."""
    fee = (amount * 15 + 500) // 1000 + (0 if charge["currency"] in money.ZERO_DECIMAL else 25)
    fees = [{"amount": fee, "application": None, "currency": charge["currency"],
             "description": "Stripe processing fees", "type": "stripe_fee"}]  # fmt: skip
    share = min(intent["application_fee_amount"] or 0, amount)
    if share:
        fees.append({"amount": share, "application": "ca_sandbox", "currency": charge["currency"],
                     "description": "Application fee", "type": "application_fee"})  # fmt: skip
    transaction = world.add(
        objects.balance_transaction(
            "charge", amount, charge["currency"], world.now(), charge["id"], fee=fee + share, fees=fees,
            description=charge["description"], wait_seconds=AVAILABLE_AFTER_SECONDS,
        ),
        payout=None,
    )  # fmt: skip
    charge |= {"captured": True, "amount_captured": amount, "balance_transaction": transaction["id"]}
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0, "processing": None}
    world.hidden(charge["id"])["lapses_at"] = None


def _declined(world: World, intent: dict[str, Any], method: dict[str, Any], decline: str) -> Refusal:
    code, sentence = cards.SENTENCES[decline]
    charge = world.add(objects.charge(intent, method, world.now(), world.public_url), transactions=[])
    charge |= {"status": "failed", "paid": False, "failure_code": code, "failure_message": sentence}
    charge["outcome"] |= {
        "network_status": "declined_by_network", "reason": decline, "network_decline_code": "05",
        "seller_message": "The bank gave no further reason.", "type": "issuer_declined",
    }  # fmt: skip
    error = {
        "charge": charge["id"], "code": code, "decline_code": decline, "message": sentence, "type": "card_error",
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}", "payment_method": dict(method),
    }  # fmt: skip
    intent |= {
        "status": "requires_payment_method", "payment_method": None, "latest_charge": charge["id"],
        "last_payment_error": error, "next_action": None,
    }  # fmt: skip
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)
    return Refusal(
        sentence, code=code, status=402, kind="card_error", decline_code=decline, charge=charge["id"],
        payment_intent=dict(intent), payment_method=dict(method),
    )  # fmt: skip


def settle(world: World, intent: dict[str, Any], *, passed: bool) -> dict[str, Any]:
    """End a payment that was processing."""
    _expect(intent, "settled", "processing")
    method = world.get("payment_method", intent["payment_method"])
    intent["processing"] = None
    if passed:
        return _charge(world, intent, method)
    _declined(world, intent, method, "generic_decline")
    return intent


def capture(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    """Take all or a part of a held amount; what is not taken is given back, as a refund without money behind it."""
    from tests.sandbox.stripe import refunds

    intent = world.get("payment_intent", identifier)
    _expect(intent, "captured", "requires_capture")
    amount = asked.get("amount_to_capture", intent["amount_capturable"])
    if not 1 <= amount <= intent["amount_capturable"]:
        most = money.shown(intent["amount_capturable"], intent["currency"])
        raise Refusal(
            f"The amount to capture must be between 1 and the capturable amount of {most}.", code="amount_too_large",
            param="amount_to_capture",
        )  # fmt: skip
    if asked.get("application_fee_amount") is not None:
        intent["application_fee_amount"] = asked["application_fee_amount"]
    intent["metadata"] = merged(intent["metadata"], asked.get("metadata") or {})
    charge = world.get("charge", intent["latest_charge"])
    _book(world, charge, amount, intent)
    if amount < charge["amount"]:
        refunds.give_back(world, charge, charge["amount"] - amount)
    session = world.hidden(identifier).get("session")
    if session:
        world.get("checkout.session", session)["payment_status"] = "paid"
    world.emit("charge.captured", charge)
    world.emit("payment_intent.succeeded", intent)
    return intent


def cancel(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    intent = world.get("payment_intent", identifier)
    open_states = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")
    _expect(intent, "canceled", *open_states)
    return void(world, intent, asked.get("cancellation_reason"))


def void(world: World, intent: dict[str, Any], reason: str | None, *, lapsed: bool = False) -> dict[str, Any]:
    """Cancel an intent and release what it held."""
    from tests.sandbox.stripe import refunds

    if intent["status"] == "requires_capture":
        charge = world.get("charge", intent["latest_charge"])
        refunds.give_back(world, charge, charge["amount"], reason="expired_uncaptured_charge" if lapsed else None)
        world.hidden(charge["id"])["lapses_at"] = None
        world.emit("charge.expired" if lapsed else "charge.refunded", charge)
    intent |= {
        "status": "canceled", "canceled_at": world.now(), "cancellation_reason": reason, "amount_capturable": 0,
        "next_action": None,
    }  # fmt: skip
    world.emit("payment_intent.canceled", intent)
    return intent


def pass_time(world: World) -> None:
    """Let holds lapse that nobody took."""
    for charge in world.find("charge", captured=False, status="succeeded"):
        lapses_at = world.state.hidden[charge["id"]].get("lapses_at")
        if lapses_at and lapses_at <= world.now():
            void(world, world.get("payment_intent", charge["payment_intent"]), "automatic", lapsed=True)


def _expect(intent: dict[str, Any], done: str, *states: str) -> None:
    if intent["status"] not in states:
        raise Refusal(
            f"A PaymentIntent that is {intent['status']} cannot be {done}; it would have to be {' or '.join(states)}.",
            code="payment_intent_unexpected_state", payment_intent=intent,
        )  # fmt: skip


def retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("payment_intent", identifier, "intent")


def find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    return listed(world.find("payment_intent", customer=asked.get("customer")), asked, "/v1/payment_intents")


def charge_retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("charge", identifier)


def charge_find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    found = world.find("charge", customer=asked.get("customer"), payment_intent=asked.get("payment_intent"))
    return listed(found, asked, "/v1/charges")
