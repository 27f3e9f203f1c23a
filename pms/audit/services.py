"""Writing the audit."""

from json import dumps, loads
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from pms.audit.models import AuditEvent
from pms.kernel.actors import Actor, request_id
from pms.kernel.prepared import insert
from pms.tenants.provisioning import Provisioning


def audit_record(
    *,
    action: str,
    subject_type: str,
    subject_code: str,
    actor: Actor,
    property_code: str = "",
    reason: str = "",
    changes: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one audit row inside the caller's transaction; changes is {field: [before, after]}, dates and money allowed."""
    row = AuditEvent(
        actor_kind=actor.kind,
        actor_label=actor.label[:160],
        actor_user_id=actor.user_id,
        ip=actor.ip,
        user_agent=actor.user_agent[:256],
        request_id=request_id()[:64],
        action=action,
        subject_type=subject_type,
        subject_code=subject_code,
        property_code=property_code,
        reason=reason,
        changes=loads(dumps(changes or {}, cls=DjangoJSONEncoder)),
    )
    return insert(row)


def audit_provisioning(made: Provisioning) -> AuditEvent:
    """Write the first row of a new organization's audit: who made it."""
    return audit_record(
        action="organization.created",
        subject_type="organization",
        subject_code=made.organization.slug,
        actor=made.actor,
        changes={"name": [None, made.organization.name]},
    )
