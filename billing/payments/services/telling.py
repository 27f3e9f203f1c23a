"""How what happens to a payment is told: one audit row with what differs, one outbox event for each fact."""

from typing import Any

from billing.payments.models import PaymentIntent
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor

#: The name of the actor when nobody asked: a message, a poll, the clock.
MACHINE = Actor.system("payments")


def tell(
    payment: PaymentIntent,
    verb: str,
    actor: Actor,
    changes: dict[str, Any] | None = None,
    *,
    reason: str = "",
    payload: dict[str, Any] | None = None,
) -> None:
    """Write audit and event `payment.<verb>` inside the caller's transaction."""
    property_code = payment.folio.property.code
    audit_record(
        action=f"payment.{verb}",
        subject_type="payment",
        subject_code=str(payment.code),
        property_code=property_code,
        actor=actor,
        reason=reason,
        changes=changes,
    )
    event_publish(
        kind=f"payment.{verb}",
        subject_type="payment",
        subject_code=str(payment.code),
        payload={
            "property": property_code,
            "folio": payment.folio.code,
            "reservation": payment.reservation.code if payment.reservation else None,
            "purpose": payment.purpose,
            "status": payment.status,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            **(payload or {}),
        },
    )
