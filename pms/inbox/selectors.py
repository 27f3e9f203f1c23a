"""What came for this organization."""

from django.db.models import QuerySet

from pms.inbox.enums import MessageStatus
from pms.inbox.models import Endpoint, InboundMessage
from pms.kernel.tenancy import current_schema


def messages_here() -> QuerySet[InboundMessage]:
    """Return the messages for the organization that was entered, newest first, with their endpoints."""
    return InboundMessage.objects.filter(organization__schema_name=current_schema()).select_related("endpoint")


def parked_messages() -> QuerySet[InboundMessage]:
    """Return those of them that were given up."""
    return messages_here().filter(status=MessageStatus.PARKED)


def endpoint_of(*, provider: str, account: str) -> Endpoint | None:
    """Return the open address of this organization's account, or None."""
    mine = Endpoint.objects.filter(organization__schema_name=current_schema(), provider=provider, account=account)
    return mine.filter(closed_at=None).first()
