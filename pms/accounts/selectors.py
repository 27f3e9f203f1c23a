"""Who works where."""

from django.core import signing
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from pms.accounts.models import Invitation, Membership, User
from pms.kernel.tenancy import current_schema, is_public

INVITATION_SALT = "innkeep.invitation"


def users_here() -> QuerySet[User]:
    """Return the users who may be signed in here: members of this organization; on the public host everybody."""
    users = User.objects.filter(is_active=True)
    if is_public():
        return users
    here = Membership.objects.filter(user=OuterRef("pk"), organization__schema_name=current_schema(), ended_at=None)
    return users.filter(Exists(here))


def works_here(*, user: User) -> bool:
    """Return whether user is an active member of this organization."""
    return users_here().filter(pk=user.pk).exists()


def invitation_token(invitation: Invitation) -> str:
    """Return what stands in the link of an invitation: its id, signed."""
    return signing.dumps(str(invitation.public_id), salt=INVITATION_SALT)


def invitation_url(invitation: Invitation) -> str:
    """Return the link that accepts an invitation, on the organization's own host."""
    return f"{invitation.base_url.rstrip('/')}/access/join/{invitation_token(invitation)}/"


def invitations_here() -> QuerySet[Invitation]:
    """Return this organization's invitations, newest first."""
    return Invitation.objects.filter(organization__schema_name=current_schema()).select_related("invited_by")


def invitation_behind(*, token: str) -> Invitation | None:
    """Return the open invitation to this organization behind a link, or None: forged, used, revoked or expired."""
    try:
        public_id = signing.loads(token, salt=INVITATION_SALT)
    except signing.BadSignature:
        return None
    waiting = invitations_here().filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
    return waiting.filter(public_id=public_id).select_related("organization").first()
