"""Reading the audit."""

from django.db.models import QuerySet

from pms.audit.models import AuditEvent


def audit_of(*, subject_type: str, subject_code: str) -> QuerySet[AuditEvent]:
    """Return what was done to one subject, newest first."""
    return AuditEvent.objects.filter(subject_type=subject_type, subject_code=subject_code).order_by("-pk")


def audit_log(*, property_codes: frozenset[str] | None) -> QuerySet[AuditEvent]:
    """Return what was done at these properties, newest first; None means everywhere, rows of no property included."""
    events = AuditEvent.objects.order_by("-pk")
    return events if property_codes is None else events.filter(property_code__in=property_codes)
