"""What the demo's two Portuguese hotels have: room types, floors, plans, and who sends them guests."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from guests.profiles.enums import CompanyKind

from .drafts import CompanyDraft, UnitDraft


@dataclass(frozen=True, slots=True)
class DemoType:
    """A room type of a demo hotel: how many rooms, on which floors, at how many per cent of the hotel's usual price."""

    code: str
    name: str
    rooms: int
    percent: int
    guests: int
    square_metres: int
    description: str
    floors: tuple[int, ...]
    feature: str = ""


@dataclass(frozen=True, slots=True)
class DemoHotel:
    """A demo hotel on paper; `measured_as` names the hotel its guests' habits were measured on."""

    code: str
    name: str
    measured_as: str
    city: str
    street: str
    postal_code: str
    types: tuple[DemoType, ...]
    house_rules: str

    @property
    def rooms(self) -> int:
        """Number of rooms."""
        return sum(kind.rooms for kind in self.types)

    def units(self) -> list[UnitDraft]:
        """The rooms, numbered floor by floor, listed by type."""
        on_floor: dict[int, int] = {}
        units = []
        for kind in self.types:
            for index in range(kind.rooms):
                floor = kind.floors[index % len(kind.floors)]
                on_floor[floor] = on_floor.get(floor, 0) + 1
                units.append(
                    UnitDraft(
                        number=f"{floor}{on_floor[floor]:02}" if floor else f"V{on_floor[floor]:02}",
                        room_type=kind.code,
                        floor=str(floor) if floor else "",
                        zone="" if floor else "Gardens",
                        features=kind.feature if index % 3 == 0 else "",
                    )
                )
        order = {kind.code: position for position, kind in enumerate(self.types)}
        return sorted(units, key=lambda unit: (order[unit.room_type], len(unit.number), unit.number))


_EVERY: Final = (1, 2, 3, 4, 5, 6, 7, 8)
CITY: Final = DemoHotel(
    code="LIS",
    name="Lusitania City",
    measured_as="City Hotel",
    city="Lisbon",
    street="Rua das Amoreiras do Cais 48",
    postal_code="1200-000",
    types=(
        DemoType("CLD", "Classic double", 78, 92, 2, 20, "Double bed, desk, shower.", _EVERY, "quiet side"),
        DemoType("CLT", "Classic twin", 46, 92, 2, 20, "Two beds, desk, shower.", _EVERY, "bath"),
        DemoType(
            "SPD", "Superior double, city view", 40, 110, 3, 25, "Over the roofs of the city.", _EVERY[2:], "balcony"
        ),
        DemoType("SPT", "Superior twin, city view", 22, 110, 3, 25, "Two beds over the roofs.", _EVERY[2:], "balcony"),
        DemoType("SGL", "Single, courtyard", 24, 76, 1, 14, "A quiet single on the courtyard.", _EVERY, "bath"),
        DemoType("TRP", "Triple", 14, 122, 3, 28, "Three real beds.", _EVERY[:4], "bath"),
        DemoType("FAM", "Family room", 12, 138, 4, 34, "Double bed and two singles.", _EVERY[:4], "cot possible"),
        DemoType("JST", "Junior suite", 10, 165, 3, 38, "A sitting corner by the window.", (8, 9), "bath"),
        DemoType("STE", "Suite with terrace", 4, 240, 4, 60, "Two rooms and a terrace to the river.", (9,), "terrace"),
    ),
    house_rules="Quiet from 22:00 to 7:00. No smoking in the rooms. Small dogs are welcome.",
)
RESORT: Final = DemoHotel(
    code="ALG",
    name="Lusitania Resort",
    measured_as="Resort Hotel",
    city="Lagoa, Algarve",
    street="Estrada da Praia do Carvoeiro 3",
    postal_code="8400-000",
    types=(
        DemoType(
            "GDN", "Garden double", 58, 84, 2, 24, "Double bed, terrace to the gardens.", (1, 2, 3), "ground floor"
        ),
        DemoType(
            "GDT", "Garden twin", 36, 84, 2, 24, "Two beds, terrace to the gardens.", (1, 2, 3), "connecting door"
        ),
        DemoType("PLD", "Pool view double", 34, 100, 3, 26, "Balcony over the pools.", (1, 2, 3, 4), "corner"),
        DemoType("SEA", "Sea view double", 30, 122, 3, 28, "Balcony to the sea.", (3, 4, 5), "corner"),
        DemoType("SET", "Sea view twin", 14, 122, 3, 28, "Two beds, balcony to the sea.", (3, 4, 5), "connecting door"),
        DemoType("FAM", "Family room", 16, 138, 4, 36, "Double bed and bunk beds.", (1, 2), "cot possible"),
        DemoType("JST", "Junior suite, sea view", 12, 165, 4, 42, "Sitting room to the sea.", (4, 5), "bath"),
        DemoType("V1", "One-bedroom villa", 6, 190, 4, 65, "Kitchen, terrace, shared pool.", (0,), "near the pool"),
        DemoType("V2", "Two-bedroom villa", 4, 260, 6, 95, "Kitchen, terrace, own pool.", (0,), "own pool"),
    ),
    house_rules="Quiet from 23:00 to 8:00. No glass at the pools. Children swim with an adult.",
)


def _company(code: str, name: str, country: str) -> CompanyDraft:
    return CompanyDraft(code, CompanyKind.COMPANY, name, country, f"travel@{code.lower()}.example")


def _agency(code: str, name: str, country: str, commission: str) -> CompanyDraft:
    return CompanyDraft(
        code, CompanyKind.AGENCY, name, country, f"bookings@{code.lower()}.example", "", Decimal(commission)
    )


COMPANIES: Final = (
    _company("TEJO-LOG", "Tejo Logística", "PT"),
    _company("ALTO-ENG", "Alto Engenharia", "PT"),
    _company("MARFIM", "Marfim Têxteis", "PT"),
    _company("CORTIÇA-SUL".replace("Ç", "C"), "Cortiça do Sul", "PT"),
    _company("ATLANTIC-AIR", "Atlantic Air crews", "PT"),
    _company("BRIGG", "Brigg Marine Insurance", "GB"),
    _company("OAKHAM", "Oakham Clinical Research", "GB"),
    _company("VERGER", "Verger Conseil", "FR"),
    _company("STEINWEG", "Steinweg Antriebstechnik", "DE"),
    _company("FJELLSOL", "Fjellsol Energi", "NO"),
)
AGENCIES: Final = (
    _agency("SETE-MARES", "Sete Mares Viagens", "PT", "10"),
    _agency("CARAVELA", "Caravela Tours", "PT", "12"),
    _agency("LINDEN", "Linden Reisen", "DE", "15"),
    _agency("BRIGHTWATER", "Brightwater Holidays", "GB", "15"),
    _agency("SOLEIL-SUD", "Soleil du Sud", "FR", "14"),
    _agency("NORDLYS", "Nordlys Rejser", "DK", "14"),
    _agency("TRES-RIOS", "Tres Ríos Viajes", "ES", "12"),
    _agency("POLDER", "Polder Reizen", "NL", "13"),
)
