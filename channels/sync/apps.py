from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "channels.sync"
    label = "sync"
    verbose_name = "Channel sync"

    def ready(self) -> None:
        """Mark, in the transaction of every change, what channels may have to be told; take their webhooks."""
        from channels.adapters import adapter_of  # noqa: PLC0415 - the same
        from channels.adapters.base import Answering  # noqa: PLC0415 - the same
        from channels.adapters.enums import AdapterName  # noqa: PLC0415 - models are ready only now
        from channels.sync.marking import ATTENDED, heard  # noqa: PLC0415 - the same
        from pms.events.subscriptions import attend  # noqa: PLC0415 - the same
        from pms.inbox.registry import Source, register  # noqa: PLC0415 - the same

        attend("channels", ATTENDED, heard)
        for name in AdapterName.values:
            waits = isinstance(adapter_of(name), Answering)
            register(
                name,
                Source(
                    verify="channels.sync.inbound.verify",
                    handle="channels.sync.inbound.handle",
                    answer="channels.sync.inbound.answer" if waits else "",
                ),
            )
