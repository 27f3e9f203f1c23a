"""What must hold of payments at every moment, asked of the database from scratch; lifecycle certifies a property by it."""

#: (rule, query): every row found is one finding.
PAYMENT_RULES = (
    (
        "a payment did not capture what its captures say",
        """
        SELECT p.code, p.captured_minor, coalesce(sum(c.amount_minor), 0) FROM payments_paymentintent p
        JOIN folios_folio f ON f.id = p.folio_id
        LEFT JOIN payments_capture c ON c.payment_id = p.id AND c.status = 'done'
        WHERE f.property_id = %(property)s GROUP BY p.id HAVING p.captured_minor <> coalesce(sum(c.amount_minor), 0)
        """,
    ),
    (
        "more was given back than was taken",
        """
        SELECT p.code, p.captured_minor, sum(r.amount_minor) FROM payments_paymentintent p
        JOIN folios_folio f ON f.id = p.folio_id
        JOIN payments_refund r ON r.payment_id = p.id AND r.status IN ('requested', 'pending', 'succeeded')
        WHERE f.property_id = %(property)s GROUP BY p.id HAVING sum(r.amount_minor) > p.captured_minor
        """,
    ),
    (
        "money that came is not on its folio",
        """
        SELECT p.code, c.amount_minor FROM payments_capture c JOIN payments_paymentintent p ON p.id = c.payment_id
        JOIN folios_folio f ON f.id = p.folio_id
        LEFT JOIN folios_posting l ON l.code = c.posting_code
        WHERE c.status = 'done' AND f.property_id = %(property)s
            AND (l.id IS NULL OR l.folio_id <> p.folio_id OR l.amount_minor <> -c.folio_amount_minor)
        """,
    ),
    (
        "money that went back is not on its folio",
        """
        SELECT p.code, r.amount_minor FROM payments_refund r JOIN payments_paymentintent p ON p.id = r.payment_id
        JOIN folios_folio f ON f.id = p.folio_id
        LEFT JOIN folios_posting l ON l.code = r.posting_code
        WHERE r.status = 'succeeded' AND f.property_id = %(property)s
            AND (l.id IS NULL OR l.folio_id <> coalesce(r.folio_id, p.folio_id)
                OR l.amount_minor <> r.folio_amount_minor)
        """,
    ),
)
