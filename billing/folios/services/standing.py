"""Where what was charged for a stay stands now: on which line of which folio, after transfers and corrections."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from billing.folios.enums import CHARGES, PostingKind
from billing.folios.lines import PartShare, TaxShare, negated, parts_minus, plus
from billing.folios.models import Posting
from bookings.reservations.models import Reservation

#: Kinds of lines that are charged by what was sold, and may be corrected.
OWN = frozenset(CHARGES - {PostingKind.ARTICLE} | {PostingKind.COMMISSION})
#: Kinds of lines that are an amount without parts.
PLAIN = frozenset({PostingKind.CANCELLATION, PostingKind.NO_SHOW, PostingKind.COMMISSION})
#: How the source of an allowance begins, and that of a line that takes one back ends.
ALLOWANCE, TAKEN_BACK = "allowance:", ":back"

#: Component, tax, percentage.
TaxName = tuple[str, str, str | None]


@dataclass(slots=True)
class Standing:
    """A charge or what arrived of one, with what stands of it on its folio. Allowances are apart: they are not of the sale."""

    posting: Posting
    parts: tuple[PartShare, ...] = ()
    fee_minor: int = 0
    allowed_minor: int = 0
    allowed_parts: tuple[PartShare, ...] = ()
    allowed_by: str = ""

    def part_minor(self, component: str) -> int:
        """What stands of a component; of a fee, which has none, the fee."""
        return self.fee_minor + sum(part.amount_minor for part in self.parts if part.component == component)


@dataclass(slots=True)
class StandingTax:
    """A tax on top, with what stands of it on its folio."""

    posting: Posting
    name: TaxName
    share: TaxShare
    allowed: TaxShare


@dataclass(slots=True)
class Posted:
    """What is on folios for one key: the lines it stands on, and the number that the next line has."""

    lines: list[Standing] = field(default_factory=list)
    taxes: list[StandingTax] = field(default_factory=list)
    number: int = 0

    @property
    def parts(self) -> list[PartShare]:
        """The parts of all lines."""
        return [part for line in self.lines for part in line.parts]

    @property
    def fee_minor(self) -> int:
        """The fee for losing the stay, or what its seller keeps, below zero."""
        return sum(line.fee_minor for line in self.lines)

    def home(self, component: str) -> Standing | None:
        """Return the line that most of a component stands on, if it stands anywhere."""
        best = max(self.lines, key=lambda line: line.part_minor(component), default=None)
        return best if best is not None and best.part_minor(component) else None


def folios_touched(reservations: Sequence[Reservation]) -> dict[int, set[int]]:
    """Return the keys of the folios that charges of each reservation were ever posted on. One query."""
    found: dict[int, set[int]] = {}
    rows = Posting.objects.filter(reservation__in=reservations, of_kind__in=OWN).order_by()
    for key, folio_id in rows.values_list("reservation_id", "folio_id").distinct():
        found.setdefault(key or 0, set()).add(folio_id)
    return found


def posted_of(reservations: Sequence[Reservation]) -> dict[int, dict[str, Posted]]:
    """Return what is on folios for each reservation by key. One query; the folios are locked by the caller."""
    rows = list(Posting.objects.filter(reservation__in=reservations, of_kind__in=OWN).order_by("pk"))
    found: dict[int, dict[str, Posted]] = {}
    keys: dict[int, str] = {}
    lines: dict[int, Standing] = {}
    taxes: dict[int, StandingTax] = {}
    for row in rows:
        key = _key(row, keys)
        if not key:
            continue
        keys[row.pk] = key
        was = found.setdefault(row.reservation_id or 0, {}).setdefault(key, Posted())
        if row.source.startswith("stay:"):
            was.number = max(was.number, int(row.source.rpartition("|")[2].partition(":")[0]) + 1)
        if row.of_kind == PostingKind.TAX:
            _take_tax(row, was, taxes)
        else:
            _take_line(row, was, lines)
    return found


def _key(row: Posting, keys: dict[int, str]) -> str:
    """Return the key of a line: its own, or that of the line it corrects."""
    if row.source.startswith("stay:"):
        return row.source.removeprefix("stay:").partition("|")[0]
    return keys.get(row.corrects_id or 0, "")


def _take_line(row: Posting, was: Posted, lines: dict[int, Standing]) -> None:
    home = lines.get(row.corrects_id or 0)
    parts = negated([PartShare.from_json(part) for part in row.parts])
    if home is None or home.posting.folio_id != row.folio_id:
        home = lines[row.pk] = Standing(row)
        was.lines.append(home)
    elif _is_by_hand(row):
        home.allowed_minor += row.amount_minor
        home.allowed_parts = parts_minus(home.allowed_parts, parts)
        home.allowed_by = row.source
        return
    home.parts = parts_minus(home.parts, parts)
    home.fee_minor += row.amount_minor if row.of_kind in PLAIN else 0


def _take_tax(row: Posting, was: Posted, taxes: dict[int, StandingTax]) -> None:
    share = TaxShare.from_json(row.tax or {})
    home = taxes.get(row.corrects_id or 0)
    if home is None or home.posting.folio_id != row.folio_id:
        nothing = plus(share, share, -1)
        home = taxes[row.pk] = StandingTax(row, (row.component, *share.key), nothing, nothing)
        was.taxes.append(home)
    elif _is_by_hand(row):
        home.allowed = plus(home.allowed, share)
        return
    home.share = plus(home.share, share)


def _is_by_hand(row: Posting) -> bool:
    """Whether a line is an allowance or takes one back: no part of what was sold."""
    return row.source.startswith(ALLOWANCE)


def is_taken_back(row: Posting) -> bool:
    """Whether a line takes back the allowances of the line it corrects."""
    return _is_by_hand(row) and row.kind == PostingKind.CORRECTION
