"""Cards that a provider keeps for us. A guest's comes with a payment; an OTA's virtual one is told to us by the channel."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from billing.payments.models import PaymentAccount, SavedMethod
from billing.payments.providers import provider_of
from billing.payments.providers.base import SavedCard
from bookings.reservations.models import Reservation
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock


@transaction.atomic
def virtual_card_keep(
    *,
    account: PaymentAccount,
    reservation: Reservation,
    card: SavedCard,
    chargeable_from: date,
    chargeable_until: date | None,
    limit_minor: int | None,
    actor: Actor,
) -> SavedMethod:
    """Keep a channel's virtual card, already a token at the provider, with its days and its limit (T40); idempotent.

    Days are the property's own, the limit is in the reservation's currency. Raises Invalid `unsupported`.
    """
    if not provider_of(account.provider).abilities.saves_cards:
        raise Invalid("unsupported", f"{account.name} keeps no cards.", field="account")
    kept, is_new = SavedMethod.objects.get_or_create(
        account=account,
        method_id=card.method_id,
        removed_at=None,
        defaults={
            "reservation": reservation,
            "customer_id": card.customer_id,
            "brand": card.brand[:24],
            "last4": card.last4[:4],
            "expires_year": card.expires_year,
            "expires_month": card.expires_month,
            "is_virtual": True,
            "chargeable_from": chargeable_from,
            "chargeable_until": chargeable_until,
            "limit_minor": limit_minor,
            "saved_at": timezone.now(),
        },
    )
    if is_new:
        _tell(kept, "kept", actor)
    return kept


@transaction.atomic
def card_remove(*, card: SavedMethod, actor: Actor) -> SavedMethod:
    """Have a kept card charged no more; idempotent. Locks it."""
    (row,) = lock(SavedMethod.objects.filter(pk=card.pk).select_related("reservation__property"))
    if row.removed_at is None:
        row.removed_at = timezone.now()
        row.save(update_fields=["removed_at"])
        _tell(row, "removed", actor)
    return row


def _tell(card: SavedMethod, verb: str, actor: Actor) -> None:
    place = card.reservation.property.code if card.reservation else ""
    audit_record(
        action=f"saved_method.{verb}",
        subject_type="saved_method",
        subject_code=str(card.code),
        property_code=place,
        actor=actor,
        changes={"card": [None, str(card)] if verb == "kept" else [str(card), None]},
    )
    event_publish(kind=f"saved_method.{verb}", subject_type="saved_method", subject_code=str(card.code))
