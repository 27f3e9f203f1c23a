"""Tokens of a connection are renewed when they are nearly over, once for everybody, and stored before they are used."""

import hmac
import json
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from channels.adapters.airbnb.oauth import renewed
from channels.adapters.base import ChannelError
from channels.adapters.enums import Trouble
from channels.connections import keys
from channels.connections.keys import Keyring, credentials_of, seal
from channels.connections.models import Connection
from channels.connections.services import connection_save
from channels.connections.wire import wire_of
from channels.sync.alerting import alert
from channels.sync.going import connection_retry
from channels.sync.models import ExchangeLog, Standing
from pms.inbox.enums import MessageStatus
from pms.inbox.jobs import handle
from pms.inbox.models import InboundMessage
from pms.inbox.selectors import endpoint_of
from pms.kernel.errors import Busy
from tests.channels.airbnb import airbnb_pair, airbnb_sandbox
from tests.channels.house import make_connection
from tests.house import TESTER
from tests.sandbox.airbnb.fixtures import BACK, HOST

__all__ = ["airbnb_pair", "airbnb_sandbox"]


def held(pair):
    return credentials_of(Connection.objects.get(pk=pair.connection.pk))


def renewals(pair):
    """Return how often a token was asked for since the connection is live."""
    return ExchangeLog.objects.filter(connection=pair.connection, what="token").count()


def expire(pair, **left):
    """Have the token be good for so long by what is stored."""
    row = Connection.objects.get(pk=pair.connection.pk)
    seal(row, {"expires_at": (timezone.now() + timedelta(**left)).isoformat()}, today=pair.house.property.business_date)
    row.save(update_fields=["sealed", "hints"])


def test_a_token_that_is_good_is_not_renewed(pair):
    before = held(pair)
    pair.push()
    pair.pull()
    assert (renewals(pair), held(pair)) == (0, before)


def test_a_token_that_is_nearly_over_is_renewed_once_and_kept(pair):
    expire(pair, minutes=4)
    before = held(pair)
    for _ in range(3):
        pair.pull()
    pair.push()
    after = held(pair)
    assert renewals(pair) == 1
    assert after["access_token"] != before["access_token"]
    assert after["expires_at"] > (timezone.now() + timedelta(minutes=50)).isoformat()
    assert Connection.objects.get().renewing_until is None


def test_a_token_that_ended_sooner_than_it_said_is_renewed_and_kept(pair):
    pair.channex.advance(3600)
    pair.pull()
    pair.pull()
    assert renewals(pair) == 1


def test_a_refresh_token_that_is_good_once_is_kept_before_it_is_needed(pair):
    pair.channex.control("POST", "rotate", on=True)
    first = held(pair)["refresh_token"]
    for _ in range(3):
        expire(pair, minutes=1)
        pair.pull()
    assert held(pair)["refresh_token"] != first
    assert Standing.objects.get().pull_failures == 0


def test_a_worker_that_dies_after_renewing_loses_no_key(pair, monkeypatch):
    """What came is committed before anybody uses it: the turn breaks off, the next one goes on with it."""
    pair.channex.control("POST", "rotate", on=True)
    expire(pair, minutes=1)

    def died(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("channels.adapters.airbnb.calls.Session._answer", died)
        with pytest.raises(KeyboardInterrupt):
            pair.pull()
    Standing.objects.update(pull_lease_until=None)
    pair.pull()
    assert (renewals(pair), Standing.objects.get().pull_failures) == (0, 0)
    assert held(pair)["expires_at"] > timezone.now().isoformat()


def test_a_refused_refresh_parks_the_connection_in_plain_words(pair):
    pair.channex.control("POST", "revoke", host=HOST)
    expire(pair, minutes=1)
    pair.pull()
    standing = Standing.objects.get()
    assert standing.locked_out_at is not None
    assert standing.error_words == "The host has to agree to this connection at Airbnb again."
    assert (pair.pull(), Connection.objects.get().renewing_until, renewals(pair)) == (0, None, 1)


def test_new_keys_of_a_host_who_agreed_again_are_taken(pair):
    test_a_refused_refresh_parks_the_connection_in_plain_words(pair)
    _, found = pair.channex.token(grant_type="authorization_code", code=pair.channex.agree()["code"], redirect_uri=BACK)
    fresh = {name: found[name] for name in ("access_token", "refresh_token")}
    connection_save(connection=Connection.objects.get(), keys=fresh, actor=TESTER)
    assert held(pair)["access_token"] == fresh["access_token"]


# --- one at a time ----------------------------------------------------------------------------------


def asked_never():
    raise AssertionError("Nobody was to be asked.")


def test_whoever_comes_second_takes_what_the_first_renewed(pair, monkeypatch):
    """While another worker renews, one waits and asks nobody."""
    used = held(pair)
    Connection.objects.update(renewing_until=timezone.now() + timedelta(minutes=1))

    def other_is_ready(_seconds):
        row = Connection.objects.get()
        seal(row, {"access_token": "another"}, today=pair.house.property.business_date)
        row.save(update_fields=["sealed", "hints"])

    monkeypatch.setattr(keys.time, "sleep", other_is_ready)
    assert Keyring(pair.connection.pk).renewed(used, asked_never)["access_token"] == "another"


def test_keys_that_are_newer_already_are_taken_as_they_are(pair):
    used = held(pair) | {"access_token": "an older one"}
    assert Keyring(pair.connection.pk).renewed(used, asked_never) == held(pair)
    assert Connection.objects.get().renewing_until is None


def test_who_waits_too_long_tries_again_later(pair, monkeypatch):
    Connection.objects.update(renewing_until=timezone.now() + timedelta(minutes=1))
    monkeypatch.setattr(keys.time, "sleep", lambda _seconds: None)
    with pytest.raises(ChannelError) as error:
        Keyring(pair.connection.pk).renewed(held(pair), asked_never)
    assert (error.value.trouble, error.value.code) == (Trouble.TEMPORARY, "renewing")


def test_a_worker_that_died_over_it_keeps_others_off_for_a_while_only(pair):
    Connection.objects.update(renewing_until=timezone.now() - timedelta(seconds=1))
    found = Keyring(pair.connection.pk).renewed(held(pair), lambda: {"access_token": "new"})
    assert (found["access_token"], held(pair)["access_token"]) == ("new", "new")


def test_keys_that_somebody_typed_meanwhile_stay(pair):
    def typed():
        connection_save(connection=Connection.objects.get(), keys={"refresh_token": "typed"}, actor=TESTER)
        return {"access_token": "new", "refresh_token": "renewed"}

    assert Keyring(pair.connection.pk).renewed(held(pair), typed)["refresh_token"] == "typed"
    assert held(pair)["refresh_token"] == "typed"


def test_a_wire_goes_on_with_what_it_renewed(pair):
    wire = wire_of(pair.connection, record=lambda _: None)
    before = wire.access.credentials["access_token"]
    wire.renew(renewed)
    assert wire.access.credentials["access_token"] == held(pair)["access_token"] != before


# --- an answer that was never stored ----------------------------------------------------------------


def killed(*_, **__):
    raise KeyboardInterrupt


def over():
    """Have the claim of whoever renewed be over, as it is two minutes after a worker died."""
    Connection.objects.update(renewing_until=timezone.now() - timedelta(seconds=1))
    Standing.objects.update(pull_lease_until=None)


@pytest.fixture
def lost(pair, monkeypatch):
    """A worker that was killed between Airbnb's answer and the commit: the refresh token that is stored is over."""
    pair.channex.control("POST", "rotate", on=True)
    expire(pair, minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(Keyring, "_stored", killed)
        with pytest.raises(KeyboardInterrupt):
            pair.pull()
    assert Connection.objects.get().renewing_until > timezone.now() + timedelta(minutes=1)
    over()
    return pair


def test_a_lost_answer_ends_locked_out_in_plain_words(lost):
    lost.pull()
    standing = Standing.objects.get()
    assert (standing.locked_out_at is not None, standing.error_code) == (True, "invalid_grant")
    assert standing.error_words == (
        "The host has to agree to this connection at Airbnb again. "
        "Its last answer to us may have been lost on the way, and new keys with it."
    )
    assert Connection.objects.get().renewing_until is None


def test_after_a_lost_answer_nobody_goes_on_asking(lost):
    lost.pull()
    asked = ExchangeLog.objects.count()
    assert (lost.pull(), lost.push(), ExchangeLog.objects.count()) == (0, 0, asked)


def test_after_a_lost_answer_people_hear_of_it_once(lost, mailoutbox):
    lost.pull()
    place = lost.connection.property
    place.email = "front@example.com"
    place.save(update_fields=["email"])
    row = Connection.objects.select_related("property").get()
    assert (alert(row, now=lost.clock()), alert(row, now=lost.clock())) == (1, 0)
    assert "The host has to agree to this connection at Airbnb again." in mailoutbox[0].body


def test_after_a_lost_answer_agreeing_anew_mends_it(lost):
    lost.pull()
    code = lost.channex.agree()["code"]
    _, found = lost.channex.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
    fresh = {name: found[name] for name in ("access_token", "refresh_token")}
    connection_save(connection=Connection.objects.get(), keys=fresh, actor=TESTER)
    connection_retry(connection=Connection.objects.get(), actor=TESTER, now=lost.clock())
    lost.pull()
    assert Standing.objects.get().locked_out_at is None


def test_a_lost_answer_is_nothing_where_the_old_token_is_still_good(pair, monkeypatch):
    """Not every channel ends a refresh token when it gives a new one."""
    expire(pair, minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(Keyring, "_stored", killed)
        with pytest.raises(KeyboardInterrupt):
            pair.pull()
    over()
    pair.pull()
    assert (Standing.objects.get().pull_failures, Connection.objects.get().renewing_until) == (0, None)


def test_an_answer_that_did_not_arrive_is_remembered(pair):
    """The channel may have given keys: who asks next says so, if it is refused."""

    def silent():
        raise ChannelError(Trouble.TEMPORARY, "no_answer", "The channel did not answer in time.")

    def refused():
        raise ChannelError(Trouble.LOCKED_OUT, "invalid_grant", "Agree again.")

    ring = Keyring(pair.connection.pk)
    with pytest.raises(ChannelError):
        ring.renewed(held(pair), silent)
    with pytest.raises(ChannelError, match="may have been lost on the way"):
        ring.renewed(held(pair), refused)
    with pytest.raises(ChannelError, match=r"Agree again\.$"):
        ring.renewed(held(pair), refused)


@pytest.mark.parametrize(
    "failure", [Busy("locked", "Somebody changes it."), OperationalError("terminating connection")]
)
def test_keys_are_stored_as_soon_as_the_database_lets_us(pair, monkeypatch, failure):
    """A lock that lasts, or a database that restarts, loses no key that is good once."""
    real, left = keys.lock_one, [failure, failure]

    def locked(rows):
        if left:
            raise left.pop()
        return real(rows)

    monkeypatch.setattr(keys, "lock_one", locked)
    monkeypatch.setattr(keys.time, "sleep", lambda _seconds: None)
    expire(pair, minutes=1)
    before = held(pair)["access_token"]
    pair.pull()
    assert (left, Standing.objects.get().pull_failures) == ([], 0)
    assert held(pair)["access_token"] != before


@pytest.mark.django_db(transaction=True)
def test_keys_outlive_the_connection_to_the_database(property_a, monkeypatch):
    """Really cut off while they are stored: the next try has a connection of its own, in the same organization."""
    row, real, left = make_connection(property_a), keys.lock_one, [1]

    def cut(rows):
        if left:
            left.pop()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return real(rows)

    monkeypatch.setattr(keys, "lock_one", cut)
    ring = Keyring(row.pk)
    assert ring.renewed({}, lambda: {"refresh_token": "good once"}) == {"refresh_token": "good once"}
    assert (left, credentials_of(Connection.objects.get())) == ([], {"refresh_token": "good once"})


def test_inside_a_transaction_nobody_is_asked(pair):
    """Its end would decide over keys that cannot be had again."""
    with pytest.raises(RuntimeError), transaction.atomic():
        Keyring(pair.connection.pk).renewed(held(pair), asked_never)


def test_whoever_saves_the_page_meanwhile_does_not_let_a_second_one_renew(pair):
    opened = Connection.objects.get()
    until = timezone.now() + timedelta(minutes=1)
    Connection.objects.update(renewing_until=until)
    connection_save(connection=opened, actor=TESTER)
    assert Connection.objects.get().renewing_until == until


def test_a_wrong_secret_of_ours_is_not_the_hosts_to_mend(pair):
    connection_save(connection=Connection.objects.get(), keys={"client_secret": "wrong"}, actor=TESTER)
    expire(pair, minutes=1)
    pair.pull()
    assert Standing.objects.get().error_words == "Airbnb does not know our client: its id or its secret is wrong."


# --- webhooks that were signed ----------------------------------------------------------------------


def test_a_signed_message_is_handled_without_its_signature(pair, client_for):
    """The inbox keeps no signature: what was proved when it came is handled all the same."""
    secret = "a-secret-of-the-house"
    connection_save(connection=Connection.objects.get(), keys={"webhook_secret": secret}, actor=TESTER)
    body = json.dumps({"id": "e1", "type": "reservation_created", "host_id": HOST}).encode()
    mark = hmac.new(secret.encode(), b"1700000000." + body, sha256).hexdigest()
    token = endpoint_of(provider="airbnb", account=pair.connection.code).token
    headers = {"x-sandbox-timestamp": "1700000000", "x-sandbox-signature": mark}
    answer = client_for().post(f"/hooks/airbnb/{token}/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    message = InboundMessage.objects.get()
    assert handle(str(message.public_id)) is True
    message.refresh_from_db()
    assert message.status == MessageStatus.HANDLED
