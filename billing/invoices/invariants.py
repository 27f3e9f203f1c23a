"""What must hold of documents at every moment, asked of the database from scratch; lifecycle certifies a property by it."""

#: (rule, query): every row found is one finding.
DOCUMENT_RULES = (
    (
        "a series of documents has a gap",
        """
        SELECT s.prefix, y.year, y.next_number - 1, count(d.id) FROM invoices_seriesyear y
        JOIN invoices_series s ON s.id = y.series_id JOIN ledger_propertybooks b ON b.entity_id = s.entity_id
        LEFT JOIN invoices_document d ON d.series_id = s.id AND d.year = y.year AND d.number IS NOT NULL
        WHERE b.property_id = %(property)s GROUP BY s.id, y.id HAVING y.next_number - 1 <> count(d.id)
            OR (count(d.id) > 0 AND (min(d.number) <> 1 OR max(d.number) <> count(d.id)))
        """,
    ),
    (
        "a document is not the sum of its lines",
        """
        SELECT d.reference, d.gross_minor, coalesce(sum(l.gross_minor), 0) FROM invoices_document d
        LEFT JOIN invoices_documentline l ON l.document_id = d.id
        WHERE d.status = 'issued' AND d.kind <> 'receipt' AND d.property_id = %(property)s
        GROUP BY d.id HAVING d.gross_minor <> coalesce(sum(l.gross_minor), 0) OR d.gross_minor <> d.net_minor + d.tax_minor
        """,
    ),
)
