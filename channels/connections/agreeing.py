"""Keys that come from a channel's own page (OAuth 2.0, RFC 6749 4.1): the way there, the way back, the exchange.

The way back is one address for all organizations, on the public host, for channels want it registered beforehand. What
belongs to whom stands in `state`: signed, good for ten minutes and for one use, and bound to who asked, where, for what.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from secrets import token_urlsafe
from typing import cast

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from channels.adapters import adapter_of
from channels.adapters.base import Agreeing, ChannelError
from channels.adapters.enums import Trouble
from channels.connections.keys import stored_surely
from channels.connections.models import Connection
from channels.connections.services import channels_require, connection_save, facts_of
from channels.connections.wire import HttpWire, Recorder, access_of
from pms.kernel.actors import Actor
from pms.kernel.addresses import address_at
from pms.kernel.errors import Conflict, Invalid, NotAllowed
from pms.kernel.tenancy import current_schema

SALT = "innkeep.agreement"
GOOD_FOR = timedelta(minutes=10)
#: Longer than any code that a channel hands out.
MOST_CODE = 2048


@dataclass(frozen=True, slots=True)
class Asked:
    """What `state` says, once its signature is good: who asked (by key), for which connection, from which host."""

    schema: str
    host: str
    connection: str
    user_id: int
    nonce: str
    until: float

    @property
    def is_over(self) -> bool:
        """Whether its ten minutes have passed."""
        return timezone.now().timestamp() >= self.until


def has_agreed(connection: Connection) -> bool:
    """Whether the keys that come by agreeing are there; they may have been taken back at the channel since."""
    return any(each.name in connection.hints for each in facts_of(connection).credentials if each.agreed)


def agreed_on(connection: Connection) -> date | None:
    """Return the property's business date of the keys that came by agreeing: then, or when they were last renewed. None
    without any."""
    hints = (connection.hints.get(each.name, {}) for each in facts_of(connection).credentials if each.agreed)
    days = [hint["set_on"] for hint in hints if hint.get("set_on")]
    return date.fromisoformat(max(days)) if days else None


def return_address() -> str:
    """Return where channels send browsers back to: what is registered there as the redirect address."""
    return address_at(host=settings.BASE_DOMAIN, path=reverse("agreed", urlconf=settings.PUBLIC_SCHEMA_URLCONF))


def agreement_begin(*, connection: Connection, user_id: int, host: str) -> str:
    """Return the channel's page on which the hotel agrees, with a state of its own; `host` is where the browser is now.

    Raises NotAllowed `no_channel_manager`; ChannelError refused where the channel has no such page, locked_out where the
    connection lacks what it needs.
    """
    channels_require()
    until = timezone.now() + GOOD_FOR
    asked = [current_schema(), host, connection.code, user_id, token_urlsafe(16), until.timestamp()]
    state = signing.dumps(asked, salt=SALT, compress=False)
    address = _agreeing(connection).authorize_address(access_of(connection), redirect_uri=return_address(), state=state)
    cache.set(_key(str(asked[4])), True, GOOD_FOR.total_seconds())
    return address


def agreement_read(state: str) -> Asked | None:
    """Return what a state says, None where we never signed it. Whether it is still good is asked by `agreement_use`."""
    try:
        return Asked(*signing.loads(state, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def agreement_use(asked: Asked | None, *, user_id: int) -> Asked:
    """Use a state up; the second to come with it, at whatever process, is refused.

    Raises Invalid `agreement_unknown`; NotAllowed `agreement_not_yours` for another organization's or user's; Conflict
    `agreement_over` where its time has passed or it was used.
    """
    if asked is None:
        raise Invalid("agreement_unknown", "This answer was not asked for here. Nothing was connected.")
    if (asked.schema, asked.user_id) != (current_schema(), user_id):
        raise NotAllowed("agreement_not_yours", "Somebody else asked for this answer. Nothing was connected.")
    # The cache may lose it: then it is refused, and asked for once more.
    if asked.is_over or not cache.delete(_key(asked.nonce)):
        raise Conflict("agreement_over", "This answer came too late, or was used before. Connect once more.")
    return asked


def agreement_complete(*, connection: Connection, code: str, record: Recorder, actor: Actor) -> Connection:
    """Exchange what the channel's page answered for keys, and seal them. Speaks to the channel outside any transaction.

    A code is good once: what came is stored by itself, before anything is done with it. Where the process dies before that,
    the connection is as it was, and the hotel agrees once more.

    Raises ChannelError; NotAllowed `no_channel_manager`; what `connection_save` raises.
    """
    channels_require()
    if not code or len(code) > MOST_CODE:
        raise ChannelError(Trouble.REFUSED, "no_code", "The answer brings no code.")
    wire = HttpWire(access_of(connection), record=record)
    keys = _agreeing(connection).exchanged(wire, code=code, redirect_uri=return_address())
    return stored_surely(lambda: connection_save(connection=connection, keys=keys, actor=actor))


def _agreeing(connection: Connection) -> Agreeing:
    adapter = adapter_of(connection.adapter)
    if not adapter.facts.agrees:
        raise ChannelError(Trouble.REFUSED, "no_such_page", f"{adapter.facts.label} takes keys that are typed.")
    return cast("Agreeing", adapter)


def _key(nonce: str) -> str:
    return f"agreement:{nonce}"
