"""The brands' calendars: their quirks, their troubles, and what they make of somebody else's calendar."""

import re
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.sandbox.calendars.fixtures import calendars_sandbox
from tests.sandbox.calendars.reading import Unusable, understand
from tests.sandbox.calendars.writing import fold
from tests.sandbox.samples import need_samples

__all__ = ["calendars_sandbox"]
TODAY = datetime.now(UTC).date()
ARRIVAL = TODAY + timedelta(days=20)


def values(feed, name):
    return [value.strip() for value in re.findall(rf"^{name}[^:\r\n]*:(.*)$", unfolded(feed), re.MULTILINE)]


def unfolded(feed):
    return re.sub(r"\r?\n ", "", feed)


def spans(feed):
    return [(taken.first, taken.last) for taken in understand(feed.encode()).taken]


# Airbnb


def test_airbnb_writes_the_end_first_and_folds(calendars_sandbox):
    url = calendars_sandbox.open("airbnb")
    stay = calendars_sandbox.sell("airbnb", ARRIVAL)
    feed = calendars_sandbox.read(url)
    published = (need_samples() / "ical" / "airbnb_2022_two_reserved_two_blocks.ics").read_bytes().decode()
    assert (
        re.findall(r"^[A-Z]+", unfolded(feed), re.MULTILINE)[:10]
        == re.findall(r"^[A-Z]+", unfolded(published), re.MULTILINE)[:10]
    )
    assert "\r\n " in feed
    assert values(feed, "SUMMARY") == ["Reserved"]
    assert stay["reservation"] in values(feed, "DESCRIPTION")[0]


def test_airbnbs_stay_keeps_its_uid_when_its_dates_change(calendars_sandbox):
    url = calendars_sandbox.open("airbnb")
    stay = calendars_sandbox.sell("airbnb", ARRIVAL)
    before = calendars_sandbox.read(url)
    calendars_sandbox.move("airbnb", stay, ARRIVAL + timedelta(days=1))
    after = calendars_sandbox.read(url)
    assert (values(before, "UID") == values(after, "UID"), spans(before) == spans(after)) == (True, False)


def test_airbnbs_rolling_block_has_a_new_uid_every_day(calendars_sandbox):
    url = calendars_sandbox.open("airbnb")
    calendars_sandbox.set("airbnb", notice_days=2, window_days=180)
    before = values(calendars_sandbox.read(url), "UID")
    calendars_sandbox.advance(86400)
    after = values(calendars_sandbox.read(url), "UID")
    assert (len(before), set(before) & set(after)) == (2, set())
    assert all(uid.startswith("6fec1092d3fa-") for uid in before)


# Booking.com


def test_bookings_stay_drifts_while_it_runs_and_looks_like_a_closure(calendars_sandbox):
    url = calendars_sandbox.open("booking")
    calendars_sandbox.sell("booking", TODAY, nights=5, forced=True)
    calendars_sandbox.control(
        "POST", "blocks", channel="booking", room="loft", first=str(ARRIVAL), last=str(ARRIVAL + timedelta(days=1))
    )
    before = calendars_sandbox.read(url)
    calendars_sandbox.advance(86400)
    after = calendars_sandbox.read(url)
    assert set(values(before, "SUMMARY")) == {"CLOSED - Not available"}
    assert [first for first, _ in spans(after)] == [spans(before)[0][0] + timedelta(days=1), ARRIVAL]
    assert values(before, "UID")[0] != values(after, "UID")[0]
    assert values(before, "UID")[1] == values(after, "UID")[1]
    assert "\r" not in before


# Vrbo and Smoobu


def test_vrbo_speaks_the_owners_language_and_shows_what_is_not_sure(calendars_sandbox):
    url = calendars_sandbox.open("vrbo")
    calendars_sandbox.set("vrbo", language="fr", duration=True, zone=True)
    calendars_sandbox.sell("vrbo", ARRIVAL, name="Zoé")
    unsure = calendars_sandbox.sell("vrbo", ARRIVAL + timedelta(days=5), name="Léa")
    calendars_sandbox.control("POST", "tentative", channel="vrbo", reservation=unsure["reservation"])
    feed = calendars_sandbox.read(url)
    assert values(feed, "SUMMARY") == ["Réservée - Zoé", "Provisoire - Léa"]
    assert values(feed, "DURATION") == ["P3D", "P3D"]
    assert spans(feed)[0] == (ARRIVAL, ARRIVAL + timedelta(days=3))
    assert values(calendars_sandbox.read(url + "&nonTentative"), "SUMMARY") == ["Réservée - Zoé"]


def test_smoobu_has_three_events_for_a_stay(calendars_sandbox):
    url = calendars_sandbox.open("smoobu")
    calendars_sandbox.sell("smoobu", ARRIVAL)
    assert len(spans(calendars_sandbox.read(url))) == 3


# What goes for all


@pytest.mark.parametrize("brand", ["airbnb", "booking", "vrbo", "smoobu"])
def test_a_cancelled_stay_vanishes_or_says_so(calendars_sandbox, brand):
    url = calendars_sandbox.open(brand)
    stay = calendars_sandbox.sell(brand, ARRIVAL)
    assert spans(calendars_sandbox.read(url))
    calendars_sandbox.cancel(brand, stay)
    assert values(calendars_sandbox.read(url), "UID") == []
    calendars_sandbox.set(brand, cancelled="status")
    feed = calendars_sandbox.read(url)
    assert (set(values(feed, "STATUS")), spans(feed)) == ({"CANCELLED"}, [])


@pytest.mark.parametrize("trouble", ["error", "html", "truncated", "empty", "no_events"])
def test_a_feed_can_be_spoilt_once(calendars_sandbox, trouble):
    url = calendars_sandbox.open("airbnb")
    calendars_sandbox.sell("airbnb", ARRIVAL)
    calendars_sandbox.control("POST", "trouble", channel="airbnb", kind=trouble)
    status, _, body = calendars_sandbox.fetch("GET", url)
    if trouble == "no_events":
        assert understand(body).taken == []
    else:
        assert status == (500 if trouble == "error" else 200)
        with pytest.raises(Unusable):
            understand(body)
    assert spans(calendars_sandbox.read(url))


def test_chance_is_the_same_for_the_same_seed(calendars_sandbox):
    url = calendars_sandbox.open("airbnb")

    def run():
        calendars_sandbox.control("POST", "trouble", channel="airbnb", chances={"error": 0.4}, seed=7)
        return [calendars_sandbox.fetch("GET", url)[0] for _ in range(12)]

    first = run()
    assert (first == run(), set(first)) == (True, {200, 500})


def test_who_has_it_is_told_that_nothing_changed(calendars_sandbox):
    url = calendars_sandbox.open("booking")
    calendars_sandbox.sell("booking", ARRIVAL)
    _, headers, _ = calendars_sandbox.fetch("GET", url)
    calendars_sandbox.advance(60)
    assert calendars_sandbox.fetch("GET", url, If_None_Match=headers["ETag"])[0] == 304
    assert calendars_sandbox.fetch("GET", url, If_Modified_Since=headers["Last-Modified"])[0] == 304
    calendars_sandbox.sell("booking", ARRIVAL + timedelta(days=5))
    assert calendars_sandbox.fetch("GET", url, If_None_Match=headers["ETag"])[0] == 200


def test_an_address_is_secret_and_can_be_withdrawn(calendars_sandbox):
    url = calendars_sandbox.open("vrbo")
    assert calendars_sandbox.fetch("GET", url.split("?")[0])[0] == 404
    calendars_sandbox.control("POST", "feeds/withdraw", channel="vrbo", room="loft")
    assert calendars_sandbox.fetch("GET", url)[0] == 404


# The poll


@pytest.fixture
def export():
    """Somebody's calendar; `body` and `status` are what it answers."""

    class Export:
        body, status = b"", 200

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(Export.status)
            self.send_header("Content-Length", str(len(Export.body)))
            self.end_headers()
            self.wfile.write(Export.body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    Export.url = f"http://127.0.0.1:{server.server_address[1]}/hotel.ics"
    yield Export
    server.shutdown()
    server.server_close()


def calendar(*events):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hotel//EN"]
    for uid, first, last in events:
        lines += ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
                  f"DTEND;VALUE=DATE:{last:%Y%m%d}", "END:VEVENT"]  # fmt: skip
    return "".join(line + "\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def test_what_is_imported_closes_nights_and_comes_out_again(calendars_sandbox, export):
    url = calendars_sandbox.open("airbnb")
    calendars_sandbox.control("POST", "imports", channel="airbnb", room="loft", url=export.url)
    export.body = calendar(("a@hotel", ARRIVAL, ARRIVAL + timedelta(days=2)))
    (report,) = calendars_sandbox.poll()
    assert (report["complaints"], report["error"], len(report["taken"])) == ([], "", 1)
    with pytest.raises(AssertionError, match="closed"):
        calendars_sandbox.sell("airbnb", ARRIVAL)
    assert values(calendars_sandbox.read(url), "SUMMARY") == ["Airbnb (Not available)"]
    export.body = calendar()
    calendars_sandbox.poll()
    assert calendars_sandbox.sell("airbnb", ARRIVAL)["status"] == "new"


def test_a_bad_answer_leaves_the_nights_as_they_were(calendars_sandbox, export):
    calendars_sandbox.open("vrbo")
    calendars_sandbox.control("POST", "imports", channel="vrbo", room="loft", url=export.url)
    export.body = calendar(("a@hotel", ARRIVAL, ARRIVAL + timedelta(days=2)))
    calendars_sandbox.poll()
    export.body = export.body[:-20]
    (report,) = calendars_sandbox.poll()
    assert (report["error"], len(report["taken"])) == ("The calendar does not end.", 1)


def test_double_bookings_and_echoes_are_reported(calendars_sandbox, export):
    calendars_sandbox.open("booking")
    own = calendars_sandbox.sell("booking", ARRIVAL)
    calendars_sandbox.control("POST", "imports", channel="booking", room="loft", url=export.url)
    departure = ARRIVAL + timedelta(days=3)
    export.body = calendar(
        ("echo@hotel", ARRIVAL, departure),
        ("twice@hotel", departure - timedelta(days=1), departure + timedelta(days=4)),
    )
    (report,) = calendars_sandbox.poll()
    assert report["echo"] == [{"reservation": own["reservation"], "uid": "echo@hotel"}]
    assert report["double_bookings"] == [{"reservation": own["reservation"], "uid": "twice@hotel"}]


def test_a_brand_polls_by_itself(calendars_sandbox, export):
    calendars_sandbox.open("booking")
    calendars_sandbox.control("POST", "imports", channel="booking", room="loft", url=export.url, every_seconds=3600)
    export.body = calendar(("a@hotel", ARRIVAL, ARRIVAL + timedelta(days=2)))
    calendars_sandbox.advance(3600)
    import time

    until = time.monotonic() + 5
    while not calendars_sandbox.control("GET", "imports")[0]["polls"] and time.monotonic() < until:
        time.sleep(0.05)
    assert calendars_sandbox.control("GET", "imports")[0]["polls"] == 1


# Reading


def test_published_feeds_are_understood():
    folder = need_samples() / "ical"
    found = {file.stem: understand(file.read_bytes()).taken for file in folder.glob("*.ics")}
    assert (found["airbnb_2022_two_reserved_two_blocks"][0].first, len(found["bookingcom_bare_lf"])) == (
        date(2022, 8, 16),
        2,
    )
    assert [(one.first, one.last) for one in found["timezones"]][:1] == [(date(2027, 12, 5), date(2027, 12, 7))]


def test_form_is_judged():
    body = calendar(("a", ARRIVAL, ARRIVAL)).replace(b"\r\n", b"\n").replace(b"VERSION:2.0\n", b"")
    assert understand(body).complaints == ["Lines end with LF instead of CRLF.", "VERSION is missing."]
    assert [len(piece.encode()) <= 75 for piece in fold("SUMMARY:" + "é" * 80)] == [True] * 3
