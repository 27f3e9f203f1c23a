"""What of a payment counts for which stay: one payment for several rooms is shared out by lines of their folios.

Nothing is kept of it but the lines: a share is what they say, from where the money came in to where it was moved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from billing.folios.enums import MONEY
from billing.folios.models import Folio, Posting
from billing.payments.enums import CaptureStatus, RefundStatus
from billing.payments.models import PaymentIntent, Refund
from bookings.reservations.models import Reservation

#: Payment's code, folio, reservation.
_Key = tuple[str, int, int | None]


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment stands on one folio for one stay, minor units of the folio's currency.

    `came_minor` is what was paid; `left_minor` is without what went back, or was asked to.
    """

    payment: PaymentIntent
    folio: Folio
    reservation_id: int | None
    came_minor: int
    left_minor: int

    @property
    def is_whole(self) -> bool:
        """Whether all that came of the payment is here. No query where captures are at hand."""
        done = [row for row in self.payment.captures.all() if row.status == CaptureStatus.DONE]
        return self.came_minor == sum(row.folio_amount_minor for row in done)

    @property
    def said_minor(self) -> int:
        """What was paid, in the currency it is said in: that of the payment where all of it is here."""
        return self.payment.captured_minor if self.is_whole else self.came_minor

    @property
    def said_currency(self) -> str:
        """The currency of `said_minor`."""
        return self.payment.currency if self.is_whole else self.folio.currency

    @property
    def refunds(self) -> list[Refund]:
        """The refunds of it that are this stay's. No query where refunds are at hand."""
        return [row for row in self.payment.refunds.all() if _place_of(row, self.payment) == self._place]

    @property
    def _place(self) -> tuple[int, int | None]:
        return (self.folio.pk, self.reservation_id)


def shares_of(*, reservations: Sequence[Reservation]) -> dict[int, list[Share]]:
    """Return what was paid for reservations, by key, the newest payment first. Six queries, and one for each further move."""
    found: dict[int, list[Share]] = {row.pk: [] for row in reservations}
    for share in _shares(Posting.objects.filter(reservation__in=list(found), of_kind__in=MONEY)):
        found[share.reservation_id or 0].append(share)
    return found


def shares_on(*, folio: Folio) -> list[Share]:
    """Return what of which payments stands on a folio, the newest payment first."""
    return _shares(Posting.objects.filter(folio=folio, of_kind__in=MONEY))


def shares_of_payment(*, payment: PaymentIntent) -> list[Share]:
    """Return where the money of a payment stands."""
    lines = list(Posting.objects.filter(source__startswith=f"payment:{payment.code}:"))
    latest = lines
    while latest:
        latest = list(Posting.objects.filter(corrects__in=latest))
        lines += latest
    return _shares(lines)


def _shares(lines: Iterable[Posting]) -> list[Share]:
    """Return the shares that lines of money come to; what was paid by no payment of ours is none."""
    rows = list(lines)
    roots = _roots(rows)
    came: dict[_Key, int] = {}
    left: dict[_Key, int] = {}
    for row in rows:
        word, _, rest = roots[row.pk].partition(":")
        code, _, fact = rest.partition(":")
        if word != "payment":
            continue
        key = (code, row.folio_id, row.reservation_id)
        left[key] = left.get(key, 0) - row.amount_minor
        came[key] = came.get(key, 0) - (row.amount_minor if fact.startswith("capture:") else 0)
    payments = PaymentIntent.objects.filter(code__in={key[0] for key in left}).select_related("account")
    known = {str(row.code): row for row in payments.prefetch_related("captures", "refunds")}
    folios = Folio.objects.in_bulk({key[1] for key in left})
    shares = []
    for key, minor in left.items():
        payment = known[key[0]]
        asked = sum(
            row.folio_amount_minor
            for row in payment.refunds.all()
            if row.status == RefundStatus.REQUESTED and _place_of(row, payment) == key[1:]
        )
        if came[key] or minor:
            shares.append(Share(payment, folios[key[1]], key[2], came[key], minor - asked))
    return sorted(shares, key=lambda share: -share.payment.pk)


def _roots(rows: Sequence[Posting]) -> dict[int, str]:
    """Return the source of the line that each line goes back to, over however many moves."""
    above = {row.pk: (row.source, row.corrects_id) for row in rows}
    while wanted := {over for _, over in above.values() if over is not None and over not in above}:
        found = Posting.objects.filter(pk__in=wanted).values_list("pk", "source", "corrects_id")
        above |= {key: (source, over) for key, source, over in found}
    roots = {}
    for row in rows:
        source, over = above[row.pk]
        while over is not None:
            source, over = above[over]
        roots[row.pk] = source
    return roots


def _place_of(refund: Refund, payment: PaymentIntent) -> tuple[int, int | None]:
    """Return folio and stay that a refund is taken from: the payment's own unless it says others."""
    if refund.folio_id is None:
        return (payment.folio_id, payment.reservation_id)
    return (refund.folio_id, refund.reservation_id)
