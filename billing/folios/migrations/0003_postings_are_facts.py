"""A line of a folio is never changed or taken away: it is corrected by another."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION folios_posting_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A posting is never changed: post a correction.' USING ERRCODE = 'restrict_violation',
        CONSTRAINT = 'tr_posting_append_only';
END $$;
CREATE TRIGGER tr_posting_append_only BEFORE UPDATE OR DELETE ON folios_posting
    FOR EACH ROW EXECUTE FUNCTION folios_posting_is_append_only();
CREATE TRIGGER tr_posting_no_truncate BEFORE TRUNCATE ON folios_posting
    FOR EACH STATEMENT EXECUTE FUNCTION folios_posting_is_append_only();
"""
BACKWARDS = """
DROP TRIGGER tr_posting_no_truncate ON folios_posting;
DROP TRIGGER tr_posting_append_only ON folios_posting;
DROP FUNCTION folios_posting_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("folios", "0002_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
