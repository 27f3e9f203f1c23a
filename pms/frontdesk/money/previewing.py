"""What something about money would do, before the yes: the deed itself, run for real and rolled back."""

from collections.abc import Callable
from dataclasses import dataclass

from billing.folios.models import Posting
from pms.frontdesk.money.words import writer
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError
from pms.kernel.locking import dry_run, retried
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class Balance:
    """What a payer owes before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MoneyPreview:
    """The lines that would be written, and the balances they lead to; or why it would be refused."""

    lines: tuple[tuple[str, str], ...] = ()
    balances: tuple[Balance, ...] = ()
    refusal: DomainError | None = None


@retried
def money_preview(*, place: Property, actor: Actor, perform: Callable[[Actor], None]) -> MoneyPreview:
    """Run perform, note the lines it wrote on the property's folios, and roll everything back. It locks what the deed locks."""
    newest = Posting.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    try:
        with dry_run():
            perform(actor)
            rows = list(
                Posting.objects.filter(pk__gt=newest, folio__property=place, actor_label=actor.label[:160])
                .select_related("folio")
                .order_by("pk")
            )
    except DomainError as refusal:
        return MoneyPreview(refusal=refusal)
    return MoneyPreview(lines=_lines(rows), balances=_balances(rows))


def _lines(rows: list[Posting]) -> tuple[tuple[str, str], ...]:
    sums: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.text, row.currency)
        sums[key] = sums.get(key, 0) + row.amount_minor
    return tuple((text, writer(currency)(amount)) for (text, currency), amount in sums.items() if amount)[:12]


def _said(write: Callable[[int], str], balance: int) -> str:
    return f"{write(-balance)} held" if balance < 0 else write(balance)


def _balances(rows: list[Posting]) -> tuple[Balance, ...]:
    changes: dict[int, int] = {}
    for row in rows:
        changes[row.folio_id] = changes.get(row.folio_id, 0) + row.amount_minor
    folios = {row.folio_id: row.folio for row in rows}
    found = []
    for key, change in changes.items():
        folio = folios[key]
        write = writer(folio.currency)
        found.append(
            Balance(folio.label, _said(write, folio.balance_minor - change), _said(write, folio.balance_minor))
        )
    return tuple(found)
