"""Signing in, on an organization's host and on the public one."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django_tenants.utils import schema_context

from pms.accounts.models import Membership, User
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


def sign_in(client, email, password=PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def test_password_opens_the_own_organization(client_for, hotel_a, felix):
    client = client_for(None, hotel_a)
    assert sign_in(client, felix.email).status_code == 302
    assert client.get("/accounts/preferences/").status_code == 200


def test_wrong_password_says_so(client_for, hotel_a, felix):
    answer = sign_in(client_for(None, hotel_a), felix.email, "wrong-horse")
    assert answer.status_code == 200
    assert "not correct" in answer.content.decode()


def test_sixth_wrong_password_is_refused_even_if_right(client_for, hotel_a, felix):
    client = client_for(None, hotel_a)
    for _ in range(5):
        sign_in(client, felix.email, "wrong-horse")
    answer = sign_in(client, felix.email)
    assert answer.status_code == 200
    assert "Too many failed" in answer.content.decode()


def test_outsider_cannot_sign_in_with_a_right_password(client_for, hotel_a, otto):
    client = client_for(None, hotel_a)
    assert sign_in(client, otto.email).status_code == 200
    assert client.get("/accounts/preferences/").status_code == 302


def test_outsider_cannot_sign_in_with_a_code(client_for, hotel_a, otto, mailoutbox):
    client = client_for(None, hotel_a)
    client.post("/accounts/login/code/", {"email": otto.email})
    code = re.search(r"^([A-Z0-9-]{6,})$", mailoutbox[0].body, re.MULTILINE).group(1)
    answer = client.post("/accounts/login/code/confirm/", {"code": code})
    assert answer.status_code == 403
    assert "You do not work for Hotel A" in answer.content.decode()
    assert client.get("/accounts/preferences/").status_code == 302


def test_code_by_mail_opens_the_own_organization(client_for, hotel_a, felix, mailoutbox):
    client = client_for(None, hotel_a)
    client.post("/accounts/login/code/", {"email": felix.email})
    assert mailoutbox[0].subject == "Your sign-in code for Innkeep"
    code = re.search(r"^([A-Z0-9-]{6,})$", mailoutbox[0].body, re.MULTILINE).group(1)
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert client.get("/accounts/preferences/").status_code == 200


def test_reset_link_works_once(client_for, hotel_a, felix, mailoutbox):
    client = client_for(None, hotel_a)
    client.post("/accounts/password/reset/", {"email": felix.email})
    link = re.search(r"http://hotel-a\.localhost(/\S+)", mailoutbox[0].body).group(1)
    page = client.get(link, follow=True)
    form = page.redirect_chain[-1][0]
    assert client.post(form, {"password1": "other-horse-staple", "password2": "other-horse-staple"}).status_code == 302
    assert sign_in(client_for(None, hotel_a), felix.email, "other-horse-staple").status_code == 302
    assert "no longer works" in client_for(None, hotel_a).get(link).content.decode()


def test_reset_tells_a_stranger_nothing(client_for, hotel_a, mailoutbox):
    answer = client_for(None, hotel_a).post("/accounts/password/reset/", {"email": "nobody@example.test"})
    assert answer.status_code == 302
    assert mailoutbox == []


def test_nobody_signs_up(client_for, hotel_a):
    client = client_for(None, hotel_a)
    fields = {"email": "new@example.test", "password1": PASSWORD, "password2": PASSWORD}
    assert "by invitation" in client.post("/accounts/signup/", fields).content.decode()
    assert not User.objects.filter(email="new@example.test").exists()


def test_session_of_one_organization_opens_no_other(client_for, hotel_a, hotel_b, otto):
    client = client_for(otto, hotel_b)
    assert client.get("/accounts/preferences/").status_code == 200
    client.defaults["HTTP_HOST"] = "hotel-a.localhost"
    assert client.get("/accounts/preferences/", headers={"host": "hotel-a.localhost"}).status_code == 302


def test_end_of_membership_signs_out_at_once(client_for, hotel_a, felix):
    client = client_for(felix, hotel_a)
    Membership.objects.filter(user=felix).delete()
    assert client.get("/accounts/preferences/").status_code == 302


def test_deactivated_user_is_signed_out_at_once(client_for, hotel_a, felix):
    client = client_for(felix, hotel_a)
    User.objects.filter(pk=felix.pk).update(is_active=False)
    assert client.get("/accounts/preferences/").status_code == 302


def test_sessions_are_listed_and_ended_per_host(client_for, hotel_a, felix):
    here, elsewhere = client_for(None, hotel_a), client_for(None, hotel_a)
    sign_in(here, felix.email)
    sign_in(elsewhere, felix.email)
    assert here.get("/accounts/sessions/").content.decode().count("<tr>") == 3
    here.post("/accounts/sessions/")
    assert elsewhere.get("/accounts/preferences/").status_code == 302
    assert here.get("/accounts/preferences/").status_code == 200


def test_new_address_counts_when_confirmed(client_for, hotel_a, felix, mailoutbox):
    client = client_for(None, hotel_a)
    sign_in(client, felix.email)
    client.post("/accounts/email/", {"email": "felix@new.test", "action_add": ""})
    code = re.search(r"^([A-Z0-9-]{6,})$", mailoutbox[0].body, re.MULTILINE).group(1)
    felix.refresh_from_db()
    assert felix.email == "felix@hotel-a.test"
    client.post("/accounts/confirm-email/", {"code": code})
    felix.refresh_from_db()
    assert felix.email == "felix@new.test"
    assert EmailAddress.objects.filter(user=felix).count() == 1


def test_preferences_are_kept(client_for, hotel_a, felix):
    client = client_for(felix, hotel_a)
    assert client.post("/accounts/preferences/", {"name": "Felix K.", "language": "lt"}).status_code == 302
    felix.refresh_from_db()
    assert (felix.name, felix.language) == ("Felix K.", "lt")
    assert client.post("/accounts/preferences/", {"name": "", "language": "lt"}).status_code == 422


PAGES = ("login/", "login/code/", "password/reset/", "password/reset/done/", "signup/", "inactive/", "logout/")
OWN_PAGES = ("preferences/", "email/", "password/change/", "2fa/", "sessions/", "2fa/webauthn/")


@pytest.mark.parametrize("path", PAGES + OWN_PAGES)
@pytest.mark.parametrize("host", ["organization", "public"])
def test_page_opens_on_every_host(client_for, hotel_a, felix, path, host):
    organization = hotel_a if host == "organization" else None
    user = felix if path in OWN_PAGES or path == "logout/" else None
    answer = client_for(user, organization).get(f"/accounts/{path}")
    assert answer.status_code == 200
    assert (
        "script-src 'self' 'nonce-" in answer["Content-Security-Policy"]
        or "script-src 'self'" in (answer["Content-Security-Policy"])
    )
    assert "unsafe" not in answer["Content-Security-Policy"]
    body = answer.content.decode()
    assert 'style="' not in body
    assert not re.search(r"<script>[^<]", body)


def test_sessions_live_in_the_organizations_own_schema(client_for, hotel_a, hotel_b, felix):
    sign_in(client_for(None, hotel_a), felix.email)
    counts = {}
    for schema in ("public", "hotel_a", "hotel_b"):
        with schema_context(schema), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {schema}.usersessions_usersession")
            counts[schema] = cursor.fetchone()[0]
    assert counts == {"public": 0, "hotel_a": 1, "hotel_b": 0}
