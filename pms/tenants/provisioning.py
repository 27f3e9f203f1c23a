"""What has to happen in a new organization's schema before anybody signs in; apps register their own steps."""

from collections.abc import Callable
from dataclasses import dataclass

from pms.kernel.actors import Actor
from pms.tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Provisioning:
    """The organization being made, who makes it, and whom it is for (an e-mail address, or none yet)."""

    organization: Organization
    actor: Actor
    admin_email: str | None


Step = Callable[[Provisioning], object]

_steps: dict[str, Step] = {}


def register(name: str, step: Step) -> None:
    """Have step run in the schema of every new organization, inside the transaction that makes it.

    Called from AppConfig.ready(), so steps run in the order of INSTALLED_APPS; a name registered again is replaced.
    """
    _steps[name] = step


def run(provisioning: Provisioning) -> None:
    """Run every registered step in the current schema; an error undoes the organization."""
    for step in _steps.values():
        step(provisioning)
