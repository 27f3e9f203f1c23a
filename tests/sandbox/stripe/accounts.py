"""Connected accounts with their onboarding, webhook endpoints, and the record of events."""

from typing import Any

from tests.sandbox.core.state import token
from tests.sandbox.stripe import API_VERSION
from tests.sandbox.stripe.errors import Refusal
from tests.sandbox.stripe.parameters import EXPAND, LISTING, MARKED, Shape, merged
from tests.sandbox.stripe.world import World, listed

ACCOUNT: Shape = {
    **MARKED, "type": ("custom", "express", "standard"), "country": "text", "email": "text",
    "default_currency": "currency", "business_type": ("company", "government_entity", "individual", "non_profit"),
    "business_profile": {"name": "text", "url": "text", "mcc": "text", "support_email": "text",
                         "support_phone": "text", "product_description": "text"},
    "capabilities": {"card_payments": {"requested": "boolean"}, "transfers": {"requested": "boolean"}},
    "controller": {
        "fees": {"payer": ("account", "application")}, "losses": {"payments": ("application", "stripe")},
        "requirement_collection": ("application", "stripe"), "stripe_dashboard": {"type": ("express", "full", "none")},
    },
}  # fmt: skip
LINK: Shape = {
    **EXPAND, "!account": "text", "!type": ("account_onboarding", "account_update"), "return_url": "text",
    "refresh_url": "text", "collect": ("currently_due", "eventually_due"),
    "collection_options": {"fields": ("currently_due", "eventually_due"), "future_requirements": ("include", "omit")},
}  # fmt: skip
ENDPOINT: Shape = {
    **MARKED, "!url": "text", "!enabled_events": ["text"], "connect": "boolean", "description": "text",
    "api_version": "text",
}  # fmt: skip
EVENT_LIST: Shape = {**LISTING, "type": "text", "types": ["text"], "delivery_success": "boolean"}
DUE = ["business_profile.url", "external_account", "tos_acceptance.date", "tos_acceptance.ip"]


def _requirements(due: list[str]) -> dict[str, Any]:
    return {
        "alternatives": [], "current_deadline": None, "currently_due": list(due),
        "disabled_reason": "requirements.past_due" if due else None, "errors": [], "eventually_due": list(due),
        "past_due": list(due), "pending_verification": [],
    }  # fmt: skip


def create(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Make a connected account that still has to pass onboarding before it may take money."""
    kind = asked.get("type") or ("none" if asked.get("controller") else "standard")
    identifier = token("acct_", 16)
    profile = dict.fromkeys(
        ("annual_revenue", "estimated_worker_count", "mcc", "name", "product_description", "support_address",
         "support_email", "support_phone", "support_url", "url", "minority_owned_business_designation")
    )  # fmt: skip
    return world.add({
        "id": identifier, "object": "account", "business_profile": profile | (asked.get("business_profile") or {}),
        "business_type": asked.get("business_type"),
        "capabilities": dict.fromkeys(asked.get("capabilities") or {"card_payments": 1, "transfers": 1}, "inactive"),
        "charges_enabled": False,
        "controller": {
            "fees": {"payer": "account"}, "is_controller": True, "losses": {"payments": "stripe"},
            "requirement_collection": "stripe", "stripe_dashboard": {"type": "full"}, "type": "application",
        } | (asked.get("controller") or {}),
        "country": asked.get("country") or "DE", "created": world.now(),
        "default_currency": asked.get("default_currency") or "eur", "details_submitted": False,
        "email": asked.get("email"),
        "external_accounts": {
            "object": "list", "data": [], "has_more": False, "url": f"/v1/accounts/{identifier}/external_accounts",
        },
        "future_requirements": _requirements([]), "metadata": merged({}, asked.get("metadata") or {}),
        "payouts_enabled": False, "requirements": _requirements(DUE), "settings": _settings(asked),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None}, "type": kind,
    })  # fmt: skip


def _settings(asked: dict[str, Any]) -> dict[str, Any]:
    name = (asked.get("business_profile") or {}).get("name")
    prefixes = dict.fromkeys(
        ("statement_descriptor_prefix", "statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji")
    )
    return {
        "bacs_debit_payments": {},
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_payments": {"decline_on": {"avs_failure": False, "cvc_failure": False}, **prefixes},
        "dashboard": {"display_name": name, "timezone": "Etc/UTC"},
        "payments": {
            "statement_descriptor": None, "statement_descriptor_kana": None, "statement_descriptor_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True, "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }  # fmt: skip


def retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    try:
        return world.at(None).get("account", identifier, "account")
    except Refusal as error:
        raise no_access(identifier) from error


def no_access(identifier: str) -> Refusal:
    return Refusal(
        f"The provided key does not open account '{identifier}', or there is no such account.", code="account_invalid", status=403,
    )  # fmt: skip


def find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    return listed(world.find("account"), asked, "/v1/accounts")


def link(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Return an address, good for five minutes, where the hotelier passes onboarding."""
    account = world.get("account", asked["account"], "account")
    for name in ("return_url", "refresh_url"):
        if not asked.get(name):
            raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
    key = token("", 16)
    world.hidden(account["id"])["links"] = {
        key: {"return_url": asked["return_url"], "refresh_url": asked["refresh_url"], "until": world.now() + 300}
    }
    return {
        "object": "account_link", "created": world.now(), "expires_at": world.now() + 300,
        "url": f"{world.public_url}/c/onboarding/{account['id']}/{key}",
    }  # fmt: skip


def enable(world: World, account: dict[str, Any]) -> dict[str, Any]:
    """Let an account take money and be paid, as after onboarding."""
    account |= {
        "charges_enabled": True, "payouts_enabled": True, "details_submitted": True,
        "requirements": _requirements([]), "capabilities": dict.fromkeys(account["capabilities"], "active"),
    }  # fmt: skip
    world.at(account["id"]).emit("account.updated", account)
    return account


def endpoint_create(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    secret = token("whsec_", 32)
    endpoint = world.add({
        "id": token("we_"), "object": "webhook_endpoint", "api_version": asked.get("api_version") or API_VERSION,
        "application": None, "created": world.now(), "description": asked.get("description"),
        "enabled_events": asked["enabled_events"], "livemode": False,
        "metadata": merged({}, asked.get("metadata") or {}), "status": "enabled", "url": asked["url"],
    }, connect=bool(asked.get("connect")), secret=secret)  # fmt: skip
    return endpoint | {"secret": secret}


def endpoint_find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    return listed(world.find("webhook_endpoint"), asked, "/v1/webhook_endpoints")


def endpoint_retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("webhook_endpoint", identifier, "webhook_endpoint")


def endpoint_delete(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    world.get("webhook_endpoint", identifier, "webhook_endpoint")
    del world.state.objects[identifier], world.state.hidden[identifier]
    return {"id": identifier, "object": "webhook_endpoint", "deleted": True}


def event_retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("event", identifier)


def event_find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    found = world.find("event", type=asked.get("type"))
    if asked.get("types"):
        found = [event for event in found if event["type"] in asked["types"]]
    return listed(found, asked, "/v1/events")
