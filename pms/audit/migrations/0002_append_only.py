"""What somebody did stays done: the database refuses to change or delete it."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION audit_auditevent_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit is append-only.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tr_auditevent_append_only BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_auditevent_is_append_only();
CREATE TRIGGER tr_auditevent_no_truncate BEFORE TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_auditevent_is_append_only();
"""
BACKWARDS = """
DROP TRIGGER tr_auditevent_no_truncate ON audit_auditevent;
DROP TRIGGER tr_auditevent_append_only ON audit_auditevent;
DROP FUNCTION audit_auditevent_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
