"""An outbox event is a fact: only `relayed_at` may change, once, and nothing is taken back."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION events_outboxevent_is_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.relayed_at IS NULL
       AND (NEW.id, NEW.public_id, NEW.at, NEW.kind, NEW.subject_type, NEW.subject_code, NEW.payload)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.public_id, OLD.at, OLD.kind, OLD.subject_type, OLD.subject_code, OLD.payload) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'An outbox event is never changed or deleted.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tr_outboxevent_is_fact BEFORE UPDATE OR DELETE ON events_outboxevent
    FOR EACH ROW EXECUTE FUNCTION events_outboxevent_is_fact();
"""
BACKWARDS = """
DROP TRIGGER tr_outboxevent_is_fact ON events_outboxevent;
DROP FUNCTION events_outboxevent_is_fact();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0002_delivery_order")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
