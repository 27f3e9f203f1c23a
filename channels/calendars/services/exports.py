"""Our own calendars' addresses: made, renewed, revoked."""

from django.db import transaction
from django.utils import timezone

from channels.calendars.enums import Channel
from channels.calendars.keys import token_set
from channels.calendars.models import CalendarExport
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock


@transaction.atomic
def export_create(*, export: CalendarExport, actor: Actor) -> CalendarExport:
    """Make a secret address for a unit or a type, for one channel or for nobody in particular.

    Raises Invalid `other_property`, `feed_missing`; ValidationError where there is one already.
    """
    unit, feed = export.unit, export.feed
    if export.room_type.property_id != export.property_id or (unit and unit.room_type_id != export.room_type_id):
        raise Invalid("other_property", "The room must be this property's, and of this type.", field="unit")
    if feed is not None and (feed.channel != export.without or feed.property_id != export.property_id):
        raise Invalid("other_property", "The calendar that comes back must be of the same channel.", field="feed")
    if export.without == Channel.OTHER and feed is None:
        raise Invalid("feed_missing", "Say which calendar comes back from there, so that it is left out.", field="feed")
    token_set(export)
    export.full_clean(exclude={"sealed"})
    export.save(force_insert=True)
    _tell(export, "created", actor)
    return export


@transaction.atomic
def export_renew(*, export: CalendarExport, actor: Actor) -> CalendarExport:
    """Give a calendar another address; the old one leads nowhere at once. Raises Conflict `revoked`."""
    row = _locked(export)
    if row.revoked_at is not None:
        raise Conflict("revoked", "This address was revoked; make a new one.")
    token_set(row)
    row.fetched_at = None
    row.save(update_fields=["sealed", "token_digest", "fetched_at"])
    _tell(row, "renewed", actor)
    return row


@transaction.atomic
def export_revoke(*, export: CalendarExport, actor: Actor) -> CalendarExport:
    """Have an address lead nowhere. Idempotent."""
    row = _locked(export)
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        _tell(row, "revoked", actor)
    return row


def _locked(export: CalendarExport) -> CalendarExport:
    return lock(CalendarExport.objects.filter(pk=export.pk).select_related("property", "room_type", "unit"))[0]


def _tell(export: CalendarExport, verb: str, actor: Actor) -> None:
    audit_record(
        action=f"calendar_export.{verb}",
        subject_type="calendar_export",
        subject_code=str(export.code),
        property_code=export.property.code,
        actor=actor,
        changes={"calendar": [None, str(export)]},
    )
    event_publish(
        kind=f"calendar_export.{verb}",
        subject_type="calendar_export",
        subject_code=str(export.code),
        payload={"property": export.property.code},
    )
