"""The providers by name. Each is loaded when it is first asked for: most houses use one or two."""

from functools import cache
from importlib import import_module
from typing import cast

from billing.payments.providers.base import Provider

NAMES = ("manual", "stripe", "razorpay", "paypal")
#: Those that send webhooks.
ONLINE = ("stripe", "razorpay", "paypal")


@cache
def provider_of(name: str) -> Provider:
    """Return the provider called name. Raises KeyError for one that is not there."""
    if name not in NAMES:
        raise KeyError(name)
    return cast("Provider", import_module(f"billing.payments.providers.{name}").provider)
