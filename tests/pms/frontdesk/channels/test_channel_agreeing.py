"""Keys from Airbnb's own page, over real HTTP: the way there, the way back, and everything that must not open."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core import signing
from django.utils import timezone
from django_tenants.utils import schema_context

from channels.connections import agreeing
from channels.connections.agreeing import SALT, agreement_begin, return_address
from channels.connections.keys import credentials_of
from channels.connections.models import Connection
from channels.connections.services import connection_save
from channels.sync.models import ExchangeLog
from channels.sync.standing import standing_of
from pms.access.models import Grant, Role
from pms.audit.models import AuditEvent
from pms.kernel.errors import Busy
from tests.conftest import TODAY
from tests.house import TESTER, make_house
from tests.sandbox.airbnb.fixtures import HOST, AirbnbRemote, airbnb_sandbox

__all__ = ["airbnb_sandbox"]
pytestmark = pytest.mark.usefixtures("in_tenant")
KEYS = {"key_client_id": AirbnbRemote.client, "key_client_secret": AirbnbRemote.secret}


@pytest.fixture
def airbnb(airbnb_sandbox, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "airbnb": airbnb_sandbox.url}
    airbnb_sandbox.open()
    return airbnb_sandbox


@pytest.fixture
def desk(client_for, mia, in_tenant, property_a):
    return client_for(mia, in_tenant)


@pytest.fixture
def row(desk, airbnb):
    """A draft whose client is known and whose host has not agreed."""
    answer = desk.post("/desk/channels/new/?channel=airbnb", {"account": HOST, "name": "", **KEYS})
    row = Connection.objects.get()
    assert answer["Location"] == f"/desk/channels/{row.code}/agree/"
    return row


def asked(desk, row):
    """Press the button; return where it leads."""
    answer = desk.post(f"/desk/channels/{row.code}/agree/")
    assert answer.status_code == 303
    return answer["Location"]


def state_in(address):
    return parse_qs(urlsplit(address).query)["state"][0]


def answered(airbnb, address, answer="allow", host=HOST):
    """Look at Airbnb's page and press a button on it; return the address it leads back to."""
    status, _, page = airbnb.fetch("GET", address)
    assert (status, b"Allow as" in page) == (200, True)
    typed = {name: found[0] for name, found in parse_qs(urlsplit(address).query).items()}
    status, headers, _ = airbnb.post_form(address.partition("?")[0], host=host, answer=answer, **typed)
    assert status == 303
    return headers["Location"]


def led_on(client_for, address):
    """Follow the public host's address; return the path on the organization's host."""
    answer = client_for(None, None).get(address.removeprefix("http://localhost:8000").removeprefix("http://localhost"))
    assert answer.status_code == 302, answer.content
    there = urlsplit(answer["Location"])
    assert there.hostname == "hotel-a.localhost"
    return f"{there.path}?{there.query}"


@pytest.fixture
def way_back(desk, client_for, airbnb, row):
    """The address on our host that a host who agreed comes back with."""
    return led_on(client_for, answered(airbnb, asked(desk, row)))


def shown_after(desk, path):
    return desk.get(path, follow=True).content.decode()


def test_the_keys_page_asks_for_no_token(desk, airbnb):
    shown = desk.get("/desk/channels/new/?channel=airbnb").content.decode()
    assert "key_access_token" not in shown
    assert "Direct for approved partners, unproven against the real service" in shown
    assert "Save, then connect with Airbnb" in shown


def test_the_page_says_what_happens_and_lets_its_form_lead_there(desk, row, airbnb):
    answer = desk.get(f"/desk/channels/{row.code}/agree/")
    shown = answer.content.decode()
    assert "Connect with Airbnb" in shown
    assert return_address() in shown
    origin = "http://" + urlsplit(airbnb.url).netloc
    assert f"form-action 'self' {origin};" in answer["Content-Security-Policy"] + ";"


def test_a_host_agrees_and_the_rooms_are_fetched(desk, row, airbnb, way_back):
    answer = desk.get(way_back)
    assert (answer.status_code, answer["Location"]) == (303, f"/desk/channels/{row.code}/rooms/")
    row.refresh_from_db()
    keys = credentials_of(row)
    assert {"access_token", "refresh_token", "expires_at"} <= keys.keys()
    assert keys["access_token"] not in row.sealed
    assert row.room_links.get().name == "Loft"


def test_no_token_is_shown_logged_or_audited(desk, row, way_back):
    desk.get(way_back)
    row.refresh_from_db()
    keys = credentials_of(row)
    secrets = (keys["access_token"], keys["refresh_token"], parse_qs(urlsplit(way_back).query)["code"][0])
    kept = [f"{log.url}{log.request}{log.response}" for log in ExchangeLog.objects.all()]
    kept += [str(event.changes) for event in AuditEvent.objects.all()]
    kept.append(desk.get(f"/desk/channels/{row.code}/keys/").content.decode())
    assert ExchangeLog.objects.filter(what="token", error="").count() == 1
    assert [secret for secret in secrets if any(secret in text for text in kept)] == []


def test_a_host_who_refuses_is_understood(desk, client_for, airbnb, row):
    back = led_on(client_for, answered(airbnb, asked(desk, row), answer="deny"))
    assert "it was refused there. Nothing was connected." in shown_after(desk, back)
    row.refresh_from_db()
    assert "access_token" not in row.hints


def test_an_answer_is_taken_once(desk, row, way_back):
    desk.get(way_back)
    before = Connection.objects.get().sealed
    assert "came too late, or was used before" in shown_after(desk, way_back)
    assert Connection.objects.get().sealed == before
    assert ExchangeLog.objects.filter(what="token").count() == 1


def test_a_state_is_used_up_by_a_refusal_too(desk, client_for, airbnb, row):
    address = asked(desk, row)
    desk.get(led_on(client_for, answered(airbnb, address, answer="deny")))
    later = led_on(client_for, answered(airbnb, address))
    assert "came too late, or was used before" in shown_after(desk, later)


def test_an_answer_is_good_for_ten_minutes(desk, row, way_back):
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=True):
        assert "came too late" in shown_after(desk, way_back)
    row.refresh_from_db()
    assert "access_token" not in row.hints


def test_a_colleague_cannot_use_the_answer(row, client_for, olivia, in_tenant, way_back):
    assert "Somebody else asked for this answer" in shown_after(client_for(olivia, in_tenant), way_back)
    row.refresh_from_db()
    assert "access_token" not in row.hints


def test_another_organization_cannot_use_the_answer(row, client_for, otto, hotel_b, way_back):
    with schema_context("hotel_b"):
        make_house(code="POR", name="Casa Porto", today=TODAY, horizon_days=30)
    stranger = client_for(otto, hotel_b)
    assert "Somebody else asked for this answer" in shown_after(stranger, way_back)
    with schema_context("hotel_b"):
        assert not Connection.objects.filter(hints__has_key="access_token").exists()
    row.refresh_from_db()
    assert "access_token" not in row.hints


def test_a_state_that_is_signed_for_another_organization_is_refused(desk, way_back):
    state = parse_qs(urlsplit(way_back).query)["state"][0]
    parts = signing.loads(state, salt=SALT)
    forged = signing.dumps(["hotel_b", *parts[1:]], salt=SALT, compress=False)
    assert "Somebody else asked" in shown_after(desk, f"/desk/channels/agreed/?state={forged}&code=c")


@pytest.mark.parametrize("state", ["", "nonsense", "W10:1abc:def"])
def test_a_state_that_was_never_ours_leads_nowhere(desk, client_for, state):
    answer = client_for(None, None).get("/channels/agreed/", {"state": state, "code": "c"})
    assert answer.status_code == 422
    assert "was not asked for here" in shown_after(desk, f"/desk/channels/agreed/?state={state}&code=c")


def test_another_hosts_yes_is_refused(desk, client_for, airbnb, row):
    airbnb.open(host="72", **{"7201": "Barn"})
    back = led_on(client_for, answered(airbnb, asked(desk, row), host="72"))
    assert "Host 72 agreed, but the connection is that of host 71." in shown_after(desk, back)
    row.refresh_from_db()
    assert "access_token" not in row.hints


def test_an_exchange_that_fails_is_told_and_logged(desk, row, way_back, airbnb):
    used = way_back.replace("code=", "code=x")
    shown = shown_after(desk, used)
    assert "Airbnb gave no keys:" in shown
    assert "host has to agree" in shown
    assert ExchangeLog.objects.get(what="token").error_code == "invalid_grant"


def test_a_channel_that_is_away_is_told(desk, row, way_back, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "airbnb": "http://localhost:9"}
    assert "The channel cannot be reached." in shown_after(desk, way_back)


def test_an_answer_without_a_code_is_told(desk, row, airbnb):
    state = state_in(asked(desk, row))
    assert "The answer brings no code." in shown_after(desk, f"/desk/channels/agreed/?state={state}")


def test_agreeing_anew_opens_what_was_locked(desk, client_for, airbnb, row, way_back):
    desk.get(way_back)
    now = timezone.now()
    Connection.objects.update(state="paused", live_at=now, fallback_type=row.property.room_types.first(),
                              fallback_plan=row.property.rate_plans.first())  # fmt: skip
    standing = standing_of(Connection.objects.get(), now=now)
    standing.locked_out_at = now
    standing.save()
    airbnb.control("POST", "revoke", host=HOST)
    desk.get(led_on(client_for, answered(airbnb, asked(desk, row))))
    standing.refresh_from_db()
    assert standing.locked_out_at is None


def test_a_process_that_dies_before_the_keys_are_stored_is_made_good_by_agreeing_again(
    desk, client_for, airbnb, row, way_back, monkeypatch
):
    """A code is good once: nothing half is left of it."""

    def killed(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(agreeing, "connection_save", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.get(way_back)
    row.refresh_from_db()
    assert "access_token" not in row.hints
    assert "used before" in shown_after(desk, way_back)
    desk.get(led_on(client_for, answered(airbnb, asked(desk, row))))
    row.refresh_from_db()
    assert "access_token" in row.hints


def test_the_keys_of_a_code_are_stored_once_the_lock_is_free(desk, row, way_back, monkeypatch):
    real, left = agreeing.connection_save, [Busy("locked", "Somebody changes it.")]

    def locked(**asked):
        if left:
            raise left.pop()
        return real(**asked)

    monkeypatch.setattr(agreeing, "connection_save", locked)
    desk.get(way_back)
    row.refresh_from_db()
    assert "access_token" in row.hints


@pytest.mark.parametrize(("code", "label"), [("invalid_grant", "Connect again"), ("invalid_client", "Locked out")])
def test_a_connection_whose_host_has_to_agree_again_says_so_and_leads_there(desk, row, way_back, code, label):
    desk.get(way_back)
    now = timezone.now()
    Connection.objects.update(state="live", live_at=now, fallback_type=row.property.room_types.first(),
                              fallback_plan=row.property.rate_plans.first())  # fmt: skip
    standing = standing_of(row, now=now)
    standing.locked_out_at, standing.error_code, standing.error_words = now, code, "Agree again."
    standing.save()
    shown = desk.get(f"/desk/channels/{row.code}/").content.decode()
    assert f'<h2 id="situation-head">{label}</h2>' in shown
    way = f'class="btn primary" href="/desk/channels/{row.code}/agree/"'
    assert (way in shown) is (label == "Connect again")


def test_keys_that_cannot_be_opened_any_more_are_typed_anew(desk, row, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    answer = desk.post(f"/desk/channels/{row.code}/agree/", follow=True)
    assert "cannot be opened any more" in answer.content.decode()
    assert answer.redirect_chain[-1][0].endswith("/keys/")


def test_a_channel_with_typed_keys_has_no_such_page(desk, property_a):
    made = connection_save(
        connection=Connection(property=property_a.property, adapter="channex", account="5f0a"),
        keys={"api_key": "0123456789abcdef"},
        actor=TESTER,
    )
    assert desk.get(f"/desk/channels/{made.code}/agree/").status_code == 404


@pytest.mark.parametrize("name", ["felix", "hana"])
def test_only_who_may_connect_channels_agrees(request, client_for, in_tenant, row, way_back, name):
    client = client_for(request.getfixturevalue(name), in_tenant)
    assert client.get(f"/desk/channels/{row.code}/agree/").status_code == 403
    assert client.get(way_back).status_code == 403


def test_another_property_is_not_asked(row, felix, property_other, client_for, in_tenant):
    """Somebody who manages channels at one house connects none at another, whatever state they hold."""
    Grant.objects.filter(user=felix).delete()
    Grant.objects.create(user=felix, role=Role.objects.get(code="manager"), property_code=property_other.property.code)
    client = client_for(felix, in_tenant)
    assert client.post(f"/desk/channels/{row.code}/agree/").status_code == 404
    address = agreement_begin(connection=row, user_id=felix.pk, host="hotel-a.localhost")
    assert client.get(f"/desk/channels/agreed/?state={state_in(address)}&code=c").status_code == 404


# --- What the pages say meanwhile -------------------------------------------------------------------------------


def test_each_page_says_what_comes_next(desk, row, way_back):
    home = f"/desk/channels/{row.code}"
    next_step = f'<a class="btn primary" href="{home}/%s/" data-key="v">%s'
    assert next_step % ("agree", "Connect with Airbnb") in desk.get(f"{home}/").content.decode()
    assert "The host has not agreed yet" in desk.get(f"{home}/rooms/").content.decode()
    desk.get(way_back)
    assert next_step % ("rooms", "Map its rooms") in desk.get(f"{home}/").content.decode()
    assert "Nothing is mapped yet" in desk.get(f"{home}/preview/").content.decode()
    assert "Nothing is mapped, so nothing is told" in desk.get(f"{home}/calendar/").content.decode()
    row.room_links.update(room_type=row.property.room_types.first())
    assert next_step % ("preview", "Look, then go live") in desk.get(f"{home}/").content.decode()


def test_a_step_that_was_skipped_is_not_done(desk, row, way_back):
    steps = desk.get(f"/desk/channels/{row.code}/preview/").context["steps"]
    assert [(step.label, step.done) for step in steps][:3] == [
        ("Keys", True), ("Agree at Airbnb", False), ("Rooms and rates", True),
    ]  # fmt: skip
    desk.get(way_back)
    assert desk.get(f"/desk/channels/{row.code}/preview/").context["steps"][1].done


def test_the_pages_say_since_when_the_host_agrees(desk, row, way_back):
    assert "Agree anew" not in desk.get(f"/desk/channels/{row.code}/agree/").content.decode()
    desk.get(way_back)
    shown = desk.get(f"/desk/channels/{row.code}/agree/").content.decode()
    assert "Agree anew at Airbnb" in shown
    assert f"<dd>{TODAY:%-d %b %Y}</dd>" in shown
    assert "The host has agreed at Airbnb" in desk.get(f"/desk/channels/{row.code}/keys/").content.decode()
