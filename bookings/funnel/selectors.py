"""Reading the funnel: steps with how many went on, in all and for each origin, campaign and device."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from bookings.funnel.enums import Device, Origin, Step
from bookings.funnel.models import FunnelDay
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class StepCount:
    """One step: how often it was taken and by how many visitors, a day's visitors added up over the days.

    `of_before` and `of_first` are per cent of the visitors of the step before and of the first one, to one place; None
    where nobody was there. More than 100 is possible: a link may lead past a step.
    """

    step: Step
    count: int
    visitors: int
    of_before: Decimal | None
    of_first: Decimal | None


@dataclass(frozen=True, slots=True)
class Slice:
    """The steps of those who came the same way."""

    name: str
    steps: tuple[StepCount, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps of everybody asked for, and the same apart by origin, campaign and device; slices with nobody are left out."""

    steps: tuple[StepCount, ...]
    origins: tuple[Slice, ...]
    campaigns: tuple[Slice, ...]
    devices: tuple[Slice, ...]


Taken = dict[Step, tuple[int, int]]


def funnel_of(
    *, first: date, until: date, property: Property | None, origin: Origin | None = None, device: Device | None = None
) -> Funnel:
    """Return the funnel of a property, or of the whole organization (None), over the days [first, until). One query.

    Who may read which is for the caller to ask: the organization's rows hold what was done at every house.
    """
    rows = FunnelDay.objects.filter(property=property, date__gte=first, date__lt=until)
    if origin is not None:
        rows = rows.filter(origin=origin)
    if device is not None:
        rows = rows.filter(device=device)
    everybody: Taken = {}
    origins, campaigns, devices = (defaultdict[str, Taken](dict) for _ in range(3))
    for step, came, campaign, made_with, count, visitors in (
        rows.order_by()
        .values("step", "origin", "campaign", "device")
        .annotate(times=Sum("count"), people=Sum("visitors"))
        .values_list("step", "origin", "campaign", "device", "times", "people")
    ):
        places = [everybody, origins[came], devices[made_with], *([campaigns[campaign]] if campaign else [])]
        for place in places:
            times, people = place.get(Step(step), (0, 0))
            place[Step(step)] = (times + count, people + visitors)
    return Funnel(
        steps=_steps(everybody),
        origins=_slices(origins, {row.value: str(row.label) for row in Origin}),
        campaigns=tuple(
            sorted(
                (Slice(name, _steps(taken)) for name, taken in campaigns.items()),
                key=lambda slice_: (-slice_.steps[0].visitors, slice_.name),
            )
        ),
        devices=_slices(devices, {row.value: str(row.label) for row in Device}),
    )


def _slices(found: Mapping[str, Taken], names: Mapping[str, str]) -> tuple[Slice, ...]:
    return tuple(Slice(name, _steps(found[value])) for value, name in names.items() if value in found)


def _steps(taken: Taken) -> tuple[StepCount, ...]:
    made: list[StepCount] = []
    for step in Step:
        count, visitors = taken.get(step, (0, 0))
        made.append(
            StepCount(
                step=step,
                count=count,
                visitors=visitors,
                of_before=_percent(visitors, made[-1].visitors) if made else None,
                of_first=_percent(visitors, made[0].visitors) if made else None,
            )
        )
    return tuple(made)


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1")) if whole else None
