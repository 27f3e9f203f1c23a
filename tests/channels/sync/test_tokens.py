"""Tokens of a connection are renewed when they are nearly over, once for everybody, and stored before they are used."""

import hmac
import json
from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from channels.adapters.airbnb.oauth import renewed
from channels.adapters.base import ChannelError
from channels.adapters.enums import Trouble
from channels.connections import keys
from channels.connections.keys import Keyring, credentials_of, seal
from channels.connections.models import Connection
from channels.connections.services import connection_save
from channels.connections.wire import wire_of
from channels.sync.models import ExchangeLog, Standing
from pms.inbox.enums import MessageStatus
from pms.inbox.jobs import handle
from pms.inbox.models import InboundMessage
from pms.inbox.selectors import endpoint_of
from tests.channels.airbnb import airbnb_pair, airbnb_sandbox
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
