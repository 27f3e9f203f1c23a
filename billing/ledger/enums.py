from django.db import models


class AccountKind(models.TextChoices):
    """Where an account stands. Debits raise assets and expenses, credits the others."""

    ASSET = "asset", "Asset"
    LIABILITY = "liability", "Liability"
    EQUITY = "equity", "Equity"
    INCOME = "income", "Income"
    EXPENSE = "expense", "Expense"


class Role(models.TextChoices):
    """What an account is for; with a key it is one of several, such as the revenue of one component."""

    GUEST_LEDGER = "guest_ledger", "Guest ledger"
    CITY_LEDGER = "city_ledger", "City ledger"
    DEPOSITS = "deposits", "Deposit ledger"
    CLEARING = "clearing", "Payments on their way"
    BANK = "bank", "Bank"
    DISPUTES = "disputes", "Disputed payments"
    SUSPENSE = "suspense", "Money that nobody could attribute"
    REVENUE = "revenue", "Revenue"
    CANCELLATION = "cancellation", "Cancellation and no-show fees"
    TAX = "tax", "Taxes owed"
    PROVIDER_FEES = "provider_fees", "Fees of payment providers"
    COMMISSION = "commission", "Commissions of agencies and channels"
    COMMISSION_OWED = "commission_owed", "Commissions that are billed later"
    WRITE_OFF = "write_off", "Written off"
    EXCHANGE = "exchange", "Currency exchange"
    FX_GAIN = "fx_gain", "Exchange gains"
    FX_LOSS = "fx_loss", "Exchange losses"


#: What a role's accounts are, and the number they begin with.
ROLES: dict[Role, tuple[AccountKind, str]] = {
    Role.GUEST_LEDGER: (AccountKind.ASSET, "1200"),
    Role.CITY_LEDGER: (AccountKind.ASSET, "1210"),
    Role.CLEARING: (AccountKind.ASSET, "1300"),
    Role.DISPUTES: (AccountKind.ASSET, "1390"),
    Role.BANK: (AccountKind.ASSET, "1000"),
    Role.DEPOSITS: (AccountKind.LIABILITY, "1700"),
    Role.SUSPENSE: (AccountKind.LIABILITY, "1790"),
    Role.TAX: (AccountKind.LIABILITY, "1800"),
    Role.EXCHANGE: (AccountKind.EQUITY, "1900"),
    Role.REVENUE: (AccountKind.INCOME, "4000"),
    Role.CANCELLATION: (AccountKind.INCOME, "4800"),
    Role.FX_GAIN: (AccountKind.INCOME, "4900"),
    Role.PROVIDER_FEES: (AccountKind.EXPENSE, "6000"),
    Role.COMMISSION: (AccountKind.EXPENSE, "6050"),
    Role.COMMISSION_OWED: (AccountKind.LIABILITY, "1750"),
    Role.WRITE_OFF: (AccountKind.EXPENSE, "6100"),
    Role.FX_LOSS: (AccountKind.EXPENSE, "6900"),
}
#: What guests and companies owe or have paid ahead: its lines name a folio.
SUBLEDGERS = frozenset({Role.GUEST_LEDGER, Role.CITY_LEDGER, Role.DEPOSITS})


class EntryKind(models.TextChoices):
    """The fact an entry was derived from."""

    CHARGE = "charge", "Charge"
    ALLOWANCE = "allowance", "Allowance"
    CORRECTION = "correction", "Correction"
    PAYMENT = "payment", "Payment"
    REFUND = "refund", "Refund"
    TRANSFER = "transfer", "Transfer between folios"
    CITY_LEDGER = "city_ledger", "To the city ledger and back"
    WRITE_OFF = "write_off", "Write-off"
    COMMISSION = "commission", "Commission"
    DISPUTE = "dispute", "Dispute"
    PAYOUT = "payout", "Payout"
    EXCHANGE = "exchange", "Exchange difference"
    MANUAL = "manual", "By hand"
