from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "channels.calendars"
    label = "calendars"
    verbose_name = "Calendars"

    def ready(self) -> None:
        """Have addresses sealed anew when an encryption key is replaced."""
        from pms.kernel import encryption  # noqa: PLC0415 - settings are ready only now

        encryption.register("calendars.CalendarFeed", "sealed")
        encryption.register("calendars.CalendarExport", "sealed")
