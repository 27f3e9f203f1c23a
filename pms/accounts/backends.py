"""Who is signed in: on an organization's host only its members are, whatever the session says."""

from allauth.account.auth_backends import AuthenticationBackend

from pms.accounts.models import User
from pms.accounts.selectors import users_here, works_here


class MemberBackend(AuthenticationBackend):
    """allauth's backend; a user whose membership has ended is a stranger from the next request on.

    Django's permissions grant nothing here: what staff may do is decided by pms.access alone.
    """

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session if they may be signed in on this host: one query, membership included."""
        return users_here().filter(pk=user_id).first()

    def _check_password(self, user: User | None, password: str) -> User | None:
        """Try passwords only of users who may be signed in here: elsewhere a right one looks like a wrong one."""
        allowed = user if user is not None and (not user.is_active or works_here(user=user)) else None
        found: User | None = super()._check_password(allowed, password)
        return found

    def has_perm(self, user_obj: object, perm: str, obj: object = None) -> bool:
        """Grant nothing."""
        return False

    def has_module_perms(self, user_obj: object, app_label: str) -> bool:
        """Grant nothing."""
        return False
