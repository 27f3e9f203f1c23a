"""What the law wants on paper: numbered documents of a legal entity, their figures, their PDF and their XML.

Charges and payments live in billing.folios and billing.payments; a document only says what was posted there.
"""
