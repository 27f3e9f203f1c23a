"""Folios: what a payer is charged and has paid, line by line, each line in the books. Providers and paper live elsewhere."""
