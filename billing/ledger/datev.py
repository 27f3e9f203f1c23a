"""The books as a DATEV file: EXTF 700, category 21 "Buchungsstapel", format version 13 (125 fields, February 2024).

Rule: developer.datev.de, "DATEV-Format", header and Buchungsstapel. Windows-1252, CRLF, semicolons, texts in quotes, a
comma before the decimals. A booking has one debit and one credit account, so an entry of several lines is written as the
pairs that its debits and credits make. No tax key is written: taxes are bookings of their own, and the accounts named in
the chart must not count tax by themselves ("Automatikkonten").
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Exists, Min, OuterRef, Prefetch

from billing.ledger.enums import Role
from billing.ledger.exchange import Rate, rate_on
from billing.ledger.models import Account, Entry, LegalEntity, Line
from billing.ledger.reports import entries_wanted
from pms.kernel.errors import Conflict, DomainError
from pms.kernel.money import Money, exponent

#: DATEV takes so many bookings in one file.
MOST_BOOKINGS = 99_999
CONTENT_TYPE = "text/csv; charset=windows-1252"
ENCODING = "cp1252"
#: Where our own program stands in a file's header.
ORIGIN = "IK"
CONSULTANT, CLIENT = re.compile(r"[1-9]\d{3,6}"), re.compile(r"[1-9]\d{0,4}")
FIELDS = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz",
    "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto",
    "Buchungstext", "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre",
    "Beleglink", *(f"Beleginfo - {what} {number}" for number in range(1, 9) for what in ("Art", "Inhalt")),
    "KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)",
    "EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L",
    "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung",
    *(f"Zusatzinformation - {what} {number}" for number in range(1, 21) for what in ("Art", "Inhalt")),
    "Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp",
    "Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz",
    "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername", "Beteiligtennummer",
    "Identifikationsnummer", "Zeichnernummer", "Postensperre bis", "Bezeichnung SoBil-Sachverhalt",
    "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode", "Fälligkeit",
    "Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)",
    "EU-Steuersatz (Ursprung)", "Abw. Skontokonto",
)  # fmt: skip
PLACE = {name: place for place, name in enumerate(FIELDS)}


@dataclass(frozen=True, slots=True)
class Booking:
    """An amount that goes from the credit account to the debit account. Above zero, minor units of `currency`."""

    entry: Entry
    debit: Account
    credit: Account
    amount_minor: int
    currency: str
    voucher: str
    #: What one unit of the entity's currency is in `currency` by the entry itself; None where it does not say.
    rate: Decimal | None = None


def datev_obstacles(*, entity: LegalEntity, first: date, last: date) -> list[str]:
    """Return what must be put right before the file can be written, each as a sentence; none when nothing must."""
    found = []
    if not CONSULTANT.fullmatch(entity.datev_consultant):
        found.append("The number of the tax consultant is missing: four to seven digits, at the legal entity.")
    if not CLIENT.fullmatch(entity.datev_client):
        found.append("The number of the client is missing: one to five digits, at the legal entity.")
    if first.year != last.year:
        found.append("A file is of one financial year: the days of its bookings are written without a year.")
    used = Line.objects.filter(account__entity=entity, date__gte=first, date__lte=last).exclude(amount_minor=0)
    accounts = Account.objects.filter(pk__in=used.values("account")).order_by("code")
    found += [f"Account {row} has no number in the consultant's chart." for row in accounts if not row.datev_account]
    numbered = [row for row in accounts if row.datev_account]
    found += [
        f"Account {row}: “{row.datev_account}” is no account number, four to nine digits."
        for row in numbered
        if not re.fullmatch(r"\d{4,9}", row.datev_account)
    ]
    lengths = {len(row.datev_account) for row in numbered}
    if lengths and max(lengths) > min(lengths) + 1:
        found.append(
            f"Account numbers have from {min(lengths)} to {max(lengths)} digits: general accounts are all of one length,"
            " those of debtors one longer."
        )
    found += _rates_missing(entity, first, last)
    return found


def _rates_missing(entity: LegalEntity, first: date, last: date) -> list[str]:
    """Return for each foreign currency that it has no rate, where entries do not bring one of their own along."""
    own_rate = Line.objects.filter(entry=OuterRef("entry"), account__role=Role.EXCHANGE, currency=entity.currency)
    lines = Line.objects.filter(account__entity=entity, date__gte=first, date__lte=last).exclude(Exists(own_rate))
    foreign = lines.exclude(currency=entity.currency).order_by("currency")
    found = []
    for currency, earliest in foreign.values_list("currency").annotate(earliest=Min("date")):
        try:
            rate_on(currency=entity.currency, to=currency, day=earliest)
        except DomainError as refusal:
            found.append(refusal.message)
    return found


def pairs(entry: Entry, lines: Sequence[Line]) -> list[Booking]:
    """Return the bookings that an entry's lines make: in each currency the debits are filled by the credits, in order.

    They sum to the lines exactly: at most one booking fewer than there are lines.
    """
    voucher = next((line.subledger for line in lines if line.subledger), "") or str(entry.code)[:8].upper()
    found: list[Booking] = []
    rates = _own_rates(entry, lines)
    for currency in dict.fromkeys(line.currency for line in lines):
        own = [line for line in lines if line.currency == currency]
        credits = [(line.account, -line.amount_minor) for line in own if line.amount_minor < 0]
        place = used = 0
        for line in own:
            left = max(line.amount_minor, 0)
            while left:
                credit, whole = credits[place]
                taken = min(left, whole - used)
                found.append(Booking(entry, line.account, credit, taken, currency, voucher, rates.get(currency)))
                left -= taken
                used += taken
                if used == whole:
                    place, used = place + 1, 0
    return found


def _own_rates(entry: Entry, lines: Sequence[Line]) -> dict[str, Decimal]:
    """Return the rates at which money went through the exchange account: frozen when it was posted (T37)."""
    own = entry.entity.currency
    sums: dict[str, int] = {}
    for line in lines:
        if line.account.role == Role.EXCHANGE:
            sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
    units = {currency: Decimal(amount).scaleb(-exponent(currency)) for currency, amount in sums.items() if amount}
    base = units.pop(own, None)
    return {currency: abs(amount / base) for currency, amount in units.items()} if base and len(units) == 1 else {}


def bookings(*, entity: LegalEntity, first: date, last: date) -> Iterator[Booking]:
    """Yield the bookings of [first, last] in the order of the journal."""
    lines = Prefetch("lines", Line.objects.select_related("account").order_by("pk"))
    rows = entries_wanted(entity=entity, first=first, last=last).select_related("entity").prefetch_related(lines)
    for entry in rows.iterator(chunk_size=1000):
        yield from pairs(entry, list(entry.lines.all()))


def datev_file(*, entity: LegalEntity, first: date, last: date, made_at: datetime) -> bytes:
    """Return the file. `made_at` is local time. Bookings of closed days are marked as settled ("Festschreibung").

    Raises Conflict `datev_incomplete` with every obstacle in its context, `datev_too_long`.
    """
    obstacles = datev_obstacles(entity=entity, first=first, last=last)
    if obstacles:
        message = f"The DATEV file cannot be written: {obstacles[0]}"
        if len(obstacles) > 1:
            message += f" And {len(obstacles) - 1} more."
        raise Conflict("datev_incomplete", message, obstacles=obstacles)
    rows = list(bookings(entity=entity, first=first, last=last))
    if len(rows) > MOST_BOOKINGS:
        raise Conflict("datev_too_long", f"{len(rows):,} bookings are too many for one file: take a shorter period.")
    lengths = [len(row.debit.datev_account) for row in rows] + [len(row.credit.datev_account) for row in rows]
    settled = entity.closed_through is not None and last <= entity.closed_through
    head = _header(entity, first, last, made_at, length=min(lengths, default=4), settled=settled)
    text = "".join(f"{line}\r\n" for line in (head, ";".join(FIELDS), *_lines(entity, rows)))
    return _encodable(text).encode(ENCODING, errors="replace")


def _header(entity: LegalEntity, first: date, last: date, made_at: datetime, *, length: int, settled: bool) -> str:
    made = f"{made_at:%Y%m%d%H%M%S}{made_at.microsecond // 1000:03d}"
    title = f"Innkeep {first:%d.%m.%Y}-{last:%d.%m.%Y}"[:30]
    fields = (
        *(_quoted("EXTF"), "700", "21", _quoted("Buchungsstapel"), "13", made, "", _quoted(ORIGIN)),
        *(_quoted("Innkeep"), _quoted(""), entity.datev_consultant, entity.datev_client, f"{first.year}0101"),
        *(str(length), f"{first:%Y%m%d}", f"{last:%Y%m%d}", _quoted(title), _quoted(""), "1", "0"),
        *("1" if settled else "0", _quoted(entity.currency), "", _quoted(""), "", "", _quoted(""), "", "", _quoted("")),
        _quoted(""),
    )
    return ";".join(fields)


def _lines(entity: LegalEntity, rows: Iterable[Booking]) -> Iterator[str]:
    rates: dict[tuple[str, date], Rate] = {}
    closed = entity.closed_through
    for row in rows:
        day = row.entry.date
        fields = [""] * len(FIELDS)
        given = {
            "Umsatz (ohne Soll/Haben-Kz)": _amount(row.amount_minor, row.currency),
            "Soll/Haben-Kennzeichen": _quoted("S"),
            "WKZ Umsatz": _quoted(row.currency),
            "Konto": row.debit.datev_account,
            "Gegenkonto (ohne BU-Schlüssel)": row.credit.datev_account,
            "Belegdatum": f"{day:%d%m}",
            "Belegfeld 1": _quoted(re.sub(r"[^A-Za-z0-9$&%*+\-/]", "", row.voucher)[:36]),
            "Buchungstext": _quoted(row.entry.memo[:60]),
            "Festschreibung": "1" if closed is not None and day <= closed else "0",
        }
        if row.currency != entity.currency:
            key = (row.currency, day)
            if row.rate is None and key not in rates:
                rates[key] = rate_on(currency=entity.currency, to=row.currency, day=day)
            rate = rates[key].value if row.rate is None else row.rate
            base = Decimal(row.amount_minor).scaleb(-exponent(row.currency)) / rate
            given |= {
                "Kurs": f"{rate:.6f}".replace(".", ","),
                "Basis-Umsatz": _amount(Money.of(base, entity.currency).minor, entity.currency),
                "WKZ Basis-Umsatz": _quoted(entity.currency),
            }
        for name, value in given.items():
            fields[PLACE[name]] = value
        yield ";".join(fields)


def _amount(minor: int, currency: str) -> str:
    """Return an amount as DATEV has it: two decimals after a comma, whatever the currency has."""
    return f"{Decimal(minor).scaleb(-exponent(currency)):.2f}".replace(".", ",")


def _quoted(text: str) -> str:
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return '"' + clean.replace('"', '""') + '"'


def _encodable(text: str) -> str:
    """Return text with the letters that Windows-1252 lacks without their marks: Š stays, ė becomes e."""
    return "".join(_letter(letter) for letter in text) if not _fits(text) else text


def _letter(letter: str) -> str:
    if _fits(letter):
        return letter
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return plain if plain and _fits(plain) else "?"


def _fits(text: str) -> bool:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
