"""A connection's keys: sealed on the way in, opened only for a call, never shown, logged or audited."""

import json
from collections.abc import Mapping
from datetime import date

from channels.connections.models import Connection
from pms.kernel.encryption import decrypt, encrypt

#: So many characters at the end of a secret help to tell two apart; those of a short one are not shown.
SHOWN = 4
SHORTEST_SHOWN = 16


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
