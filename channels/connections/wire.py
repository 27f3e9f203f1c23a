"""The one way to a channel over HTTP: time-outs, a limit on what is read, and a record of what was said."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

import httpx
from django.conf import settings
from django.utils import timezone

from channels.adapters.base import Access, Answer, ChannelError, Wire
from channels.adapters.enums import Trouble
from channels.adapters.masking import cards_masked, secrets_masked
from channels.connections.keys import Keyring, credentials_of
from channels.connections.models import Connection

TIMEOUT = httpx.Timeout(60.0, connect=5.0)
#: The longest answer that is read, in bytes: no message of a channel comes near.
MOST_BYTES = 32 * 1024 * 1024
#: So much of each message is kept in the log, in bytes.
MOST_KEPT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer, as the log keeps it: masked, cut, timed. `status` 0: no answer came."""

    what: str
    method: str
    url: str
    at: datetime
    milliseconds: int
    status: int
    request: str = field(repr=False)
    response: str = field(repr=False)
    error: str = ""


Recorder = Callable[[Exchange], None]


def access_of(connection: Connection) -> Access:
    """Return how to reach a connection. Raises UndecipherableError when its keys cannot be opened."""
    place = connection.property
    return Access(
        account=connection.account,
        currency=place.currency,
        time_zone=place.time_zone,
        base_url=settings.CHANNEL_BASES.get(connection.adapter, ""),
        today=place.business_date,
        settings=connection.settings,
        credentials=credentials_of(connection),
    )


def wire_of(connection: Connection, *, record: Recorder) -> "HttpWire":
    """Return the wire to a connection, which keeps the keys that it renews. Raises UndecipherableError."""
    return HttpWire(access_of(connection), record=record, keyring=Keyring(connection.pk))


class HttpWire:
    """A wire over httpx. `record` is called once for each call, whatever became of it; `keyring` keeps renewed keys, which
    without one are good as long as the wire is."""

    def __init__(self, access: Access, *, record: Recorder, keyring: Keyring | None = None) -> None:
        self.access = access
        self._record = record
        self._keyring = keyring

    def renew(self, ask: Callable[[Wire], Mapping[str, str]]) -> None:
        """Renew the keys once for all who use them; see Wire. Called outside any transaction."""
        used = dict(self.access.credentials)
        found = {**used, **ask(self)} if self._keyring is None else self._keyring.renewed(used, lambda: ask(self))
        self.access = replace(self.access, credentials=found)

    def call(
        self,
        method: str,
        url: str,
        *,
        what: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Answer:
        """Return the answer, whatever its status. Raises ChannelError temporary where no whole answer came."""
        address = self.access.base_url.rstrip("/") + url if url.startswith("/") else url
        at, begun, error = timezone.now(), time.monotonic(), ""
        answer: Answer | None = None
        try:
            answer = self._answer(method, address, headers, body, query)
        except httpx.HTTPError as failure:
            error = type(failure).__name__
            raise ChannelError(Trouble.TEMPORARY, "no_answer", _silence(failure)) from failure
        except ChannelError as failure:
            error = failure.message
            raise
        finally:
            self._record(
                Exchange(
                    what=what,
                    method=method,
                    url=self._kept(address.encode()),
                    at=at,
                    milliseconds=round((time.monotonic() - begun) * 1000),
                    status=0 if answer is None else answer.status,
                    request=self._kept(body or b""),
                    response=self._kept(b"" if answer is None else answer.body),
                    error=error,
                )
            )
        return answer

    def _answer(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        query: Mapping[str, str | int] | None,
    ) -> Answer:
        chunks: list[bytes] = []
        with _client().stream(
            method, address, headers=dict(headers or {}), content=body, params=dict(query) if query else None
        ) as response:
            size = 0
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > MOST_BYTES:
                    raise ChannelError(Trouble.TEMPORARY, "too_long", "The answer is longer than any we read.")
                chunks.append(chunk)
            named = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, named, b"".join(chunks))

    def _kept(self, text: bytes) -> str:
        masked = secrets_masked(cards_masked(text[: MOST_KEPT + 64]), self.access.credentials.values())
        return masked[:MOST_KEPT].decode(errors="replace").replace("\x00", "\ufffd")


def _silence(failure: httpx.HTTPError) -> str:
    if isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout):
        return "The channel cannot be reached."
    if isinstance(failure, httpx.TimeoutException):
        return "The channel did not answer in time."
    return "The channel broke off before its answer was whole."


@cache
def _client() -> httpx.Client:
    """Return this process's client; connections are kept, redirects are not followed."""
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False)
