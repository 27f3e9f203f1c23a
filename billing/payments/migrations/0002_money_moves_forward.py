"""No more goes back than came (T38), no amount is changed afterwards, and nothing of a payment is deleted."""

from django.db import migrations

TABLES = ("paymentintent", "capture", "refund", "dispute", "providerpayout", "payoutline")

FORWARDS = """
CREATE FUNCTION payments_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Payments are never deleted.' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'tr_payments_keep';
END $$;

CREATE FUNCTION payments_amounts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount_minor <> OLD.amount_minor OR NEW.folio_amount_minor <> OLD.folio_amount_minor
        OR to_jsonb(NEW) -> 'payment_id' IS DISTINCT FROM to_jsonb(OLD) -> 'payment_id'
        OR to_jsonb(NEW) -> 'currency' IS DISTINCT FROM to_jsonb(OLD) -> 'currency'
        OR to_jsonb(NEW) -> 'fx_rate' IS DISTINCT FROM to_jsonb(OLD) -> 'fx_rate' THEN
        RAISE EXCEPTION 'The amount of a payment stays as it is.' USING ERRCODE = 'restrict_violation',
            CONSTRAINT = 'tr_payments_amounts_stay';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tr_payment_amounts_stay BEFORE UPDATE ON payments_paymentintent
    FOR EACH ROW EXECUTE FUNCTION payments_amounts_stay();
CREATE TRIGGER tr_capture_amounts_stay BEFORE UPDATE ON payments_capture
    FOR EACH ROW EXECUTE FUNCTION payments_amounts_stay();
CREATE TRIGGER tr_refund_amounts_stay BEFORE UPDATE ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION payments_amounts_stay();

-- The payment's row is locked first, so that two refunds at once see each other.
CREATE FUNCTION payments_refund_within_captured() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    captured bigint;
    refunded bigint;
BEGIN
    IF NEW.status NOT IN ('requested', 'pending', 'succeeded') THEN
        RETURN NEW;
    END IF;
    EXECUTE format('SELECT 1 FROM %I.payments_paymentintent WHERE id = $1 FOR NO KEY UPDATE', TG_TABLE_SCHEMA)
        USING NEW.payment_id;
    EXECUTE format('SELECT coalesce(sum(amount_minor), 0) FROM %I.payments_capture
        WHERE payment_id = $1 AND status = ''done''', TG_TABLE_SCHEMA) INTO captured USING NEW.payment_id;
    EXECUTE format('SELECT coalesce(sum(amount_minor), 0) FROM %I.payments_refund
        WHERE payment_id = $1 AND id <> $2 AND status IN (''requested'', ''pending'', ''succeeded'')', TG_TABLE_SCHEMA)
        INTO refunded USING NEW.payment_id, NEW.id;
    IF refunded + NEW.amount_minor > captured THEN
        RAISE EXCEPTION 'No more can be refunded than was paid.' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'tr_refund_within_captured';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tr_refund_within_captured BEFORE INSERT OR UPDATE OF status ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION payments_refund_within_captured();
""" + "".join(
    f"CREATE TRIGGER tr_{table}_keep BEFORE DELETE ON payments_{table} FOR EACH ROW EXECUTE FUNCTION payments_keep();\n"
    for table in TABLES
)
BACKWARDS = (
    "".join(f"DROP TRIGGER tr_{table}_keep ON payments_{table};\n" for table in TABLES)
    + """
DROP TRIGGER tr_refund_within_captured ON payments_refund;
DROP TRIGGER tr_refund_amounts_stay ON payments_refund;
DROP TRIGGER tr_capture_amounts_stay ON payments_capture;
DROP TRIGGER tr_payment_amounts_stay ON payments_paymentintent;
DROP FUNCTION payments_refund_within_captured();
DROP FUNCTION payments_amounts_stay();
DROP FUNCTION payments_keep();
"""
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
