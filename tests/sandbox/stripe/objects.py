"""The shapes of Stripe's objects, new and empty, as this API version shows them."""

from typing import Any

from tests.sandbox.core.state import token
from tests.sandbox.stripe.cards import Card

NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def billing_details(name: str | None = None, email: str | None = None) -> dict[str, Any]:
    return {"address": dict(NO_ADDRESS), "email": email, "name": name, "phone": None, "tax_id": None}


def payment_method(card: Card, month: int, year: int, created: int, **billing: Any) -> dict[str, Any]:
    return {
        "id": token("pm_"), "object": "payment_method", "allow_redisplay": "unspecified",
        "billing_details": billing_details(**billing),
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": card.country, "display_brand": card.brand, "exp_month": month, "exp_year": year,
            "fingerprint": card.fingerprint, "funding": card.funding, "generated_from": None, "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None}, "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True}, "wallet": None,
        },
        "created": created, "customer": None, "customer_account": None, "livemode": False, "metadata": {},
        "type": "card",
    }  # fmt: skip


def payment_intent(amount: int, currency: str, created: int, **given: Any) -> dict[str, Any]:
    identifier = token("pi_")
    return {
        "id": identifier, "object": "payment_intent", "amount": amount, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": 0, "application": None, "application_fee_amount": None,
        "automatic_payment_methods": None, "canceled_at": None, "cancellation_reason": None,
        "capture_method": "automatic_async", "client_secret": f"{identifier}_secret_{token('', 25)}",
        "confirmation_method": "automatic", "created": created, "currency": currency, "customer": None,
        "customer_account": None, "description": None, "excluded_payment_method_types": None,
        "last_payment_error": None, "latest_charge": None, "livemode": False, "metadata": {}, "next_action": None,
        "on_behalf_of": None, "payment_method": None, "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}}, "payment_method_types": ["card"],
        "processing": None, "receipt_email": None, "review": None, "setup_future_usage": None, "shipping": None,
        "source": None, "statement_descriptor": None, "statement_descriptor_suffix": None,
        "status": "requires_payment_method", "transfer_data": None, "transfer_group": None, **given,
    }  # fmt: skip


def setup_intent(created: int, **given: Any) -> dict[str, Any]:
    identifier = token("seti_")
    return {
        "id": identifier, "object": "setup_intent", "application": None, "automatic_payment_methods": None,
        "cancellation_reason": None, "client_secret": f"{identifier}_secret_{token('', 25)}", "created": created,
        "customer": None, "customer_account": None, "description": None, "excluded_payment_method_types": None,
        "flow_directions": None, "last_setup_error": None, "latest_attempt": None, "livemode": False, "mandate": None,
        "metadata": {}, "next_action": None, "on_behalf_of": None, "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"mandate_options": None, "network": None,
                                            "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"], "single_use_mandate": None, "status": "requires_payment_method",
        "usage": "off_session", **given,
    }  # fmt: skip


def charge(intent: dict[str, Any], method: dict[str, Any], created: int, public_url: str) -> dict[str, Any]:
    """Return a charge of a payment intent that has not been decided yet."""
    identifier = token("ch_")
    card = method["card"]
    return {
        "id": identifier, "object": "charge", "amount": intent["amount"], "amount_captured": 0, "amount_refunded": 0,
        "application": None, "application_fee": None, "application_fee_amount": intent["application_fee_amount"],
        "balance_transaction": None, "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SANDBOX", "captured": False, "created": created,
        "currency": intent["currency"], "customer": intent["customer"], "description": intent["description"],
        "disputed": False, "failure_balance_transaction": None, "failure_code": None, "failure_message": None,
        "fraud_details": {}, "livemode": False, "metadata": dict(intent["metadata"]), "on_behalf_of": None,
        "outcome": {
            "advice_code": None, "network_advice_code": None, "network_decline_code": None,
            "network_status": "approved_by_network", "reason": None, "risk_level": "normal",
            "seller_message": "Taken.", "type": "authorized",
        },
        "paid": True, "payment_intent": intent["id"], "payment_method": method["id"],
        "payment_method_details": {
            "card": {
                "amount_authorized": intent["amount"], "authorization_code": None, "brand": card["brand"],
                "checks": dict(card["checks"]), "country": card["country"], "exp_month": card["exp_month"],
                "exp_year": card["exp_year"], "extended_authorization": {"status": "disabled"},
                "fingerprint": card["fingerprint"], "funding": card["funding"],
                "incremental_authorization": {"status": "unavailable"}, "installments": None, "last4": card["last4"],
                "mandate": None, "multicapture": {"status": "unavailable"}, "network": card["brand"],
                "network_token": {"used": False},
                "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
                "regulated_status": "unregulated", "three_d_secure": None, "wallet": None,
            },
            "type": "card",
        },
        "radar_options": {}, "receipt_email": intent["receipt_email"], "receipt_number": None,
        "receipt_url": f"{public_url}/receipts/{identifier}", "refunded": False, "review": None, "shipping": None,
        "source": None, "source_transfer": None, "statement_descriptor": None,
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"], "status": "succeeded",
        "transfer_data": None, "transfer_group": None,
    }  # fmt: skip


def refund(of: dict[str, Any], amount: int, created: int, **given: Any) -> dict[str, Any]:
    return {
        "id": token("re_"), "object": "refund", "amount": amount, "balance_transaction": None, "charge": of["id"],
        "created": created, "currency": of["currency"], "customer": of["customer"], "customer_account": None,
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": {}, "payment_intent": of["payment_intent"], "payment_method": of["payment_method"],
        "reason": None, "receipt_number": None, "source_transfer_reversal": None, "status": "succeeded",
        "transfer_reversal": None, **given,
    }  # fmt: skip


def balance_transaction(
    kind: str, amount: int, currency: str, created: int, source: str, *, fee: int = 0, category: str = "",
    description: str | None = None, fees: list[dict[str, Any]] | None = None, wait_seconds: int = 0,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": token("txn_"), "object": "balance_transaction", "amount": amount,
        "available_on": created + wait_seconds, "balance_type": "payments", "created": created, "currency": currency,
        "description": description, "exchange_rate": None, "fee": fee, "fee_details": fees or [],
        "net": amount - fee, "reporting_category": category or kind, "source": source,
        "status": "pending" if wait_seconds else "available", "type": kind,
    }  # fmt: skip


def checkout_session(created: int, **given: Any) -> dict[str, Any]:
    return {
        "id": token("cs_test_", 58), "object": "checkout.session", "adaptive_pricing": {"enabled": False},
        "after_expiration": None, "allow_promotion_codes": None, "amount_subtotal": None, "amount_total": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None, "branding_settings": None, "cancel_url": None,
        "client_reference_id": None, "client_secret": None, "collected_information": None, "consent": None,
        "consent_collection": None, "created": created, "currency": None, "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None, "shipping_address": None, "submit": None, "terms_of_service_acceptance": None,
        },
        "customer": None, "customer_account": None, "customer_creation": None, "customer_details": None,
        "customer_email": None, "discounts": None, "expires_at": created, "invoice": None, "invoice_creation": None,
        "livemode": False, "locale": None, "metadata": {}, "mode": "payment", "origin_context": None,
        "payment_intent": None, "payment_link": None, "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}}, "payment_method_types": ["card"],
        "payment_status": "unpaid", "permissions": None, "phone_number_collection": {"enabled": False},
        "recovered_from": None, "saved_payment_method_options": None, "setup_intent": None,
        "shipping_address_collection": None, "shipping_cost": None, "shipping_options": [], "status": "open",
        "submit_type": None, "subscription": None, "success_url": None, "total_details": None,
        "ui_mode": "hosted_page", "url": None, "wallet_options": None, **given,
    }  # fmt: skip
