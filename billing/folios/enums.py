from django.db import models


class FolioKind(models.TextChoices):
    GUEST = "guest", "Guest"
    COMPANY = "company", "Company"
    HOUSE = "house", "House account"


class FolioLedger(models.TextChoices):
    """Where what the payer owes stands in the books."""

    GUEST = "guest", "Guest ledger"
    CITY = "city", "City ledger"


class FolioStatus(models.TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class PostingKind(models.TextChoices):
    NIGHT = "night", "Night"
    EXTRA = "extra", "Extra"
    FEE = "fee", "Fee"
    ARTICLE = "article", "Article"
    TAX = "tax", "Tax"
    CANCELLATION = "cancellation", "Cancellation fee"
    NO_SHOW = "no_show", "No-show fee"
    ALLOWANCE = "allowance", "Allowance"
    CORRECTION = "correction", "Correction"
    TRANSFER = "transfer", "Transfer"
    PAYMENT = "payment", "Payment"
    REFUND = "refund", "Refund"
    WRITE_OFF = "write_off", "Write-off"
    COMMISSION = "commission", "Commission"


#: What was sold: these lines are invoiced, and what corrects them.
CHARGES = frozenset(
    {
        PostingKind.NIGHT,
        PostingKind.EXTRA,
        PostingKind.FEE,
        PostingKind.ARTICLE,
        PostingKind.TAX,
        PostingKind.CANCELLATION,
        PostingKind.NO_SHOW,
    }
)
#: Money that came or went.
MONEY = frozenset({PostingKind.PAYMENT, PostingKind.REFUND})
#: What lowers a balance and is on no invoice: money, what nobody will pay, what the seller keeps of the guest's money.
UNINVOICED = frozenset({*MONEY, PostingKind.WRITE_OFF, PostingKind.COMMISSION})
