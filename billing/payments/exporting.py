"""Payouts as a table for whoever keeps the books."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from billing.payments.models import ProviderPayout
from pms.kernel.money import Money

HEAD = (
    "Account", "Payout", "Arrives on", "Status", "Line", "Kind", "Payment", "Receipt", "Reservation", "Folio",
    "Paid", "Paid in", "Settled", "Fee", "Net", "Settled in", "Text",
)  # fmt: skip
#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def payouts_csv(payouts: Iterable[ProviderPayout]) -> Iterator[str]:
    """Yield a CSV of payouts with their lines, a row at a time: UTF-8, comma, decimal point, amounts in major units."""
    yield _row(HEAD)
    for payout in payouts:
        for line in payout.lines.select_related("payment__folio", "payment__reservation"):
            payment = line.payment
            yield _row(
                (
                    payout.account.code,
                    payout.provider_id,
                    payout.arrives_on.isoformat(),
                    payout.get_status_display(),
                    line.provider_id,
                    line.get_kind_display(),
                    str(payment.code) if payment else "",
                    str(payment.receipt_number or "") if payment else "",
                    payment.reservation.code if payment and payment.reservation else "",
                    payment.folio.code if payment else "",
                    str(Money(line.gross_minor, line.gross_currency).amount),
                    line.gross_currency,
                    *(
                        str(Money(minor, payout.currency).amount)
                        for minor in (line.settled_minor, line.fee_minor, line.net_minor)
                    ),
                    payout.currency,
                    _plain(line.description),
                )
            )


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(values: Iterable[str]) -> str:
    sheet = StringIO()
    csv.writer(sheet).writerow(values)
    return sheet.getvalue()
