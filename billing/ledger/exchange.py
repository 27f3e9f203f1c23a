"""Money in two currencies: rates by day and source, the way through the exchange account, and what is gained or lost.

The exchange account holds one side in each currency while money waits in a foreign one; its value in the books stays what
it was when it came (T37). When that money is changed, both sides close and the difference is a gain or a loss.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from billing.ledger.enums import EntryKind, Role
from billing.ledger.models import Entry, ExchangeRate, LegalEntity, Line
from billing.ledger.services import Draft, EntryDraft, entry_post
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid, Missing
from pms.kernel.money import exponent, round_half_up
from pms.kernel.text import clean_text
from pms.properties.models import Property

MOST_ROWS = 5_000
COLUMNS = ("date", "per", "currency", "rate", "source")
#: A rate has this many digits after the point at most.
DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of `currency` is worth in `to`, on whose word, and of which day: what a row freezes (T37)."""

    currency: str
    to: str
    value: Decimal
    date: date
    source: str

    def convert(self, amount_minor: int) -> int:
        """Return an amount of `currency` in `to`, rounded once, half away from zero."""
        units = Decimal(amount_minor).scaleb(exponent(self.to) - exponent(self.currency))
        return round_half_up(units * self.value)


def rate_on(*, currency: str, to: str, day: date, within_days: int | None = None) -> Rate:
    """Return the newest rate between two currencies that was known on a day, with its own day and source.

    Either direction is taken, else a way over one third currency, both of the same day. Raises Missing `no_rate` when
    there is none, or none of the last `within_days` days.
    """
    if currency == to:
        return Rate(currency, to, Decimal(1), day, "the same currency")
    rows = ExchangeRate.objects.filter(date__lte=day)
    if within_days is not None:
        rows = rows.filter(date__gt=date.fromordinal(max(day.toordinal() - within_days, 1)))
    either = Q(currency=currency, per=to) | Q(currency=to, per=currency)
    straight = rows.filter(either).order_by("-date", "currency").first()
    found = _straight(straight, currency, to) if straight else None
    crossed = _crossed(rows, currency, to, newer_than=found.date if found else None)
    chosen = crossed or found
    if chosen is not None:
        return chosen
    raise Missing("no_rate", f"There is no exchange rate of {currency} in {to} for {day:%-d %B %Y}.")


class Known(NamedTuple):
    """A row of the table of rates."""

    currency: str
    per: str
    rate: Decimal
    date: date
    source: str


@dataclass(frozen=True, slots=True)
class RateTable:
    """The newest rate of each pair of currencies, and what can be counted with them."""

    rows: tuple[Known, ...]

    def of(self, currency: str) -> dict[str, Rate]:
        """Return the rate of a currency in every other one that it has a rate in, by the other's code.

        Straight, else over a third currency whose two rates are of one day, as `rate_on` goes.
        """
        found: dict[str, Rate] = {}
        for row in self.rows:
            if currency in {row.currency, row.per}:
                other = row.per if row.currency == currency else row.currency
                if other not in found or row.date > found[other].date:
                    found[other] = _straight(row, currency, other)
        ones = {(row.per, row.date): row for row in self.rows if row.currency == currency}
        for row in self.rows:
            one = ones.get((row.per, row.date))
            if one is not None and row.currency != currency and row.currency not in found:
                source = one.source if one.source == row.source else f"{one.source}, {row.source}"
                found[row.currency] = Rate(currency, row.currency, row.rate / one.rate, row.date, source)
        return found


def rate_table(*, day: date, within_days: int) -> RateTable:
    """Return the rates known on a day that are no older than `within_days`. One query."""
    oldest = date.fromordinal(max(day.toordinal() - within_days, 1))
    rows = ExchangeRate.objects.filter(date__lte=day, date__gt=oldest)
    newest = rows.order_by("per", "currency", "-date").distinct("per", "currency")
    return RateTable(tuple(map(Known._make, newest.values_list(*Known._fields))))


def _straight(row: ExchangeRate | Known, currency: str, to: str) -> Rate:
    value = row.rate if (row.currency, row.per) == (to, currency) else 1 / row.rate
    return Rate(currency, to, value, row.date, row.source)


def _crossed(rows: QuerySet[ExchangeRate], currency: str, to: str, *, newer_than: date | None) -> Rate | None:
    """Return the rate over a common currency, as a central bank's table has it: both USD and GBP per EUR."""
    if newer_than is not None:
        rows = rows.filter(date__gt=newer_than)
    ones = {(row.date, row.per): row for row in rows.filter(currency=currency).order_by("date")[:400]}
    for row in rows.filter(currency=to).order_by("-date")[:400]:
        one = ones.get((row.date, row.per))
        if one is not None:
            source = one.source if one.source == row.source else f"{one.source}, {row.source}"
            return Rate(currency, to, row.rate / one.rate, row.date, source)
    return None


@transaction.atomic
def rate_set(*, currency: str, per: str, day: date, rate: Decimal, source: str, actor: Actor) -> ExchangeRate:
    """Say what one `per` was worth in `currency` on a day; said again it is corrected. What was posted keeps its rate.

    Raises Invalid `bad_currency`, `same_currency`, `bad_rate`, `source_missing`.
    """
    return rates_set(rows=[(day, per, currency, rate, source)], actor=actor)[0]


@transaction.atomic
def rates_set(*, rows: Sequence[tuple[date, str, str, Decimal, str]], actor: Actor) -> list[ExchangeRate]:
    """Say many rates at once, as (day, per, currency, rate, source): all of them or none. Raises what rate_set raises."""
    wanted = {(row.currency, row.per, row.date): row for row in (_checked(*row) for row in rows)}
    if not wanted:
        return []
    span = [row.date for row in wanted.values()]
    there = ExchangeRate.objects.filter(date__gte=min(span), date__lte=max(span))
    before = {(row.currency, row.per, row.date): f"{row.rate.normalize():f}" for row in there}
    ExchangeRate.objects.bulk_create(
        wanted.values(),
        update_conflicts=True,
        unique_fields=["currency", "per", "date"],
        update_fields=["rate", "source"],
        batch_size=1000,
    )
    changed = {
        f"{per}/{currency} {day}": [before.get((currency, per, day)), f"{row.rate.normalize():f} ({row.source})"]
        for (currency, per, day), row in wanted.items()
    }
    named = dict(list(changed.items())[:50])
    audit_record(
        action="ledger.rates_set",
        subject_type="exchange_rate",
        subject_code=next(iter(named)),
        actor=actor,
        changes={"count": [None, len(changed)], **named},
    )
    event_publish(kind="ledger.rates_set", subject_type="exchange_rate", subject_code=next(iter(named)))
    return list(wanted.values())


def _checked(day: date, per: str, currency: str, rate: Decimal, source: str) -> ExchangeRate:
    for field, code in (("per", per), ("currency", currency)):
        if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
            raise Invalid("bad_currency", f"“{code[:20]}” is no currency: three letters, such as USD.", field=field)
    if currency == per:
        raise Invalid("same_currency", "A rate is between two currencies.", field="currency")
    if not rate.is_finite() or not Decimal("0.00000001") <= rate < 10**10:
        raise Invalid("bad_rate", "A rate is above zero.", field="rate")
    source = clean_text(source, field="source", most=80)
    if not source:
        raise Invalid("source_missing", "Say where the rate comes from.", field="source")
    return ExchangeRate(currency=currency, per=per, date=day, rate=round(rate, DECIMALS), source=source)


def rates_read(*, text: str, source: str = "") -> list[tuple[date, str, str, Decimal, str]]:
    """Return the rates of a CSV file with the columns date, per, currency, rate and source, for rates_set.

    Comma or semicolon between the columns; a file with semicolons may write 1,0834. `source` stands in where the file
    has none. Raises Invalid `bad_file` with the number of the line.
    """
    lines = text.lstrip("\ufeff").replace("\x00", "").splitlines()
    if not lines:
        raise Invalid("bad_file", "The file is empty.", field="file")
    comma = ";" if ";" in lines[0] else ","
    reader = csv.DictReader(lines, delimiter=comma)
    missing = [name for name in COLUMNS[:4] if name not in (reader.fieldnames or [])]
    if missing:
        raise Invalid("bad_file", f"The file has no column “{missing[0]}”.", field="file")
    found = []
    for number, row in enumerate(reader, start=2):
        if number > MOST_ROWS + 1:
            raise Invalid("bad_file", f"At most {MOST_ROWS:,} rates at once.", field="file")
        written = (row["rate"] or "").strip()
        try:
            day = date.fromisoformat((row["date"] or "").strip())
            rate = Decimal(written.replace(",", ".") if comma == ";" else written)
        except (ValueError, InvalidOperation):
            message = f"Line {number}: a day as 2026-11-20 and a rate as 1.0834 are needed."
            raise Invalid("bad_file", message, field="file") from None
        words = ((row["per"] or "").strip().upper(), (row["currency"] or "").strip().upper())
        found.append((day, *words, rate, (row.get("source") or source).strip()))
    return found


def exchange_lines(*, foreign: Draft, currency: str, value_minor: int, carried_minor: int | None = None) -> list[Draft]:
    """Return the lines by which money in a foreign currency comes or goes, for books in `currency`. They sum to `value_minor`.

    `foreign` is the account and the signed amount there: a debit when the money comes. `value_minor` is what it is
    exchanged for now, of the same sign; `carried_minor` what the books have it at since it came, which is the same unless
    given. The exchange account closes at what was carried, the rest is a gain or a loss. Raises Invalid `wrong_side`.
    """
    carried = value_minor if carried_minor is None else carried_minor
    if foreign.amount_minor * value_minor <= 0 or carried * value_minor < 0:
        raise Invalid("wrong_side", "What is exchanged and what it is exchanged for come and go together.")
    lines = [
        foreign,
        Draft(Role.EXCHANGE, -foreign.amount_minor, foreign.currency),
        Draft(Role.EXCHANGE, carried, currency),
    ]
    result = value_minor - carried
    if result:
        lines.append(Draft(Role.FX_GAIN if result < 0 else Role.FX_LOSS, result, currency))
    return [line for line in lines if line.amount_minor]


def exchange_post(
    *,
    entity: LegalEntity,
    day: date,
    source: str,
    foreign: Draft,
    received: Draft,
    carried_minor: int,
    actor: Actor,
    memo: str = "",
    property: Property | None = None,
    kind: EntryKind = EntryKind.EXCHANGE,
) -> Entry:
    """Post that money waiting in a foreign currency was changed: `foreign` leaves (a credit), `received` arrives (a debit).

    `carried_minor` is what the books have had it at, above zero: the sum of what its payments counted in the entity's
    currency when they came (T37). Once for each source. Raises what entry_post and exchange_lines raise.
    """
    lines = exchange_lines(
        foreign=foreign, currency=received.currency, value_minor=-received.amount_minor, carried_minor=-carried_minor
    )
    draft = EntryDraft(
        entity=entity, date=day, kind=kind, source=source, lines=[received, *lines], memo=memo, property=property
    )
    return entry_post(draft=draft, actor=actor)


def exchange_position(*, entity: LegalEntity, on: date) -> dict[str, int]:
    """Return what the exchange account holds by currency after a day: nothing when no foreign money waits."""
    rows = Line.objects.filter(account__entity=entity, account__role=Role.EXCHANGE, date__lte=on)
    sums = rows.values_list("currency").order_by("currency").annotate(sum=Sum("amount_minor"))
    return {currency: amount for currency, amount in sums if amount}
