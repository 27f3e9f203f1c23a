"""Stripe's test cards and what each of them does."""

import hashlib
from dataclasses import dataclass

from tests.sandbox.stripe.errors import Refusal


@dataclass(frozen=True, slots=True)
class Card:
    """A test card. `authenticate`: "" never, "once" until set up for later use, "always"."""

    number: str
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    decline: str = ""
    off_session_decline: str = ""
    authenticate: str = ""
    disputed: bool = False
    #: How a refund to it begins and, later, ends.
    refund: tuple[str, str] = ("succeeded", "succeeded")

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("4000056655665556", funding="debit"),
        Card("5555555555554444", brand="mastercard"),
        Card("378282246310005", brand="amex"),
        Card("4000002760000016", country="DE"),
        Card("4000000000000002", decline="generic_decline"),
        Card("4000000000009995", decline="insufficient_funds"),
        Card("4000000000009987", decline="lost_card"),
        Card("4000000000000069", decline="expired_card"),
        Card("4000000000000127", decline="incorrect_cvc"),
        Card("4000002500003155", authenticate="once"),
        Card("4000000000003220", authenticate="always"),
        Card("4000002760003184", authenticate="always", country="DE"),
        Card("4000000000000341", off_session_decline="generic_decline"),
        Card("4000000000000259", disputed=True),
        Card("4000000000007726", refund=("pending", "succeeded")),
        Card("4000000000005126", refund=("succeeded", "failed")),
    )
}
#: The names under which an API call may use a card without its number.
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_debit": "4000056655665556",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_de": "4000002760000016",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
}
#: decline code -> (error code, sentence)
SENTENCES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "authentication_required": (
        "authentication_required",
        "Your card was declined: its bank wants to ask you first.",
    ),
}


def passes_luhn(number: str) -> bool:
    """Tell whether the check digit of a card number fits."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 else digit for place, digit in enumerate(digits)]
    return sum(doubled) % 10 == 0


def read_card(number: str, expiry: str, code: str, *, year: int, month: int) -> tuple[Card, int, int]:
    """Return the card typed on the page with its expiry month and year; refuse what its owner must correct.

    `year` and `month` are today's. Only test cards are known here: a real number must never be typed into a stand-in.
    """
    number = "".join(number.split())
    if not number.isdigit() or not passes_luhn(number):
        raise Refusal("Your card number is invalid.", code="incorrect_number", param="number", kind="card_error")
    card = CARDS.get(number)
    if card is None:
        raise Refusal(
            "This is no test card. Never use a real card here.", code="incorrect_number", param="number",
            kind="card_error",
        )  # fmt: skip
    parts = [part.strip() for part in expiry.replace("-", "/").split("/")]
    if len(parts) != 2 or not all(part.isdigit() for part in parts) or not 1 <= int(parts[0]) <= 12:
        raise Refusal("Your card's expiry date is incomplete.", param="expiry", kind="card_error")
    until_month, until_year = int(parts[0]), int(parts[1]) % 100 + 2000
    if (until_year, until_month) < (year, month):
        raise Refusal("Your card's expiry date is in the past.", param="expiry", kind="card_error")
    if not code.strip().isdigit() or len(code.strip()) != (4 if card.brand == "amex" else 3):
        raise Refusal("Your card's security code is incomplete.", param="code", kind="card_error")
    return card, until_month, until_year
