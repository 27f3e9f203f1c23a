"""Changing inventory. counters and occupancy are the two guards; units, closures, blocks and holds use them."""

from bookings.availability.services.blocks import block_create, block_release
from bookings.availability.services.closures import ClosurePlan, closure_create, closure_plan, closure_release
from bookings.availability.services.counters import (
    Deltas,
    inventory_apply,
    inventory_extend,
    inventory_lock,
    linked_recount,
    overbooking_limit_set,
)
from bookings.availability.services.occupancy import (
    Segment,
    occupancy_end,
    occupancy_exchange_begin,
    occupancy_exchange_end,
    occupancy_write,
)
from bookings.availability.services.units import RetirementPlan, unit_create, unit_retire, unit_retirement_plan

__all__ = [
    "ClosurePlan",
    "Deltas",
    "RetirementPlan",
    "Segment",
    "block_create",
    "block_release",
    "closure_create",
    "closure_plan",
    "closure_release",
    "inventory_apply",
    "inventory_extend",
    "inventory_lock",
    "linked_recount",
    "occupancy_end",
    "occupancy_exchange_begin",
    "occupancy_exchange_end",
    "occupancy_write",
    "overbooking_limit_set",
    "unit_create",
    "unit_retire",
    "unit_retirement_plan",
]
