"""What visitors of the site do, counted without a third party, and what keeps the abusive ones out."""
