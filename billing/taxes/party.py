"""Who stays, as far as prices and taxes ask: how many, how old on each night, and why they travel."""

from dataclasses import dataclass
from datetime import date

from billing.taxes.enums import Purpose
from pms.kernel.errors import Invalid

#: The age an adult counts as where nobody said: every adult price and tax applies.
ADULT_AGE = 18
INFANT_AGE = 0


@dataclass(frozen=True, slots=True)
class Party:
    """The people of one room. `child_ages` are ages on arrival; `child_births`, in the same order where known, decide on
    each night instead (T33). Infants sleep in a cot and are below every child price."""

    adults: int = 2
    child_ages: tuple[int, ...] = ()
    infants: int = 0
    child_births: tuple[date | None, ...] = ()
    purpose: Purpose = Purpose.LEISURE

    def __post_init__(self) -> None:
        if any(not 0 <= age < ADULT_AGE for age in self.child_ages):
            raise Invalid("bad_age", "A child is under eighteen.", field="child_ages")
        if self.adults < 1:
            raise Invalid("no_adult", "At least one adult stays in each room.", field="adults")

    @property
    def children(self) -> int:
        """How many children there are, infants not counted."""
        return len(self.child_ages)

    @property
    def persons(self) -> int:
        """Everybody, infants included."""
        return self.adults + len(self.child_ages) + self.infants

    def ages_of_children(self, night: date) -> tuple[int, ...]:
        """Return how old each child is on night, in the order given."""
        if not any(self.child_births):
            return self.child_ages
        births = self.child_births + (None,) * (len(self.child_ages) - len(self.child_births))
        return tuple(
            age if born is None else max(0, _years(born, night))
            for age, born in zip(self.child_ages, births, strict=False)
        )

    def count_from(self, age: int, night: date) -> int:
        """Return how many are of age or older on night."""
        if age <= INFANT_AGE:
            return self.persons
        grown = self.adults if age <= ADULT_AGE else 0
        return grown + sum(child >= age for child in self.ages_of_children(night))


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
