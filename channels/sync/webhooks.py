"""Having a channel call us: the connection's own address in the inbox, and a secret that nobody has to think up."""

from collections.abc import Callable
from secrets import token_urlsafe

from django.conf import settings
from django.urls import reverse

from channels.adapters import adapter_of
from channels.adapters.base import ChannelError
from channels.connections.models import Connection
from channels.connections.wire import wire_of
from channels.sync.enums import Direction
from channels.sync.logging import Recording
from pms.inbox.selectors import endpoint_of
from pms.kernel.addresses import address_at

#: The credential that proves what a channel calls us with, where its adapter registers a webhook.
SECRET = "webhook_secret"  # noqa: S105 (a question's name)


def registers(connection: Connection) -> bool:
    """Whether the channel is told by us where to call."""
    return _register(connection) is not None


def secret_for(connection: Connection) -> dict[str, str]:
    """Return a secret for the channel's calls, made now; nothing where there is one or the channel wants none."""
    return {} if not registers(connection) or SECRET in connection.hints else {SECRET: token_urlsafe(32)}


def webhook_address(connection: Connection) -> str:
    """Return the address that the channel calls for this connection, empty before it is saved. One query."""
    endpoint = endpoint_of(provider=connection.adapter, account=connection.code)
    if endpoint is None:
        return ""
    path = reverse("inbox:hook", args=[connection.adapter, endpoint.token], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    return address_at(host=settings.BASE_DOMAIN, path=path)


def webhook_register(connection: Connection) -> str:
    """Have the channel call our address, called again for the same one; return its number for that, empty where it takes
    none. Raises ChannelError. Speaks to the channel outside any transaction, and logs it."""
    register = _register(connection)
    address = webhook_address(connection)
    if register is None or not address:
        return ""
    recording = Recording()
    try:
        number = register(wire_of(connection, record=recording), address=address)
    except ChannelError as error:
        recording.write(connection, direction=Direction.OUT, error_code=error.code, error=error.message)
        raise
    recording.write(connection, direction=Direction.OUT)
    return number


def _register(connection: Connection) -> Callable[..., str] | None:
    found: Callable[..., str] | None = getattr(adapter_of(connection.adapter), "webhook_register", None)
    return found
