"""Secret addresses: those of feeds, sealed; tokens of our own, found by their digest."""

import secrets
from hashlib import sha256

from channels.calendars.models import CalendarExport, CalendarFeed
from pms.kernel.encryption import decrypt, encrypt

TOKEN_BYTES = 32


def address_of(feed: CalendarFeed) -> str:
    """Return a feed's address. Raises UndecipherableError when the key that closed it was taken away."""
    return decrypt(feed.sealed)


def token_of(export: CalendarExport) -> str:
    """Return the token of an export's address. Raises UndecipherableError."""
    return decrypt(export.sealed)


def token_set(export: CalendarExport) -> None:
    """Give an export a new token, unsaved: the address before it leads nowhere once this is saved."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    export.sealed, export.token_digest = encrypt(token), digest(token)


def address_seal(feed: CalendarFeed, address: str, host: str) -> None:
    """Put an address into a feed, unsaved."""
    feed.sealed, feed.host = encrypt(address), host[:255]


def digest(token: str) -> str:
    """Return what a token is found by."""
    return sha256(token.encode()).hexdigest()
