"""The operations of the API: method, path, the parameters they take and the function that does them."""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.sandbox.stripe import accounts, balance, checkout, methods, payments, refunds
from tests.sandbox.stripe.errors import Refusal
from tests.sandbox.stripe.parameters import EXPAND, LISTING, Shape
from tests.sandbox.stripe.world import World


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `template` is its path as the OpenAPI document writes it."""

    method: str
    template: str
    shape: Shape
    function: Callable[..., dict[str, Any]]

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        """Return the parts of the path that stand for identifiers, None when it is another operation."""
        pattern = re.sub(r"\{\w+\}", "([^/]+)", self.template)
        found = re.fullmatch(pattern, path) if method == self.method else None
        return found.groups() if found else None


OPERATIONS = tuple(
    Operation(*row)
    for row in (
        ("POST", "/v1/customers", methods.CUSTOMER, methods.customer_create),
        ("GET", "/v1/customers", methods.CUSTOMER_LIST, methods.customer_find),
        ("GET", "/v1/customers/{customer}", EXPAND, methods.customer_retrieve),
        ("POST", "/v1/customers/{customer}", methods.CUSTOMER, methods.customer_update),
        ("GET", "/v1/customers/{customer}/payment_methods", methods.METHOD_LIST, methods.find),
        ("GET", "/v1/payment_methods", methods.METHOD_LIST, methods.find),
        ("GET", "/v1/payment_methods/{payment_method}", EXPAND, methods.retrieve),
        ("POST", "/v1/payment_methods/{payment_method}/attach", methods.ATTACH, methods.attach),
        ("POST", "/v1/payment_methods/{payment_method}/detach", EXPAND, methods.detach),
        ("POST", "/v1/checkout/sessions", checkout.CREATE, checkout.create),
        ("GET", "/v1/checkout/sessions", checkout.LIST, checkout.find),
        ("GET", "/v1/checkout/sessions/{session}", EXPAND, checkout.retrieve),
        ("GET", "/v1/checkout/sessions/{session}/line_items", LISTING, checkout.line_items),
        ("POST", "/v1/checkout/sessions/{session}/expire", EXPAND, checkout.expire),
        ("POST", "/v1/payment_intents", payments.CREATE, payments.create),
        ("GET", "/v1/payment_intents", payments.LIST, payments.find),
        ("GET", "/v1/payment_intents/{intent}", EXPAND, payments.retrieve),
        ("POST", "/v1/payment_intents/{intent}", payments.UPDATE, payments.update),
        ("POST", "/v1/payment_intents/{intent}/confirm", payments.CONFIRMING, payments.confirm_call),
        ("POST", "/v1/payment_intents/{intent}/capture", payments.CAPTURE, payments.capture),
        ("POST", "/v1/payment_intents/{intent}/cancel", payments.CANCEL, payments.cancel),
        ("GET", "/v1/setup_intents/{intent}", EXPAND, checkout.setup_retrieve),
        ("GET", "/v1/charges", payments.CHARGE_LIST, payments.charge_find),
        ("GET", "/v1/charges/{charge}", EXPAND, payments.charge_retrieve),
        ("POST", "/v1/refunds", refunds.CREATE, refunds.create),
        ("GET", "/v1/refunds", refunds.LIST, refunds.find),
        ("GET", "/v1/refunds/{refund}", EXPAND, refunds.retrieve),
        ("POST", "/v1/refunds/{refund}", {"metadata": "metadata", **EXPAND}, refunds.update),
        ("GET", "/v1/disputes", balance.DISPUTE_LIST, balance.dispute_find),
        ("GET", "/v1/disputes/{dispute}", EXPAND, balance.dispute_retrieve),
        ("GET", "/v1/balance_transactions", balance.TRANSACTION_LIST, balance.transaction_find),
        ("GET", "/v1/balance_transactions/{id}", EXPAND, balance.transaction_retrieve),
        ("GET", "/v1/payouts", balance.PAYOUT_LIST, balance.payout_find),
        ("GET", "/v1/payouts/{payout}", EXPAND, balance.payout_retrieve),
        ("GET", "/v1/events", accounts.EVENT_LIST, accounts.event_find),
        ("GET", "/v1/events/{id}", EXPAND, accounts.event_retrieve),
        ("POST", "/v1/accounts", accounts.ACCOUNT, accounts.create),
        ("GET", "/v1/accounts", LISTING, accounts.find),
        ("GET", "/v1/accounts/{account}", EXPAND, accounts.retrieve),
        ("POST", "/v1/account_links", accounts.LINK, accounts.link),
        ("POST", "/v1/webhook_endpoints", accounts.ENDPOINT, accounts.endpoint_create),
        ("GET", "/v1/webhook_endpoints", LISTING, accounts.endpoint_find),
        ("GET", "/v1/webhook_endpoints/{webhook_endpoint}", EXPAND, accounts.endpoint_retrieve),
        ("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}", EXPAND, accounts.endpoint_delete),
    )
)  # fmt: skip
#: field -> the kind of object that an expanded field shows
EXPANDABLE = {
    "customer": "customer", "payment_method": "payment_method", "latest_charge": "charge", "charge": "charge",
    "payment_intent": "payment_intent", "setup_intent": "setup_intent", "balance_transaction": "balance_transaction",
    "failure_balance_transaction": "balance_transaction",
}  # fmt: skip


def find_operation(method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
    """Return the operation of a path; refuse an unknown one as Stripe does."""
    for operation in OPERATIONS:
        identifiers = operation.match(method, path)
        if identifiers is not None:
            return operation, identifiers
    raise Refusal(f"The sandbox does not know {method} {path}.", status=404, unsaved=True)


def expanded(world: World, body: dict[str, Any], asked: list[str]) -> dict[str, Any]:
    """Return a copy of the object with the fields of expand[] in place of their identifiers."""
    shown = copy.deepcopy(body)
    for path in asked:
        _expand(world, shown, path.split("."), path)
    return shown


def _expand(world: World, shown: Any, path: list[str], whole: str) -> None:
    if not path or shown is None:
        return
    name, *rest = path
    if isinstance(shown, list):
        for item in shown:
            _expand(world, item, path, whole)
        return
    if name == "line_items" and shown.get("object") == "checkout.session":
        shown[name] = checkout.line_items(world, {}, shown["id"])
    elif name == "refunds" and shown.get("object") == "charge":
        shown[name] = refunds.find(world, {"charge": shown["id"]}) | {"url": f"/v1/charges/{shown['id']}/refunds"}
    elif name == "source" and shown.get("object") == "balance_transaction":
        shown[name] = copy.deepcopy(world.state.objects.get(shown[name]))
    elif isinstance(shown.get(name), str) and name in EXPANDABLE:
        shown[name] = copy.deepcopy(world.get(EXPANDABLE[name], shown[name]))
    elif name not in shown or (name not in EXPANDABLE and name != "data"):
        raise Refusal(f"This property cannot be expanded ({whole}).", param="expand", unsaved=True)
    _expand(world, shown[name], rest, whole)
