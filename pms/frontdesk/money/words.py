"""Amounts in words, quickly: a page of two hundred lines shows six hundred of them."""

from collections.abc import Callable
from functools import lru_cache

from pms.kernel.money import Money, exponent


@lru_cache(maxsize=256)
def writer(currency: str) -> Callable[[int], str]:
    """Return what writes minor units of a currency as `str(Money)` does; the pattern of the currency is read once."""
    decimals = exponent(currency)
    nothing = f"{0:.{decimals}f}"
    before, _, after = str(Money(0, currency)).partition(nothing)
    scale = 10**decimals

    def write(minor: int) -> str:
        whole, rest = divmod(abs(minor), scale)
        cents = f".{rest:0{decimals}d}" if decimals else ""
        return f"{'-' if minor < 0 else ''}{before}{whole:,}{cents}{after}"

    return write


def counted(number: int, one: str, many: str) -> str:
    """Return "1 line", "3 lines"."""
    return f"{number} {one if number == 1 else many}"
