from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "billing.payments"
    label = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        """Take the providers' messages, and have the accounts' secrets renewed when a key is replaced."""
        from billing.payments.providers import ONLINE  # noqa: PLC0415 - settings are ready only now
        from pms.inbox.registry import Source, register  # noqa: PLC0415 - the same
        from pms.kernel import encryption  # noqa: PLC0415 - the same

        here = "billing.payments.inbound"
        for name in ONLINE:
            route = f"{here}.route_stripe" if name == "stripe" else ""
            register(name, Source(verify=f"{here}.verify", handle=f"{here}.handle", route=route))
        encryption.register("payments.PaymentAccount", "sealed")
