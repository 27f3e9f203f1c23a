"""From what was sold to what is charged: nights, extras, fees and their taxes, once each, whatever happened meanwhile.

Level-triggered: what should be on the folios up to a day is compared with what is, and the difference is posted. So it
may run any number of times, catches up on days that were missed, and takes back what is no longer due (T28, T42, T57).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from typing import Any

from django.db import transaction

from billing.folios.enums import FolioKind, FolioStatus, PostingKind
from billing.folios.lines import Charge, PartShare, TaxShare, charge_of, minus, negated, parts_minus, plus
from billing.folios.models import Folio, Posting, RoutingRule
from billing.folios.services.opening import folio_reopen, main_folios
from billing.folios.services.standing import (
    PLAIN,
    TAKEN_BACK,
    Posted,
    Standing,
    StandingTax,
    TaxName,
    folios_touched,
    posted_of,
)
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
from pms.kernel.locking import lock, retried

#: Whose nights and extras are consumed as days pass.
STAYING = frozenset({Status.CHECKED_IN, Status.CHECKED_OUT, Status.COMPLETED})
#: Of whom is known what its seller keeps.
SETTLED = frozenset({Status.CHECKED_OUT, Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW})
FEE_KIND = {Status.CANCELLED: PostingKind.CANCELLATION, Status.NO_SHOW: PostingKind.NO_SHOW}


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

    @property
    def is_of_nights(self) -> bool:
        """Whether it goes where nights at the price sold go: they, what losing them costs, what their seller keeps."""
        return self.kind in {PostingKind.NIGHT, *PLAIN}


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
    due, routes = _due(reservations, through), _routes(reservations)
    touched = folios_touched(reservations)
    concerned = [row for row in reservations if row.pk in due or row.pk in touched]
    mains = main_folios(reservations=concerned)
    # Locked before they are read: a line that somebody moves meanwhile is corrected where it went to.
    keys = {folio.pk for folio in mains.values()} | {rule.folio_id for rules in routes.values() for rule in rules}
    keys = keys.union(*touched.values())
    folios = {row.pk: row for row in lock(Folio.objects.filter(pk__in=keys).select_related("entity", "property"))}
    posted = posted_of(reservations)
    drafts: list[PostingDraft] = []
    for row in concerned:
        wanted = {item.key: item for item in due.get(row.pk, ())}
        was = posted.get(row.pk, {})
        target = _Target(folios[mains[row.pk].pk], routes.get(row.pk, ()), folios)
        commission = _commission_due(row, was, target)
        if commission is not None:
            wanted[commission.key] = commission
        for key in [*wanted, *(key for key in was if key not in wanted)]:
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
    """Return the fee that a lost reservation owes. A channel's guest owes what the channel says, and nothing by itself (T50)."""
    kind = FEE_KIND.get(Status(row.status))
    if kind is None or not row.cancellation_fee_minor:
        return None
    if row.booking.source in CHANNEL_SOURCES and not row.fee_told:
        return None
    return Due(
        key=f"loss:{row.code}",
        kind=kind,
        service_date=row.property.business_date,
        text=kind.label,
        charge=Charge(),
        fee_minor=row.cancellation_fee_minor,
    )


def _commission_due(row: Reservation, was: Mapping[str, Posted], target: "_Target") -> Due | None:
    """Return what the seller of a stay keeps of what it collected, below zero: on its own folio, once the guest has left
    or the stay is lost."""
    key = f"commission:{row.code}"
    if row.status not in SETTLED or not row.commission_minor:
        return None
    folio = target.of(Component.ACCOMMODATION, is_of_nights=True)
    stands = was[key].lines if key in was else []
    if folio.company_id != row.booking.agency_id or folio.kind != FolioKind.COMPANY:
        # A folio that was settled is no target any more; what stands on it stays.
        if not stands:
            return None
        folio = target.folios[stands[0].posting.folio_id]
    return Due(
        key=key,
        kind=PostingKind.COMMISSION,
        service_date=row.departure,
        text=f"Commission of {folio.label}",
        charge=Charge(),
        fee_minor=-row.commission_minor,
    )


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
    folios: Mapping[int, Folio]

    def of(self, component: str, *, is_of_nights: bool) -> Folio:
        """Return the folio of what is sold as `component`; `is_of_nights`: as a part of a night's price."""
        for rule in self.rules:
            if (not rule.components or component in rule.components) and (is_of_nights or not rule.nights_only):
                return self.folios[rule.folio_id]
        return self.main


def _difference(row: Reservation, key: str, due: Due | None, was: Posted, target: _Target) -> list[PostingDraft]:
    """Return the lines that make what is posted for a key what is due: a first time, or as corrections.

    What is no longer due at all is taken back from each line that it stands on, with what was allowed of it; another
    price goes to the line that most of it stands on; what never was there, or stands nowhere, goes by the routing.
    """
    charge = due.charge if due else Charge()
    wanted_fee = due.fee_minor if due else 0
    writer = _Writer(row=row, key=key, due=due, was=was)
    sheets = _Sheets(was, target, is_of_nights=due is not None and due.is_of_nights)
    gone = {part.component for part in was.parts} - {part.component for part in charge.parts}
    for line in was.lines:
        for part in line.parts:
            if part.component in gone and (part.amount_minor or part.taxes):
                sheets.of(line).parts += negated([part])
        if line.fee_minor and not wanted_fee:
            sheets.of(line).fee_minor -= line.fee_minor
    for part in parts_minus(charge.parts, [part for part in was.parts if part.component not in gone]):
        sheets.of_component(part.component).parts.append(part)
    if wanted_fee and wanted_fee != was.fee_minor:
        sheets.of_component(Component.ACCOMMODATION).fee_minor += wanted_fee - was.fee_minor
    sheets.tax(charge)
    if due is not None and not was.lines and not sheets.found:
        sheets.of_component(Component.ACCOMMODATION)
    found = [draft for sheet in sheets.found.values() for draft in writer.lines(sheet)]
    if due is None:
        found += [draft for line in was.lines for draft in writer.allowed(line, target.folios[line.posting.folio_id])]
    return found


@dataclass(slots=True)
class _Sheet:
    """What is written about one line, or newly on a folio."""

    folio: Folio
    line: Standing | None
    parts: list[PartShare] = field(default_factory=list)
    taxes: list[tuple[str, TaxShare, Posting | None]] = field(default_factory=list)
    fee_minor: int = 0


@dataclass(slots=True)
class _Sheets:
    """Where the difference of one key goes."""

    was: Posted
    target: _Target
    is_of_nights: bool
    found: dict[tuple[int, int], _Sheet] = field(default_factory=dict)

    def of(self, line: Standing) -> _Sheet:
        """Return the sheet of a line."""
        return self._sheet(self.target.folios[line.posting.folio_id], line)

    def of_component(self, component: str) -> _Sheet:
        """Return the sheet of the line that most of a component stands on, else by the routing."""
        line = self.was.home(component)
        if line is not None:
            return self.of(line)
        return self._on(self.target.of(component, is_of_nights=self.is_of_nights))

    def _on(self, folio: Folio) -> _Sheet:
        return self._sheet(folio, next((line for line in self.was.lines if line.posting.folio_id == folio.pk), None))

    def tax(self, charge: Charge) -> None:
        """Add what the taxes on top differ by: each where it stands, new ones beside their component."""
        wanted: dict[TaxName, TaxShare] = {}
        for component, share in charge.on_top:
            name = (component, *share.key)
            wanted[name] = plus(wanted[name], share) if name in wanted else share
        for tax in self.was.taxes:
            if tax.name not in wanted and (tax.share.amount_minor or tax.share.base_minor):
                self._beside(tax).taxes.append((tax.name[0], minus(tax.share), tax.posting))
        for name, share in wanted.items():
            there = [tax for tax in self.was.taxes if tax.name == name]
            left = reduce(lambda rest, tax: plus(rest, tax.share, -1), there, share)
            if not left.amount_minor and not left.base_minor:
                continue
            home = max(there, key=lambda tax: abs(tax.share.amount_minor), default=None)
            if home is not None and home.share.amount_minor:
                self._beside(home).taxes.append((name[0], left, home.posting))
                continue
            sheet = self._of_tax(name[0])
            mine = (tax.posting for tax in there if tax.posting.folio_id == sheet.folio.pk)
            sheet.taxes.append((name[0], left, next(mine, None)))

    def _of_tax(self, component: str) -> _Sheet:
        """Return where a tax on top goes first: beside its component, unless only the nights themselves are sent away."""
        if self.is_of_nights and any(rule.nights_only for rule in self.target.rules):
            return self._on(self.target.of(component, is_of_nights=False))
        return self.of_component(component)

    def _beside(self, tax: StandingTax) -> _Sheet:
        line = next((line for line in self.was.lines if line.posting.pk == tax.posting.parent_id), None)
        return self.of(line) if line else self._sheet(self.target.folios[tax.posting.folio_id], None)

    def _sheet(self, folio: Folio, line: Standing | None) -> _Sheet:
        key = (folio.pk, line.posting.pk if line else 0)
        return self.found.setdefault(key, _Sheet(folio, line))


@dataclass(slots=True)
class _Writer:
    """Makes the lines of one key, numbered so that each has a source of its own."""

    row: Reservation
    key: str
    due: Due | None
    was: Posted
    number: int = 0

    @property
    def kind(self) -> PostingKind:
        """What kind of line it is about."""
        known = self.was.lines[0].posting.of_kind if self.was.lines else PostingKind.NIGHT
        return self.due.kind if self.due else PostingKind(known)

    @property
    def role(self) -> Role:
        """The account of an amount without parts."""
        return Role.COMMISSION if self.kind == PostingKind.COMMISSION else Role.CANCELLATION

    def lines(self, sheet: _Sheet) -> list[PostingDraft]:
        """Return the line of a sheet with the taxes on top of it, as one group."""
        source = f"stay:{self.key}|{self.was.number + self.number}"
        self.number += 1
        amount_minor = sum(part.amount_minor for part in sheet.parts) + sheet.fee_minor
        contra = [line for part in sheet.parts for line in part.drafts(sheet.folio.currency)]
        if sheet.fee_minor:
            contra.append(Draft(self.role, -sheet.fee_minor, sheet.folio.currency))
        has_line = bool(sheet.parts or sheet.fee_minor) or sheet.line is None
        found = []
        if has_line:
            found.append(self._draft(sheet, source, amount_minor=amount_minor, contra=contra))
        return [
            *found,
            *(self._tax(sheet, source, index, tax, has_line=has_line) for index, tax in enumerate(sheet.taxes)),
        ]

    def allowed(self, line: Standing, folio: Folio) -> list[PostingDraft]:
        """Return what takes back the allowances of a line that is taken back itself, or they would be given twice."""
        if not line.allowed_minor:
            return []
        source = f"{line.allowed_by}{TAKEN_BACK}"
        back = negated(line.allowed_parts)
        contra = [each for part in back for each in part.drafts(folio.currency)]
        found = [
            self._taken_back(
                line.posting,
                folio,
                source,
                amount_minor=-line.allowed_minor,
                contra=contra or [Draft(Role.CANCELLATION, line.allowed_minor, folio.currency)],
                parts=[part.as_json() for part in back],
            )
        ]
        for index, tax in enumerate(self.was.taxes):
            share = minus(tax.allowed)
            if tax.posting.parent_id == line.posting.pk and (share.amount_minor or share.base_minor):
                draft = self._taken_back(
                    tax.posting,
                    folio,
                    source,
                    amount_minor=share.amount_minor,
                    contra=[share.draft(folio.currency)],
                    tax=share.as_json(),
                )
                found.append(replace(draft, source=f"{source}:{index}", parent_source=source))
        return found

    def _taken_back(self, posting: Posting, folio: Folio, source: str, **amounts: Any) -> PostingDraft:
        return PostingDraft(
            folio=folio,
            kind=PostingKind.CORRECTION,
            of_kind=PostingKind(posting.of_kind),
            entry_kind=EntryKind.CORRECTION,
            source=source,
            group=source,
            text=posting.text,
            service_date=posting.service_date,
            item_code=posting.item_code,
            component=posting.component,
            corrects=posting,
            reservation=self.row,
            **amounts,
        )

    def _draft(self, sheet: _Sheet, source: str, *, amount_minor: int, contra: list[Draft]) -> PostingDraft:
        first, due = sheet.line.posting if sheet.line else None, self.due
        known = first or (self.was.lines[0].posting if self.was.lines else None)
        kind = due.kind if due else PostingKind((known and known.of_kind) or PostingKind.NIGHT)
        of_its_own = EntryKind.COMMISSION if kind == PostingKind.COMMISSION else EntryKind.CHARGE
        quantity = due.quantity if due and first is None else 1
        return PostingDraft(
            folio=sheet.folio,
            kind=PostingKind.CORRECTION if first is not None else kind,
            of_kind=kind,
            entry_kind=EntryKind.CORRECTION if first is not None else of_its_own,
            source=source,
            group=source,
            text=due.text if due else (known.text if known else ""),
            amount_minor=amount_minor,
            contra=contra,
            service_date=due.service_date if due else (known.service_date if known else self.row.arrival),
            item_code=due.item_code if due else (known.item_code if known else ""),
            component=sheet.parts[0].component if sheet.parts else "",
            quantity=quantity,
            unit_minor=amount_minor // quantity if amount_minor % quantity == 0 else amount_minor,
            parts=[part.as_json() for part in sheet.parts],
            corrects=first,
            reservation=self.row,
        )

    def _tax(
        self,
        sheet: _Sheet,
        group: str,
        index: int,
        taxed: tuple[str, TaxShare, Posting | None],
        *,
        has_line: bool,
    ) -> PostingDraft:
        component, share, first = taxed
        parent = first.parent_id if first else sheet.line.posting.pk if sheet.line and not has_line else None
        return PostingDraft(
            folio=sheet.folio,
            kind=PostingKind.CORRECTION if first else PostingKind.TAX,
            of_kind=PostingKind.TAX,
            entry_kind=EntryKind.CORRECTION if first else EntryKind.CHARGE,
            source=f"{group}:{index}",
            group=group,
            text=share.name,
            amount_minor=share.amount_minor,
            contra=[share.draft(sheet.folio.currency)],
            service_date=self.due.service_date if self.due else (first.service_date if first else self.row.arrival),
            item_code=share.code,
            component=component,
            tax=share.as_json(),
            parent_source=group if parent is None else "",
            parent_id=parent,
            corrects=first,
            reservation=self.row,
        )
