from django.db import migrations

# System roles are made with the organization: those that exist learn the permissions here.
GIVEN = {
    "invoice.issue": "'administrator', 'manager', 'front_desk', 'accountant'",
    "invoice.credit": "'administrator', 'manager', 'accountant'",
}


def give(permission, roles):
    return migrations.RunSQL(
        f"""
UPDATE access_role SET permissions = array_append(permissions, '{permission}')
WHERE is_system AND code IN ({roles}) AND NOT '{permission}' = ANY (permissions)
""",
        f"UPDATE access_role SET permissions = array_remove(permissions, '{permission}')",
    )


class Migration(migrations.Migration):
    dependencies = [("access", "0004_payments")]

    operations = [give(permission, roles) for permission, roles in GIVEN.items()]
