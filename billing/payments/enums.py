from django.db import models


class ProviderName(models.TextChoices):
    MANUAL = "manual", "Taken by hand"
    STRIPE = "stripe", "Stripe"
    RAZORPAY = "razorpay", "Razorpay"
    PAYPAL = "paypal", "PayPal"


class Method(models.TextChoices):
    """How the guest pays into an account."""

    ONLINE = "online", "Online"
    CASH = "cash", "Cash"
    TERMINAL = "terminal", "Card terminal"
    TRANSFER = "transfer", "Bank transfer"
    UPI = "upi", "UPI"


class KeyMode(models.TextChoices):
    OWN = "own", "Keys of the house's own"
    CONNECTED = "connected", "Connected to the platform's account"


class Purpose(models.TextChoices):
    PAYMENT = "payment", "Payment"
    DEPOSIT = "deposit", "Deposit"
    BALANCE = "balance", "Balance"
    GUARANTEE = "guarantee", "Card kept as a guarantee"
    NO_SHOW = "no_show", "No-show fee"
    CANCELLATION = "cancellation", "Cancellation fee"


class CaptureMode(models.TextChoices):
    AUTOMATIC = "automatic", "At once"
    MANUAL = "manual", "Authorised first"


class PaymentStatus(models.TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    CREATED = "created", "Created"
    SUBMITTED = "submitted", "Waiting for the guest"
    REQUIRES_ACTION = "requires_action", "The bank asks the guest"
    PROCESSING = "processing", "Processing"
    AUTHORISED = "authorised", "Authorised"
    PARTIALLY_CAPTURED = "partially_captured", "Partially captured"
    CAPTURED = "captured", "Paid"
    SAVED = "saved", "Card kept"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"


#: Something may still happen by itself.
UNDER_WAY = frozenset(
    {
        PaymentStatus.SCHEDULED,
        PaymentStatus.CREATED,
        PaymentStatus.SUBMITTED,
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.PROCESSING,
    }
)
#: The provider holds an amount for us that is not ours yet.
HELD = frozenset({PaymentStatus.AUTHORISED, PaymentStatus.PARTIALLY_CAPTURED})
#: Money came, all or some of it.
TAKEN = frozenset({PaymentStatus.PARTIALLY_CAPTURED, PaymentStatus.CAPTURED})
#: Nothing came, and nothing will.
ENDED = frozenset({PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.EXPIRED})


class CaptureStatus(models.TextChoices):
    REQUESTED = "requested", "Requested"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class RefundStatus(models.TextChoices):
    REQUESTED = "requested", "Requested"
    PENDING = "pending", "Under way"
    SUCCEEDED = "succeeded", "Refunded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


#: Counts against what was captured.
COUNTED = frozenset({RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.SUCCEEDED})
#: The guest has, or will have, the money: the folio says so.
POSTED = frozenset({RefundStatus.PENDING, RefundStatus.SUCCEEDED})


class DisputeStatus(models.TextChoices):
    INQUIRY = "inquiry", "The bank asks"
    OPEN = "open", "Disputed"
    WON = "won", "Won"
    LOST = "lost", "Lost"


class PayoutStatus(models.TextChoices):
    PENDING = "pending", "On its way"
    PAID = "paid", "Paid"
    FAILED = "failed", "Failed"


class LineKind(models.TextChoices):
    CHARGE = "charge", "Payment"
    REFUND = "refund", "Refund"
    DISPUTE = "dispute", "Dispute"
    FEE = "fee", "Fee"
    OTHER = "other", "Other"
