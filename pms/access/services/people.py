"""Inviting people, letting them in, and letting them go."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from pms.access.models import Grant, Role
from pms.access.services.roles import grant_create, grant_end, refuse_beyond_own, refuse_unknown_place
from pms.accounts.models import Invitation, User
from pms.accounts.selectors import invitation_url, invitations_here, works_here
from pms.accounts.services import membership_end, membership_ensure, user_create
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import Conflict, Missing
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.locking import lock_one
from pms.kernel.tenancy import current_schema
from pms.tenants.models import Organization

INVITATION_DAYS = 7
#: After this long a claim without a mail is taken to be lost, and the invitation is sent by another job.
CLAIM_MINUTES = 10


@transaction.atomic
def person_invite(*, email: str, role: Role, property_code: str = "", base_url: str, actor: Actor) -> Invitation:
    """Invite somebody to work here as role at property_code (empty: everywhere); the mail follows by a job.

    An open invitation to the same is renewed and sent again. Raises ValidationError for an address that is none,
    Invalid `unknown_place`, NotAllowed `beyond_own`, Conflict `holds_it` for somebody who has the role there. Locks the open invitation.
    """
    email = email.strip().lower()
    validate_email(email)
    refuse_unknown_place(property_code)
    refuse_beyond_own(actor, set(role.permissions), property_code)
    if Grant.objects.filter(user__email=email, role=role, property_code=property_code, ended_at=None).exists():
        raise Conflict("holds_it", f"{email} has this role there already.", field="email")
    same = invitations_here().filter(email=email, role_code=role.code, property_code=property_code)
    found = lock_one(Invitation.objects.filter(pk__in=same.filter(accepted_at=None, revoked_at=None).values("pk")))
    invitation = found or Invitation(
        organization=_here(), email=email, role_code=role.code, property_code=property_code
    )
    invitation.invited_by_id = actor.user_id
    invitation.base_url = base_url
    invitation.expires_at = timezone.now() + timedelta(days=INVITATION_DAYS)
    invitation.claimed_at = invitation.sent_at = None
    invitation.save()
    _record(invitation, "invitation.send", actor, {"role": [None, role.code], "email": [None, email]})
    enqueue_in_tenant("pms.access.jobs.send_invitations")
    return invitation


@transaction.atomic
def invitation_revoke(*, invitation: Invitation, actor: Actor) -> Invitation:
    """Make the link of an invitation worthless; idempotent. Raises Conflict `accepted`. Locks the invitation."""
    found = lock_one(Invitation.objects.filter(pk=invitation.pk, organization=_here()))
    if found is None:
        raise Missing("no_invitation", "This invitation is not there any more.")
    if found.accepted_at is not None:
        raise Conflict("accepted", f"{found.email} has joined already; end what they hold instead.")
    if found.revoked_at is None:
        found.revoked_at = timezone.now()
        found.save(update_fields=["revoked_at"])
        _record(found, "invitation.revoke", actor, {"role": [found.role_code, None]})
    return found


@transaction.atomic
def invitation_accept(*, invitation: Invitation, name: str = "", password: str | None = None, actor: Actor) -> User:
    """Let the invited person in: the link proves the address. Every other open invitation of theirs counts as well.

    A new person gets name and password; somebody who has an account keeps both. Raises Conflict `not_open` for a link
    that was used, revoked or has expired. Locks the invitation.
    """
    now = timezone.now()
    found = lock_one(Invitation.objects.filter(pk=invitation.pk, organization=_here()))
    if found is None or found.accepted_at or found.revoked_at or found.expires_at <= now:
        raise Conflict("not_open", "This invitation was used or withdrawn, or it has expired. Ask for a new one.")
    user = User.objects.filter(email=found.email).first()
    if user is None:
        user = user_create(email=found.email, name=name, password=password)
    membership_ensure(user=user, organization=found.organization)
    opened = invitations_here().filter(email=found.email, accepted_at=None, revoked_at=None, expires_at__gt=now)
    for row in opened:
        role = Role.objects.filter(code=row.role_code).first()
        if role is not None:
            grant_create(user=user, role=role, property_code=row.property_code, actor=Actor.system("invitation"))
    Invitation.objects.filter(pk__in=[row.pk for row in opened]).update(accepted_at=now)
    _record(found, "invitation.accept", actor, {"role": [None, found.role_code]})
    return user


def person_add(
    *, email: str, name: str, password: str | None, role: Role, property_code: str = "", actor: Actor
) -> User:
    """Let somebody in without an invitation: for commands and demo data. Idempotent; an account there is stays."""
    with transaction.atomic():
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            user = user_create(email=email, name=name, password=password)
        membership_ensure(user=user, organization=_here())
        grant_create(user=user, role=role, property_code=property_code, actor=actor)
    return user


@transaction.atomic
def person_leave(*, user: User, actor: Actor, reason: str = "") -> None:
    """End everything somebody holds here, their sessions included; idempotent.

    Raises Conflict `last_administrator`, NotAllowed `beyond_own`.
    """
    for grant in Grant.objects.filter(user=user, ended_at=None):
        grant_end(grant=grant, actor=actor, reason=reason)
    sessions = UserSession.objects.filter(user=user)
    Session.objects.filter(session_key__in=sessions.values("session_key")).delete()
    sessions.delete()
    for invitation in invitations_here().filter(invited_by=user, accepted_at=None, revoked_at=None):
        invitation_revoke(invitation=invitation, actor=actor)
    if membership_end(user=user, organization=_here()):
        code = str(user.public_id)
        changes = {"member": [True, False], "email": [user.email, user.email]}
        audit_record(
            action="person.leave", subject_type="user", subject_code=code, actor=actor, reason=reason, changes=changes
        )
        event_publish(kind="person.left", subject_type="user", subject_code=code)


def invitation_mail(*, invitation: Invitation) -> bool:
    """Send the mail of an invitation unless another job does or did; return whether this call sent it.

    The claim is a conditional update, the mail goes out after it has committed.
    """
    now = timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - timedelta(minutes=CLAIM_MINUTES))
    waiting = Invitation.objects.filter(pk=invitation.pk, sent_at=None, accepted_at=None, revoked_at=None)
    if not waiting.filter(free).update(claimed_at=now):
        return False
    context = {
        "organization": invitation.organization,
        "inviter": invitation.invited_by or invitation.organization.name,
        "url": invitation_url(invitation),
        "days": INVITATION_DAYS,
    }
    send_mail(
        f"Join {invitation.organization.name} on Innkeep",
        render_to_string("access/email/invitation.txt", context),
        None,
        [invitation.email],
    )
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())
    return True


def first_administrator(*, email: str, base_url: str, actor: Actor) -> Invitation | None:
    """Invite the first administrator of a new organization, or make a member of them who has an account already."""
    role = Role.objects.get(code="administrator")
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is not None and works_here(user=user):
        grant_create(user=user, role=role, actor=actor)
        return None
    return person_invite(email=email, role=role, base_url=base_url, actor=actor)


def _here() -> Organization:
    organization: Organization = Organization.objects.get(schema_name=current_schema())
    return organization


def _record(invitation: Invitation, action: str, actor: Actor, changes: dict[str, list[str | None]]) -> None:
    code = str(invitation.public_id)
    audit_record(
        action=action,
        subject_type="invitation",
        subject_code=code,
        actor=actor,
        property_code=invitation.property_code,
        changes=changes,
    )
    event_publish(kind=action, subject_type="invitation", subject_code=code, payload={"role": invitation.role_code})


def actor_accepting(invitation: Invitation, *, ip: str | None, user_agent: str) -> Actor:
    """Return the invited person as an actor: nobody is signed in yet, the link says who it is."""
    return Actor(kind=ActorKind.USER, label=invitation.email, ip=ip, user_agent=user_agent[:256])
