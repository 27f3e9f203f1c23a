"""The accountant's pages: periods, accounts, journal, taxes, open items, closing, files. No tables, no rules."""
