"""Double entry: legal entities, accounts, entries that balance and never change. What a guest sees lives in folios."""
