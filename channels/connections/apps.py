from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "channels.connections"
    label = "connections"
    verbose_name = "Channels"

    def ready(self) -> None:
        """Have the keys of connections renewed when an encryption key is replaced."""
        from pms.kernel import encryption  # noqa: PLC0415 - settings are ready only now

        encryption.register("connections.Connection", "sealed")
