"""Jobs of this app."""

from pms.access.services import invitation_mail
from pms.accounts.selectors import invitations_here


def send_invitations() -> None:
    """Send every invitation of this organization whose mail is still waiting."""
    waiting = invitations_here().filter(sent_at=None, accepted_at=None, revoked_at=None)
    for invitation in waiting.select_related("organization", "invited_by"):
        invitation_mail(invitation=invitation)
