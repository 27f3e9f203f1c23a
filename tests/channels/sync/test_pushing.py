"""What is true goes out: absolute values, what differs and no more, whatever fails on the way."""

from datetime import timedelta

import pytest

from bookings.lifecycle.services import reservation_cancel
from bookings.rates.changing import Cell
from bookings.rates.services import change_draft, change_publish
from channels.adapters.channex.adapter import ADAPTER
from channels.sync.enums import CaseKind
from channels.sync.going import connection_pause, connection_refresh, connection_retry
from channels.sync.models import Case, ExchangeLog, Mark, Standing, ToldRate, ToldRooms
from tests.channels.channex import make_pair
from tests.house import TESTER, book


@pytest.fixture
def pair(property_a, channex_sandbox, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": f"{channex_sandbox.url}/api/v1"}
    return make_pair(property_a, channex_sandbox)


def sent(pair):
    """Return the bodies of what was sent since the last time."""
    calls = [call for call in pair.channex.received if call["method"] == "POST" and "/api/v1/" in call["path"]]
    return [call for call in calls if call["path"].endswith(("/availability", "/restrictions"))]


def test_going_live_tells_everything_in_two_messages(pair):
    assert pair.push() == 30 * 2 + 30 * 2
    assert len(sent(pair)) == 2
    shown = pair.shown(0, 29)
    assert {day["told"] for day in shown["DBL"].values()} == {3}
    assert {day["told"] for day in shown["STE"].values()} == {2}
    assert Mark.objects.count() == 0


def test_a_booking_is_told_as_what_is_left(pair):
    """T27: absolute values."""
    pair.push()
    book(pair.house, 2, 4)
    assert pair.push() == 2
    shown = pair.shown(1, 4)["DBL"]
    assert [shown[pair.day(day)]["told"] for day in (1, 2, 3, 4)] == [3, 2, 2, 3]


def test_what_did_not_change_is_not_told_again(pair):
    pair.push()
    before = len(sent(pair))
    reservation = book(pair.house, 2, 4)
    reservation_cancel(reservation=reservation, reason="Test", actor=TESTER)
    assert pair.push() == 0
    assert len(sent(pair)) == before
    assert Mark.objects.count() == 0


def test_a_price_and_a_minimum_stay_are_told_by_themselves(pair):
    """T27: one restriction does not reset another."""
    pair.push()
    change = change_draft(
        property=pair.house.property,
        title="Fair",
        cells=[
            Cell(
                pair.house.double.pk,
                pair.house.rate_plan.pk,
                pair.house.property.business_date + timedelta(days=5),
                "price",
                15_000,
            )
        ],
        actor=TESTER,
    )
    change_publish(change=change, actor=TESTER)
    pair.push()
    rate = next(iter(pair.shown(5, 5)["DBL"][pair.day(5)]["rates"].values()))
    assert 15_000 in rate["prices"].values()
    body = sent(pair)[-1]["body"]
    assert "min_stay" not in str(body)


@pytest.mark.parametrize("kind", ["error_before", "error_after", "close_before", "close_after"])
def test_whatever_fails_is_told_again(pair, kind):
    """The marks stay until the channel has answered for them."""
    pair.push()
    book(pair.house, 2, 4)
    pair.channex.fault(kind, times=1, path_prefix="/api/v1/availability")
    pair.push()
    standing = Standing.objects.get()
    assert (standing.failures, Mark.objects.count()) == (1, 1)
    assert standing.error_words
    assert pair.push() == 2
    standing.refresh_from_db()
    assert (standing.failures, standing.error_words) == (0, "")
    assert pair.shown(2, 2)["DBL"][pair.day(2)]["told"] == 2


@pytest.mark.parametrize("kind", ["close_after", "error_after"])
def test_what_may_have_arrived_is_told_again_even_if_it_is_what_was_told_before(pair, kind):
    """Found by seed 10131: told, no answer, taken back; the channel would have kept what it took."""
    pair.push()
    reservation = book(pair.house, 2, 4)
    pair.channex.fault(kind, times=1, path_prefix="/api/v1/availability")
    pair.push()
    reservation_cancel(reservation=reservation, reason="Test", actor=TESTER)
    assert pair.push() == 2
    assert pair.shown(2, 2)["DBL"][pair.day(2)]["told"] == 3


def test_after_failures_it_waits_longer_each_time(pair):
    pair.channex.fault("error_before", times=20, path_prefix="/api/v1/availability")
    pauses = []
    for _ in range(4):
        now = pair.clock()
        pair.push()
        pauses.append((Standing.objects.get().send_at - now).total_seconds())
    assert pauses == sorted(pauses)
    assert pauses[3] > pauses[0] * 4


def test_too_many_calls_are_waited_for(pair):
    """The channel's own words decide how long."""
    pair.channex.fault("rate_limit", times=1, path_prefix="/api/v1/availability")
    now = pair.clock()
    pair.push()
    standing = Standing.objects.get()
    assert standing.failures == 0
    assert standing.send_at - now >= timedelta(seconds=30)


def test_a_key_that_is_refused_locks_the_connection_until_somebody_tries_again(pair):
    from channels.connections.services import connection_save

    connection_save(connection=pair.connection, keys={"api_key": "wrong"}, actor=TESTER)
    assert pair.push() == 0
    assert Standing.objects.get().locked_out_at is not None
    assert pair.push() == 0
    connection_save(connection=pair.connection, keys={"api_key": pair.channex.key}, actor=TESTER)
    connection_retry(connection=pair.connection, actor=TESTER, now=pair.clock())
    assert pair.push() == 120


def test_only_one_worker_speaks_to_a_connection(pair):
    Standing.objects.update(lease_until=pair.clock() + timedelta(minutes=1))
    assert pair.push() == 0
    Standing.objects.update(lease_until=pair.clock() - timedelta(minutes=1))
    assert pair.push() == 120


def test_who_took_longer_than_its_lease_has_its_days_told_again(pair, monkeypatch):
    """Its message arrives after that of whoever had the next turn, and nobody but it knows."""
    pair.push()
    plain, row = ADAPTER.send, book(pair.house, 2, 3)

    def late(wire, parcel):
        monkeypatch.undo()
        reservation_cancel(reservation=row, reason="Test", actor=TESTER)
        Standing.objects.update(lease_until=pair.clock() - timedelta(seconds=1))
        assert pair.push() == 1
        return plain(wire, parcel)

    monkeypatch.setattr(ADAPTER, "send", late)
    pair.push()
    assert pair.shown(2, 2)["DBL"][pair.day(2)]["told"] == 2
    pair.push()
    assert pair.shown(2, 2)["DBL"][pair.day(2)]["told"] == 3


def test_a_failure_of_ours_gives_the_turn_back_and_counts(pair, monkeypatch):
    from channels.sync import pushing

    def fails(**_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(pushing, "cells_due", fails)
        with pytest.raises(MemoryError):
            pair.push()
    standing = Standing.objects.get()
    assert (standing.lease_until, standing.failures, standing.error_code) == (None, 1, "broken")
    assert pair.push() == 120


def test_what_changes_while_it_is_told_is_told_in_the_next_round(pair, monkeypatch):
    """Cleared is only what was sent."""
    from channels.sync import pushing

    plain = pushing.cells_due

    def meanwhile(**arguments):
        cells = plain(**arguments)
        if not meanwhile.done:
            meanwhile.done = True
            book(pair.house, 2, 4)
        return cells

    meanwhile.done = False
    monkeypatch.setattr(pushing, "cells_due", meanwhile)
    pair.push()
    assert Mark.objects.count() == 1
    pair.push()
    assert pair.shown(2, 2)["DBL"][pair.day(2)]["told"] == 2


def test_a_paused_connection_is_told_nothing_and_caught_up_later(pair):
    pair.push()
    connection_pause(connection=pair.connection, actor=TESTER)
    book(pair.house, 2, 4)
    assert (pair.push(), Mark.objects.count()) == (0, 0)


def test_everything_anew_is_sent_whatever_was_told(pair):
    pair.push()
    connection_refresh(connection=pair.connection, actor=TESTER)
    assert pair.push() == 120
    assert Standing.objects.get().refreshed_at is not None


def test_rooms_kept_back_are_never_shown(property_a, channex_sandbox, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": f"{channex_sandbox.url}/api/v1"}
    pair = make_pair(property_a, channex_sandbox, keep_back=1)
    pair.push()
    book(pair.house, 2, 4)
    book(pair.house, 2, 4)
    pair.push()
    shown = pair.shown(1, 2)["DBL"]
    assert [shown[pair.day(day)]["told"] for day in (1, 2)] == [2, 0]


def test_the_log_keeps_what_was_said_without_the_key(pair):
    pair.push()
    kept = list(ExchangeLog.objects.all())
    assert len(kept) == 2
    assert all(row.succeeded for row in kept)
    assert kept[0].waited_milliseconds is not None
    assert not [row for row in kept if pair.channex.key in row.request + row.response + row.url]


def test_what_the_channel_refuses_is_a_case_and_is_not_told_again(pair):
    """A 200 may refuse parts of it."""
    pair.push()
    link = pair.connection.room_links.get(room_type=pair.house.double)
    link.rate_links.update(rate_id="00000000-0000-0000-0000-000000000000")
    ToldRate.objects.all().delete()
    connection_refresh(connection=pair.connection, actor=TESTER)
    pair.push()
    case = Case.objects.get()
    assert (case.kind, case.resolved_at) == (CaseKind.SYNC_REFUSED, None)
    assert ToldRate.objects.exclude(refused="").exists()
    assert ToldRooms.objects.filter(refused="").count() == 60
    before = len(sent(pair))
    book(pair.house, 28, 29)
    pair.push()
    assert len(sent(pair)) == before + 1
