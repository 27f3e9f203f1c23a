"""Changing the brand."""

from django.conf import settings
from django.db import transaction

from pms.audit.services import audit_record
from pms.branding.models import Brand
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid

FIELDS = ("name", "logo", "accent", "languages", "tagline", "about", "texts", "allowed_origins")


@transaction.atomic
def brand_save(*, brand: Brand, actor: Actor) -> Brand:
    """Create or change the brand. Raises ValidationError, Invalid `unknown_language`."""
    offered = dict(settings.LANGUAGES)
    strange = [code for code in [*brand.languages, *brand.texts] if code not in offered]
    if strange:
        raise Invalid("unknown_language", f"There is no “{strange[0]}” here: {', '.join(offered)}.", field="languages")
    brand.full_clean()
    before = Brand.objects.filter(pk=brand.pk).values(*FIELDS).first()
    brand.save()
    after = Brand.objects.filter(pk=brand.pk).values(*FIELDS).get()
    changes = {
        name: [None if before is None else before[name], after[name]]
        for name in FIELDS
        if before is None or before[name] != after[name]
    }
    if changes:
        audit_record(action="brand.changed", subject_type="brand", subject_code="brand", actor=actor, changes=changes)
        event_publish(
            kind="brand.changed", subject_type="brand", subject_code="brand", payload={"fields": sorted(changes)}
        )
    return brand
