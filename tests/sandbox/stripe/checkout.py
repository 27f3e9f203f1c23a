"""Checkout sessions: created by the hotel, completed on the hosted page, expired by the hotel or the clock."""

from typing import Any
from urllib.parse import urlsplit

from tests.sandbox.core.state import token
from tests.sandbox.stripe import cards, methods, money, objects, payments
from tests.sandbox.stripe.errors import Refusal
from tests.sandbox.stripe.parameters import EXPAND, LISTING, MARKED, Shape, merged
from tests.sandbox.stripe.world import World, listed

LINE: Shape = {
    "quantity": "integer",
    "!price_data": {
        "!currency": "currency", "unit_amount": "integer", "tax_behavior": ("exclusive", "inclusive", "unspecified"),
        "!product_data": {
            "!name": "text", "description": "text", "images": ["text"], "metadata": "metadata", "tax_code": "text",
        },
    },
}  # fmt: skip
CREATE: Shape = {
    **MARKED, "!mode": ("payment", "setup", "subscription"), "line_items": [LINE], "success_url": "text",
    "cancel_url": "text", "customer": "text", "customer_email": "text", "customer_creation": ("always", "if_required"),
    "client_reference_id": "text", "expires_at": "integer", "locale": "text", "currency": "currency",
    "submit_type": ("auto", "book", "donate", "pay", "subscribe"), "ui_mode": ("hosted_page",),
    "billing_address_collection": ("auto", "required"), "allowed_payment_method_types": ["text"],
    "payment_intent_data": {
        "capture_method": ("automatic", "automatic_async", "manual"), "description": "text", "metadata": "metadata",
        "setup_future_usage": ("off_session", "on_session"), "receipt_email": "text",
        "application_fee_amount": "integer", "statement_descriptor_suffix": "text", "transfer_group": "text",
    },
    "setup_intent_data": {"description": "text", "metadata": "metadata"},
}  # fmt: skip
LIST: Shape = {
    **LISTING, "payment_intent": "text", "customer": "text", "status": ("open", "complete", "expired"),
}  # fmt: skip
DAY = 24 * 3600


def create(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Open a session for a payment, or for saving a card ("setup")."""
    mode = asked["mode"]
    if mode == "subscription":
        raise Refusal("The sandbox has no subscriptions.", param="mode", unsaved=True)
    _check(world, asked)
    until = asked.get("expires_at") or world.now() + DAY
    if not world.now() + 1800 <= until + 5 <= world.now() + DAY + 10:
        raise Refusal(
            "A session is open for 30 minutes at least and 24 hours at most.",
            param="expires_at",
        )  # fmt: skip
    plain = ("success_url", "cancel_url", "customer", "customer_email", "client_reference_id", "locale", "currency",
             "submit_type", "billing_address_collection")  # fmt: skip
    given = {name: asked[name] for name in plain if asked.get(name) is not None}
    session = world.add(objects.checkout_session(world.now(), mode=mode, expires_at=until, **given))
    session["metadata"] = merged({}, asked.get("metadata") or {})
    session["url"] = f"{world.public_url}/c/pay/{session['id']}"
    if not session["customer"]:
        session["customer_creation"] = asked.get("customer_creation") or "if_required"
    hidden = world.hidden(session["id"])
    hidden["intent"] = asked.get("payment_intent_data") or {}
    if mode == "payment":
        hidden["lines"] = _lines(session, asked["line_items"])
    else:
        _open_setup(world, session, asked.get("setup_intent_data") or {})
    return session


def _check(world: World, asked: dict[str, Any]) -> None:
    types = asked.get("allowed_payment_method_types") or ["card"]
    if types != ["card"]:
        raise Refusal("The sandbox takes cards only.", param="allowed_payment_method_types", unsaved=True)
    if not asked.get("success_url"):
        raise Refusal(
            "Missing required param: success_url.", code="parameter_missing", param="success_url", unsaved=True
        )
    for name in ("success_url", "cancel_url"):
        if asked.get(name) and urlsplit(asked[name]).scheme not in {"http", "https"}:
            raise Refusal("Not a valid URL", code="url_invalid", param=name, unsaved=True)
    if asked.get("customer") and asked.get("customer_email"):
        raise Refusal("You may only specify one of these parameters: customer, customer_email.", unsaved=True)
    if asked.get("customer"):
        world.get("customer", asked["customer"], "customer")
    if asked["mode"] == "payment":
        _check_lines(asked)
    elif asked.get("line_items") or asked.get("payment_intent_data"):
        raise Refusal("In `setup` mode there is nothing to pay.", param="line_items", unsaved=True)
    elif not asked.get("currency"):
        raise Refusal("Missing required param: currency.", code="parameter_missing", param="currency", unsaved=True)


def _check_lines(asked: dict[str, Any]) -> None:
    lines = asked.get("line_items")
    if not lines:
        raise Refusal("Missing required param: line_items.", code="parameter_missing", param="line_items", unsaved=True)
    currencies = {line["price_data"]["currency"] for line in lines}
    if len(currencies) > 1:
        raise Refusal("All line items must have the same currency.", param="line_items", unsaved=True)
    for place, line in enumerate(lines):
        if line.get("quantity", 0) < 1 or (line["price_data"].get("unit_amount") or 0) < 0:
            raise Refusal("Quantity is required.", param=f"line_items[{place}][quantity]", unsaved=True)
    total = sum(line["quantity"] * line["price_data"].get("unit_amount", 0) for line in lines)
    money.check(total, currencies.pop(), "line_items")


def _lines(session: dict[str, Any], asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = []
    for line in asked:
        amount = line["quantity"] * line["price_data"]["unit_amount"]
        lines.append({
            "id": token("li_"), "object": "item", "amount_discount": 0, "amount_subtotal": amount, "amount_tax": 0,
            "amount_total": amount, "currency": line["price_data"]["currency"],
            "description": line["price_data"]["product_data"]["name"], "price": None, "quantity": line["quantity"],
        })  # fmt: skip
    session["currency"] = lines[0]["currency"]
    session["amount_subtotal"] = session["amount_total"] = sum(line["amount_total"] for line in lines)
    session["total_details"] = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
    return lines


def _open_setup(world: World, session: dict[str, Any], asked: dict[str, Any]) -> None:
    setup = world.add(
        objects.setup_intent(world.now(), customer=session["customer"], description=asked.get("description")),
        return_url=None, session=session["id"],
    )  # fmt: skip
    setup["metadata"] = merged({}, asked.get("metadata") or {})
    session |= {"setup_intent": setup["id"], "payment_status": "no_payment_required",
                "payment_method_collection": "always"}  # fmt: skip
    world.emit("setup_intent.created", setup)


def pay(world: World, session: dict[str, Any], card: cards.Card, month: int, year: int, *, email: str,
        name: str) -> str | None:  # fmt: skip
    """Take the card typed on the page for a session that is open, and return the address to go on to.

    Refusal 402 when the card is declined. The caller saw the session open under the same lock: paying twice from two
    windows is one payment.
    """
    method = methods.make(world, card, month, year, email=email or None, name=name or None)
    hidden = world.hidden(session["id"])
    hidden |= {"email": email or None, "name": name or None}
    if session["mode"] == "setup":
        return _set_up(world, session, method, card)
    intent = _intent(world, session)
    intent["payment_method"] = method["id"]
    payments.confirm(world, intent, {})
    if intent["status"] == "requires_action":
        return f"{world.public_url}/c/auth/{intent['id']}"
    return complete(world, session)


def _intent(world: World, session: dict[str, Any]) -> dict[str, Any]:
    """Return the session's payment intent, which comes into being when somebody pays, not before."""
    if session["payment_intent"]:
        return world.get("payment_intent", session["payment_intent"])
    hidden = world.hidden(session["id"])
    asked = dict(hidden["intent"])
    metadata = merged({}, asked.pop("metadata", None) or {})
    given = {name: value for name, value in asked.items() if value is not None}
    if not session["customer"] and (session["customer_creation"] == "always" or given.get("setup_future_usage")):
        _make_customer(world, session)
    intent = world.add(
        objects.payment_intent(
            session["amount_total"], session["currency"], world.now(), customer=session["customer"],
            metadata=metadata, automatic_payment_methods={"allow_redirects": "always", "enabled": True}, **given,
        ),
        return_url=None, session=session["id"],
    )  # fmt: skip
    session["payment_intent"] = intent["id"]
    world.emit("payment_intent.created", intent)
    return intent


def _make_customer(world: World, session: dict[str, Any]) -> None:
    hidden = world.hidden(session["id"])
    email = session["customer_email"] or hidden["email"]
    session["customer"] = methods.customer_create(world, {"email": email, "name": hidden["name"]})["id"]


def _set_up(world: World, session: dict[str, Any], method: dict[str, Any], card: cards.Card) -> str | None:
    setup = world.get("setup_intent", session["setup_intent"])
    if card.decline:
        code, sentence = cards.SENTENCES[card.decline]
        setup["last_setup_error"] = {
            "code": code, "decline_code": card.decline, "message": sentence, "type": "card_error",
            "payment_method": dict(method),
        }  # fmt: skip
        world.emit("setup_intent.setup_failed", setup)
        raise Refusal(sentence, code=code, status=402, kind="card_error", decline_code=card.decline)
    setup["payment_method"] = method["id"]
    if card.authenticate:
        address = f"{world.public_url}/c/auth/{setup['id']}"
        redirect = {"return_url": session["url"], "url": address}
        setup |= {"status": "requires_action",
                  "next_action": {"type": "redirect_to_url", "redirect_to_url": redirect}}  # fmt: skip
        world.emit("setup_intent.requires_action", setup)
        return address
    return _finish_setup(world, session, setup, passed=True)


def _finish_setup(world: World, session: dict[str, Any], setup: dict[str, Any], *, passed: bool) -> str | None:
    method = world.get("payment_method", setup["payment_method"])
    setup["next_action"] = None
    if not passed:
        setup |= {"status": "requires_payment_method", "payment_method": None, "last_setup_error": {
            "code": "setup_intent_authentication_failure", "type": "invalid_request_error",
            "message": "The provided PaymentMethod has failed authentication.", "payment_method": dict(method),
        }}  # fmt: skip
        world.emit("setup_intent.setup_failed", setup)
        return str(session["url"])
    world.hidden(method["id"])["set_up"] = True
    if not session["customer"] and session["customer_creation"] == "always":
        _make_customer(world, session)
    if session["customer"]:
        methods.attach_to(world, method, session["customer"])
    setup |= {"status": "succeeded", "customer": session["customer"]}
    world.emit("setup_intent.succeeded", setup)
    return complete(world, session)


def authenticated(world: World, identifier: str, *, passed: bool) -> str | None:
    """Go on after the bank's page. Returns the address to go on to, None where the caller's page does not say."""
    session_id = world.hidden(identifier).get("session")
    session = world.get("checkout.session", session_id) if session_id else None
    if identifier.startswith("seti_") and session:
        return _finish_setup(world, session, world.get("setup_intent", identifier), passed=passed)
    intent = payments.authenticated(world, world.get("payment_intent", identifier), passed=passed)
    if session:
        return complete(world, session) if passed else session["url"]
    back = world.hidden(identifier)["return_url"]
    if not back:
        return None
    outcome = "succeeded" if passed else "failed"
    query = f"payment_intent={identifier}&payment_intent_client_secret={intent['client_secret']}"
    return f"{back}{'&' if '?' in back else '?'}{query}&redirect_status={outcome}"


def complete(world: World, session: dict[str, Any]) -> str:
    """Close a session whose card was taken and return where the guest goes now."""
    hidden = world.hidden(session["id"])
    customer = world.get("customer", session["customer"]) if session["customer"] else {}
    session["customer_details"] = {
        "address": dict(objects.NO_ADDRESS), "business_name": None, "individual_name": None,
        "email": session["customer_email"] or customer.get("email") or hidden["email"], "name": hidden["name"],
        "phone": None, "tax_exempt": "none", "tax_ids": [],
    }  # fmt: skip
    if session["mode"] == "payment":
        intent = world.get("payment_intent", session["payment_intent"])
        session["payment_status"] = "unpaid" if intent["status"] in {"processing", "requires_capture"} else "paid"
    session |= {"status": "complete", "url": None}
    world.emit("checkout.session.completed", session)
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def settled(world: World, intent: dict[str, Any]) -> None:
    """Tell the session of a payment that was processing how it ended."""
    session_id = world.hidden(intent["id"]).get("session")
    if not session_id:
        return
    session = world.get("checkout.session", session_id)
    if intent["status"] == "succeeded":
        session["payment_status"] = "paid"
        world.emit("checkout.session.async_payment_succeeded", session)
    else:
        world.emit("checkout.session.async_payment_failed", session)


def expire(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    session = world.get("checkout.session", identifier)
    if session["status"] != "open":
        raise Refusal(f"A Checkout Session that is {session['status']} cannot be expired: only an open one can.")
    return _lapse(world, session)


def _lapse(world: World, session: dict[str, Any]) -> dict[str, Any]:
    session |= {"status": "expired", "url": None}
    for name, kind in (("payment_intent", "payment_intent"), ("setup_intent", "setup_intent")):
        intent = world.get(kind, session[name]) if session[name] else None
        if intent and kind == "payment_intent" and intent["status"] not in {"succeeded", "canceled"}:
            payments.void(world, intent, "automatic")
        elif intent and kind == "setup_intent":
            intent |= {"status": "canceled", "cancellation_reason": "abandoned"}
            world.emit("setup_intent.canceled", intent)
    world.emit("checkout.session.expired", session)
    return session


def pass_time(world: World) -> None:
    """Expire what nobody completed in time."""
    for session in world.find("checkout.session", status="open"):
        if session["expires_at"] <= world.now():
            _lapse(world, session)


def retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("checkout.session", identifier, "session")


def find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    wanted = {name: asked.get(name) for name in ("payment_intent", "customer", "status")}
    return listed(world.find("checkout.session", **wanted), asked, "/v1/checkout/sessions")


def line_items(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    lines = world.hidden(world.get("checkout.session", identifier)["id"]).get("lines", [])
    limit = asked.get("limit") or 10
    path = f"/v1/checkout/sessions/{identifier}/line_items"
    return {"object": "list", "data": lines[:limit], "has_more": len(lines) > limit, "url": path}


def setup_retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("setup_intent", identifier, "intent")


RETRIEVE = EXPAND
