from django.db import migrations

# System roles are made with the organization: those that exist learn the permissions of folios here.
GRANTED = {
    "folio.view": ("administrator", "manager", "front_desk", "accountant"),
    "folio.charge": ("administrator", "manager", "front_desk"),
    "folio.transfer": ("administrator", "manager", "front_desk"),
    "folio.allowance": ("administrator", "manager"),
    "folio.write_off": ("administrator", "manager"),
}
GIVE = """
UPDATE access_role SET permissions = array_append(permissions, %s)
WHERE is_system AND code = ANY (%s) AND NOT %s = ANY (permissions)
"""
TAKE = "UPDATE access_role SET permissions = array_remove(permissions, %s)"


class Migration(migrations.Migration):
    dependencies = [("access", "0004_payments"), ("access", "0004_invoices")]

    operations = [
        migrations.RunSQL([(GIVE, [name, list(roles), name])], [(TAKE, [name])]) for name, roles in GRANTED.items()
    ]
