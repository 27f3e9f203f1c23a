"""What an accountant asks of the books. Every number names the rows behind it; nothing here writes."""

from billing.ledger.reports.accounts import AccountStatement, Cursor, StatementLine, account_statement
from billing.ledger.reports.journal import JournalFilters, JournalPage, entries_wanted, journal
from billing.ledger.reports.revenue import RevenueDay, RevenueReport, revenue_by_day
from billing.ledger.reports.taxes import TaxRow, tax_rows
from billing.ledger.reports.trial import CurrencyTotal, TrialBalance, TrialRow, trial_balance

__all__ = [
    "AccountStatement",
    "CurrencyTotal",
    "Cursor",
    "JournalFilters",
    "JournalPage",
    "RevenueDay",
    "RevenueReport",
    "StatementLine",
    "TaxRow",
    "TrialBalance",
    "TrialRow",
    "account_statement",
    "entries_wanted",
    "journal",
    "revenue_by_day",
    "tax_rows",
    "trial_balance",
]
