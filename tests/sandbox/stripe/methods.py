"""Customers and their payment methods."""

from typing import Any

from tests.sandbox.core.state import token
from tests.sandbox.stripe import cards, objects
from tests.sandbox.stripe.errors import Refusal
from tests.sandbox.stripe.parameters import ADDRESS, EXPAND, LISTING, MARKED, Shape, merged
from tests.sandbox.stripe.world import World, listed

CUSTOMER: Shape = {
    **MARKED, "email": "text", "name": "text", "phone": "text", "description": "text", "address": ADDRESS,
    "preferred_locales": ["text"], "payment_method": "text", "business_name": "text", "individual_name": "text",
    "invoice_settings": {"default_payment_method": "text"},
}  # fmt: skip
CUSTOMER_LIST: Shape = {**LISTING, "email": "text"}
ATTACH: Shape = {**EXPAND, "!customer": "text"}
METHOD_LIST: Shape = {**LISTING, "customer": "text", "type": ("card",)}


def customer_create(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    customer = world.add({
        "id": token("cus_", 14), "object": "customer", "address": None, "balance": 0, "created": world.now(),
        "currency": None, "customer_account": None, "default_source": None, "delinquent": False, "description": None,
        "discount": None, "email": None, "invoice_prefix": token("", 8).upper(),
        "invoice_settings": {
            "custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None,
        },
        "livemode": False, "metadata": {}, "name": None, "next_invoice_sequence": 1, "phone": None,
        "preferred_locales": [], "shipping": None, "tax_exempt": "none", "test_clock": None,
    })  # fmt: skip
    _fill(world, customer, asked)
    world.emit("customer.created", customer)
    return customer


def customer_update(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    customer = world.get("customer", identifier)
    _fill(world, customer, asked)
    world.emit("customer.updated", customer)
    return customer


def _fill(world: World, customer: dict[str, Any], asked: dict[str, Any]) -> None:
    for name in ("email", "name", "phone", "description", "preferred_locales", "business_name", "individual_name"):
        if name in asked:
            customer[name] = asked[name]
    if asked.get("address"):
        customer["address"] = objects.NO_ADDRESS | asked["address"]
    customer["metadata"] = merged(customer["metadata"], asked.get("metadata") or {})
    if asked.get("payment_method"):
        attach_to(world, usable(world, asked["payment_method"], None), customer["id"])
    default = (asked.get("invoice_settings") or {}).get("default_payment_method")
    if default:
        customer["invoice_settings"]["default_payment_method"] = usable(world, default, customer["id"])["id"]


def customer_retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("customer", identifier)


def customer_find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    return listed(world.find("customer", email=asked.get("email")), asked, "/v1/customers")


def make(world: World, card: cards.Card, month: int, year: int, **billing: Any) -> dict[str, Any]:
    """Create a payment method of a test card."""
    return world.add(objects.payment_method(card, month, year, world.now(), **billing), card=card.number)


def usable(world: World, identifier: str, customer: str | None) -> dict[str, Any]:
    """Return the payment method, made anew for a test name as pm_card_visa; refuse another customer's."""
    if identifier in cards.TOKENS:
        return make(world, cards.CARDS[cards.TOKENS[identifier]], 12, 2034)
    method = world.get("payment_method", identifier, "payment_method")
    if method["customer"] and method["customer"] != customer:
        raise Refusal("This payment method is another customer's.", param="payment_method")
    return method


def attach_to(world: World, method: dict[str, Any], customer: str) -> dict[str, Any]:
    method["customer"] = customer
    world.emit("payment_method.attached", method)
    return method


def attach(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    customer = world.get("customer", asked["customer"], "customer")
    method = usable(world, identifier, customer["id"])
    card = cards.CARDS[world.hidden(method["id"])["card"]]
    if card.decline:
        code, sentence = cards.SENTENCES[card.decline]
        raise Refusal(sentence, code=code, status=402, kind="card_error", decline_code=card.decline)
    return method if method["customer"] else attach_to(world, method, customer["id"])


def detach(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    method = world.get("payment_method", identifier)
    if not method["customer"]:
        raise Refusal("This payment method has no customer to be detached from.")
    previous = {"customer": method["customer"]}
    method["customer"] = None
    world.emit("payment_method.detached", method, previous)
    return method


def retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("payment_method", identifier, "payment_method")


def find(world: World, asked: dict[str, Any], customer: str | None = None) -> dict[str, Any]:
    customer = customer or asked.get("customer")
    if customer:
        world.get("customer", customer, "customer")
    found = world.find("payment_method", customer=customer) if customer else []
    return listed(found, asked, "/v1/payment_methods")
