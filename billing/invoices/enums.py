from django.db import models


class DocumentKind(models.TextChoices):
    """What a document is. Each has a series of its own."""

    INVOICE = "invoice", "Invoice"
    CREDIT_NOTE = "credit_note", "Credit note"
    DEPOSIT_INVOICE = "deposit_invoice", "Deposit invoice"
    PRO_FORMA = "pro_forma", "Pro forma"
    RECEIPT = "receipt", "Receipt"


#: What tax law calls an invoice; these alone carry XML.
TAX_DOCUMENTS = frozenset({DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE, DocumentKind.DEPOSIT_INVOICE})


class DocumentStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    ISSUED = "issued", "Issued"


class TaxCategory(models.TextChoices):
    """How VAT looks at a line: the codes of UNTDID 5305 that EN 16931 takes for BT-118 and BT-151."""

    STANDARD = "S", "Taxed"
    ZERO = "Z", "Zero rated"
    EXEMPT = "E", "Exempt"
    REVERSE_CHARGE = "AE", "Reverse charge"
    OUTSIDE = "O", "Not subject to VAT"


class Treatment(models.TextChoices):
    """Why lines without VAT have none."""

    STANDARD = "standard", "As posted"
    REVERSE_CHARGE = "reverse_charge", "Reverse charge"
    EXEMPT = "exempt", "Exempt"


class BuyerKind(models.TextChoices):
    GUEST = "guest", "Guest"
    COMPANY = "company", "Company"


class PrintKind(models.TextChoices):
    FOLIO = "folio", "Folio"
    CARD = "card", "Registration card"
    STATEMENT = "statement", "Account statement"
