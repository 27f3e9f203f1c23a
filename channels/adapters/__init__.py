"""The channels we speak to, one folder each, all alike (docs/channels.md). `adapter_of(name)` finds one by its name."""

from functools import cache
from importlib import import_module

from channels.adapters.base import Adapter
from channels.adapters.enums import AdapterName


@cache
def adapter_of(name: str) -> Adapter:
    """Return the adapter with a name of AdapterName. Raises ValueError for any other."""
    module = import_module(f"channels.adapters.{AdapterName(name).value}.adapter")
    adapter: Adapter = module.ADAPTER
    return adapter
