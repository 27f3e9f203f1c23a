"""The pages of channels: who may open them, what they show, and how much they ask of the database."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.connections.enums import State
from channels.sync.cases import case_open
from channels.sync.enums import CaseKind, Direction
from channels.sync.models import Case, ExchangeLog, Mark, Standing, ToldRate, ToldRooms
from pms.access.models import Grant, Role
from tests.channels.house import make_connection, sold, sold_room, take
from tests.conftest import TODAY

pytestmark = pytest.mark.usefixtures("in_tenant")
HOUSE_PAGES = ("", "cases/", "cases/?closed=1", "log/")
ONE_PAGES = ("", "calendar/", f"calendar/{TODAY + timedelta(days=2):%Y-%m-%d}/")
MANAGED = ("new/", "new/?channel=channex", "CHX1/keys/", "CHX1/rooms/", "CHX1/preview/")


@pytest.fixture
def live(property_a):
    """A live connection that has told a little, failed once and sold a booking."""
    row = make_connection(property_a)
    now = timezone.now()
    Standing.objects.create(connection=row, send_at=now, pull_at=now, sent_at=now, pulled_at=now)
    log(row, waited_milliseconds=800)
    log(row, status=500, error="Out of order", error_code="odd_answer")
    take(row, sold(sold_room(property_a), number="4072345611"))
    return row


def log(row, **fields):
    return ExchangeLog.objects.create(
        **{"connection": row, "direction": Direction.OUT, "what": "availability", "method": "POST", "url": "/availability",
           "at": timezone.now(), "status": 200, "milliseconds": 120, "request": '{"values": [1]}', "response": "{}"} | fields
    )  # fmt: skip


def page(client, path, status=200):
    answer = client.get(f"/desk/channels/{path}")
    assert answer.status_code == status, answer.content.decode()[:600]
    return answer.content.decode()


@pytest.fixture
def desk(client_for, mia, in_tenant):
    return client_for(mia, in_tenant)


@pytest.fixture
def front(client_for, felix, in_tenant):
    return client_for(felix, in_tenant)


def every_page(row):
    case = Case.objects.first() or case_open(
        connection=row, kind=CaseKind.NOTICE, subject="x", words="A guest wrote.", now=timezone.now()
    )
    exchange = ExchangeLog.objects.filter(connection=row).first()
    booking = row.bookings.get().booking
    return (
        *HOUSE_PAGES,
        *(f"CHX1/{path}" for path in ONE_PAGES),
        f"cases/{case.code}/",
        f"log/{exchange.code}/",
        f"bookings/{booking.code}/",
    )


def test_the_front_desk_sees_every_page(front, live):
    for path in every_page(live):
        page(front, path)


def test_a_manager_opens_what_changes_a_connection(desk, live):
    for path in MANAGED:
        page(desk, path)


@pytest.mark.parametrize("path", MANAGED)
def test_the_front_desk_changes_no_connection(front, live, path):
    page(front, path, 403)


@pytest.mark.parametrize("verb", ["pause", "retry", "refresh", "compare/now", "rooms/fetch"])
def test_the_front_desk_presses_no_button(front, live, verb):
    assert front.post(f"/desk/channels/CHX1/{verb}/").status_code == 403
    live.refresh_from_db()
    assert live.state == State.LIVE


@pytest.mark.parametrize("path", HOUSE_PAGES)
def test_housekeeping_sees_no_channels(client_for, hana, in_tenant, live, path):
    page(client_for(hana, in_tenant), path, 403)


def test_somebody_of_another_property_finds_nothing(client_for, felix, in_tenant, live, property_other):
    Grant.objects.filter(user=felix).delete()
    Grant.objects.create(user=felix, role=Role.objects.get(code="manager"), property_code=property_other.property.code)
    client = client_for(felix, in_tenant)
    for path in every_page(live)[len(HOUSE_PAGES) :]:
        page(client, path, 404)
    assert "Channex" not in page(client, "")


def test_another_tenant_finds_nothing(client_for, otto, hotel_b, live):
    client = client_for(otto, hotel_b)
    assert client.get("/desk/channels/CHX1/").status_code in {403, 404}


# --- What is shown ------------------------------------------------------------------------------------------


def test_the_dashboard_says_how_it_is_doing(front, live):
    shown = page(front, "CHX1/")
    assert "Works" in shown
    assert "800 ms" in shown
    assert "50 %" in shown
    assert "Out of order" in shown


def test_the_dashboard_leads_to_the_last_comparison(front, live):
    Standing.objects.update(compared_at=timezone.now(), differing=2)
    shown = page(front, "CHX1/")
    assert 'href="/desk/channels/CHX1/compare/"' in shown
    assert "2 differed" in shown


def test_notes_are_told_apart_from_what_waits_for_a_decision(front, live):
    """They stand last, and are not in the number above."""
    for kind in (CaseKind.COMMISSION_CHANGED, CaseKind.NOTICE):
        case_open(connection=live, kind=kind, subject=kind, words="Said.", now=timezone.now())
    shown = page(front, "CHX1/")
    assert shown.index("Said by the channel") < shown.index("Another commission")
    assert 'Another commission <small class="faint">to know</small>' in shown
    assert '<span class="count is-alert">1</span>' in shown


def test_a_paused_connection_sends_nothing(front, live):
    live.state = State.PAUSED
    live.save(update_fields=["state"])
    assert "Held back while it is paused" in page(front, "CHX1/")


def test_a_name_that_never_changes_is_not_repeated(front, live):
    """With one connection the log does not name it in each line."""
    assert "<small>Channex</small>" not in page(front, "log/")


def test_a_message_of_the_log_is_titled_in_plain_text(front, live):
    shown = page(front, f"log/{ExchangeLog.objects.first().code}/")
    assert re.search(r"<title>availability, \d+ \w+ \d{4}, \d\d:\d\d", shown)


def test_a_locked_out_connection_says_what_to_do(front, live):
    Standing.objects.update(locked_out_at=timezone.now(), error_words="The key is wrong.", error_code="no_key")
    shown = page(front, "CHX1/")
    assert "Locked out" in shown
    assert "Type the keys anew" in shown


def test_a_failing_connection_says_when_it_tries_again(front, live):
    later = timezone.now() + timedelta(minutes=4)
    Standing.objects.update(
        failures=6, send_at=later, error_words="The channel did not answer.", error_code="no_answer"
    )
    shown = page(front, "CHX1/")
    assert "Down" in shown
    assert "Held back after 6 failures, until the next try" in shown
    assert "Next try" in shown


def test_cells_that_differ_are_marked(front, live):
    link = live.room_links.get(room_id="R-DBL")
    day = TODAY + timedelta(days=5)
    ToldRooms.objects.create(link=link, date=day, rooms=1, told_at=timezone.now())
    shown = page(front, f"CHX1/calendar/{day:%Y-%m-%d}/")
    assert "Differs" in shown
    assert "never told" in shown
    assert ">1</td><td><b>3</b>" in shown


def test_what_waits_to_be_told_is_marked_as_waiting(front, live):
    Mark.objects.create(connection=live, asked_at=timezone.now())
    assert "Waits" in page(front, f"CHX1/calendar/{TODAY:%Y-%m-%d}/")


def test_a_refused_day_shows_the_channels_code(front, live):
    rate = live.room_links.get(room_id="R-DBL").rate_links.get()
    ToldRate.objects.create(
        link=rate, date=TODAY, prices=[9000, 9000], min_stay_arrival=1, min_stay_through=1, max_stay=0,
        closed_to_arrival=False, closed_to_departure=False, closed=False, told_at=timezone.now(), refused="too_cheap",
    )  # fmt: skip
    assert "too_cheap" in page(front, f"CHX1/calendar/{TODAY:%Y-%m-%d}/")


@pytest.mark.parametrize("day", ["2020-01-01", "2099-01-01", "nonsense"])
def test_a_day_that_is_not_told_is_not_there(front, live, day):
    page(front, f"CHX1/calendar/{day}/", 404)


def test_the_log_is_filtered(front, live):
    log(live, what="restrictions")
    assert "Out of order" in page(front, "log/")
    assert "Out of order" not in page(front, "log/?what=restrictions")
    assert ">120 ms<" in page(front, "log/?failures=on")
    assert "Nothing of this kind" in page(front, "log/?what=nothing&direction=odd&before=never")


def test_an_exchange_shows_both_messages_as_stored(front, live):
    row = log(live, request='{"api_key": "***"}', response="<a><b/></a>")
    shown = page(front, f"log/{row.code}/")
    assert "api_key" in shown
    assert "  &lt;b/&gt;" in shown


def test_a_channels_booking_shows_its_card_and_messages(front, property_a, live):
    """T40: a virtual card says from when it can be charged."""
    known = live.bookings.get()
    known.virtual_from, known.virtual_minor, known.card_last4 = TODAY + timedelta(days=3), 18_000, "1234"
    known.commission_minor = 2_700
    known.save()
    shown = page(front, f"bookings/{known.booking.code}/")
    assert "Not to be charged now" in shown
    assert "Ends in 1234" in shown
    assert "€27.00" in shown
    assert "4072345611" in shown


def test_a_booking_of_the_house_has_no_channel(front, property_a, live):
    from tests.house import book

    page(front, f"bookings/{book(property_a, 8, 9).booking.code}/", 404)


def test_stays_of_a_channel_say_where_they_are_changed(front, live):
    stay = live.bookings.get().booking.reservations.get()
    for path in (f"reservations/{stay.code}/", f"bookings/{stay.booking.code}/", f"reservations/{stay.code}/sheet/"):
        shown = front.get(f"/desk/{path}").content.decode()
        assert "Dates, guests and price are changed at Booking.com" in shown, path
    dialog = front.get(f"/desk/reservations/{stay.code}/modify/").content.decode()
    assert "Booking.com does not hear of this" in dialog


def test_the_tape_chart_names_the_channel_and_the_guests_number(front, live):
    assert "Booking.com 4072345611" in front.get("/desk/").content.decode()


def test_the_price_explainer_says_what_channels_were_told(desk, live):
    rate = live.room_links.get(room_id="R-DBL").rate_links.get()
    ToldRate.objects.create(
        link=rate, date=TODAY, prices=[9100, 9900], min_stay_arrival=1, min_stay_through=1, max_stay=0,
        closed_to_arrival=False, closed_to_departure=False, closed=False, told_at=timezone.now(),
    )  # fmt: skip
    shown = desk.get(
        f"/desk/rates/explain/?arrival={TODAY}&room_type=DBL&rate_plan={rate.rate_plan.code}"
    ).content.decode()
    assert "€91.00 for 1, €99.00 for 2" in shown


def test_without_channels_in_the_plan_the_page_says_so(desk, settings, property_a):
    settings.CHANNEL_MANAGER_ENABLED = False
    assert "not part of this organization" in page(desk, "")
    assert "not part of this organization" in page(desk, "new/?channel=channex")


# --- How much it asks ---------------------------------------------------------------------------------------


def queries(client, path):
    with CaptureQueriesContext(connection) as captured:
        page(client, path)
    return len(captured)


def test_pages_ask_the_same_whatever_there_is(front, property_a, live):
    paths = ("", "cases/", "log/", "CHX1/", "CHX1/calendar/")
    for number in range(2):
        case_open(connection=live, kind=CaseKind.NOTICE, subject=f"a{number}", words="x", now=timezone.now())
    page(front, "")
    before = {path: queries(front, path) for path in paths}
    for number in (2, 3):
        other = make_connection(property_a, code=f"CHX{number}", account=f"h{number}", name=f"Channex {number}")
        now = timezone.now()
        Standing.objects.create(connection=other, send_at=now, pull_at=now)
        log(other, waited_milliseconds=90)
        case_open(connection=other, kind=CaseKind.NOTICE, subject="b", words="x", now=now)
        case_open(connection=live, kind=CaseKind.NOTICE, subject=f"c{number}", words="x", now=now)
        for days in range(8):
            day = TODAY + timedelta(days=days)
            link = live.room_links.first()
            ToldRooms.objects.update_or_create(link=link, date=day, defaults={"rooms": number, "told_at": now})
    assert {path: queries(front, path) for path in paths} == before


def test_links_cost_no_queries_of_their_own(desk, property_a, live):
    paths = ("CHX1/calendar/", f"CHX1/calendar/{TODAY}/", "CHX1/preview/", "CHX1/rooms/")
    page(desk, "")
    before = {path: queries(desk, path) for path in paths}
    for number in range(3):
        room = live.room_links.create(room_id=f"R{number}", name=f"Room {number}", room_type=property_a.suite)
        for rate in range(2):
            room.rate_links.create(rate_id=f"T{rate}", name=f"Rate {rate}", rate_plan=property_a.rate_plan, guests=[2])
    assert {path: queries(desk, path) for path in paths} == before


def test_new_changes_do_not_hide_one_that_waits(desk, live):
    """The oldest change says how late a channel is told: in a busy house another one was made just now."""
    now = timezone.now()
    for minutes in (10, 0):
        Mark.objects.create(connection=live, asked_at=now - timedelta(minutes=minutes))
    shown = page(desk, "CHX1/")
    assert "Changes wait to be told for longer than two minutes." in shown
    assert "the oldest of" in shown
