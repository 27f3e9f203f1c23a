"""Money that people take themselves: cash, a card terminal, a bank transfer, UPI. Nobody is asked; what is said is so."""

from billing.payments.providers.manual.provider import ManualProvider

provider = ManualProvider()
