"""The address of a company by its parts, as an invoice needs it; what was one line is the street."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("checkout", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "UPDATE checkout_checkout SET company_address = left(company_address, 160)", migrations.RunSQL.noop
        ),
        migrations.RenameField("checkout", "company_address", "company_street"),
        migrations.AlterField(
            "checkout", "company_street", models.CharField(blank=True, db_default="", default="", max_length=160)
        ),
        migrations.AddField(
            "checkout", "company_postal_code", models.CharField(blank=True, db_default="", default="", max_length=16)
        ),
        migrations.AddField(
            "checkout", "company_city", models.CharField(blank=True, db_default="", default="", max_length=80)
        ),
        migrations.AddField(
            "checkout", "company_country", models.CharField(blank=True, db_default="", default="", max_length=2)
        ),
    ]
