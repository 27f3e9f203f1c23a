from django.db import migrations

# System roles are made with the organization: those that exist learn the permissions here.
GIVE = """
UPDATE access_role SET permissions = permissions || ARRAY(
    SELECT wanted FROM unnest(ARRAY['books.view', 'books.manage']::varchar[]) wanted
    WHERE NOT wanted = ANY (permissions))
WHERE is_system AND code IN ('administrator', 'manager', 'accountant')
"""
TAKE = "UPDATE access_role SET permissions = array_remove(array_remove(permissions, 'books.view'), 'books.manage')"


class Migration(migrations.Migration):
    dependencies = [("access", "0005_folio_permissions")]

    operations = [migrations.RunSQL(GIVE, TAKE)]
