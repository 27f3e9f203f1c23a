from django.db import models


class OccupancyKind(models.TextChoices):
    """What takes a unit."""

    STAY = "stay", "Stay"
    HOLD = "hold", "Option"
    OUT_OF_ORDER = "out_of_order", "Out of order"
    OUT_OF_INVENTORY = "out_of_inventory", "Out of inventory"
    OWNER = "owner", "Owner stay"


class ClosureKind(models.TextChoices):
    """Why a unit is closed. Out of service is minor: the unit can still be sold (T14)."""

    OUT_OF_ORDER = "out_of_order", "Out of order"
    OUT_OF_SERVICE = "out_of_service", "Out of service"
    OUT_OF_INVENTORY = "out_of_inventory", "Out of inventory"
    OWNER = "owner", "Owner stay"


#: Closures that take the unit, and the kind of occupancy they write.
TAKING = {
    ClosureKind.OUT_OF_ORDER: OccupancyKind.OUT_OF_ORDER,
    ClosureKind.OUT_OF_INVENTORY: OccupancyKind.OUT_OF_INVENTORY,
    ClosureKind.OWNER: OccupancyKind.OWNER,
}


class Counter(models.TextChoices):
    """A column of InventoryDay that something sold or closed adds to."""

    SOLD = "sold", "Sold"
    OVERBOOKED = "overbooked", "Overbooked"
    HELD = "held", "Held"
    BLOCKED = "blocked", "Blocked"
    OUT_OF_ORDER = "out_of_order", "Out of order"
    OWNER = "owner", "Owner stays"
    CAPACITY = "capacity", "Capacity"
    LINKED = "linked", "Taken by a part or the whole"
