"""Forgetting visitors: thin, idempotent, inside the tenant already."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from bookings.funnel.models import VisitorHold, VisitorNetwork
from pms.kernel.locking import lock

#: No hold lives as long, and suspicion looks back one hour.
FORGET_AFTER = timedelta(days=2)


@transaction.atomic
def forget_visitors() -> int:
    """Forget which network and visitor made a booking once FORGET_AFTER has passed; return how many holds.

    Locks networks nobody has held from since; one that somebody holds from right now stays.
    """
    before = timezone.now() - FORGET_AFTER
    forgotten, _ = VisitorHold.objects.filter(made_at__lt=before).delete()
    quiet = lock(VisitorNetwork.objects.filter(seen_at__lt=before))
    VisitorNetwork.objects.filter(pk__in=[row.pk for row in quiet], holds=None).delete()
    return forgotten
