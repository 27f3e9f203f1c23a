"""What a desk does of an evening, by chance: bookings by phone, cancelled and moved, prices and limits."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from bookings.lifecycle.services import reservation_cancel, reservation_modify
from bookings.rates.changing import Cell
from bookings.rates.services import change_draft, change_publish
from bookings.reservations.enums import EXPECTED
from bookings.reservations.models import Reservation
from pms.kernel.errors import DomainError
from tests.house import TESTER, House, book


@dataclass(slots=True)
class Desk:
    """The desk of a house; it works on so many days from the business date on."""

    house: House
    random: Random
    days: int

    def book(self) -> None:
        first = self.random.randrange(self.days - 1)
        kind = self.random.choice((self.house.double, self.house.suite))
        with suppress(DomainError):
            book(self.house, first, first + self.random.randint(1, 2), room_type=kind)

    def cancel(self) -> None:
        row = self._one_of_ours()
        if row is not None:
            reservation_cancel(reservation=row, reason="By chance", actor=TESTER)

    def change(self) -> None:
        row = self._one_of_ours()
        if row is None:
            return
        later = timedelta(days=self.random.randint(0, 2))
        with suppress(DomainError):
            reservation_modify(
                reservation=row, arrival=row.arrival + later, departure=row.departure + later, actor=TESTER
            )

    def price(self) -> None:
        self._cell("price", self.random.randint(80, 200) * 100)

    def limit(self) -> None:
        field, value = self.random.choice(
            (("min_stay_arrival", 2), ("stop_sell", 1), ("stop_sell", None), ("closed_to_arrival", 1), ("max_stay", 3))
        )
        self._cell(field, value)

    def _cell(self, field: str, value: int | None) -> None:
        house = self.house
        kind = self.random.choice((house.double, house.suite))
        day = house.property.business_date + timedelta(days=self.random.randrange(self.days))
        with suppress(DomainError):
            change = change_draft(
                property=house.property,
                title="By chance",
                cells=[Cell(kind.pk, house.rate_plan.pk, day, field, value)],
                actor=TESTER,
            )
            change_publish(change=change, actor=TESTER)

    def _one_of_ours(self) -> Reservation | None:
        ours = Reservation.objects.filter(
            property=self.house.property, booking__source="phone", status__in=EXPECTED
        ).order_by("pk")
        return self.random.choice(ours) if ours else None
