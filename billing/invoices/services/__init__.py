"""What can be done with documents: issue them, correct them by credit notes, print what has no number."""

from billing.invoices.services.crediting import credit_note_issue
from billing.invoices.services.issuing import draft_discard, draft_issue, invoice_draft, invoice_issue
from billing.invoices.services.numbering import series_change, series_for
from billing.invoices.services.paying import deposit_invoice_issue, pro_forma, receipt
from billing.invoices.services.printing import card_print, folio_print, statement_print

__all__ = [
    "card_print",
    "credit_note_issue",
    "deposit_invoice_issue",
    "draft_discard",
    "draft_issue",
    "folio_print",
    "invoice_draft",
    "invoice_issue",
    "pro_forma",
    "receipt",
    "series_change",
    "series_for",
    "statement_print",
]
