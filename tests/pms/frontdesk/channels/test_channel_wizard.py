"""From a channel's keys to a live connection: what the wizard asks, refuses, shows and does."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from channels.adapters.channex.adapter import FACTS
from channels.connections.enums import State
from channels.connections.keys import credentials_of
from channels.connections.models import Connection, RateLink
from channels.sync.models import ExchangeLog, Mark, ToldRooms
from channels.sync.pushing import push
from channels.sync.standing import standing_of
from channels.sync.webhooks import webhook_address
from pms.audit.models import AuditEvent
from tests.channels.channex import make_pair
from tests.channels.house import make_connection

pytestmark = pytest.mark.usefixtures("in_tenant")


@pytest.fixture
def channex(channex_sandbox, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": f"{channex_sandbox.url}/api/v1"}
    return channex_sandbox


@pytest.fixture
def hotel(channex):
    rates = [{"title": "Best available rate", "rate": 10_000}]
    rooms = [{"title": name, "count": 2, "guests": 2, "rates": rates} for name in ("Double", "Cabin by the lake")]
    return channex.hotel(rooms, channels=["booking.com"])


@pytest.fixture
def desk(client_for, mia, in_tenant, property_a):
    return client_for(mia, in_tenant)


def keys(hotel, channex, **changed):
    return {"account": hotel["property"], "key_api_key": channex.key, "name": "", **changed}


@pytest.fixture
def connected(desk, hotel, channex):
    """A draft whose rooms are fetched."""
    answer = desk.post("/desk/channels/new/?channel=channex", keys(hotel, channex))
    assert answer.status_code == 303
    return Connection.objects.get()


def mapping(row, **changed):
    """Return the form of the mapping: the double and its rate, the rest not mapped."""
    chosen = {
        "fallback_type": row.property.room_types.get(code="DBL").pk,
        "sold_as": "ota",
        "keep_back": 0,
        "days_ahead": 20,
    }
    plan = row.property.rate_plans.get()
    for link in row.room_links.all():
        is_double = link.name == "Double"
        chosen[f"room_{link.room_id}"] = "DBL" if is_double else ""
        for rate in link.rate_links.all():
            chosen[f"rate_{link.room_id}_{rate.rate_id}"] = plan.code if is_double else ""
    return chosen | {"fallback_plan": plan.pk} | changed


def test_each_channel_is_offered_with_what_is_honest_to_say(desk):
    shown = desk.get("/desk/channels/new/").content.decode()
    assert "it has not met the real service yet" in shown


def test_connecting_fetches_the_rooms_and_makes_a_secret(desk, connected):
    assert connected.state == State.DRAFT
    assert connected.name == FACTS.label
    assert sorted(connected.room_links.values_list("name", flat=True)) == ["Cabin by the lake", "Double"]
    assert len(credentials_of(connected)["webhook_secret"]) >= 32
    assert ExchangeLog.objects.filter(error="").exists()


def test_keys_are_never_shown_again(desk, connected, channex):
    shown = desk.get(f"/desk/channels/{connected.code}/keys/").content.decode()
    assert channex.key not in shown
    assert credentials_of(connected)["webhook_secret"] not in shown
    assert f"ends in {channex.key[-4:]}" in shown
    assert webhook_address(connected) in shown


def test_an_empty_key_keeps_the_one_that_is_there(desk, connected, hotel, channex):
    before = credentials_of(connected)
    desk.post(f"/desk/channels/{connected.code}/keys/", keys(hotel, channex, key_api_key="", name="Lakeside"))
    connected.refresh_from_db()
    assert (connected.name, credentials_of(connected)) == ("Lakeside", before)


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"key_api_key": ""}, "This field is required"), ({"account": ""}, "This field is required")],
)
def test_what_is_missing_is_said_at_its_field(desk, hotel, channex, changed, words):
    answer = desk.post("/desk/channels/new/?channel=channex", keys(hotel, channex, **changed))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Connection.objects.exists()


def test_a_hotel_is_connected_once(desk, connected, hotel, channex):
    answer = desk.post("/desk/channels/new/?channel=channex", keys(hotel, channex))
    assert answer.status_code == 422
    assert "connected already" in answer.content.decode()


def test_a_wrong_key_is_told_in_the_channels_words(desk, hotel, channex):
    answer = desk.post("/desk/channels/new/?channel=channex", keys(hotel, channex, key_api_key="wrong"), follow=True)
    shown = answer.content.decode()
    assert "did not list its rooms" in shown
    assert answer.redirect_chain[-1][0].endswith("/keys/")
    assert ExchangeLog.objects.exclude(error="").exists()


def test_the_mapping_comes_with_suggestions_that_are_not_saved(desk, connected):
    shown = desk.get(f"/desk/channels/{connected.code}/rooms/").content.decode()
    assert "Suggested" in shown
    assert '<option value="DBL" selected>' in shown
    assert not connected.room_links.exclude(room_type=None).exists()


def test_the_mapping_is_saved_with_how_it_is_sold(desk, connected):
    answer = desk.post(f"/desk/channels/{connected.code}/rooms/", mapping(connected, keep_back=1))
    assert answer["Location"].endswith("/preview/")
    connected.refresh_from_db()
    assert (connected.keep_back, connected.days_ahead, connected.fallback_type.code) == (1, 20, "DBL")
    assert connected.room_links.get(name="Double").room_type.code == "DBL"
    assert RateLink.objects.exclude(rate_plan=None).count() == 1


@pytest.mark.parametrize(
    "changed", [{"fallback_type": ""}, {"days_ahead": 0}, {"sold_as": "nobody"}, {"keep_back": -1}]
)
def test_a_mapping_that_makes_no_sense_is_refused(desk, connected, changed):
    answer = desk.post(f"/desk/channels/{connected.code}/rooms/", mapping(connected, **changed))
    assert answer.status_code == 422
    assert not connected.room_links.exclude(room_type=None).exists()


def test_somebody_elses_room_type_is_refused(desk, connected, property_other):
    room = connected.room_links.get(name="Double")
    sneaked = mapping(connected, fallback_type=property_other.double.pk)
    assert desk.post(f"/desk/channels/{connected.code}/rooms/", sneaked).status_code == 422
    sneaked = mapping(connected, **{f"room_{room.room_id}": "NOPE"})
    assert desk.post(f"/desk/channels/{connected.code}/rooms/", sneaked).status_code == 422


def test_the_preview_tells_what_would_open_and_tells_the_channel_nothing(desk, connected, channex):
    """T71: nothing opens without the yes."""
    desk.post(f"/desk/channels/{connected.code}/rooms/", mapping(connected))
    before = len(channex.received)
    shown = desk.get(f"/desk/channels/{connected.code}/preview/").content.decode()
    assert "On 20 days something would be open" in shown
    assert "40 values on 20 days" in shown
    assert "1 room, 1 rate" in shown
    assert len(channex.received) == before
    assert not Mark.objects.exists()


def test_without_the_yes_nothing_goes_live(desk, connected, channex):
    """T71."""
    desk.post(f"/desk/channels/{connected.code}/rooms/", mapping(connected))
    assert desk.post(f"/desk/channels/{connected.code}/preview/", {}).status_code == 422
    assert desk.post(f"/desk/channels/{connected.code}/resume/").status_code == 303
    connected.refresh_from_db()
    assert connected.state == State.DRAFT


def test_nothing_mapped_cannot_go_live(desk, connected):
    answer = desk.post(f"/desk/channels/{connected.code}/preview/", {"agreed": "on"})
    assert answer.status_code == 422
    assert "Map at least one room" in answer.content.decode()


def test_the_yes_goes_live_registers_the_webhook_and_everything_is_told(desk, connected, channex, mia):
    desk.post(f"/desk/channels/{connected.code}/rooms/", mapping(connected))
    assert desk.post(f"/desk/channels/{connected.code}/preview/", {"agreed": "on"}).status_code == 303
    connected.refresh_from_db()
    assert connected.state == State.LIVE
    hooks = channex.call("GET", "/webhooks")[1]["data"]
    assert [hook["attributes"]["callback_url"] for hook in hooks] == [webhook_address(connected)]
    assert push(connected.pk) == 40
    assert ToldRooms.objects.count() == 20
    event = AuditEvent.objects.get(action="connection.live")
    assert event.actor_label.startswith("Mia")


# --- Pressing buttons ---------------------------------------------------------------------------------------


def test_a_connection_is_paused_and_resumed(desk, property_a):
    row = make_connection(property_a, live_at="2026-11-01T00:00:00Z")
    desk.post("/desk/channels/CHX1/pause/", {"reason": "Renovation"})
    row.refresh_from_db()
    assert row.state == State.PAUSED
    assert AuditEvent.objects.get(action="connection.paused").reason == "Renovation"
    desk.post("/desk/channels/CHX1/resume/")
    row.refresh_from_db()
    assert row.state == State.LIVE


def test_trying_again_and_sending_anew_mark_everything(desk, property_a):
    row = make_connection(property_a)
    desk.post("/desk/channels/CHX1/retry/")
    desk.post("/desk/channels/CHX1/refresh/")
    assert Mark.objects.filter(connection=row).count() == 2


def test_there_is_no_other_button(desk, property_a):
    make_connection(property_a)
    assert desk.post("/desk/channels/CHX1/explode/").status_code == 404
    assert desk.get("/desk/channels/CHX1/pause/").status_code == 405


def test_comparing_shows_what_differs_and_has_it_told_again(desk, property_a, channex):
    pair = make_pair(property_a, channex)
    pair.push()
    rate = {"property_id": pair.hotel["property"], "room_type_id": pair.hotel["rooms"]["Double"], "availability": 1}
    channex.edit("availability", [rate | {"date": pair.day(4)}])
    page = f"/desk/channels/{pair.connection.code}/compare/"
    assert desk.post(f"{page}now/").headers["location"] == page
    shown = desk.get(page).content.decode()
    assert "What differs is told again" in shown
    assert '<td>Rooms left</td><td data-label="There"><s>1</s></td><td data-label="True"><b>3</b></td>' in shown
    assert Mark.objects.filter(connection=pair.connection).exists()


def test_before_anything_was_compared_the_page_says_so(desk, property_a):
    make_connection(property_a)
    assert "Not compared yet" in desk.get("/desk/channels/CHX1/compare/").content.decode()


def test_a_channel_that_cannot_be_read_back_is_said(desk, property_a, settings):
    make_connection(property_a)
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": "http://localhost:9"}
    shown = desk.post("/desk/channels/CHX1/compare/now/", follow=True).content.decode()
    assert "could not be read back" in shown


def test_a_message_that_channex_pushed_is_handled_without_its_secret(desk, connected, channex, client_for):
    """The inbox keeps no secret header: what was proved when it came is handled all the same."""
    from pms.inbox.enums import MessageStatus
    from pms.inbox.jobs import handle
    from pms.inbox.models import InboundMessage

    address = webhook_address(connected)
    standing_of(connected, now=timezone.now() + timedelta(hours=1))
    body = json.dumps({"event": "booking", "property_id": connected.account, "payload": {}})
    secret = credentials_of(connected)["webhook_secret"]
    path = "/hooks" + address.split("/hooks")[1]
    answer = client_for(None, None).post(
        path, body, content_type="application/json", headers={"x-channex-secret": secret, "host": "localhost"}
    )
    assert answer.status_code == 200
    assert standing_of(connected, now=timezone.now()).pull_at < timezone.now()  # asked for before any job has run
    message = InboundMessage.objects.get()
    assert secret not in str(message.headers)
    assert handle(str(message.public_id))
    message.refresh_from_db()
    assert message.status == MessageStatus.HANDLED
