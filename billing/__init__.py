"""Money: taxes, folios, payments, invoices, ledger."""
