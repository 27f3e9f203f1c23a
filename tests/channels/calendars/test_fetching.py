"""Fetching what somebody typed in: only from the open internet, only so long, only so much, only as a whole."""

import gzip
import socket
from threading import Thread
from time import monotonic

import pytest

from channels.calendars import fetching
from channels.calendars.fetching import FetchError, address_checked, fetch, is_public
from tests.channels.adapters.ical.calendars import calendar


def refused(address, **marks):
    with pytest.raises(FetchError) as refusal:
        fetch(address, **marks)
    return refusal.value.code


def answering(*pieces, pause=0.0):
    """Serve one raw answer, piece by piece, and return its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with listener, listener.accept()[0] as caller:
            caller.recv(65_536)
            for piece in pieces:
                try:
                    caller.sendall(piece)
                except OSError:
                    return
                if pause:
                    caller.settimeout(pause)
                    try:
                        if not caller.recv(1):
                            return
                    except TimeoutError:
                        continue

    Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/x.ics"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1", "::1",
     "255.255.255.255", "fe80::1%eth0", "fd00:ec2::254", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
     "::127.0.0.1", "198.18.0.1", "ff02::1", "2001:db8::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "240.0.0.1"],
)  # fmt: skip
def test_private_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"]
)
def test_public_addresses_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1/", "http://localhost:1/", "http://2130706433:1/", "http://0x7f.1:1/", "http://[::1]:1/",
     "http://169.254.169.254/latest/meta-data/", "webcal://10.0.0.1/x.ics", "https://[::ffff:127.0.0.1]/"],
)  # fmt: skip
def test_nothing_private_is_fetched(address):
    assert refused(address) == "private"


def test_private_networks_stay_closed_when_this_machine_is_allowed(settings):
    settings.CALENDAR_ALLOW_LOOPBACK = True
    assert refused("http://10.0.0.1/x.ics") == "private"
    assert refused("http://169.254.169.254/") == "private"


def test_a_redirect_leads_nowhere_private(place, settings):
    place.status, place.headers = 302, {"Location": "http://169.254.169.254/latest/"}
    assert refused(place.address) == "private"


def test_a_name_is_resolved_once_and_the_address_that_was_checked_is_used(monkeypatch, place, settings):
    """A name that answers with a public address first and a private one next gains nothing."""
    asked, connected = [], []

    def resolve(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]

    class Network:
        def connect_tcp(self, host, port, **_):
            connected.append(host)
            raise fetching.httpcore.ConnectError

    monkeypatch.setattr(fetching.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(fetching.httpcore, "SyncBackend", Network)
    assert refused("https://rebinding.test/x.ics") == "no_answer"
    assert (asked, connected) == (["rebinding.test"], ["93.184.216.34"])


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 443)) for host in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *_, **__: found)
    assert refused("https://both.test/") == "private"


@pytest.mark.parametrize(
    "address",
    ["", "x", "ftp://calendar.test/", "file:///etc/passwd", "http://", "https://u:p@calendar.test/", "https://a b.test/",
     "http://calendar.test:x/", "https://calendar.test/" + "a" * 3000, "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_address(address):
    with pytest.raises(FetchError, match="address"):
        address_checked(address)


def test_webcal_is_https():
    assert address_checked(" webcal://calendar.test/a.ics#x ") == "https://calendar.test/a.ics"


def test_a_calendar_is_fetched_with_its_marks(place):
    place.headers = {"ETag": '"1"', "Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT"}
    got = fetch(place.address)
    assert (got.body, got.etag) == (place.body, '"1"')
    again = fetch(place.address, etag=got.etag, last_modified=got.last_modified)
    assert (again.body, place.asked[1]["if-none-match"]) == (None, '"1"')
    assert place.asked[0]["host"] == place.base.removeprefix("http://")
    assert "?t=1" in place.asked[0]["path"]


def test_redirects_are_followed_three_times(place):
    place.status, place.headers = 302, {"Location": "/again"}
    assert refused(place.address) == "redirects"
    assert len(place.asked) == 4


@pytest.mark.parametrize(
    ("status", "code"), [(404, "gone"), (410, "gone"), (403, "forbidden"), (500, "status"), (206, "status")]
)
def test_other_answers_are_no_calendar(place, status, code):
    place.status = status
    assert refused(place.address) == code


def test_a_server_may_ask_for_patience(place):
    place.status, place.headers = 429, {"Retry-After": "7200"}
    with pytest.raises(FetchError) as refusal:
        fetch(place.address)
    assert refusal.value.wait_seconds == 7200


def test_packed_calendars_and_bombs(place):
    place.headers = {"Content-Encoding": "gzip"}
    place.body = gzip.compress(calendar())
    assert fetch(place.address).body == calendar()
    place.body = gzip.compress(b"\0" * 500_000_000, 1)
    assert refused(place.address) == "too_long"
    place.body = gzip.compress(calendar())[:-9]
    assert refused(place.address) == "torn"
    place.body = b"no gzip at all"
    assert refused(place.address) == "no_answer"


def test_too_long_and_too_short(place, settings):
    place.body = b"x" * (fetching.MOST_BYTES + 1)
    assert refused(place.address) == "too_long"
    half = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"BEGIN:VCALENDAR")
    assert refused(half) == "no_answer"
    assert refused(answering(b"SSH-2.0-OpenSSH\r\n")) == "no_answer"


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n"], ids=["body", "headers"])
def test_a_server_that_drips_holds_nobody(monkeypatch, settings, head):
    settings.CALENDAR_ALLOW_LOOPBACK = True
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.6)
    begin = monotonic()
    assert refused(answering(head, *[b"X"] * 100, pause=0.05)) == "timeout"
    assert monotonic() - begin < 3
