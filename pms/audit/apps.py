from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "pms.audit"
    label = "audit"

    def ready(self) -> None:
        """Have every organization's audit begin with who made it."""
        from pms.audit.services import audit_provisioning  # noqa: PLC0415 - models are ready only now
        from pms.tenants import provisioning  # noqa: PLC0415 - the same

        provisioning.register("audit", audit_provisioning)
