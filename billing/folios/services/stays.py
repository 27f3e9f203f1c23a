"""From what was sold to what is charged: nights, extras, fees and their taxes, once each, whatever happened meanwhile.

Level-triggered: what should be on the folios up to a day is compared with what is, and the difference is posted. So it
may run any number of times, catches up on days that were missed, and takes back what is no longer due (T28, T42, T57).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from billing.folios.enums import CHARGES, FolioStatus, PostingKind
from billing.folios.lines import Charge, PartShare, TaxShare, charge_of, parts_minus, plus, summed
from billing.folios.models import Folio, Posting, RoutingRule
from billing.folios.services.opening import folio_reopen, main_folios
from billing.folios.services.writing import PostingDraft, postings_write
from billing.ledger.enums import EntryKind, Role
from billing.ledger.services import Draft
from billing.taxes.calculation import TaxLine
from billing.taxes.enums import Component
from bookings.rates.enums import CHANNEL_SOURCES
from bookings.reservations.enums import ChargeKind, Status
from bookings.reservations.models import Reservation, ReservationCharge, StayNight
from bookings.reservations.terms import parts_from_json
from pms.kernel.actors import Actor
from pms.kernel.locking import retried

#: Whose nights and extras are consumed as days pass.
STAYING = frozenset({Status.CHECKED_IN, Status.CHECKED_OUT, Status.COMPLETED})
FEE_KIND = {Status.CANCELLED: PostingKind.CANCELLATION, Status.NO_SHOW: PostingKind.NO_SHOW}
#: Kinds of lines that this module writes and may correct.
OWN = frozenset(CHARGES - {PostingKind.ARTICLE})


@dataclass(frozen=True, slots=True)
class Due:
    """Something that should be on a folio. `key` names it over all its corrections."""

    key: str
    kind: PostingKind
    service_date: date
    text: str
    charge: Charge
    item_code: str = ""
    quantity: int = 1
    fee_minor: int = 0


@dataclass(slots=True)
class Posted:
    """What is on folios for one key: lines so far, the parts and taxes on top that they sum to, and the newest line."""

    count: int = 0
    parts: list[PartShare] = field(default_factory=list)
    on_top: dict[tuple[str, str, str | None], TaxShare] = field(default_factory=dict)
    fee_minor: int = 0
    first: Posting | None = None
    taxes: dict[tuple[str, str, str | None], Posting] = field(default_factory=dict)


@retried
@transaction.atomic
def stay_post(*, reservation: Reservation, through: date, actor: Actor) -> list[Posting]:
    """Bring the folios of a reservation to what was sold and consumed up to and including the day `through`.

    Idempotent. A main folio that was closed opens again. Locks the folios; call with the reservation locked. Raises Conflict
    `period_closed`.
    """
    return nights_post(reservations=[reservation], through=through, actor=actor)


@retried
@transaction.atomic
def nights_post(
    *, reservations: Sequence[Reservation], through: date, actor: Actor, on: date | None = None
) -> list[Posting]:
    """Do what stay_post does for many reservations of one property in one transaction and a fixed number of queries.

    The lines are dated `on`, the business date unless given.
    """
    if not reservations:
        return []
    due, posted = _due(reservations, through), _posted(reservations)
    concerned = [row for row in reservations if row.pk in due or row.pk in posted]
    folios = main_folios(reservations=concerned)
    routes = _routes(reservations)
    drafts: list[PostingDraft] = []
    for row in concerned:
        wanted = {item.key: item for item in due.get(row.pk, ())}
        was = posted.get(row.pk, {})
        for key in [*wanted, *(key for key in was if key not in wanted)]:
            target = _Target(folios[row.pk], routes.get(row.pk, ()))
            drafts += _difference(row, key, wanted.get(key), was.get(key, Posted()), target)
    for folio in {draft.folio.pk: draft.folio for draft in drafts}.values():
        if folio.status == FolioStatus.CLOSED:
            folio_reopen(folio=folio, reason="There was more to charge", actor=actor)
    return postings_write(drafts=drafts, date=on or reservations[0].property.business_date, actor=actor)


def _due(reservations: Sequence[Reservation], through: date) -> dict[int, list[Due]]:
    """Return what should be on the folios of each reservation by its key. Two queries."""
    found: dict[int, list[Due]] = {}
    staying = {row.pk: row for row in reservations if row.status in STAYING}
    nights = StayNight.objects.filter(reservation__in=staying, released_at=None, date__lte=through)
    for night in nights.select_related("unit").order_by("date", "pk"):
        row = staying[night.reservation_id]
        prices = [(part.component, part.amount_minor) for part in parts_from_json(night.parts, night.price_minor)]
        room = f", room {night.unit.number}" if night.unit else ""
        found.setdefault(row.pk, []).append(
            Due(
                key=f"night:{row.code}:{night.date.isoformat()}",
                kind=PostingKind.NIGHT,
                service_date=night.date,
                text=f"Night of {night.date:%-d %B %Y}{room}",
                charge=charge_of(prices, (TaxLine.from_json(tax) for tax in night.taxes)),
            )
        )
    charges = ReservationCharge.objects.filter(reservation__in=staying, released_at=None, date__lte=through)
    for charge in charges.order_by("date", "pk"):
        row = staying[charge.reservation_id]
        taxes = (TaxLine.from_json(tax) for tax in charge.taxes)
        found.setdefault(row.pk, []).append(
            Due(
                key=f"{charge.kind}:{row.code}:{charge.date.isoformat()}:{charge.code}",
                kind=PostingKind.EXTRA if charge.kind == ChargeKind.EXTRA else PostingKind.FEE,
                service_date=charge.date,
                text=charge.name,
                charge=charge_of([(charge.component, charge.amount_minor)], taxes),
                item_code=charge.code,
                quantity=charge.quantity,
            )
        )
    for row in reservations:
        fee = _fee_due(row)
        if fee is not None:
            found.setdefault(row.pk, []).append(fee)
    return found


def _fee_due(row: Reservation) -> Due | None:
    """Return the fee that a lost reservation owes. A channel's guest is not charged by himself (T50)."""
    kind = FEE_KIND.get(Status(row.status))
    if kind is None or not row.cancellation_fee_minor or row.booking.source in CHANNEL_SOURCES:
        return None
    return Due(
        key=f"loss:{row.code}",
        kind=kind,
        service_date=row.property.business_date,
        text=kind.label,
        charge=Charge(),
        fee_minor=row.cancellation_fee_minor,
    )


def _posted(reservations: Sequence[Reservation]) -> dict[int, dict[str, Posted]]:
    """Return what is on folios for each reservation by key: lines of this module, corrections by hand left out."""
    found: dict[int, dict[str, Posted]] = {}
    rows = Posting.objects.filter(reservation__in=reservations, of_kind__in=OWN, source__startswith="stay:")
    for row in rows.order_by("pk"):
        key, _, _ = row.source.removeprefix("stay:").partition("|")
        was = found.setdefault(row.reservation_id or 0, {}).setdefault(key, Posted())
        if row.of_kind == PostingKind.TAX:
            share = TaxShare.from_json(row.tax or {})
            name = (row.component, *share.key)
            known = was.on_top.get(name)
            was.on_top[name] = share if known is None else plus(known, share)
            was.taxes.setdefault(name, row)
            continue
        was.count += 1
        was.first = was.first or row
        was.parts += [PartShare.from_json(part) for part in row.parts]
        was.fee_minor += row.amount_minor if row.of_kind in FEE_KIND.values() else 0
    return found


def _routes(reservations: Sequence[Reservation]) -> dict[int, list[RoutingRule]]:
    found: dict[int, list[RoutingRule]] = {}
    rules = RoutingRule.objects.filter(reservation__in=reservations, folio__status="open")
    for rule in rules.select_related("folio__property").order_by("pk"):
        found.setdefault(rule.reservation_id, []).append(rule)
    return found


@dataclass(frozen=True, slots=True)
class _Target:
    """Where the charges of a reservation go: by its rules, the rest to its main folio."""

    main: Folio
    rules: Sequence[RoutingRule]

    def of(self, component: str) -> Folio:
        """Return the folio of what is sold as `component`."""
        for rule in self.rules:
            if not rule.components or component in rule.components:
                return rule.folio
        return self.main


def _difference(row: Reservation, key: str, due: Due | None, was: Posted, target: _Target) -> list[PostingDraft]:
    """Return the lines that make what is posted for a key what is due: a first time, or as a correction."""
    charge = due.charge if due else Charge()
    parts = parts_minus(charge.parts, _merged(was.parts))
    on_top = _on_top(charge, was)
    fee_minor = (due.fee_minor if due else 0) - was.fee_minor
    is_free = due is not None and was.count == 0 and not parts and not fee_minor
    if not parts and not on_top and not fee_minor and not is_free:
        return []
    writer = _Writer(row=row, key=key, due=due, was=was)
    by_folio: dict[int, tuple[Folio, list[PartShare], list[tuple[str, TaxShare]]]] = {}
    for part in parts:
        folio = target.of(part.component)
        by_folio.setdefault(folio.pk, (folio, [], []))[1].append(part)
    for component, share in on_top:
        folio = target.of(component)
        by_folio.setdefault(folio.pk, (folio, [], []))[2].append((component, share))
    if fee_minor or is_free:
        folio = target.of(Component.ACCOMMODATION)
        by_folio.setdefault(folio.pk, (folio, [], []))
    found: list[PostingDraft] = []
    for folio, of_folio, taxes in by_folio.values():
        found += writer.lines(folio, of_folio, taxes, fee_minor)
    return found


def _merged(parts: Iterable[PartShare]) -> tuple[PartShare, ...]:
    sums: dict[str, PartShare] = {}
    for part in parts:
        known = sums.get(part.component)
        sums[part.component] = (
            part
            if known is None
            else PartShare(part.component, known.amount_minor + part.amount_minor, summed((*known.taxes, *part.taxes)))
        )
    return tuple(sums.values())


def _on_top(charge: Charge, was: Posted) -> list[tuple[str, TaxShare]]:
    left = {name: plus(_nothing(share), share, -1) for name, share in was.on_top.items()}
    for component, share in charge.on_top:
        name = (component, *share.key)
        left[name] = plus(share, left[name]) if name in left else share
    return [(name[0], share) for name, share in left.items() if share.amount_minor or share.base_minor]


def _nothing(share: TaxShare) -> TaxShare:
    return plus(share, share, -1)


@dataclass(slots=True)
class _Writer:
    """Makes the lines of one key, numbered so that each has a source of its own."""

    row: Reservation
    key: str
    due: Due | None
    was: Posted
    number: int = 0

    def lines(
        self, folio: Folio, parts: list[PartShare], taxes: list[tuple[str, TaxShare]], fee_minor: int
    ) -> list[PostingDraft]:
        """Return the line of a folio with the taxes on top of it, as one group."""
        number = self.was.count + len(self.was.taxes) + self.number
        self.number += 1
        source = f"stay:{self.key}|{number}"
        amount_minor = sum(part.amount_minor for part in parts) + fee_minor
        first = self.was.first
        contra = [line for part in parts for line in part.drafts(folio.currency)]
        if fee_minor:
            contra.append(Draft(Role.CANCELLATION, -fee_minor, folio.currency))
        has_line = bool(parts or fee_minor) or first is None
        found = []
        if has_line:
            found.append(self._draft(folio, source, amount_minor=amount_minor, contra=contra, parts=parts))
        return [*found, *(self._tax(folio, source, index, tax, has_line=has_line) for index, tax in enumerate(taxes))]

    def _draft(
        self, folio: Folio, source: str, *, amount_minor: int, contra: list[Draft], parts: list[PartShare]
    ) -> PostingDraft:
        first, due = self.was.first, self.due
        kind = due.kind if due else PostingKind((first and first.of_kind) or PostingKind.NIGHT)
        is_correction = first is not None
        quantity = due.quantity if due and not is_correction else 1
        return PostingDraft(
            folio=folio,
            kind=PostingKind.CORRECTION if is_correction else kind,
            of_kind=kind,
            entry_kind=EntryKind.CORRECTION if is_correction else EntryKind.CHARGE,
            source=source,
            group=source,
            text=due.text if due else (first.text if first else ""),
            amount_minor=amount_minor,
            contra=contra,
            service_date=due.service_date if due else (first.service_date if first else self.row.arrival),
            item_code=due.item_code if due else (first.item_code if first else ""),
            component=parts[0].component if parts else "",
            quantity=quantity,
            unit_minor=amount_minor // quantity if amount_minor % quantity == 0 else amount_minor,
            parts=[part.as_json() for part in parts],
            corrects=first,
            reservation=self.row,
        )

    def _tax(
        self, folio: Folio, group: str, index: int, taxed: tuple[str, TaxShare], *, has_line: bool
    ) -> PostingDraft:
        component, share = taxed
        first = self.was.taxes.get((component, *share.key))
        parent = first.parent_id if first else self.was.first.pk if self.was.first and not has_line else None
        is_correction = first is not None
        return PostingDraft(
            folio=folio,
            kind=PostingKind.CORRECTION if is_correction else PostingKind.TAX,
            of_kind=PostingKind.TAX,
            entry_kind=EntryKind.CORRECTION if is_correction else EntryKind.CHARGE,
            source=f"{group}:{index}",
            group=group,
            text=share.name,
            amount_minor=share.amount_minor,
            contra=[share.draft(folio.currency)],
            service_date=self.due.service_date if self.due else (first.service_date if first else self.row.arrival),
            item_code=share.code,
            component=component,
            tax=share.as_json(),
            parent_source=group if parent is None else "",
            parent_id=parent,
            corrects=first,
            reservation=self.row,
        )
