from django.db import migrations

# System roles are made with the organization: those that exist learn the permissions here.
GIVEN = {
    "payment.take": ("administrator", "manager", "front_desk"),
    "payment.refund": ("administrator", "manager"),
    "payment.accounts": ("administrator", "manager"),
    "finance.view": ("administrator", "manager", "accountant"),
    "finance.manage": ("administrator", "manager", "accountant"),
}
GIVE = "\n".join(
    f"UPDATE access_role SET permissions = array_append(permissions, '{permission}') "
    f"WHERE is_system AND code IN ({', '.join(repr(role) for role in roles)}) AND NOT '{permission}' = ANY (permissions);"
    for permission, roles in GIVEN.items()
)
TAKE = "\n".join(
    f"UPDATE access_role SET permissions = array_remove(permissions, '{permission}');" for permission in GIVEN
)


class Migration(migrations.Migration):
    dependencies = [("access", "0003_rates_view")]

    operations = [migrations.RunSQL(GIVE, TAKE)]
