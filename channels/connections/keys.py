"""A connection's keys: sealed on the way in, opened only for a call, never shown, logged or audited."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from channels.adapters.base import ChannelError
from channels.adapters.enums import Trouble
from channels.connections.models import Connection
from pms.kernel.encryption import decrypt, encrypt
from pms.kernel.locking import lock_one

#: So many characters at the end of a secret help to tell two apart; those of a short one are not shown.
SHOWN = 4
SHORTEST_SHOWN = 16
#: Longer than renewing keys takes. A worker that dies over it keeps the others from it for so long.
RENEWING = timedelta(seconds=75)
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


class Keyring:
    """Renews the keys of one connection: one worker at a time, stored before anybody uses them.

    Where a channel gives a new refresh token, the old one may be over with it: what came is committed at once, in the
    transaction that lets others go on.
    """

    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id

    def renewed(self, used: Mapping[str, str], ask: Callable[[], Mapping[str, str]]) -> dict[str, str]:
        """Return keys that are newer than those that were used: somebody else's where there are any, else what `ask` returns.

        Speaks to the channel outside any transaction; locks the connection to store what came. Raises what `ask` raises,
        and ChannelError temporary where another worker takes too long over it.
        """
        for _ in range(round(PATIENCE_SECONDS / GLANCE_SECONDS)):
            taken = self._taken()
            known = self._known()
            if known != used:
                self._given_back(taken=taken)
                return known
            if taken:
                return self._asked(known, ask)
            time.sleep(GLANCE_SECONDS)
        raise ChannelError(Trouble.TEMPORARY, "renewing", "Somebody else is renewing the keys of this connection.")

    def _asked(self, used: dict[str, str], ask: Callable[[], Mapping[str, str]]) -> dict[str, str]:
        try:
            found = ask()
        except ChannelError:
            self._given_back(taken=True)
            raise
        return self._stored(used, found)

    @transaction.atomic
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

    def _taken(self) -> bool:
        now = timezone.now()
        free = Q(renewing_until=None) | Q(renewing_until__lt=now)
        return bool(Connection.objects.filter(free, pk=self._connection_id).update(renewing_until=now + RENEWING))

    def _given_back(self, *, taken: bool) -> None:
        if taken:
            Connection.objects.filter(pk=self._connection_id).update(renewing_until=None)
