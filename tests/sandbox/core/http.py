"""Requests, answers and the threading server on 127.0.0.1 that carries several stand-ins under path prefixes."""

import json
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

#: A body above this is refused unread: the largest call that any of these interfaces allows has 10 MB.
BODY_LIMIT = 12_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived: the path has lost the stand-in's prefix, header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def query_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    def form_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    def json(self) -> Any:
        """Return the body as JSON, {} for an empty one; ValueError for anything else."""
        return json.loads(self.body) if self.body.strip() else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `cut` closes the connection instead of answering, as a lost answer looks to the caller;
    `cut_after` closes it after so many bytes of the body.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    cut_after: int | None = None

    @classmethod
    def of_json(cls, content: Any, status: int = 200, **headers: str) -> "Answer":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(content, indent=2).encode(), {"Content-Type": "application/json", **named})

    @classmethod
    def page(cls, html: str, status: int = 200) -> "Answer":
        policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
        headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        return cls(status, html.encode(), {**headers, "Content-Security-Policy": policy})

    @classmethod
    def redirect(cls, address: str) -> "Answer":
        return cls(303, b"", {"Location": address, "Cache-Control": "no-store"})

    def content(self) -> Any:
        """Return the body as JSON, XML and calendars as text, None for others and for JSON spoilt on purpose."""
        kind = self.headers.get("Content-Type", "")
        if "xml" in kind or kind.startswith("text/calendar"):
            return self.body.decode(errors="replace")
        if not kind.startswith("application/json"):
            return None
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class StandIn(Protocol):
    """One provider, as the server sees it."""

    def answer(self, request: Request) -> Answer: ...

    def tick(self) -> None: ...

    def close(self) -> None: ...


class Server:
    """Serves stand-ins under their prefixes ("" for one alone), each request in a thread of its own."""

    def __init__(self, mounts: Mapping[str, StandIn], port: int = 0, index: str = "") -> None:
        self.mounts = dict(sorted(mounts.items(), key=lambda mount: -len(mount[0])))
        self.index = index
        server = self

        class Handler(_Handler):
            owner = server

        self._http = _Quiet(("127.0.0.1", port), Handler)
        self.port = self._http.server_address[1]
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True),
            threading.Thread(target=self._tick, daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()
        for stand_in in self.mounts.values():
            stand_in.close()
        self._threads[1].join(timeout=5)

    def _tick(self) -> None:
        while not self._stopping.wait(0.25):
            for stand_in in self.mounts.values():
                stand_in.tick()

    def dispatch(self, request: Request) -> Answer:
        """Return the answer of the stand-in whose prefix the path carries."""
        for prefix, stand_in in self.mounts.items():
            if not prefix or request.path == prefix or request.path.startswith(f"{prefix}/"):
                path = request.path.removeprefix(prefix) or "/"
                return stand_in.answer(Request(request.method, path, request.query, request.headers, request.body))
        return Answer.page(self.index) if request.path == "/" and self.index else Answer.of_json({}, 404)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers who hang up: tests make them do so."""
        import sys

        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer leaves in two writes; without this the second waits for the first one's acknowledgement.
    disable_nagle_algorithm = True
    owner: Server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT:
            self.close_connection = True
            self.send_error(413)
            return
        address = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.owner.dispatch(
            Request(self.command, address.path, address.query, headers, self.rfile.read(length))
        )
        if answer.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: answer.cut_after])
        if answer.cut_after is not None:
            self.close_connection = True

    do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = do_HEAD = _serve  # noqa: N815 (the base class names them so)

    def version_string(self) -> str:
        return "innkeep-sandbox"

    def log_message(self, *arguments: Any) -> None:
        """Write no log: the control API lists what was received."""


def serve_until_interrupted(server: Server) -> None:
    """Serve until SIGINT or SIGTERM, then close in order, so that the state is written."""
    import signal

    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    server.start()
    while not asked.is_set():
        time.sleep(0.1)
    server.close()
