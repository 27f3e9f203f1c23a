"""What an organization may use: its plan says so, and the platform may say otherwise for one organization."""

from pms.kernel.tenancy import current_schema
from pms.tenants.models import Organization


def channel_manager_allowed() -> bool:
    """Whether the organization that was entered may connect channels; without a plan it may. One query."""
    found = Organization.objects.filter(schema_name=current_schema())
    row = found.values_list("channel_manager", "plan__channel_manager").first()
    if row is None:
        return False
    own, by_plan = row
    return bool(own) if own is not None else by_plan is None or bool(by_plan)
