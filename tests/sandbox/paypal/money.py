"""PayPal's amounts: decimal text with a currency. Never a float."""

import re
from decimal import Decimal
from typing import Any

from tests.sandbox.paypal.errors import Refusal

#: Currencies that PayPal takes; those with no decimals besides.
WHOLE = frozenset({"HUF", "JPY", "TWD"})
CURRENCIES = WHOLE | frozenset(re.findall("[A-Z]+", """
AUD BRL CAD CNY CZK DKK EUR HKD ILS MYR MXN NZD NOK PHP PLN GBP SGD SEK CHF THB USD"""))  # fmt: skip


def read(amount: Any, field: str) -> tuple[Decimal, str]:
    """Return value and currency; refuse what is no amount of money."""
    if not isinstance(amount, dict) or not {"currency_code", "value"} <= set(amount):
        raise Refusal("MISSING_REQUIRED_PARAMETER", field=field, status=400)
    currency, value = amount["currency_code"], amount["value"]
    if currency not in CURRENCIES:
        raise Refusal("INVALID_CURRENCY_CODE", field=f"{field}/currency_code")
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,10}(\.\d+)?", value):
        raise Refusal("INVALID_PARAMETER_SYNTAX", field=f"{field}/value", status=400)
    if len(value.partition(".")[2]) > (0 if currency in WHOLE else 2):
        raise Refusal("DECIMAL_PRECISION", field=f"{field}/value")
    if Decimal(value) <= 0:
        raise Refusal("CANNOT_BE_ZERO_OR_NEGATIVE", field=f"{field}/value")
    return Decimal(value), currency


def written(value: Decimal, currency: str) -> dict[str, str]:
    """Return an amount as PayPal writes it."""
    return {"currency_code": currency, "value": f"{value:.{0 if currency in WHOLE else 2}f}"}
