from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "billing.payments"
    label = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        """Take the providers' messages, look after links once money came, and have the accounts' secrets renewed when a key is replaced."""
        from billing.payments.providers import ONLINE  # noqa: PLC0415 - settings are ready only now
        from pms.events.subscriptions import subscribe  # noqa: PLC0415 - the same
        from pms.inbox.registry import Source, register  # noqa: PLC0415 - the same
        from pms.kernel import encryption  # noqa: PLC0415 - the same

        subscribe("payment.received", "payments.links", "billing.payments.jobs.hear")
        here = "billing.payments.inbound"
        for name in ONLINE:
            route = f"{here}.route_stripe" if name == "stripe" else ""
            register(name, Source(verify=f"{here}.verify", handle=f"{here}.handle", route=route))
        encryption.register("payments.PaymentAccount", "sealed")
