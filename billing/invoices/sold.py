"""What a reservation was sold as, as items: what a pro forma shows, and what a deposit is a share of."""

from collections.abc import Iterable

from billing.folios.enums import PostingKind
from billing.folios.lines import charge_of
from billing.invoices.composing import ComposedLine, Item
from billing.invoices.content import ContentLine, LineTax
from billing.taxes.calculation import TaxLine
from bookings.reservations.enums import ChargeKind
from bookings.reservations.models import Reservation, ReservationCharge, StayNight
from bookings.reservations.terms import parts_from_json
from pms.kernel.money import allocate, round_ratio


def items_sold(*, reservation: Reservation) -> list[Item]:
    """Return an item for each live night, extra and fee. Two queries."""
    found: list[Item] = []
    room = reservation.room_type
    for night in StayNight.objects.filter(reservation=reservation, released_at=None).order_by("date", "pk"):
        prices = [(part.component, part.amount_minor) for part in parts_from_json(night.parts, night.price_minor)]
        charge = charge_of(prices, (TaxLine.from_json(tax) for tax in night.taxes))
        found.append(Item(PostingKind.NIGHT.value, "", night.date, list(charge.parts), list(charge.on_top), room=room))
    for extra in ReservationCharge.objects.filter(reservation=reservation, released_at=None).order_by("date", "pk"):
        charge = charge_of([(extra.component, extra.amount_minor)], (TaxLine.from_json(tax) for tax in extra.taxes))
        kind = PostingKind.EXTRA if extra.kind == ChargeKind.EXTRA else PostingKind.FEE
        found.append(
            Item(
                kind.value,
                extra.name,
                extra.date,
                list(charge.parts),
                list(charge.on_top),
                quantity=extra.quantity,
            )
        )
    return found


def deposit_lines(whole: Iterable[ComposedLine], *, amount_minor: int, text: str) -> list[ContentLine]:
    """Return a deposit as shares of what it is for: a line for each set of VAT rates, its VAT in proportion.

    The amount is shared out by gross amounts, largest remainder (T30), so the lines sum to it exactly. Where nothing is
    sold yet there is one line without VAT.
    """
    kinds: dict[tuple[object, ...], list[ContentLine]] = {}
    for line in whole:
        rates = tuple((tax.code, tax.percent) for tax in line.content.taxes if tax.percent is not None)
        kinds.setdefault((line.content.category, rates), []).append(line.content)
    sums = [sum(line.gross_minor for line in lines) for lines in kinds.values()]
    if not sums or min(sums) < 0 or not sum(sums):
        return [ContentLine(1, text, amount_minor, amount_minor)]
    shares = allocate(amount_minor, sums)
    found: list[ContentLine] = []
    for lines, gross_minor, share_minor in zip(kinds.values(), sums, shares, strict=True):
        if share_minor:
            found.append(_deposit_line(lines, gross_minor, share_minor, text, len(found) + 1))
    return found


def _deposit_line(
    lines: list[ContentLine], gross_minor: int, share_minor: int, text: str, position: int
) -> ContentLine:
    first = lines[0]
    taxes = []
    for index, tax in enumerate(_in_per_cent(first)):
        whole = sum(_in_per_cent(line)[index].amount_minor for line in lines)
        taxes.append((tax.code, tax.name, tax.percent, round_ratio(whole * share_minor, gross_minor)))
    net_minor = share_minor - sum(amount for *_, amount in taxes)
    return ContentLine(
        position=position,
        text=text,
        net_minor=net_minor,
        gross_minor=share_minor,
        taxes=tuple(LineTax(code, name, percent, net_minor, amount) for code, name, percent, amount in taxes),
        component=first.component,
        is_city_tax=first.is_city_tax,
        category=first.category,
        reason=first.reason,
    )


def _in_per_cent(line: ContentLine) -> list[LineTax]:
    return [tax for tax in line.taxes if tax.percent is not None]
