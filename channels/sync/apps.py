from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "channels.sync"
    label = "sync"
    verbose_name = "Channel sync"

    def ready(self) -> None:
        """Mark, in the transaction of every change, what channels may have to be told."""
        from channels.sync.marking import ATTENDED, heard  # noqa: PLC0415 - models are ready only now
        from pms.events.subscriptions import attend  # noqa: PLC0415 - the same

        attend("channels", ATTENDED, heard)
