"""Money: integer minor units and an ISO 4217 currency; one rounding point; remainders allocated by largest remainder."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency, get_currency_precision

from pms.kernel.errors import Invalid


def exponent(currency: str) -> int:
    """Return how many decimals currency has: EUR 2, JPY 0, BHD 3 (CLDR, as babel ships it)."""
    return int(get_currency_precision(currency))


def round_half_up(amount: Decimal) -> int:
    """Round a quantity of minor units to whole ones, halves away from zero. Innkeep's only rounding."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def round_ratio(numerator: int, denominator: int) -> int:
    """Round the exact amount numerator/denominator (above 0) as round_half_up does, without a Decimal."""
    if numerator < 0:
        return -round_ratio(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency. Adding two currencies is refused with Invalid `currency_mismatch`."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str) -> "Money":
        """Return amount given in major units (euros, not cents), rounded half up to the currency's minor unit."""
        return cls(round_half_up(Decimal(amount).scaleb(exponent(currency))), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return self.format("en")

    def format(self, locale: str) -> str:
        """Return the amount as a reader of locale writes it."""
        return str(format_currency(self.amount, self.currency, locale=locale))

    def percent(self, percentage: Decimal) -> "Money":
        """Return percentage per cent of the amount, rounded once."""
        return Money(round_half_up(Decimal(self.minor) * percentage / 100), self.currency)

    def _same(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise Invalid("currency_mismatch", f"{self.currency} and {other.currency} cannot be added.")
        return other


def allocate(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split total_minor in proportion to weights so that the parts sum to it exactly (largest remainder, first wins).

    Equal parts when every weight is zero; an empty list for no weights.
    """
    if not weights:
        return []
    if any(weight < 0 for weight in weights):
        raise Invalid("negative_weight", "An amount cannot be shared out by a negative weight.")
    shares = list(weights) if sum(weights) else [1] * len(weights)
    return round_together([total_minor * share for share in shares], sum(shares))


def round_together(numerators: Sequence[int], denominator: int, *, total_minor: int | None = None) -> list[int]:
    """Round the exact amounts numerators/denominator so that they sum to their rounded sum, or to total_minor.

    Each goes down to a whole unit, and those with the largest remainders up by one, the first of equals first. So each is
    less than one unit away from its exact amount, for a total_minor less than one away from the exact sum.
    """
    total = round_ratio(sum(numerators), denominator) if total_minor is None else total_minor
    parts = [numerator // denominator for numerator in numerators]
    remainders = [(-(numerator % denominator), index) for index, numerator in enumerate(numerators)]
    for _, index in sorted(remainders)[: total - sum(parts)]:
        parts[index] += 1
    return parts
