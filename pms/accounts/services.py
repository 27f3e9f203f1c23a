"""People of every organization: the rows that live in the shared schema. Whoever calls writes audit and event."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from pms.accounts.models import Membership, User
from pms.tenants.models import Organization


@transaction.atomic
def user_create(*, email: str, name: str, password: str | None) -> User:
    """Create a user whose address is known to be theirs; with no password they sign in by code or reset it."""
    user = User.objects.create_user(email, password, name=name.strip())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def membership_ensure(*, user: User, organization: Organization) -> Membership:
    """Make user a member of organization; idempotent."""
    membership, _ = Membership.objects.get_or_create(user=user, organization=organization, ended_at=None)
    return membership


@transaction.atomic
def membership_end(*, user: User, organization: Organization) -> int:
    """End user's membership from the next request on; return how many rows that ended (0 or 1)."""
    return Membership.objects.filter(user=user, organization=organization, ended_at=None).update(
        ended_at=timezone.now()
    )
