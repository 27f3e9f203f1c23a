"""Learning the prices of the hotels of a booking file, and bringing them into an organization that has these hotels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from pms.kernel.actors import Actor
from pms.properties.models import Property

from .bookings_csv import BookingFile, BookingRow
from .bookings_import import HOTEL_FACTS, ZONE
from .bulk import Progress, quiet
from .rate_learning import learn, teaches
from .rate_model import LearnedRates
from .rate_report import Agreement, Deviation, deviations, quote_agrees
from .rate_rows import learned_write
from .replay import Replay


@dataclass(frozen=True, slots=True)
class Lesson:
    """One hotel of a file: its bookings, what they taught, and by how much the hotel's dates were moved."""

    name: str
    code: str
    rows: Sequence[BookingRow]
    rates: LearnedRates
    shift: timedelta
    fingerprint: str


def lessons_learn(*, file: BookingFile, business_date: date, progress: Progress = quiet) -> list[Lesson]:
    """Learn the prices of every hotel of a file whose import has this business date."""
    lessons = []
    for name, (code, _) in HOTEL_FACTS.items():
        rows = [row for row in file.rows if row.hotel == name]
        if not any(map(teaches, rows)):
            continue
        progress(f"learning the prices of {name}", 0, 0)
        lessons.append(Lesson(name, code, rows, learn(rows), shift_of(file, business_date), file.fingerprint))
    return lessons


def shift_of(file: BookingFile, business_date: date) -> timedelta:
    """By how much an import with this business date moved the file's dates: not at all when it ends with the file."""
    if business_date == max(row.departure for row in file.rows):
        return timedelta(0)
    return Replay.to(business_date).shift


def lessons_write(*, lessons: Sequence[Lesson], origin: str, actor: Actor) -> int:
    """Write what was learned into the present organization, all or nothing; how many hotels got prices.

    Seasons reach from the first arrival to the end of the selling horizon. Raises Conflict `rates_exist`.
    """
    written = 0
    with transaction.atomic():
        for lesson in lessons:
            place = Property.objects.filter(code=lesson.code).first()
            if place is None:
                continue
            horizon = place.business_date + timedelta(days=place.selling_horizon_days + 1)
            written += learned_write(
                property=place,
                rates=lesson.rates,
                shift=lesson.shift,
                first=min(row.arrival for row in lesson.rows) + lesson.shift,
                until=max(horizon, max(row.departure for row in lesson.rows) + lesson.shift),
                fingerprint=lesson.fingerprint,
                origin=origin,
                actor=actor,
            )
    return written


def lesson_judge(lesson: Lesson) -> tuple[list[Deviation], Agreement]:
    """Return how far off what was learned is, and whether the quote says the same for a sample. In the organization."""
    place = Property.objects.get(code=lesson.code)
    agreement = quote_agrees(property=place, rows=lesson.rows, rates=lesson.rates, shift=lesson.shift, zone=ZONE)
    return deviations(lesson.rows, lesson.rates), agreement
