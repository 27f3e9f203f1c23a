from django.apps import AppConfig

#: Facts after which a checkout may be booked, or has money to give back.
HEARD = ("payment.received", "payment.card_saved")


class CheckoutConfig(AppConfig):
    name = "bookings.checkout"
    label = "checkout"
    verbose_name = "Checkout"

    def ready(self) -> None:
        """Confirm what was paid although the guest's browser never came back."""
        from pms.events.subscriptions import subscribe  # noqa: PLC0415 - apps are loaded by now

        for kind in HEARD:
            subscribe(kind, f"checkout.{kind}", "bookings.checkout.jobs.hear")
