"""What was issued stays as it was issued, adds up, and is numbered without a gap: the database sees to it (T43)."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION invoices_document_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sums record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'issued' THEN
            RAISE EXCEPTION 'An issued document is never deleted: issue a credit note.'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tr_document_kept';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status = 'issued' THEN
        -- The rendering, once: everything else is compared as a whole, so that a column added later is covered too.
        IF OLD.rendered_at IS NOT NULL OR NEW.rendered_at IS NULL OR
            to_jsonb(OLD) - ARRAY['pdf_file', 'pdf_sha256', 'xml', 'xml_obstacle', 'rendered_at'] IS DISTINCT FROM
            to_jsonb(NEW) - ARRAY['pdf_file', 'pdf_sha256', 'xml', 'xml_obstacle', 'rendered_at'] THEN
            RAISE EXCEPTION 'An issued document is never changed: issue a credit note.'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tr_document_kept';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status = 'issued' THEN
        SELECT count(*) AS n, coalesce(sum(net_minor), 0) AS net, coalesce(sum(tax_minor), 0) AS tax
            INTO sums FROM invoices_documentline WHERE document_id = NEW.id;
        IF sums.n = 0 OR sums.net <> NEW.net_minor OR sums.tax <> NEW.tax_minor OR NEW.paid_minor <>
            (SELECT coalesce(sum(amount_minor), 0) FROM invoices_documentpayment WHERE document_id = NEW.id) THEN
            RAISE EXCEPTION 'A document is issued when its lines sum to it.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_document_adds_up';
        END IF;
        IF NEW.tax_minor <> (SELECT coalesce(sum(tax_minor), 0) FROM invoices_documenttax WHERE document_id = NEW.id) THEN
            RAISE EXCEPTION 'The VAT breakdown of a document sums to its VAT.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_document_adds_up';
        END IF;
        IF NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM invoices_document WHERE series_id = NEW.series_id
            AND year = NEW.year AND number = NEW.number - 1) THEN
            RAISE EXCEPTION 'The number before this one was never given.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_document_no_gap';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tr_document_kept BEFORE INSERT OR UPDATE OR DELETE ON invoices_document
    FOR EACH ROW EXECUTE FUNCTION invoices_document_is_kept();

CREATE FUNCTION invoices_part_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    concerned bigint;
BEGIN
    FOR concerned IN SELECT DISTINCT id FROM unnest(ARRAY[
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.document_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.document_id END
    ]) AS id WHERE id IS NOT NULL LOOP
        IF EXISTS (SELECT 1 FROM invoices_document WHERE id = concerned AND status = 'issued') THEN
            RAISE EXCEPTION 'An issued document is never changed: issue a credit note.'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tr_document_kept';
        END IF;
    END LOOP;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER tr_line_kept BEFORE INSERT OR UPDATE OR DELETE ON invoices_documentline
    FOR EACH ROW EXECUTE FUNCTION invoices_part_is_kept();
CREATE TRIGGER tr_tax_kept BEFORE INSERT OR UPDATE OR DELETE ON invoices_documenttax
    FOR EACH ROW EXECUTE FUNCTION invoices_part_is_kept();
CREATE TRIGGER tr_payment_kept BEFORE INSERT OR UPDATE OR DELETE ON invoices_documentpayment
    FOR EACH ROW EXECUTE FUNCTION invoices_part_is_kept();

CREATE FUNCTION invoices_claim_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.holds AND NOT NEW.holds
        AND to_jsonb(OLD) - ARRAY['holds'] IS NOT DISTINCT FROM to_jsonb(NEW) - ARRAY['holds'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'What an invoice has taken is only given back by a credit note.'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tr_invoiced_kept';
END $$;
CREATE TRIGGER tr_invoiced_kept BEFORE UPDATE OR DELETE ON invoices_invoicedposting
    FOR EACH ROW EXECUTE FUNCTION invoices_claim_is_kept();

CREATE FUNCTION invoices_is_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Documents are never emptied.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tr_document_no_truncate BEFORE TRUNCATE ON invoices_document
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_is_not_emptied();
CREATE TRIGGER tr_line_no_truncate BEFORE TRUNCATE ON invoices_documentline
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_is_not_emptied();
CREATE TRIGGER tr_invoiced_no_truncate BEFORE TRUNCATE ON invoices_invoicedposting
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_is_not_emptied();
"""
BACKWARDS = """
DROP TRIGGER tr_invoiced_no_truncate ON invoices_invoicedposting;
DROP TRIGGER tr_line_no_truncate ON invoices_documentline;
DROP TRIGGER tr_document_no_truncate ON invoices_document;
DROP FUNCTION invoices_is_not_emptied();
DROP TRIGGER tr_invoiced_kept ON invoices_invoicedposting;
DROP FUNCTION invoices_claim_is_kept();
DROP TRIGGER tr_payment_kept ON invoices_documentpayment;
DROP TRIGGER tr_tax_kept ON invoices_documenttax;
DROP TRIGGER tr_line_kept ON invoices_documentline;
DROP FUNCTION invoices_part_is_kept();
DROP TRIGGER tr_document_kept ON invoices_document;
DROP FUNCTION invoices_document_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_documents")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
