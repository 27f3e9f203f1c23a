from django.apps import AppConfig

#: Facts after which a room may be free for somebody who has none.
FREEING = (
    "reservation.cancelled",
    "reservation.rejected",
    "reservation.no_show",
    "reservation.hold_expired",
    "reservation.checked_out",
    "reservation.changed",
    "reservation.moved",
    "closure.released",
    "block.released",
    "unit.created",
)


class LifecycleConfig(AppConfig):
    name = "bookings.lifecycle"
    label = "lifecycle"

    def ready(self) -> None:
        """Try those who wait for a room whenever one may have become free."""
        from pms.events.subscriptions import subscribe  # noqa: PLC0415 - apps are loaded by now

        for kind in FREEING:
            subscribe(kind, f"assignment.{kind}", "bookings.lifecycle.jobs.assign_waiting_after")
