"""Fetching an address that somebody typed in, without becoming anybody's tool to reach what only we can reach.

A host is resolved once, every address of it is checked, and the connection goes to the very address that was checked:
a name that answers differently the second time gains nothing. Redirects go the same way, at most three of them. Time is
limited as a whole, size before and after decompression.
"""

import re
import socket
import ssl
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Any

import certifi
import httpcore
import httpx
from django.conf import settings

from channels.adapters.ical.reading import MOST_BYTES

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 30.0
MOST_REDIRECTS = 3
MOST_ADDRESS = 2000
#: Prefixes in which an IPv4 address is written as an IPv6 one, and where in it.
_WRAPPED = (
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("64:ff9b:1::/48"), 0),
    (IPv6Network("2002::/16"), 80),
    (IPv6Network("::/96"), 0),
)
_HOST = re.compile(rb"[A-Za-z0-9._:-]+")
USER_AGENT = "Innkeep calendar reader"


class FetchError(Exception):
    """No calendar came; `message` is a sentence, `wait_seconds` what the other side asked for."""

    def __init__(self, code: str, message: str, *, wait_seconds: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came with status 200, or that nothing changed (`body` None); the marks for the next conditional request."""

    body: bytes | None = field(repr=False)
    etag: str = ""
    last_modified: str = ""


def address_checked(address: str) -> str:
    """Return an address in its usual form, webcal as https. Raises FetchError `bad_address`."""
    text = address.strip()
    scheme, _, rest = text.partition("://")
    if scheme.lower() in {"webcal", "webcals"}:
        text = f"https://{rest}"
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise FetchError("bad_address", "This is not an address.") from error
    if len(text) > MOST_ADDRESS or url.scheme not in {"http", "https"} or not url.host:
        raise FetchError("bad_address", "An address of a calendar begins with https://, http:// or webcal://.")
    if not _HOST.fullmatch(url.raw_host):
        raise FetchError("bad_address", "This is not an address: its host has characters that no host has.")
    if url.userinfo:
        raise FetchError("bad_address", "An address with a user name in it cannot be fetched; use the secret address.")
    return str(url.copy_with(fragment=None))


def fetch(address: str, *, etag: str = "", last_modified: str = "") -> Fetched:
    """Return what stands at an address, or that it is as it was. Raises FetchError.

    With `etag` or `last_modified` (as an earlier answer gave them) the request is conditional.
    """
    asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = {
        "Accept": "text/calendar, text/plain;q=0.5, */*;q=0.1",
        "Accept-Encoding": "gzip",
        "User-Agent": USER_AGENT,
    } | {name: value for name, value in asked.items() if value}
    deadline = monotonic() + WHOLE_SECONDS
    url = httpx.URL(address_checked(address))
    for _ in range(MOST_REDIRECTS + 1):
        answer = _ask(url, headers, deadline)
        if answer.status not in {301, 302, 303, 307, 308}:
            return _accepted(answer, conditional=bool(etag or last_modified))
        url = _redirected(url, answer.headers.get("location", ""))
    raise FetchError("redirects", "The address leads on and on to other addresses.")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def _ask(url: httpx.URL, headers: dict[str, str], deadline: float) -> _Answer:
    raw = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    timeouts = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": CONNECT_SECONDS}
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=_Guard(deadline)) as pool,
            pool.stream(
                "GET",
                raw,
                headers=[("Host", url.netloc.decode("ascii")), ("Connection", "close"), *headers.items()],
                extensions={"timeout": timeouts},
            ) as response,
        ):
            named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            body = b""
            if response.status == 200:
                chunks = _unpacked(response.iter_stream(), named.get("content-encoding", ""))
                body = _whole(chunks, deadline)
            return _Answer(response.status, named, body)
    except httpcore.TimeoutException as error:
        raise FetchError("timeout", "The calendar did not come in time.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, zlib.error) as error:
        raise FetchError("no_answer", "The calendar's server cannot be reached, or broke off.") from error


def _accepted(answer: _Answer, *, conditional: bool) -> Fetched:
    marks = {
        "etag": _mark(answer.headers.get("etag", ""), 255),
        "last_modified": _mark(answer.headers.get("last-modified", ""), 64),
    }
    if answer.status == 304 and conditional:
        return Fetched(None, **marks)
    if answer.status == 200:
        return Fetched(answer.body, **marks)
    if answer.status in {404, 410}:
        raise FetchError("gone", f"There is no calendar at this address any more ({answer.status}).")
    if answer.status in {401, 403}:
        raise FetchError("forbidden", f"The address does not let us in ({answer.status}); it may have been renewed.")
    after = answer.headers.get("retry-after", "")
    wait = min(int(after), 86_400) if after.isascii() and after.isdigit() and len(after) < 8 else 0
    raise FetchError("status", f"The calendar's server answered {answer.status}.", wait_seconds=wait)


def _mark(value: str, most: int) -> str:
    """Return a mark that can be sent back as it came; a cut one would be another."""
    return value if value.isascii() and value.isprintable() and len(value) <= most else ""


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    try:
        there = url.join(location)
    except httpx.InvalidURL as error:
        raise FetchError("redirects", "The address leads to something that is no address.") from error
    checked = httpx.URL(address_checked(str(there)))
    if url.scheme == "https" and checked.scheme == "http":
        raise FetchError("redirects", "The address leads from https to http: it would be there for all to read.")
    return checked


def _unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield what is in a body, piece by piece, so that a bomb of zeros never lies in memory as a whole."""
    if encoding.strip().lower() in {"", "identity"}:
        yield from chunks
        return
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        raise FetchError("encoding", "The calendar came packed in a way nobody asked for.")
    unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, whichever it is
    for chunk in chunks:
        rest = chunk
        while rest:
            yield unpacker.decompress(rest, 65_536)
            rest = unpacker.unconsumed_tail
    yield unpacker.flush(65_536)
    if not unpacker.eof:
        raise FetchError("torn", "The calendar broke off before its end.")


def _whole(chunks: Iterator[bytes], deadline: float) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > MOST_BYTES:
            raise FetchError("too_long", f"The calendar is longer than {MOST_BYTES // 1024 // 1024} MB.")
        if monotonic() > deadline:
            raise FetchError("timeout", "The calendar did not come in time.")
        parts.append(chunk)
    return b"".join(parts)


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the open internet: not ours, not the machine's, not a cloud's."""
    host = ip_address(address.partition("%")[0])
    if isinstance(host, IPv6Address):
        for network, shift in _WRAPPED:
            if host in network:
                return _is_open(IPv4Address((int(host) >> shift) & 0xFFFFFFFF))
        if host.teredo is not None:
            return False
    return _is_open(host)


def _is_open(host: IPv4Address | IPv6Address) -> bool:
    return host.is_global and not (host.is_multicast or host.is_reserved or host.is_unspecified or host.is_link_local)


def _is_permitted(address: str) -> bool:
    if settings.CALENDAR_ALLOW_LOOPBACK and ip_address(address.partition("%")[0]).is_loopback:
        return True
    return is_public(address)


class _Guard(httpcore.NetworkBackend):
    """Resolves once, refuses what is not of the open internet, and connects to exactly what it has checked."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of host that answers. Raises FetchError `private` if any of them is not public."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses or not all(map(_is_permitted, addresses)):
            raise FetchError("private", "The address leads into a private network; only public addresses are fetched.")
        failure: Exception | None = None
        for address in addresses[:4]:
            try:
                left = _left(self._deadline, CONNECT_SECONDS)
                return _Limited(self._network.connect_tcp(address, port, timeout=left), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no address")

    def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:
        """Refuse."""
        raise FetchError("private", "Only public addresses are fetched.")


class _Limited(httpcore.NetworkStream):
    """A stream whose every step ends with the whole: a server that drips holds nobody."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read some."""
        return self._stream.read(max_bytes, timeout=_left(self._deadline, READ_SECONDS))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all."""
        self._stream.write(buffer, timeout=_left(self._deadline, READ_SECONDS))

    def close(self) -> None:
        """Close."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Speak TLS from here on, with the name that was asked for and not the address."""
        left = _left(self._deadline, CONNECT_SECONDS)
        return _Limited(self._stream.start_tls(ssl_context, server_hostname, timeout=left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return what the stream knows of itself."""
        return self._stream.get_extra_info(info)


def _left(deadline: float, most: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the whole took too long")
    return min(left, most)


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())
