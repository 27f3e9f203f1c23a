from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "guests.messaging"
    label = "messaging"
    verbose_name = "Messages"

    def ready(self) -> None:
        """Hear of what guests are written about, and take the mail provider's reports."""
        from pms.events.subscriptions import subscribe  # noqa: PLC0415 - settings are ready only now
        from pms.inbox.registry import Source, register  # noqa: PLC0415 - the same

        # One subscriber for all that happens to a subject: it hears of it in order.
        for pattern in ("reservation.*", "payment.*", "checkout.*", "booking.link_asked", "guest.question"):
            subscribe(pattern, f"messages.{pattern.split('.')[0]}", "guests.messaging.jobs.hear")
        register("mail", Source(verify="guests.messaging.inbound.verify", handle="guests.messaging.inbound.handle"))
