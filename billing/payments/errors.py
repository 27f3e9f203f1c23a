"""What payments refuse, in words."""

from billing.payments.models import PaymentAccount
from billing.payments.providers.base import ProviderError
from pms.kernel.errors import Conflict, DomainError, Invalid


class ProviderAway(DomainError):
    """The provider did not answer; what was asked for stands, and is asked again by itself."""

    status = 503


def provider_away(account: PaymentAccount) -> ProviderAway:
    """Return the refusal of a call that nobody answered."""
    return ProviderAway("provider_away", f"{account.name} does not answer right now. Please try again in a minute.")


def provider_refused(account: PaymentAccount, error: ProviderError) -> Conflict:
    """Return the refusal of a call that the provider refused."""
    return Conflict("provider_refused", f"{account.name} refused: {error.message or error.code}", provider=error.code)


def refund_above_captured(left: str) -> Invalid:
    """Return the refusal of a refund that is more than what came (T38)."""
    return Invalid("refund_above_captured", f"At most {left} can be refunded of this payment.", field="amount")
