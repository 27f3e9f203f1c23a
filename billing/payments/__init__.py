"""Payments, refunds, disputes, saved cards and payouts, and the providers behind them. What is owed is the folio's matter."""
