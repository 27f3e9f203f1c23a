"""A provider for tests: it proves a message by a word in a header, and can be told to fail."""

from pms.inbox.errors import Refused
from pms.inbox.registry import Raw, Reply, Verified

heard: list[tuple[str, bytes]] = []
trouble: list[BaseException] = []


def verify(raw: Raw) -> Verified:
    if raw.headers.get("x-bell-signature") != "true":
        raise Refused("bad_signature", "This message is not from the bell.")
    message_id, kind, *_ = raw.body.decode().split()
    kept = raw.body.replace(b"secret", b"***") if b"secret" in raw.body else None
    return Verified(message_id, kind, fingerprint=raw.body, is_known=kind != "cough", kept=kept)


def handle(raw: Raw) -> None:
    if trouble:
        raise trouble.pop()
    heard.append((raw.account, raw.body))


def answer(raw: Raw) -> Reply | None:
    """Say how often it was heard, but to nobody who coughs."""
    if b"cough" in raw.body:
        return None
    return Reply(200 if heard else 500, f"heard {len(heard)}".encode(), "text/plain")


def route(body: bytes) -> str:
    return body.decode().split()[-1]
