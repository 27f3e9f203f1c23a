"""Checkouts read."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.payments.enums import PaymentStatus
from billing.payments.models import PaymentIntent
from bookings.checkout.models import Attempt, Checkout
from pms.kernel.errors import Missing


def checkout_get(*, token: str) -> Checkout:
    """Return the checkout with this token. One query. Raises Missing `no_such_checkout`."""
    related = ("booking__property", "booking__booker")
    row = Checkout.objects.select_related(*related).filter(token=token).first()
    if row is None:
        raise Missing("no_such_checkout", "There is no such booking in progress.")
    return row


def payments_of(checkout: Checkout) -> list[PaymentIntent]:
    """Return the payments of a checkout, the oldest first. One query."""
    keys = Attempt.objects.filter(checkout=checkout).values("request_key")
    rows = PaymentIntent.objects.filter(request_key__in=keys).select_related("account", "folio", "saved_method")
    return list(rows.order_by("pk"))


def unsettled() -> QuerySet[Attempt]:
    """Return the attempts whose money came, or whose card is kept, and has not found its place."""
    came = PaymentIntent.objects.filter(
        Q(captured_minor__gt=0) | Q(status=PaymentStatus.SAVED), request_key=OuterRef("request_key")
    )
    rows = Attempt.objects.filter(Exists(came), settled_at=None)
    return rows.select_related("checkout__booking__property", "checkout__booking__booker")
