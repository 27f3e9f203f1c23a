"""An entry balances in every currency when its transaction ends, is never changed, and never lands in a closed period."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: post a reversal.' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'tr_ledger_append_only';
END $$;
CREATE TRIGGER tr_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER tr_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER tr_line_append_only BEFORE UPDATE OR DELETE ON ledger_line
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER tr_line_no_truncate BEFORE TRUNCATE ON ledger_line
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

-- Whoever closes a period holds the entity's row, so that nobody posts behind the closing.
CREATE FUNCTION ledger_entry_in_open_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed date;
BEGIN
    EXECUTE format('SELECT closed_through FROM %I.ledger_legalentity WHERE id = $1 FOR SHARE', TG_TABLE_SCHEMA)
        INTO closed USING NEW.entity_id;
    IF NEW.date <= closed THEN
        RAISE EXCEPTION 'The books are closed through %.', closed USING ERRCODE = 'check_violation',
            CONSTRAINT = 'tr_entry_open_period';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tr_entry_open_period BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_in_open_period();

CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    EXECUTE format(
        'SELECT CASE
            WHEN (SELECT count(*) FROM %1$I.ledger_line l WHERE l.entry_id = e.id) <> e.lines_count
                THEN ''does not have the lines it was made with''
            WHEN EXISTS (SELECT FROM %1$I.ledger_line l JOIN %1$I.ledger_account a ON a.id = l.account_id
                WHERE l.entry_id = e.id AND (l.date <> e.date OR a.entity_id <> e.entity_id))
                THEN ''has a line of another day or legal entity''
            WHEN EXISTS (SELECT FROM %1$I.ledger_line l WHERE l.entry_id = e.id GROUP BY l.currency
                HAVING sum(l.amount_minor) <> 0) THEN ''does not balance''
        END FROM %1$I.ledger_entry e WHERE e.id = $1', TG_TABLE_SCHEMA) INTO wrong
        USING NEW.id;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'An entry %.', wrong USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_entry_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tr_entry_balances AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();

-- An entry that has all its lines takes no more, then or ever.
CREATE FUNCTION ledger_entry_is_complete() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    too_many boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM (SELECT DISTINCT entry_id FROM added) a
            JOIN %1$I.ledger_entry e ON e.id = a.entry_id
            WHERE (SELECT count(*) FROM %1$I.ledger_line l WHERE l.entry_id = e.id) > e.lines_count)', TG_TABLE_SCHEMA)
        INTO too_many;
    IF too_many THEN
        RAISE EXCEPTION 'An entry takes no further lines.' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'tr_line_entry_complete';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tr_line_entry_complete AFTER INSERT ON ledger_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_is_complete();
"""
BACKWARDS = """
DROP TRIGGER tr_line_entry_complete ON ledger_line;
DROP FUNCTION ledger_entry_is_complete();
DROP TRIGGER tr_entry_balances ON ledger_entry;
DROP FUNCTION ledger_entry_balances();
DROP TRIGGER tr_entry_open_period ON ledger_entry;
DROP FUNCTION ledger_entry_in_open_period();
DROP TRIGGER tr_line_no_truncate ON ledger_line;
DROP TRIGGER tr_line_append_only ON ledger_line;
DROP TRIGGER tr_entry_no_truncate ON ledger_entry;
DROP TRIGGER tr_entry_append_only ON ledger_entry;
DROP FUNCTION ledger_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
