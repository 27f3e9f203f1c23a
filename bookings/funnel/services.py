"""Writing the counters of the funnel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from bookings.funnel.enums import Device, Origin, Step
from bookings.funnel.models import FunnelDay
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose counter, on which of their days, and whether the visitor took the step there for the first time that day."""

    property: Property | None
    date: date
    is_first: bool


def step_record(
    *, step: Step, origin: Origin, device: Device, seen: Sequence[Seen], campaign: str = "", count: int = 1
) -> None:
    """Count a step in the rows of a house and of the organization, in one statement; no audit, as nobody is in it.

    Rows are taken in the order given, houses before the organization (None), so that counters never wait crosswise.
    Outside a transaction the commit does not wait for the disk: a counter lost in a power cut is no loss.
    """
    table = FunnelDay._meta.db_table
    values = ", ".join(["(%s::bigint, %s::date, %s, %s, %s, %s, %s::bigint, %s::bigint)"] * len(seen))
    # Inside somebody's transaction it would be their commit that does not wait.
    quickly = "WITH quickly AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
    outside = not connection.in_atomic_block
    parameters: list[Any] = []
    for each in seen:
        place = each.property.pk if each.property is not None else None
        first = count if each.is_first else 0
        parameters += [place, each.date, step.value, origin.value, campaign, device.value, count, first]
    with connection.cursor() as cursor:
        cursor.execute(
            f"{quickly if outside else ''}"  # noqa: S608 - every part of it is written here
            f" INSERT INTO {table} AS kept (property_id, date, step, origin, campaign, device, count, visitors)"
            f" SELECT told.* FROM (VALUES {values}) AS told {', quickly' if outside else ''}"
            " ON CONFLICT (property_id, date, step, origin, campaign, device)"
            " DO UPDATE SET count = kept.count + EXCLUDED.count, visitors = kept.visitors + EXCLUDED.visitors",
            parameters,
        )
