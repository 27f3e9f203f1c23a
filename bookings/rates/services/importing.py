"""From a file of prices to a change: received, dry run, saved as a draft or published. Nothing is ever half saved."""

from dataclasses import asdict
from datetime import timedelta

import structlog
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from bookings.rates.enums import FileState, RowOutcome
from bookings.rates.models import RateChange, RateFile, RateFileRow
from bookings.rates.reading import MAX_BYTES, Table, table_read
from bookings.rates.services.changing import change_draft, change_publish
from bookings.rates.services.checking import Checked, table_check
from pms.audit.services import audit_record
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import Conflict, DomainError, Invalid
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.locking import lock, lock_one
from pms.kernel.text import clean_text
from pms.properties.models import Property

#: A file of so many rows is worked on while its sender waits; a longer one, or a heavier workbook, by a job.
INLINE_ROWS = 2_000
INLINE_BYTES = 512 * 1024
#: Longer than any job may take.
LEASE = timedelta(minutes=10)
KEEP = timedelta(days=30)
JOB = "bookings.rates.jobs.work_on_file"

logger = structlog.get_logger(__name__)


def file_receive(*, property: Property, name: str, content: bytes, actor: Actor) -> RateFile:
    """Keep a file and begin its dry run: a short one is checked on return, a long one by a job.

    Raises Invalid `file_empty`, `file_too_large`. A file that makes no sense is kept as REFUSED and says why.
    """
    if not content:
        raise Invalid("file_empty", "The file is empty.", field="file")
    if len(content) > MAX_BYTES:
        raise Invalid("file_too_large", f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.", field="file")
    shown = clean_text(name.replace("\x00", ""), field="file", most=10_000)[-200:] or "prices"
    file = RateFile(
        property=property,
        name=shown,
        title=shown[:120],
        size_bytes=len(content),
        made_by=actor.label[:120],
        made_by_user_id=actor.user_id,
        made_at=timezone.now(),
    )
    # Its name in storage is ours: what people call their files is no path.
    file.content.save(f"{file.code}.bin", ContentFile(content), save=False)
    with transaction.atomic():
        file.save()
        audit_record(
            action="rates.file_received",
            subject_type="rate_file",
            subject_code=str(file.code),
            property_code=property.code,
            actor=actor,
            changes={"name": [None, shown], "bytes": [None, len(content)]},
        )
        if not _is_short(content):
            enqueue_in_tenant(JOB, file_id=file.pk)
            return file
    return file_check(file=file)


def file_check(*, file: RateFile) -> RateFile:
    """Do the dry run of a file that waits for it. Idempotent; claims the file, so that one works on it at a time."""
    if not _claimed(file, FileState.WAITING):
        return _again(file)
    try:
        checked = table_check(property=file.property, table=_table(file))
    except DomainError as error:
        RateFile.objects.filter(pk=file.pk).update(state=FileState.REFUSED, message=error.message, claimed_at=None)
        return _again(file)
    with transaction.atomic():
        locked = lock(RateFile.objects.filter(pk=file.pk))[0]
        _report_write(locked, checked)
    return _again(file)


def file_save(*, file: RateFile, title: str, publish: bool, actor: Actor) -> RateFile:
    """Make a checked file a draft, or publish it; a long one by a job. Idempotent once it is under way.

    Locks the file. Raises Conflict `not_checked`, `rows_with_faults`, `nothing_changes`; Invalid `title_missing`.
    What a long file runs into meanwhile stands in its `message`.
    """
    title = clean_text(title, field="title", most=120)
    if not title:
        raise Invalid("title_missing", "Give the change a title.", field="title")
    with transaction.atomic():
        locked = lock(RateFile.objects.filter(pk=file.pk))[0]
        if locked.state in {FileState.SAVING, FileState.SAVED}:
            return locked
        if locked.state != FileState.CHECKED:
            raise Conflict("not_checked", "The file has not been checked yet.")
        if locked.fault_count:
            raise Conflict(
                "rows_with_faults", "Rows with errors cannot be saved; correct the file and upload it again."
            )
        if not locked.ok_count:
            raise Conflict("nothing_changes", "Everything is set like this already.")
        locked.state, locked.title, locked.publish, locked.message = FileState.SAVING, title, publish, ""
        locked.made_by, locked.made_by_user_id, locked.claimed_at = actor.label[:120], actor.user_id, None
        locked.save(update_fields=["state", "title", "publish", "message", "made_by", "made_by_user_id", "claimed_at"])
        if locked.rows_count > INLINE_ROWS:
            enqueue_in_tenant(JOB, file_id=locked.pk)
            return locked
    return file_finish(file=locked)


def file_finish(*, file: RateFile) -> RateFile:
    """Save a file that waits for it: read and checked again, then drafted and, if wished, published, all or nothing.

    Idempotent; claims the file. What refuses it stands in its `message`, and it is as before: checked, with a new
    report where rows have become wrong meanwhile.
    """
    if not _claimed(file, FileState.SAVING):
        return _again(file)
    file = _again(file)
    try:
        checked = table_check(property=file.property, table=_table(file))
        if checked.faulty:
            with transaction.atomic():
                _report_write(lock(RateFile.objects.filter(pk=file.pk))[0], checked)
            return _again(file)
        with transaction.atomic():
            change = _saved(file, checked)
            RateFile.objects.filter(pk=file.pk).update(state=FileState.SAVED, change=change, claimed_at=None)
    except DomainError as error:
        RateFile.objects.filter(pk=file.pk).update(state=FileState.CHECKED, message=error.message, claimed_at=None)
    return _again(file)


def files_sweep() -> None:
    """Enqueue what waits and nobody works on, and remove files that are older than KEEP with their reports.

    After a day a file is left alone: what has not worked until then stops a worker every time.
    """
    now = timezone.now()
    waiting = RateFile.objects.filter(
        state__in=[FileState.WAITING, FileState.SAVING], made_at__gt=now - timedelta(days=1)
    )
    free = Q(claimed_at=None, made_at__lt=now - timedelta(minutes=1)) | Q(claimed_at__lt=now - LEASE)
    for key in waiting.filter(free).values_list("pk", flat=True)[:20]:
        enqueue_in_tenant(JOB, file_id=key)
    for file in RateFile.objects.filter(made_at__lt=now - KEEP)[:100]:
        with transaction.atomic():
            held = lock_one(RateFile.objects.filter(pk=file.pk))
            if held is not None:
                held.delete()
        file.content.delete(save=False)


def _saved(file: RateFile, checked: Checked) -> RateChange:
    kind = ActorKind.USER if file.made_by_user_id is not None else ActorKind.SYSTEM
    actor = Actor(kind=kind, label=file.made_by, user_id=file.made_by_user_id)
    change = change_draft(property=file.property, cells=checked.cells, title=file.title, actor=actor)
    return change_publish(change=change, actor=actor) if file.publish else change


def _claimed(file: RateFile, state: FileState) -> bool:
    now = timezone.now()
    free = RateFile.objects.filter(pk=file.pk, state=state).filter(Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE))
    return free.update(claimed_at=now) == 1


def _again(file: RateFile) -> RateFile:
    return RateFile.objects.select_related("property", "change").get(pk=file.pk)


def _table(file: RateFile) -> Table:
    with file.content.open("rb") as stored:
        return table_read(content=stored.read())


def _is_short(content: bytes) -> bool:
    """Whether the file is quickly read: few lines, or a light workbook with few rows."""
    if content.startswith(b"PK"):
        if len(content) > INLINE_BYTES:
            return False
        try:
            return len(table_read(content=content, most_rows=INLINE_ROWS + 1).rows) <= INLINE_ROWS
        except Invalid:
            return True
    return content.count(b"\n") <= INLINE_ROWS + 1


def _report_write(file: RateFile, checked: Checked) -> None:
    """Write the report of a dry run in the place of an earlier one."""
    RateFileRow.objects.filter(file=file).delete()
    columns = list(
        zip(
            *((row.number, row.outcome.value, row.cells, row.changed, row.column, row.message) for row in checked.rows),
            strict=True,
        )
    )
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO rates_ratefilerow (file_id, number, outcome, cells, changed, "column", message) '
            "SELECT %s, * FROM unnest(%s::int[], %s::text[], %s::int[], %s::int[], %s::text[], %s::text[])",
            [file.pk, *(list(column) for column in columns)],
        )
    outcomes = [row.outcome for row in checked.rows]
    file.state, file.claimed_at = FileState.CHECKED, None
    file.rows_count = len(outcomes)
    file.ok_count = outcomes.count(RowOutcome.OK)
    file.unchanged_count = outcomes.count(RowOutcome.UNCHANGED)
    file.fault_count = outcomes.count(RowOutcome.FAULT)
    preview = checked.preview
    file.preview = (
        asdict(preview)
        | {
            "first": preview.first and preview.first.isoformat(),
            "last": preview.last and preview.last.isoformat(),
            "doubts": [doubt.message for doubt in preview.doubts],
        }
        if preview
        else {}
    )
    file.save(
        update_fields=[
            "state", "claimed_at", "rows_count", "ok_count", "unchanged_count", "fault_count", "preview",
        ]
    )  # fmt: skip
