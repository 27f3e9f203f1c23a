"""The money of the desk: folios, what is done with their lines, payments and paper. Pages only; nothing is counted here."""
