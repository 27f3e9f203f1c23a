"""The stay that is asked about: its nights, who stays, when and where it is sold, and what of it was sold before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from billing.taxes.party import Party
from bookings.rates.enums import UNATTENDED, Source
from bookings.rates.quoting import HeldNight, Kept
from pms.kernel.dates import nights_between
from pms.properties.models import Property


@dataclass(frozen=True)
class Stay:
    """One wish. `asked` are the nights that were not sold before: only they are priced and asked for a room.

    `held` are the nights that the stay takes before the change, whether or not it keeps them.
    """

    place: Property
    arrival: date
    departure: date
    party: Party
    at: datetime
    source: Source
    access_code: str = ""
    kept: Kept | None = None
    held: Mapping[date, HeldNight] = field(default_factory=dict)
    nights: tuple[date, ...] = field(default=())
    asked: tuple[date, ...] = field(default=())
    sale_on: date = date.min
    lead_days: int = 0

    @classmethod
    def of(
        cls,
        *,
        property: Property,
        arrival: date,
        departure: date,
        party: Party,
        at: datetime,
        source: Source,
        access_code: str = "",
        kept: Kept | None = None,
        held: Mapping[date, HeldNight] | None = None,
    ) -> "Stay":
        """Return the stay with its nights. Raises Invalid `no_nights`, `too_long`."""
        nights = tuple(nights_between(arrival, departure))
        sale_on = at.astimezone(property.zone).date()
        return cls(
            place=property,
            arrival=arrival,
            departure=departure,
            party=party,
            at=at,
            source=source,
            access_code=access_code,
            kept=kept,
            held=held or {},
            nights=nights,
            asked=tuple(night for night in nights if night not in kept.nights) if kept else nights,
            sale_on=sale_on,
            lead_days=max(0, (arrival - sale_on).days),
        )

    @property
    def length(self) -> int:
        """How many nights."""
        return len(self.nights)

    @property
    def attended(self) -> bool:
        """Whether somebody of the staff sells."""
        return self.source not in UNATTENDED

    @cached_property
    def arrival_changed(self) -> bool:
        """Whether the rules of an arrival are asked: always, but for a stay that already begins on this day."""
        if self.kept is None:
            return True
        return self.arrival != (self.kept.arrival or min(self.kept.nights, default=None))

    @cached_property
    def departure_changed(self) -> bool:
        """Whether the rules of a departure are asked."""
        if self.kept is None:
            return True
        last = max(self.kept.nights, default=None)
        return self.departure != (self.kept.departure or (last and last + timedelta(days=1)))

    @property
    def dates_changed(self) -> bool:
        """Whether the rules of length are asked."""
        return self.arrival_changed or self.departure_changed
