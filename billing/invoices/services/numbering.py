"""Numbers without gaps: taken under the lock of their series' year, in the transaction that issues, or not at all."""

from datetime import date

from django.db import connection

from billing.invoices.enums import DocumentKind
from billing.invoices.models import Series, SeriesYear
from billing.ledger.errors import period_closed
from billing.ledger.models import LegalEntity
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict
from pms.kernel.locking import lock

PREFIXES = {
    DocumentKind.INVOICE: "INV",
    DocumentKind.CREDIT_NOTE: "CN",
    DocumentKind.DEPOSIT_INVOICE: "DEP",
    DocumentKind.PRO_FORMA: "PF",
    DocumentKind.RECEIPT: "REC",
}


def series_for(*, entity: LegalEntity, kind: DocumentKind) -> Series:
    """Return the series of a kind of document, made with its usual prefix on first use. Safe to call at once."""
    found = Series.objects.filter(entity=entity, kind=kind).first()
    if found is None:
        Series.objects.bulk_create([Series(entity=entity, kind=kind, prefix=PREFIXES[kind])], ignore_conflicts=True)
        found = Series.objects.get(entity=entity, kind=kind)
    return found


def number_take(*, series: Series, on: date) -> tuple[int, int, str]:
    """Return year, number and reference of the next document of a series, locking the series until the commit.

    Whoever comes next waits for the commit, so a transaction that fails gives its number back. Call it last of all locks.
    """
    (row,) = lock(Series.objects.filter(pk=series.pk))
    year = on.year if row.is_yearly else 0
    counter, _ = SeriesYear.objects.get_or_create(series=row, year=year)
    number = counter.next_number
    counter.next_number = number + 1
    counter.save(update_fields=["next_number"])
    return year, number, row.reference(year, number)


def day_require_open(*, entity: LegalEntity, on: date) -> None:
    """Hold the books open until the commit. Raises Conflict `period_closed` when the day is closed already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT closed_through FROM ledger_legalentity WHERE id = %s FOR SHARE", [entity.pk])
        closed = cursor.fetchone()[0]
    if closed is not None and on <= closed:
        raise period_closed(closed)


def series_change(*, series: Series, actor: Actor, **fields: str | int | bool) -> Series:
    """Change prefix, digits or the yearly reset of a series that has given no number yet.

    Raises Conflict `series_in_use`; ValidationError. Call inside a transaction; locks the series.
    """
    (row,) = lock(Series.objects.filter(pk=series.pk))
    changes = {name: [getattr(row, name), value] for name, value in fields.items() if getattr(row, name) != value}
    if not changes:
        return row
    if row.documents.exists():
        raise Conflict("series_in_use", "Numbers of this series were given: it stays as it is.", field="prefix")
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    row.full_clean()
    row.save(update_fields=list(changes))
    code = f"{row.entity.code}/{row.kind}"
    audit_record(action="series.changed", subject_type="series", subject_code=code, actor=actor, changes=changes)
    event_publish(kind="series.changed", subject_type="series", subject_code=code)
    return row
