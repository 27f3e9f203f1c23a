from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "pms.access"
    label = "access"

    def ready(self) -> None:
        """Give every new organization its roles and its first administrator."""
        from pms.access.provisioning import roles_and_administrator  # noqa: PLC0415 - models are ready only now
        from pms.tenants import provisioning  # noqa: PLC0415 - the same

        provisioning.register("access", roles_and_administrator)
