"""What stands on a document, as frozen values: PDF and XML are made of these and of nothing else.

Amounts are minor units of the document's currency; dates are property-local. A credit note's amounts are what is given
back, so they are positive.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.invoices.enums import DocumentKind, TaxCategory


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is. `country` is ISO 3166 alpha-2."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Seller:
    """The legal entity as it was when the document was issued, and the house that the guest knows."""

    name: str
    address: Address
    house: str = ""
    vat_id: str = ""
    tax_number: str = ""
    register_entry: str = ""
    email: str = ""
    phone: str = ""
    iban: str = ""
    bic: str = ""
    bank_name: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom the document is for, as it was when it was issued. `contact` is a person at a company."""

    name: str
    address: Address = Address()
    kind: str = "guest"
    contact: str = ""
    vat_id: str = ""
    email: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class LineTax:
    """One VAT or sales tax on a line, as it was posted. `percent` is None for an amount per night."""

    code: str
    name: str
    percent: Decimal | None
    base_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ContentLine:
    """What was sold, once: net, the taxes on it, gross. `reason` says why there is no VAT, where there is none."""

    position: int
    text: str
    net_minor: int
    gross_minor: int
    taxes: tuple[LineTax, ...] = ()
    service_on: date | None = None
    quantity: Decimal = Decimal(1)
    is_night: bool = False
    component: str = "other"
    is_city_tax: bool = False
    category: TaxCategory = TaxCategory.STANDARD
    reason: str = ""

    @property
    def tax_minor(self) -> int:
        """What the taxes on the line sum to."""
        return sum(tax.amount_minor for tax in self.taxes)


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A row of the VAT breakdown: the sum of what was posted at one rate."""

    category: TaxCategory
    name: str
    percent: Decimal | None
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Payment:
    """What was paid; with the deposit invoice that was issued for it, if there is one."""

    paid_on: date
    text: str
    amount_minor: int
    deposit_number: str = ""
    deposit_on: date | None = None
    deposit_net_minor: int = 0
    deposit_tax_minor: int = 0


@dataclass(frozen=True, slots=True)
class Stay:
    """The stay a document is about, as far as a reader wants to know."""

    reservation: str = ""
    guest: str = ""
    room: str = ""
    arrival: date | None = None
    departure: date | None = None
    persons: int = 0


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """Everything an invoice, credit note, deposit invoice, pro forma or receipt says."""

    kind: DocumentKind
    number: str
    language: str
    currency: str
    issued_on: date
    seller: Seller
    buyer: Buyer
    lines: tuple[ContentLine, ...]
    tax_rows: tuple[TaxRow, ...]
    payments: tuple[Payment, ...] = ()
    service_from: date | None = None
    service_until: date | None = None
    due_on: date | None = None
    stay: Stay = Stay()
    folio: str = ""
    corrects_number: str = ""
    corrects_on: date | None = None
    reason: str = ""
    note: str = ""

    @property
    def net_minor(self) -> int:
        """What was sold, without VAT."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The VAT in it."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def gross_minor(self) -> int:
        """What it costs."""
        return sum(line.gross_minor for line in self.lines)

    @property
    def paid_minor(self) -> int:
        """What of it was paid when the document was issued."""
        return sum(payment.amount_minor for payment in self.payments)

    @property
    def due_minor(self) -> int:
        """What is left to pay."""
        return self.gross_minor - self.paid_minor

    @property
    def city_tax_minor(self) -> int:
        """The city tax in it, without VAT."""
        return sum(line.net_minor for line in self.lines if line.is_city_tax)


@dataclass(frozen=True, slots=True)
class FolioEntry:
    """A line of a folio as it was posted, payments negative."""

    date: date
    text: str
    amount_minor: int
    balance_minor: int
    is_payment: bool = False
    is_tax: bool = False


@dataclass(frozen=True, slots=True)
class FolioContent:
    """A folio on paper: no invoice, everything that was posted and what remains."""

    code: str
    language: str
    currency: str
    printed_on: date
    seller: Seller
    buyer: Buyer
    entries: tuple[FolioEntry, ...]
    stay: Stay = Stay()

    @property
    def charges_minor(self) -> int:
        """What was charged."""
        return sum(entry.amount_minor for entry in self.entries if not entry.is_payment)

    @property
    def paid_minor(self) -> int:
        """What was paid."""
        return -sum(entry.amount_minor for entry in self.entries if entry.is_payment)

    @property
    def balance_minor(self) -> int:
        """What remains to be paid; below zero, what the house holds."""
        return self.charges_minor - self.paid_minor


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a registration card; what is empty is a line to fill in."""

    name: str = ""
    country: str = ""
    birth_on: date | None = None


@dataclass(frozen=True, slots=True)
class CardContent:
    """A registration card: who stays, to be completed and signed by hand."""

    language: str
    printed_on: date
    seller: Seller
    guest: Person
    address: Address
    email: str
    phone: str
    stay: Stay
    party: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice that a company has not wholly paid."""

    number: str
    issued_on: date
    due_on: date | None
    text: str
    gross_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class StatementContent:
    """What a company owes on a day, invoice by invoice."""

    language: str
    currency: str
    printed_on: date
    seller: Seller
    buyer: Buyer
    items: tuple[OpenItem, ...]

    @property
    def open_minor(self) -> int:
        """All that is open."""
        return sum(item.open_minor for item in self.items)

    @property
    def overdue_minor(self) -> int:
        """What of it is past its day."""
        return sum(item.open_minor for item in self.items if item.due_on and item.due_on < self.printed_on)
