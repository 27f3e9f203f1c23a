"""What a person has to look at between us and a channel: opened once for each subject, seen again, resolved."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from bookings.reservations.models import Reservation
from channels.adapters.base import Refused
from channels.connections.models import Connection
from channels.sync.enums import CaseKind, Resolution
from channels.sync.models import BookingMessage, Case
from channels.sync.writing import Key, keys_of
from pms.kernel.actors import Actor
from pms.kernel.locking import lock_one
from pms.kernel.text import clean_text


def case_open(
    *,
    connection: Connection,
    kind: CaseKind,
    subject: str,
    words: str,
    now: datetime,
    reservation: Reservation | None = None,
    message: BookingMessage | None = None,
    details: Mapping[str, Any] | None = None,
    days: Iterable[date] = (),
) -> Case:
    """Open a case, or say anew what an open one of the same subject is about. Idempotent."""
    known, made = Case.objects.get_or_create(
        connection=connection,
        kind=kind,
        subject=subject[:200],
        resolved_at=None,
        defaults={
            "words": words,
            "reservation": reservation,
            "message": message,
            "details": dict(details or {}),
            "days": sorted(days),
            "opened_at": now,
            "seen_at": now,
        },
    )
    if not made:
        known.words, known.seen_at, known.details = words, now, dict(details or {})
        known.days = sorted(days)
        known.reservation = reservation or known.reservation
        known.save(update_fields=["words", "seen_at", "details", "days", "reservation"])
    return known


def case_note(
    *,
    connection: Connection,
    kind: CaseKind,
    reservation: Reservation,
    words: str,
    now: datetime,
    message: BookingMessage | None = None,
    details: Mapping[str, Any],
) -> Case | None:
    """Open a note about a reservation, or say anew what an open one is about; one that was put away with the same details
    stays so. Idempotent."""
    put_away = Case.objects.filter(connection=connection, kind=kind, subject=reservation.code, details=dict(details))
    if put_away.exclude(resolved_at=None).exclude(resolution=Resolution.BY_ITSELF).exists():
        return None
    return case_open(
        connection=connection,
        kind=kind,
        subject=reservation.code,
        words=words,
        now=now,
        reservation=reservation,
        message=message,
        details=details,
    )


@transaction.atomic
def case_resolve(*, case: Case, resolution: Resolution, actor: Actor, now: datetime, note: str = "") -> Case:
    """Say what became of a case; one that is resolved stays as it is. Locks the case."""
    row = lock_one(Case.objects.filter(pk=case.pk))
    if row is None or row.resolved_at is not None:
        return case
    row.resolved_at, row.resolution, row.resolved_by = now, resolution, actor.label[:160]
    row.note = clean_text(note, field="note", most=200)
    row.save(update_fields=["resolved_at", "resolution", "resolved_by", "note"])
    return row


def cases_over(*, connection: Connection, kinds: Collection[CaseKind], subject: str, now: datetime) -> int:
    """Resolve open cases of a subject that solved themselves; return how many."""
    return Case.objects.filter(connection=connection, kind__in=kinds, subject=subject, resolved_at=None).update(
        resolved_at=now, resolution=Resolution.BY_ITSELF
    )


def refusals_told(*, connection: Connection, refused: Iterable[Refused], keys: Collection[Key], now: datetime) -> None:
    """Open a case for what the channel did not take, one for each room or rate and code; resolve those it takes now."""
    found: dict[tuple[str, str], list[tuple[Refused, set[date]]]] = {}
    for each in refused:
        for room_id, rate_id, day in sorted(keys_of(each.spans)):
            rows = found.setdefault((room_id, rate_id), [])
            if not rows or rows[-1][0] is not each:
                rows.append((each, set()))
            rows[-1][1].add(day)
    taken = {f"{room_id}/{rate_id}" for room_id, rate_id, _ in keys} - {f"{room}/{rate}" for room, rate in found}
    if taken:
        Case.objects.filter(
            connection=connection, kind=CaseKind.SYNC_REFUSED, subject__in=taken, resolved_at=None
        ).update(resolved_at=now, resolution=Resolution.BY_ITSELF)
    for (room_id, rate_id), rows in found.items():
        case_open(
            connection=connection,
            kind=CaseKind.SYNC_REFUSED,
            subject=f"{room_id}/{rate_id}",
            words="; ".join(dict.fromkeys(each.message or each.code for each, _ in rows)),
            now=now,
            details={"code": rows[0][0].code, "room_id": room_id, "rate_id": rate_id},
            days=set().union(*(days for _, days in rows)),
        )
