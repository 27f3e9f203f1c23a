"""The stand-ins as fixtures. Other tests take them with `from tests.sandbox.fixtures import ...` in their conftest."""

from tests.sandbox.fixtures import _stripe_server, stripe_judge, stripe_sandbox

__all__ = ["_stripe_server", "stripe_judge", "stripe_sandbox"]
