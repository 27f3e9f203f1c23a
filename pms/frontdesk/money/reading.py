"""A folio as the desk reads it: day by day, what corrects a line below that line, taxes beside their charge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing.folios.enums import CHARGES, MONEY, FolioStatus, PostingKind
from billing.folios.models import Folio, Posting, RoutingRule
from billing.folios.selectors import FolioLine, folio_page
from billing.folios.services.charging import ARRIVED
from billing.taxes.enums import Component
from pms.frontdesk.money.words import writer

MINUS_KINDS = frozenset({PostingKind.ALLOWANCE, PostingKind.CORRECTION, PostingKind.TRANSFER})
COMPONENT_WORDS: dict[str, str] = dict(Component.choices)
#: What moves or is reduced by itself; taxes go with their charge.
HEADS = (CHARGES - {PostingKind.TAX}) | MONEY


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it is shown. `number` is its place among the lines of the folio as they were written, and stays so.

    `left` says what remains of a line that something corrected, empty while it is whole. `inside` are taxes in the
    price, `taxes` those on top of it. `running` is the balance after the line and its taxes.
    """

    number: int
    text: str
    how: str
    amount: str
    amount_minor: int
    running: str
    kind: str
    inside: tuple[str, ...] = ()
    taxes: tuple[tuple[str, str], ...] = ()
    note: str = ""
    left: str = ""
    left_minor: int = 0
    whole_minor: int = 0
    is_gone: bool = False
    is_nested: bool = False
    is_money: bool = False
    can_move: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day of service, and what they come to."""

    date: date
    rows: tuple[Row, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A folio in words. `lines` counts every line that is shown."""

    folio: Folio
    days: tuple[Day, ...]
    charged: str
    paid: str
    balance: str
    lines: int
    rules: tuple[RoutingRule, ...] = ()

    @property
    def rows(self) -> Iterable[Row]:
        """Every row."""
        return (row for day in self.days for row in day.rows)


@dataclass(slots=True)
class _Reader:
    folio: Folio
    lines: Sequence[FolioLine]
    numbers: dict[int, int]
    elsewhere: dict[str, str]
    write: Any = None
    nested: dict[int, list[FolioLine]] = field(default_factory=dict)
    running: int = 0

    def __post_init__(self) -> None:
        self.write = writer(self.folio.currency)
        shown = {line.posting.pk for line in self.lines}
        for line in self.lines:
            if line.posting.corrects_id in shown:
                self.nested.setdefault(line.posting.corrects_id or 0, []).append(line)

    def days(self) -> list[Day]:
        found: dict[date, list[Row]] = {}
        sums: dict[date, int] = {}
        inner = {line.posting.pk for group in self.nested.values() for line in group}
        for line in self.lines:
            if line.posting.pk in inner:
                continue
            day = line.posting.service_date
            before = self.running
            found.setdefault(day, []).extend(self._with_nested(line, nested=False))
            sums[day] = sums.get(day, 0) + self.running - before
        return [Day(day, tuple(rows), self.write(sums[day])) for day, rows in found.items()]

    def _with_nested(self, line: FolioLine, *, nested: bool) -> list[Row]:
        rows = [self._row(line, nested=nested)]
        for other in self.nested.get(line.posting.pk, ()):
            rows += self._with_nested(other, nested=True)
        return rows

    def _row(self, line: FolioLine, *, nested: bool) -> Row:
        posting, write = line.posting, self.write
        taxes = _taxes(line.taxes)
        self.running += posting.amount_minor + sum(amount for _, amount in taxes)
        is_whole = line.left_minor == posting.amount_minor
        text, note = self._words(posting, nested=nested)
        return Row(
            number=self.numbers[posting.pk],
            text=text,
            how=f"{posting.quantity} \N{MULTIPLICATION SIGN} {write(posting.unit_minor)}" if posting.quantity > 1 else "",
            amount=write(posting.amount_minor),
            amount_minor=posting.amount_minor,
            running=write(self.running),
            kind=posting.kind,
            inside=() if nested else tuple(f"{name} {write(amount)}" for name, amount in _inside(posting)),
            taxes=tuple((name, write(amount)) for name, amount in taxes),
            note=note,
            left="" if is_whole else ("nothing left" if not line.left_minor else f"{write(line.left_minor)} left"),
            left_minor=line.left_minor,
            whole_minor=line.left_minor + sum(amount for _, amount in taxes) + self._nested_taxes(posting.pk),
            is_gone=not line.left_minor and not is_whole,
            is_nested=nested,
            is_money=posting.of_kind in MONEY,
            can_move=not nested and posting.of_kind in HEADS and bool(line.left_minor)
            and self.folio.status == FolioStatus.OPEN,
        )  # fmt: skip

    def _nested_taxes(self, key: int) -> int:
        return sum(tax.amount_minor for other in self.nested.get(key, ()) for tax in other.taxes)

    def _words(self, posting: Posting, *, nested: bool) -> tuple[str, str]:
        """Return what a line says, and why it is there."""
        other = self.elsewhere.get(posting.source, "")
        if posting.kind == PostingKind.TRANSFER:
            if nested:
                return f"Moved to {other}" if other else "Moved", posting.reason
            return posting.text, f"moved from {other}" if other else "moved here"
        if nested:
            return str(PostingKind(posting.kind).label), posting.reason
        return posting.text, posting.reason


def _taxes(postings: Sequence[Posting]) -> list[tuple[str, int]]:
    """Return the taxes on top of a line, those of one name as one."""
    sums: dict[str, int] = {}
    for tax in postings:
        sums[tax.text] = sums.get(tax.text, 0) + tax.amount_minor
    return [(name, amount) for name, amount in sums.items() if amount]


def _inside(posting: Posting) -> list[tuple[str, int]]:
    """Return the taxes inside the price of a line, by tax and percentage."""
    sums: dict[str, int] = {}
    for part in posting.parts:
        for tax in part["taxes"]:
            percent = f" {tax['percent']} %" if tax["percent"] and "%" not in tax["name"] else ""
            name = f"{tax['name']}{percent}"
            sums[name] = sums.get(name, 0) + tax["amount_minor"]
    return [(name, amount) for name, amount in sums.items() if amount]


def statement(*, folio: Folio) -> Statement:
    """Return a folio as it is read. At most three queries, however many its lines are."""
    page = folio_page(folio=folio)
    every = [posting for line in page.lines for posting in (line.posting, *line.taxes)]
    keys = sorted(posting.pk for posting in every)
    reader = _Reader(
        folio=folio,
        lines=page.lines,
        numbers={key: number for number, key in enumerate(keys, 1)},
        elsewhere=_elsewhere(every),
    )
    write = writer(folio.currency)
    return Statement(
        folio=folio,
        days=tuple(reader.days()),
        charged=write(page.charged_minor),
        paid=write(page.paid_minor),
        balance=write(folio.balance_minor),
        lines=len(keys),
        rules=tuple(RoutingRule.objects.filter(folio=folio).select_related("reservation__guest")),
    )


def _elsewhere(postings: Sequence[Posting]) -> dict[str, str]:
    """Return by source of a line that moved the folio at its other end. One query where something moved."""
    moved = [row.source for row in postings if row.kind == PostingKind.TRANSFER]
    if not moved:
        return {}
    twins = {row.removesuffix(ARRIVED) if row.endswith(ARRIVED) else f"{row}{ARRIVED}": row for row in moved}
    rows = Posting.objects.filter(source__in=list(twins)).values_list("source", "folio__label")
    return {twins[source]: label for source, label in rows}


def lines_of(*, folio: Folio, numbers: Sequence[int]) -> list[Posting]:
    """Return the lines of a folio with these numbers, in their order; numbers that there are none of are left out."""
    keys = list(Posting.objects.filter(folio=folio).order_by("pk").values_list("pk", flat=True))
    wanted = [keys[number - 1] for number in numbers if 0 < number <= len(keys)]
    rows = Posting.objects.select_related("folio__property", "folio__entity", "reservation", "parent", "corrects")
    found = rows.in_bulk(wanted)
    return [found[key] for key in dict.fromkeys(wanted)]


def components_said(components: Sequence[str]) -> str:
    """Return what a routing rule sends, in words."""
    return ", ".join(COMPONENT_WORDS.get(name, name).lower() for name in components) or "everything"
