"""A connection's keys: sealed on the way in, opened only for a call, never shown, logged or audited."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import Enum
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as db
from django.utils import timezone

from channels.adapters.base import ChannelError
from channels.adapters.enums import Trouble
from channels.connections.models import Connection
from pms.kernel.encryption import decrypt, encrypt
from pms.kernel.errors import Busy
from pms.kernel.locking import lock_one

logger = structlog.get_logger(__name__)
R = TypeVar("R")

#: So many characters at the end of a secret help to tell two apart; those of a short one are not shown.
SHOWN = 4
SHORTEST_SHOWN = 16
#: Longer than asking for keys and storing them takes. A worker that dies over it keeps the others from it for so long.
RENEWING = timedelta(seconds=120)
#: The pauses between tries to store keys that came, half a minute of them.
STORED_AFTER_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
#: What is said beside a refusal that may be of our own making.
LOST = "Its last answer to us may have been lost on the way, and new keys with it."
#: So long somebody waits for another who renews them, looking so often.
PATIENCE_SECONDS = 10.0
GLANCE_SECONDS = 0.1


def credentials_of(connection: Connection) -> dict[str, str]:
    """Return the keys. Raises UndecipherableError when the key that closed them was taken away."""
    opened: dict[str, str] = json.loads(decrypt(connection.sealed)) if connection.sealed else {}
    return opened


def seal(connection: Connection, given: Mapping[str, str], *, today: date) -> list[str]:
    """Put those of the keys that were given (not empty) into the connection, unsaved; return which were."""
    changed = {name: value.strip() for name, value in given.items() if value.strip()}
    if not changed:
        return []
    connection.sealed = encrypt(json.dumps(credentials_of(connection) | changed))
    connection.hints = connection.hints | {
        name: {"set_on": today.isoformat(), "ends_in": value[-SHOWN:] if len(value) >= SHORTEST_SHOWN else ""}
        for name, value in changed.items()
    }
    return sorted(changed)


def stored_surely(store: Callable[[], R]) -> R:
    """Store keys that nobody gives twice, and try again for half a minute where the database or a lock does not let us.

    Raises what `store` raises at last; called outside any transaction.
    """
    for pause in STORED_AFTER_SECONDS:
        try:
            return store()
        except (Busy, OperationalError, InterfaceError) as failure:
            logger.warning("channel_keys_not_stored_yet", error=type(failure).__name__)
            if not db.in_atomic_block:
                # A connection to the database that is gone is let go: the next try has a new one.
                db.close_if_unusable_or_obsolete()
            time.sleep(pause)
    return store()


class Turn(Enum):
    """Whose it is to renew keys. After one that broke off nobody knows whether the channel gave new ones."""

    OTHERS = "others"
    OURS = "ours"
    AFTER_ONE_THAT_BROKE_OFF = "after one that broke off"


class Keyring:
    """Renews the keys of one connection: one worker at a time, stored before anybody uses them.

    Where a channel gives a new refresh token, the old one may be over with it. So what came is committed at once and by
    itself, before anything else is done with it. A process that dies between the answer and the commit leaves its claim
    behind: whoever comes next asks with the old token, and where that is refused the connection is locked out in words that
    say so, for only the hotel can agree anew.
    """

    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id

    def renewed(self, used: Mapping[str, str], ask: Callable[[], Mapping[str, str]]) -> dict[str, str]:
        """Return keys that are newer than those that were used: somebody else's where there are any, else what `ask` returns.

        Speaks to the channel outside any transaction; locks the connection to store what came. Raises what `ask` raises,
        and ChannelError temporary where another worker takes too long over it; RuntimeError inside a transaction.
        """
        for _ in range(round(PATIENCE_SECONDS / GLANCE_SECONDS)):
            turn = self._taken()
            known = self._known()
            if known != used:
                if turn is not Turn.OTHERS:
                    self._given_back(is_known=turn is Turn.OURS)
                return known
            if turn is not Turn.OTHERS:
                return self._asked(known, ask, turn)
            time.sleep(GLANCE_SECONDS)
        raise ChannelError(Trouble.TEMPORARY, "renewing", "Somebody else is renewing the keys of this connection.")

    def _asked(self, used: dict[str, str], ask: Callable[[], Mapping[str, str]], turn: Turn) -> dict[str, str]:
        broke_off = turn is Turn.AFTER_ONE_THAT_BROKE_OFF
        try:
            found = ask()
        except ChannelError as error:
            is_locked_out = error.trouble is Trouble.LOCKED_OUT
            self._given_back(is_known=is_locked_out or not (broke_off or error.trouble is Trouble.TEMPORARY))
            if is_locked_out and broke_off:
                raise ChannelError(error.trouble, error.code, f"{error.message} {LOST}", wait=error.wait) from error
            raise
        except Exception:
            self._given_back(is_known=False)
            raise
        return stored_surely(lambda: self._stored(used, found))

    @transaction.atomic(durable=True)
    def _stored(self, used: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
        """Store what came and let others go on; keys that a person typed meanwhile stay."""
        row = lock_one(Connection.objects.filter(pk=self._connection_id).select_related("property"))
        if row is None:
            return {**used, **found}
        if credentials_of(row) == used:
            seal(row, found, today=row.property.business_date)
        row.renewing_until = None
        row.save(update_fields=["sealed", "hints", "renewing_until"])
        return credentials_of(row)

    def _known(self) -> dict[str, str]:
        return credentials_of(Connection.objects.get(pk=self._connection_id))

    @transaction.atomic(durable=True)
    def _taken(self) -> Turn:
        """Claim the renewing, committed before anybody is asked: inside a transaction nothing is asked at all, for its end
        would decide about keys that cannot be had again."""
        now = timezone.now()
        mine, until = Connection.objects.filter(pk=self._connection_id), now + RENEWING
        if mine.filter(renewing_until__lt=now).update(renewing_until=until):
            return Turn.AFTER_ONE_THAT_BROKE_OFF
        return Turn.OURS if mine.filter(renewing_until=None).update(renewing_until=until) else Turn.OTHERS

    def _given_back(self, *, is_known: bool) -> None:
        """Let others go on; where it is not known what became of it, the claim stays behind as a dead worker's does."""
        until = None if is_known else timezone.now() - timedelta(seconds=1)
        Connection.objects.filter(pk=self._connection_id).update(renewing_until=until)
