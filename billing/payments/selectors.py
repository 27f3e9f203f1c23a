"""Accounts to pay into, and what was paid."""

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from billing.folios.enums import MONEY
from billing.folios.models import Posting
from billing.payments.enums import ProviderName
from billing.payments.models import Capture, PaymentAccount, PaymentIntent, SavedMethod
from bookings.reservations.models import Reservation
from pms.inbox.selectors import endpoint_of
from pms.kernel.addresses import address_at
from pms.properties.models import Property


def accounts_for(*, property: Property, currency: str = "", online: bool | None = None) -> list[PaymentAccount]:
    """Return the active accounts that a property takes money with, in their order: those of its own and its entity's.

    With `currency` only those that take it; `online` says whether a provider is asked over the network.
    """
    rows = PaymentAccount.objects.filter(
        Q(property=property) | Q(property=None), entity__properties__property=property, is_active=True
    ).select_related("entity", "property")
    if online is not None:
        rows = rows.exclude(provider=ProviderName.MANUAL) if online else rows.filter(provider=ProviderName.MANUAL)
    return [row for row in rows if not currency or currency in row.taken_currencies]


def payments_of_stay(*, reservation: Reservation) -> QuerySet[PaymentIntent]:
    """Return the payments of a reservation over all its folios, newest first, those included that it has a share of.

    Four queries.
    """
    moved_here = Posting.objects.filter(of_kind__in=MONEY, corrections__reservation=reservation)
    shared = Capture.objects.filter(posting_code__in=moved_here.values("code")).values("payment")
    rows = PaymentIntent.objects.filter(Q(reservation=reservation) | Q(pk__in=shared))
    return rows.select_related("account", "folio", "saved_method").prefetch_related("captures", "refunds", "disputes")


def saved_methods_of(*, reservation: Reservation) -> QuerySet[SavedMethod]:
    """Return the cards kept for a reservation or its guest that still count, the newest first.

    One that the booker left for another room of the booking is for this one too; a virtual card is for its own room only.
    """
    booking = reservation.booking
    of_booker = Q(reservation__booking=booking, guest=booking.booker_id, is_virtual=False)
    of_it = Q(reservation=reservation) | of_booker | Q(reservation=None, guest=reservation.guest)
    return SavedMethod.objects.filter(of_it, removed_at=None, account__is_active=True).select_related("account")


def webhook_url(*, account: PaymentAccount) -> str:
    """Return the address that the provider has to be given, or nothing for an account that has none."""
    endpoint = endpoint_of(provider=account.provider, account=account.code)
    if endpoint is None:
        return ""
    path = reverse("inbox:hook", args=[account.provider, endpoint.token], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    return address_at(host=settings.BASE_DOMAIN, path=path)
