"""Saving the organization's own texts."""

from django.db import transaction

from guests.messaging.enums import Kind
from guests.messaging.models import MessageTemplate
from guests.messaging.templating import template_check
from guests.messaging.wording.variables import variables
from pms.audit.services import audit_record
from pms.kernel.actors import Actor

FIELDS = ("kind", "language", "subject", "body", "is_active")


@transaction.atomic
def template_save(*, template: MessageTemplate, actor: Actor) -> MessageTemplate:
    """Create or change a text. Raises ValidationError, and Invalid when it could not be filled in (`template_check`)."""
    template.full_clean()
    template_check(subject=template.subject, body=template.body, known=variables(Kind(template.kind)))
    before = MessageTemplate.objects.filter(pk=template.pk).values(*FIELDS).first() or {}
    template.save()
    after = {name: getattr(template, name) for name in FIELDS}
    changes = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
    if changes:
        audit_record(
            action="message_template.changed" if before else "message_template.created",
            subject_type="message_template",
            subject_code=f"{template.kind}.{template.language}",
            actor=actor,
            changes=changes,
        )
    return template
