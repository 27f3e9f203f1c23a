"""One client for a call: the account's own key, a pinned version, no retries of the library's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from billing.payments.providers.base import Credentials, ProviderError

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = 20
#: Stripe's own lists end after this many objects a page.
PAGE = 100


@cache
def _http() -> stripe.HTTPClient:
    return stripe.RequestsClient(timeout=TIMEOUT_SECONDS)


def client(credentials: Credentials) -> stripe.StripeClient:
    """Return a client for the account. The library must not retry: it would hide from us what nobody answered."""
    return stripe.StripeClient(
        credentials.secret_key,
        stripe_account=credentials.connected_account or None,
        stripe_version=API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=0,
        http_client=_http(),
    )


@contextmanager
def told() -> Iterator[None]:
    """Turn whatever the library raises into ProviderError.

    Permanent is only what Stripe itself refused before doing anything. A key that is in use (409), too many calls,
    500 and silence say nothing about whether it was done.
    """
    try:
        yield
    except stripe.StripeError as error:
        status = error.http_status or 0
        permanent = 400 <= status < 500 and status not in {408, 409, 429}
        code = error.code or type(error).__name__
        raise ProviderError(permanent=permanent, code=str(code), message=error.user_message or str(code)) from error


def every(first: stripe.ListObject[Any], wanted: Callable[[Any], bool] = lambda _: True) -> list[Any]:
    """Return the objects of a list, page by page."""
    return [each for each in first.auto_paging_iter() if wanted(each)]
