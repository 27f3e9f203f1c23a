from django.db import migrations

# System roles are made with the organization: those that exist learn the permission here.
GIVE = """
UPDATE access_role SET permissions = array_append(permissions, 'rates.view')
WHERE is_system AND code IN ('administrator', 'manager', 'front_desk', 'accountant')
  AND NOT 'rates.view' = ANY (permissions)
"""
TAKE = "UPDATE access_role SET permissions = array_remove(permissions, 'rates.view')"


class Migration(migrations.Migration):
    dependencies = [("access", "0002_initial")]

    operations = [migrations.RunSQL(GIVE, TAKE)]
