"""A hotel that takes money online, as the tests of payments have it."""

from tests.billing.payments.conftest import cash, folio, sandbox_judges, sandbox_server, stripe_account, stripe_sandbox

__all__ = ["cash", "folio", "sandbox_judges", "sandbox_server", "stripe_account", "stripe_sandbox"]
