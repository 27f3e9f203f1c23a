"""Telling a channel about its guest: written down first, told once, and what became of it; what it does not take is said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.lifecycle.services import reservation_no_show
from bookings.rates.enums import Source
from bookings.reservations.models import Booking, Reservation
from channels.adapters.enums import Told
from channels.sync.enums import ReportKind
from channels.sync.models import ChannelBooking, ExchangeLog, GuestReport
from channels.sync.reporting import report_send, reportables, takes_reports, words_for_extranet
from pms.audit.models import AuditEvent
from tests.channels.bookingcom import bookingcom_pair, bookingcom_sandbox
from tests.channels.house import make_connection, sold, sold_room, take
from tests.house import TESTER, refused

__all__ = ["bookingcom_pair", "bookingcom_sandbox"]
NO_SHOW = ReportKind.NO_SHOW


@pytest.fixture
def reservations():
    return "ota"


@pytest.fixture
def missed(pair):
    """A guest of Booking.com who was due tonight and did not come."""
    pair.channex.sell(pair.on(0))
    pair.pull()
    reservation_no_show(reservation=Reservation.objects.get(), actor=TESTER)
    return ChannelBooking.objects.get()


def due(known):
    return [row.kind for row in reportables(known) if row.is_due]


def told(pair):
    """Return how often the channel was told."""
    return ExchangeLog.objects.filter(connection=pair.connection, what="no_show").count()


def test_a_no_show_is_reported_once(pair, missed):
    """T49: it is written down with who said it, and a second press tells nothing."""
    assert due(missed) == [NO_SHOW]
    row = report_send(known=missed, kind=NO_SHOW, waived=True, actor=TESTER)
    assert (row.taken_at is not None, row.error, row.details) == (True, "", {"waived_fees": True})
    assert (due(missed), told(pair)) == ([], 1)
    report_send(known=missed, kind=NO_SHOW, actor=TESTER)
    assert (told(pair), GuestReport.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(action="connection.reported").count() == 1


def test_what_the_channel_refuses_is_kept_in_its_words_and_may_be_told_again(pair, missed):
    pair.channex.advance(timedelta(days=9).total_seconds())
    row = report_send(known=missed, kind=NO_SHOW, actor=TESTER)
    assert (row.taken_at, bool(row.error), row.attempts) == (None, True, 1)
    assert due(missed) == [NO_SHOW]
    assert report_send(known=missed, kind=NO_SHOW, actor=TESTER).attempts == 2


def test_it_is_written_down_before_it_is_told(pair, missed, monkeypatch):
    """A process that dies over it leaves a report; nobody tells it again at once, and later somebody may."""

    def died(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("channels.adapters.bookingcom.reports.call", died)
        with pytest.raises(KeyboardInterrupt):
            report_send(known=missed, kind=NO_SHOW, actor=TESTER)
    row = GuestReport.objects.get()
    assert (row.taken_at, row.error, row.trying_until is not None) == (None, "", True)
    with refused("under_way"):
        report_send(known=missed, kind=NO_SHOW, actor=TESTER)
    later = timezone.now() + timedelta(minutes=3)
    assert report_send(known=missed, kind=NO_SHOW, actor=TESTER, clock=lambda: later).taken_at == later


def test_what_makes_no_sense_is_not_told(pair):
    pair.channex.sell(pair.on(5))
    pair.pull()
    known = ChannelBooking.objects.get()
    with refused("no_such_report"):
        report_send(known=known, kind=NO_SHOW, actor=TESTER)
    with refused("no_such_report"):
        report_send(known=known, kind=ReportKind.CANCEL_INVALID_CARD, actor=TESTER)
    assert (told(pair), GuestReport.objects.count()) == (0, 0)


def test_a_bad_card_comes_before_cancelling_for_it(property_a):
    known = _known(property_a)
    assert due(known) == [ReportKind.INVALID_CARD]
    GuestReport.objects.create(
        channel_booking=known,
        kind=ReportKind.INVALID_CARD,
        asked_at=timezone.now(),
        asked_by="x",
        taken_at=timezone.now(),
    )
    assert due(known) == [ReportKind.CANCEL_INVALID_CARD]


def test_a_room_that_came_is_no_no_show_of_the_booking(property_a):
    """Booking.com takes a report for all of a booking."""
    connection = make_connection(property_a)
    second = sold_room(property_a, 0, 2, room_ref="2", room_id="R-STE", rate_id="R-STE-BAR")
    take(connection, sold(sold_room(property_a, 0, 2), second))
    reservation_no_show(reservation=Reservation.objects.order_by("pk")[0], actor=TESTER)
    assert NO_SHOW not in due(ChannelBooking.objects.get())


def test_a_booking_that_the_channel_cancelled_has_nothing_to_report(property_a):
    known = _known(property_a)
    known.told = Told.CANCELLED
    assert due(known) == []


@pytest.mark.parametrize(
    ("adapter", "source", "takes"),
    [
        ("bookingcom", Source.BOOKING_COM, 3),
        ("channex", Source.BOOKING_COM, 3),
        ("channex", Source.EXPEDIA, 3),
        ("channex", Source.AIRBNB, 0),
        ("expedia", Source.EXPEDIA, 0),
        ("airbnb", Source.AIRBNB, 0),
    ],
)
def test_what_a_channel_takes_is_what_its_interface_has(property_a, adapter, source, takes):
    """Where there is nothing, the page says what to do in the extranet, with the guest's number there."""
    known = _known(property_a, adapter=adapter, source=source)
    assert len(takes_reports(known)) == takes
    words = words_for_extranet(known)
    assert words.startswith("Nothing else about a guest" if takes else "Nothing about a guest")
    assert "Open booking BDC-1 in its extranet" in words


def _known(house, *, adapter="channex", source=Source.BOOKING_COM):
    connection = make_connection(house, adapter=adapter)
    take(connection, sold(sold_room(house), source=source))
    return ChannelBooking.objects.select_related("connection__property", "booking").get(booking=Booking.objects.get())
