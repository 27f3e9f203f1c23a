"""A foreign key over (unit, slots): an occupancy can never claim other slots than its unit's."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("availability", "0002_initial"), ("properties", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE availability_occupancy ADD CONSTRAINT fk_occupancy_unit_slots "
            "FOREIGN KEY (unit_id, slots) REFERENCES properties_unit (id, slots) DEFERRABLE INITIALLY IMMEDIATE",
            "ALTER TABLE availability_occupancy DROP CONSTRAINT fk_occupancy_unit_slots",
        ),
    ]
