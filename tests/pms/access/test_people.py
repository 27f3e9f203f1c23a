"""Inviting people, letting them in, and letting them go."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from pms.access.jobs import send_invitations
from pms.access.models import Grant, Role
from pms.access.services import invitation_mail, invitation_revoke, person_invite, person_leave
from pms.accounts.models import Invitation, Membership, User
from pms.accounts.selectors import invitation_behind, invitation_token, invitation_url, works_here
from pms.audit.models import AuditEvent
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import Conflict, NotAllowed
from tests.conftest import PASSWORD

HOST = "http://hotel-a.localhost/"


def acting(user):
    return Actor(kind=ActorKind.USER, label=user.name, user_id=user.pk)


def invite(user, email="greta@hotel-a.test", role="front_desk", property_code=""):
    wanted = Role.objects.get(code=role)
    return person_invite(email=email, role=wanted, property_code=property_code, base_url=HOST, actor=acting(user))


def join_path(invitation):
    return invitation_url(invitation).removeprefix("http://hotel-a.localhost")


def test_mail_follows_by_a_job_and_only_once(in_tenant, mia, mailoutbox):
    invitation = invite(mia)
    assert mailoutbox == []
    send_invitations()
    send_invitations()
    assert [mail.to for mail in mailoutbox] == [["greta@hotel-a.test"]]
    assert invitation_url(invitation) in mailoutbox[0].body
    assert "Mia invites you" in mailoutbox[0].body
    invitation.refresh_from_db()
    assert invitation.sent_at is not None


def test_claim_of_a_job_that_died_is_taken_over(in_tenant, mia, mailoutbox):
    invitation = invite(mia)
    Invitation.objects.filter(pk=invitation.pk).update(claimed_at=timezone.now())
    assert not invitation_mail(invitation=invitation)
    Invitation.objects.filter(pk=invitation.pk).update(claimed_at=timezone.now() - timedelta(minutes=11))
    assert invitation_mail(invitation=invitation)
    assert len(mailoutbox) == 1


def test_invited_again_is_one_invitation_sent_again(in_tenant, mia, mailoutbox):
    invite(mia)
    send_invitations()
    invite(mia)
    send_invitations()
    assert Invitation.objects.count() == 1
    assert len(mailoutbox) == 2


def test_invite_refuses(in_tenant, mia, felix):
    with pytest.raises(ValidationError):
        invite(mia, email="no address")
    with pytest.raises(NotAllowed) as refusal:
        invite(mia, role="administrator")
    assert refusal.value.code == "beyond_own"
    with pytest.raises(Conflict) as conflict:
        invite(mia, email=felix.email)
    assert conflict.value.code == "holds_it"


def test_new_person_chooses_name_and_password_and_is_in(client_for, hotel_a, in_tenant, mia):
    client, invitation = client_for(None, hotel_a), invite(mia)
    assert "Join Hotel A" in client.get(join_path(invitation)).content.decode()
    answer = client.post(join_path(invitation), {"name": "Greta", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    greta = User.objects.get(email="greta@hotel-a.test")
    assert greta.emailaddress_set.get().verified
    assert [grant.role.code for grant in Grant.objects.filter(user=greta)] == ["front_desk"]
    assert client.get("/accounts/preferences/").status_code == 200
    assert AuditEvent.objects.filter(action="invitation.accept").get().actor_label == "greta@hotel-a.test"


def test_weak_password_is_refused(client_for, hotel_a, in_tenant, mia):
    answer = client_for(None, hotel_a).post(join_path(invite(mia)), {"name": "Greta", "password": "short"})
    assert answer.status_code == 422
    assert not User.objects.filter(email="greta@hotel-a.test").exists()


def test_somebody_with_an_account_keeps_name_and_password(client_for, hotel_a, in_tenant, mia, otto):
    client, invitation = client_for(None, hotel_a), invite(mia, email=otto.email)
    answer = client.post(join_path(invitation), {"name": "Mallory", "password": "other-horse-staple"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    otto.refresh_from_db()
    assert otto.name == "Otto"
    assert otto.check_password(PASSWORD)
    assert works_here(user=otto)
    assert client.get("/accounts/preferences/").status_code == 302


def test_link_works_once_not_after_withdrawal_and_not_for_ever(client_for, hotel_a, in_tenant, mia):
    client = client_for(None, hotel_a)
    used, withdrawn, old = (invite(mia, email=f"{name}@hotel-a.test") for name in ("used", "withdrawn", "old"))
    client_for(None, hotel_a).post(join_path(used), {"name": "Used", "password": PASSWORD})
    invitation_revoke(invitation=withdrawn, actor=acting(mia))
    Invitation.objects.filter(pk=old.pk).update(expires_at=timezone.now())
    for invitation in (used, withdrawn, old):
        assert client.get(join_path(invitation)).status_code == 410
        assert client.post(join_path(invitation), {"name": "X", "password": PASSWORD}).status_code == 410
    assert client.get("/access/join/forged/").status_code == 410


def test_link_of_another_organization_is_worth_nothing_here(client_for, hotel_b, in_tenant, mia):
    path = join_path(invite(mia))
    assert client_for(None, hotel_b).get(path).status_code == 410
    assert invitation_behind(token=invitation_token(Invitation.objects.get())) is not None


def test_leaving_ends_everything_at_once(client_for, hotel_a, in_tenant, olivia, felix):
    client = client_for(None, hotel_a)
    client.post("/accounts/login/", {"login": felix.email, "password": PASSWORD})
    assert client.get("/accounts/preferences/").status_code == 200
    person_leave(user=felix, actor=acting(olivia), reason="Season over")
    assert client.get("/accounts/preferences/").status_code == 302
    assert not Grant.objects.filter(user=felix, ended_at=None).exists()
    assert not Membership.objects.filter(user=felix, ended_at=None).exists()
    assert AuditEvent.objects.get(action="person.leave").reason == "Season over"


def test_last_administrator_does_not_leave(in_tenant, olivia):
    with pytest.raises(Conflict) as refusal:
        person_leave(user=olivia, actor=acting(olivia))
    assert refusal.value.code == "last_administrator"
    assert works_here(user=olivia)
