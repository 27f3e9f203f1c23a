"""What the pages of the books read beyond the reports: the figures of a period, and what stands against closing it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from billing.folios.models import Posting
from billing.folios.reports import Proof, proofs
from billing.ledger.enums import Role
from billing.ledger.exchange import exchange_position
from billing.ledger.models import Account, Entry, LegalEntity
from billing.ledger.reports import TaxRow, TrialBalance, TrialRow, tax_rows, trial_balance
from billing.taxes.enums import TaxKind
from pms.kernel.money import Money
from pms.properties.models import Property

#: Accounts that should come to nothing once all money has arrived.
PASSING = (Role.CLEARING, Role.EXCHANGE, Role.SUSPENSE, Role.DISPUTES)


@dataclass(frozen=True, slots=True)
class Overview:
    """A period at a glance, in the entity's currency."""

    trial: TrialBalance
    proofs: tuple[Proof, ...]
    taxes: tuple[TaxRow, ...]
    revenue: tuple[TrialRow, ...]
    passing: tuple[TrialRow, ...]

    @property
    def agrees(self) -> bool:
        """Whether every proof does."""
        return all(proof.agrees for proof in self.proofs)

    def tax_minor(self, kind: str) -> int:
        """Return what is owed of a kind of tax."""
        own = self.trial.entity.currency
        return sum(row.tax_minor for row in self.taxes if row.kind == kind and row.currency == own)

    @property
    def vat_minor(self) -> int:
        """VAT owed."""
        return self.tax_minor(TaxKind.VAT)

    @property
    def city_tax_minor(self) -> int:
        """City tax owed."""
        return self.tax_minor(TaxKind.CITY_TAX)

    @property
    def revenue_minor(self) -> int:
        """Revenue without taxes."""
        return -self.trial.moved_minor(Role.REVENUE, Role.CANCELLATION, currency=self.trial.entity.currency)

    @property
    def owed_minor(self) -> int:
        """What guests and companies owe at the end."""
        return self.trial.closing_minor(Role.GUEST_LEDGER, Role.CITY_LEDGER, currency=self.trial.entity.currency)

    @property
    def deposits_minor(self) -> int:
        """What was paid ahead and is held at the end."""
        return -self.trial.closing_minor(Role.DEPOSITS, currency=self.trial.entity.currency)


def overview(*, entity: LegalEntity, first: date, last: date) -> Overview:
    """Return the figures of a period with their proofs. Seven queries, and those of registered proofs."""
    trial = trial_balance(entity=entity, first=first, last=last)
    return Overview(
        trial=trial,
        proofs=tuple(proofs(trial=trial)),
        taxes=tuple(tax_rows(entity=entity, first=first, last=last)),
        revenue=tuple(
            row
            for row in trial.rows
            if row.account.role in {Role.REVENUE, Role.CANCELLATION} and (row.debit_minor or row.credit_minor)
        ),
        passing=tuple(row for row in trial.rows if row.account.role in PASSING and row.closing_minor),
    )


@dataclass(frozen=True, slots=True)
class ClosePreview:
    """What closing through a day would settle: `stops` stand against it, `remarks` are worth a look before."""

    since: date | None
    through: date
    entries: int
    by_kind: tuple[tuple[str, int], ...]
    stops: tuple[str, ...]
    remarks: tuple[str, ...]


def close_preview(*, entity: LegalEntity, places: Iterable[Property], through: date) -> ClosePreview:
    """Return what closing the books of an entity through a day would settle, and what stands against it."""
    closed = entity.closed_through
    rows = Entry.objects.filter(entity=entity, date__lte=through)
    if closed is not None:
        rows = rows.filter(date__gt=closed)
    first = rows.order_by("date").values_list("date", flat=True).first()
    kinds = rows.values_list("kind").order_by("kind").annotate(count=Count("pk"))
    labels = dict(Entry._meta.get_field("kind").flatchoices)
    by_kind = tuple((str(labels[kind]), count) for kind, count in kinds)
    stops = [
        f"{place.name} is still trading {place.business_date:%-d %B %Y}: run its night audit first."
        for place in places
        if place.business_date <= through
    ]
    if closed is not None and closed >= through:
        stops.append(f"The books are closed through {closed:%-d %B %Y} already.")
    trial = trial_balance(entity=entity, first=closed + timedelta(days=1) if closed else first or through, last=through)
    return ClosePreview(
        since=closed + timedelta(days=1) if closed else first,
        through=through,
        entries=sum(count for _, count in by_kind),
        by_kind=by_kind,
        stops=tuple(stops),
        remarks=tuple(_remarks(entity, trial, through)),
    )


def _remarks(entity: LegalEntity, trial: TrialBalance, through: date) -> list[str]:
    found = [
        f"{proof.name}: {proof.left} and {proof.right} differ by {Money(proof.difference_minor, proof.currency)}."
        for proof in proofs(trial=trial)
        if not proof.agrees
    ]
    found += [
        f"{row.account} holds {Money(abs(row.closing_minor), row.currency)}."
        for row in trial.rows
        if row.account.role in {Role.SUSPENSE, Role.DISPUTES} and row.closing_minor
    ]
    position = exchange_position(entity=entity, on=through)
    if position:
        told = ", ".join(str(Money(amount, currency)) for currency, amount in position.items())
        found.append(f"Foreign money is still waiting to be changed: {told} on the exchange account.")
    late = Posting.objects.filter(folio__entity=entity, date__gt=through, service_date__lte=through)
    late = late.exclude(Q(kind="payment") | Q(kind="refund") | Q(kind="transfer"))
    if count := late.count():
        found.append(f"{count} charges for days of this period are dated after it.")
    return found


def account_or_none(*, entity: LegalEntity, code: str) -> Account | None:
    """Return the account with this number."""
    return Account.objects.filter(entity=entity, code=code).select_related("entity").first()
