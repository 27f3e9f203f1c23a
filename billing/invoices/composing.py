"""From what was posted (or only sold so far) to the lines of a document. Values in, values out; no figure is recomputed.

An item is a charge with what corrects it and the taxes on top of it. Its components become lines, an allowance stays a line
of its own, and a city tax stands apart. What cancels itself out says nothing to a reader and is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from billing.folios.enums import PostingKind
from billing.folios.lines import PartShare, TaxShare
from billing.folios.models import Posting
from billing.folios.services.standing import is_taken_back
from billing.invoices.content import ContentLine, LineTax, Seller
from billing.invoices.enums import TaxCategory, Treatment
from billing.invoices.wording import words
from billing.taxes.enums import Component, TaxKind
from billing.taxes.naming import levy_said
from pms.kernel.money import allocate
from pms.kernel.wording import said as name_said
from pms.properties.models import RoomType

#: By VAT on a city tax: the codes of the taxes it is counted on.
OnTopOf = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Item:
    """One charge. `plain_minor` is an amount without components, such as a cancellation fee."""

    kind: str
    text: str
    service_on: date | None
    parts: list[PartShare] = field(default_factory=list)
    on_top: list[tuple[str, TaxShare]] = field(default_factory=list)
    plain_minor: int = 0
    quantity: int = 1
    room: RoomType | None = None
    is_allowance: bool = False
    posting: Posting | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A charge on a folio with everything that belongs to it there."""

    head: Posting
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True)
class ComposedLine:
    """A line and the charge it is about."""

    content: ContentLine
    posting: Posting | None


@dataclass(slots=True)
class _Bucket:
    """What gathers for one line."""

    net_minor: int = 0
    taxes: dict[tuple[str, str | None], TaxShare] = field(default_factory=dict)
    name: str = ""

    def tax(self, share: TaxShare) -> None:
        """Add a tax."""
        known = self.taxes.get(share.key)
        if known is not None:
            share = replace(
                share,
                base_minor=known.base_minor + share.base_minor,
                amount_minor=known.amount_minor + share.amount_minor,
            )
        self.taxes[share.key] = share

    @property
    def is_nothing(self) -> bool:
        """Whether it all cancelled out."""
        return not self.net_minor and not any(share.amount_minor for share in self.taxes.values())


def lines_of(
    items: Iterable[Item], *, language: str, on_top_of: OnTopOf, seller: Seller, treatment: Treatment
) -> list[ComposedLine]:
    """Return the lines of items in the words of a language, by day; city taxes after what they were counted on."""
    found: list[ComposedLine] = []
    spoken = words(language)
    for item in items:
        gathering = _Gathering(on_top_of)
        gathering.take(item)
        for component, bucket in gathering.charges.items():
            if not bucket.is_nothing:
                found.append(ComposedLine(_charge_line(item, component, bucket, language), item.posting))
        for (component, _), bucket in gathering.city_taxes.items():
            if not bucket.is_nothing:
                found.append(ComposedLine(_city_tax_line(item, component, bucket, language), item.posting))
    placed = [
        replace(line, content=replace(line.content, position=position)) for position, line in enumerate(found, start=1)
    ]
    return _categorised(placed, said=spoken, seller=seller, treatment=treatment)


@dataclass(slots=True)
class _Gathering:
    """The lines that an item becomes, while its parts and taxes are gone through."""

    on_top_of: OnTopOf
    charges: dict[str, _Bucket] = field(default_factory=dict)
    city_taxes: dict[tuple[str, str], _Bucket] = field(default_factory=dict)
    vat_on_city_tax: list[tuple[str, TaxShare]] = field(default_factory=list)

    def take(self, item: Item) -> None:
        """Go through an item."""
        if item.plain_minor:
            self.charges[Component.ACCOMMODATION.value] = _Bucket(net_minor=item.plain_minor)
        for part in item.parts:
            self.charges.setdefault(part.component, _Bucket()).net_minor += part.net_minor
            for share in part.taxes:
                self.place(part.component, share)
        for component, share in item.on_top:
            self.place(component, share)
        for component, share in self.vat_on_city_tax:
            self.tax_city_tax(component, share)

    def place(self, component: str, share: TaxShare) -> None:
        """Put a tax on its charge, or a city tax apart."""
        if share.kind != TaxKind.CITY_TAX:
            self.charges.setdefault(component, _Bucket()).tax(share)
        elif share.code in self.on_top_of:
            self.vat_on_city_tax.append((component, share))
        else:
            self.city_taxes.setdefault(
                (component, share.code), _Bucket(name=share.name)
            ).net_minor += share.amount_minor

    def tax_city_tax(self, component: str, share: TaxShare) -> None:
        """Give VAT to the city taxes that it was counted on, each its share; alone, where they are on no line of these."""
        codes = self.on_top_of[share.code]
        beneath = [self.city_taxes[component, code] for code in codes if (component, code) in self.city_taxes]
        nets = [bucket.net_minor for bucket in beneath]
        if not beneath or sum(nets) != share.base_minor:
            by_itself = (component, share.code)
            alone = beneath[0] if beneath else self.city_taxes.setdefault(by_itself, _Bucket(name=share.name))
            alone.tax(share)
            return
        sign = -1 if share.amount_minor < 0 else 1
        amounts = allocate(abs(share.amount_minor), [abs(net) for net in nets])
        for bucket, amount in zip(beneath, amounts, strict=True):
            bucket.tax(replace(share, base_minor=bucket.net_minor, amount_minor=sign * amount))


def _charge_line(item: Item, component: str, bucket: _Bucket, language: str) -> ContentLine:
    taxes = _line_taxes(bucket, language)
    is_room = item.kind == PostingKind.NIGHT and component == Component.ACCOMMODATION
    return ContentLine(
        position=0,
        text=_text(item, component, language),
        net_minor=bucket.net_minor,
        gross_minor=bucket.net_minor + sum(tax.amount_minor for tax in taxes),
        taxes=taxes,
        service_on=item.service_on,
        quantity=Decimal(item.quantity),
        is_night=is_room and not item.is_allowance,
        component=component,
    )


def _city_tax_line(item: Item, component: str, bucket: _Bucket, language: str) -> ContentLine:
    taxes = _line_taxes(bucket, language)
    return ContentLine(
        position=0,
        text=levy_said(bucket.name, language),
        net_minor=bucket.net_minor,
        gross_minor=bucket.net_minor + sum(tax.amount_minor for tax in taxes),
        taxes=taxes,
        service_on=item.service_on,
        component=component,
        is_city_tax=True,
    )


def _line_taxes(bucket: _Bucket, language: str) -> tuple[LineTax, ...]:
    return tuple(
        LineTax(
            share.code,
            levy_said(share.name, language),
            None if share.percent is None else Decimal(share.percent),
            share.base_minor,
            share.amount_minor,
        )
        for share in bucket.taxes.values()
    )


def _text(item: Item, component: str, language: str) -> str:
    said = words(language)
    named = said.get(f"kind_{item.kind}", item.text)
    if item.kind == PostingKind.NIGHT:
        if component != Component.ACCOMMODATION:
            named = said[f"component_{component}"]
        elif item.room is not None:
            named = f"{named}, {name_said(item.room, 'name', language)}"
    elif item.kind == PostingKind.TAX:
        named = levy_said(item.text, language)
    return f"{said['kind_allowance']}: {named}" if item.is_allowance else named


def _categorised(
    lines: list[ComposedLine], *, said: Mapping[str, str], seller: Seller, treatment: Treatment
) -> list[ComposedLine]:
    """Say of each line how VAT looks at it. Outside VAT is only who has no number of it, and then wholly."""
    bears_vat = any(line.content.taxes for line in lines)
    outside = not bears_vat and not seller.vat_id and not seller.tax_number
    return [
        replace(line, content=_category(line.content, said=said, outside=outside, treatment=treatment))
        for line in lines
    ]


def _category(line: ContentLine, *, said: Mapping[str, str], outside: bool, treatment: Treatment) -> ContentLine:
    if line.taxes:
        rates = {tax.percent for tax in line.taxes}
        return replace(line, category=TaxCategory.ZERO if rates == {Decimal(0)} else TaxCategory.STANDARD)
    if outside:
        return replace(line, category=TaxCategory.OUTSIDE, reason=said["outside_reason"])
    if line.is_city_tax:
        return replace(line, category=TaxCategory.EXEMPT, reason=said["city_tax_reason"])
    if treatment == Treatment.REVERSE_CHARGE:
        return replace(line, category=TaxCategory.REVERSE_CHARGE, reason=said["reverse_charge"])
    return replace(line, category=TaxCategory.EXEMPT, reason=said["exempt_reason"])


def items_of_postings(groups: Iterable[Group]) -> list[Item]:
    """Return an item for each charge with what corrected it, and one for each allowance."""
    found: list[Item] = []
    for group in groups:
        sections: dict[int, Item] = {}
        # An allowance that was taken back says nothing any more, and is no line of its own.
        taken_back = max((row.pk for row in group.postings if is_taken_back(row)), default=0)
        for posting in group.postings:
            owner = posting.parent if posting.of_kind == PostingKind.TAX and posting.parent else posting
            is_allowance = owner.kind == PostingKind.ALLOWANCE and owner.pk > taken_back
            section = sections.setdefault(owner.pk if is_allowance else 0, _item(group.head, is_allowance=is_allowance))
            _add(section, posting)
        found += [sections[key] for key in sorted(sections)]
    return found


def _item(head: Posting, *, is_allowance: bool) -> Item:
    stay = head.reservation
    return Item(
        kind=head.of_kind,
        text=head.text,
        service_on=head.service_date,
        room=stay.room_type if stay is not None else None,
        is_allowance=is_allowance,
        posting=head,
    )


def _add(item: Item, posting: Posting) -> None:
    if posting.of_kind == PostingKind.TAX:
        item.on_top.append((posting.component, TaxShare.from_json(posting.tax or {})))
        return
    # What several postings make up has no quantity of its own.
    item.quantity = posting.quantity if not item.parts and not item.plain_minor else 1
    if posting.parts:
        item.parts += [PartShare.from_json(part) for part in posting.parts]
    else:
        item.plain_minor += posting.amount_minor
