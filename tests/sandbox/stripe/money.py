"""Amounts in minor units: which currencies have other than two decimals, and the smallest and largest charge."""

import re

from tests.sandbox.stripe.errors import Refusal

ZERO_DECIMAL = frozenset(re.findall(r"\w+", "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"))
THREE_DECIMAL = frozenset(re.findall(r"\w+", "bhd jod kwd omr tnd"))
TWO_DECIMAL = """
aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk
dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp
lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd
rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd yer zar zmw
"""
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | frozenset(re.findall(r"\w+", TWO_DECIMAL))
#: In minor units; where Stripe names none, the equivalent of fifty cents is unknown and one unit is asked.
SMALLEST = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
LARGEST = 99_999_999


def shown(amount: int, currency: str) -> str:
    """Return an amount for people: "€ 84.50", "¥ 9000", "KWD 1.250"."""
    decimals = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    sign = {"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥", "inr": "₹"}.get(currency, currency.upper())
    whole, rest = divmod(abs(amount), 10**decimals)
    number = f"{whole:,}.{rest:0{decimals}}" if decimals else f"{whole:,}"
    return f"{'-' if amount < 0 else ''}{sign}{' ' if sign.isalpha() else ''}{number}"


def check(amount: int, currency: str, param: str = "amount") -> None:
    """Refuse an amount that no card can be charged with."""
    if amount < 1:
        raise Refusal("Amounts must be at least 1.", code="parameter_invalid_integer", param=param, unsaved=True)
    if amount > LARGEST:
        raise Refusal(
            f"Amount must be no more than {shown(LARGEST, currency)}",
            code="amount_too_large",
            param=param,
            unsaved=True,
        )
    if amount < SMALLEST.get(currency, 1):
        least = shown(SMALLEST[currency], currency)
        raise Refusal(f"Amount must be at least {least} {currency}", code="amount_too_small", param=param, unsaved=True)
    if currency in THREE_DECIMAL and amount % 10:
        raise Refusal(
            f"The last digit of an amount in {currency.upper()} is 0", code="parameter_invalid_integer", param=param,
            unsaved=True,
        )  # fmt: skip
