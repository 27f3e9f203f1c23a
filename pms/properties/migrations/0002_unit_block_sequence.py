"""Numbers the blocks of slots that units without a parent own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("properties", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE properties_unit_block_seq", "DROP SEQUENCE properties_unit_block_seq"),
    ]
