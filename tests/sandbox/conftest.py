"""The stand-ins as fixtures. Other tests take them with the same import in their conftest."""

from tests.sandbox.fixtures import paypal_sandbox, razorpay_sandbox, sandbox_judges, sandbox_server, stripe_sandbox

__all__ = ["paypal_sandbox", "razorpay_sandbox", "sandbox_judges", "sandbox_server", "stripe_sandbox"]
