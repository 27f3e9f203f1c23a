"""One call to QuickConnect: the keys in the message on the way out, what each number means on the way back.

Expedia answers 200 whatever happened, so that the answer is read: an error means that nothing of the message was done.
"""

from collections.abc import Iterable
from datetime import timedelta

from channels.adapters.base import Access, Answer, ChannelError, Wire
from channels.adapters.enums import Trouble
from channels.adapters.values import text, whole
from channels.adapters.xml import Element, attribute, below, opened, parsed, put, tag

BASE = "http://www.expediaconnect.com/EQC"
HEADERS = {"content-type": "text/xml; charset=utf-8", "accept": "text/xml"}
PAUSE = timedelta(minutes=1)
LONGEST_PAUSE_SECONDS = 3600
#: Statuses below 500 that say nothing about the message itself.
_BUSY = frozenset({408, 423, 425})
#: Another message for the hotel is being worked.
LOCKED = 3210
#: The hotel is not one that these keys open.
NOT_OURS = 3202
_USER = range(4, 31)
_PASSWORD = range(6, 31)


def request(access: Access, space: str, name: str) -> Element:
    """Return the root of a message with the keys and the hotel. Raises ChannelError locked_out where the schema takes
    no such keys or hotel."""
    user, password = (access.credentials.get(field, "").strip() for field in ("username", "password"))
    if len(user) not in _USER or len(password) not in _PASSWORD:
        raise ChannelError(
            Trouble.LOCKED_OUT, "no_key", "Expedia wants a user name of 4 to 30 and a password of 6 to 30 characters."
        )
    if not (access.account.isascii() and access.account.isdigit() and int(access.account) < 2**31):
        raise ChannelError(Trouble.LOCKED_OUT, "no_hotel", "Expedia's number of a hotel has digits alone.")
    root = opened(f"{BASE}/{space}", name)
    try:
        put(root, "Authentication", username=user, password=password)
    except ChannelError as error:
        raise ChannelError(Trouble.LOCKED_OUT, "no_key", "The keys have characters that no message takes.") from error
    put(root, "Hotel", id=access.account)
    return root


def call(wire: Wire, path: str, body: bytes, *, what: str, answered: str) -> Element:
    """Send a message and return the root of the answer, `answered`. Raises ChannelError for errors in it."""
    return understood(wire.call("POST", path, what=what, headers=HEADERS, body=body), answered)


def understood(answer: Answer, answered: str) -> Element:
    """Return the root of a good answer. Raises ChannelError with the meaning of any other."""
    if answer.status == 429:
        asked = whole(answer.headers.get("retry-after"), most=LONGEST_PAUSE_SECONDS) or 0
        wait = max(PAUSE, timedelta(seconds=asked))
        raise ChannelError(Trouble.LIMITED, "status_429", "Too many calls for now.", wait=wait)
    if answer.status in _BUSY or not 200 <= answer.status < 500 or 300 <= answer.status < 400:
        raise ChannelError(Trouble.TEMPORARY, f"status_{answer.status}", f"Expedia answered {answer.status}.")
    if answer.status >= 400:
        trouble = Trouble.LOCKED_OUT if answer.status in {401, 403} else Trouble.REFUSED
        raise ChannelError(trouble, f"status_{answer.status}", f"Expedia answered {answer.status}.")
    try:
        root = parsed(answer.body)
    except ChannelError as error:
        raise _odd() from error
    errors = [(number_of(node), words_of(node)) for node in below(root, "Error")]
    if errors:
        raise failure(errors)
    if tag(root) != answered:
        raise _odd()
    return root


def _odd() -> ChannelError:
    return ChannelError(Trouble.TEMPORARY, "odd_answer", "Expedia answered something that is not of its interface.")


def failure(errors: Iterable[tuple[int, str]]) -> ChannelError:
    """Return what errors mean together: the gravest of them counts, all are told."""
    listed = list(errors)
    meant = [_trouble(number) for number, _ in listed]
    gravest = next(trouble for trouble in (Trouble.LOCKED_OUT, Trouble.REFUSED, Trouble.TEMPORARY) if trouble in meant)
    number = listed[meant.index(gravest)][0]
    said = "; ".join(dict.fromkeys(f"{each} {words}".strip() for each, words in listed))
    return ChannelError(gravest, str(number), said[:500])


def _trouble(number: int) -> Trouble:
    """Return what an error's number means (its AR guide): 1xxx the key, 4000 to 4099 and 5xxx a trouble of Expedia's."""
    if 1000 <= number < 2000 or number == NOT_OURS:
        return Trouble.LOCKED_OUT
    if number == LOCKED or 4000 <= number < 4100 or 5000 <= number < 6000:
        return Trouble.TEMPORARY
    return Trouble.REFUSED


def number_of(node: Element) -> int:
    return whole(attribute(node, "code"), most=99_999) or 0


def words_of(node: Element) -> str:
    return " ".join(text(node.text, 2000).split()) or "Expedia gave no reason."
