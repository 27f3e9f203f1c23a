"""City tax by property and month: nights and persons from what was sold, amounts from what was posted (T33, T34).

How many persons a night was taxed for, at which amount or percentage and on which base stands in the tax lines that were
frozen with the night. The amount is what the folio lines of that night sum to, corrections and allowances included. Who
was not taxed is the rest of the party; the reason is read from the tax's rules for that night.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection

from billing.ledger.models import LegalEntity
from billing.taxes.enums import PercentBase, TaxBasis, TaxKind
from billing.taxes.models import Tax, TaxRate
from bookings.reservations.models import Reservation, ReservationCharge, StayNight

#: What is posted of each city tax for each stay and day that it was for. What moved between folios sums to nothing.
POSTED = """
SELECT reservation_id, service_date, code, sum(minor)::bigint FROM (
    SELECT p.reservation_id, p.service_date, p.tax ->> 'tax' AS code, p.amount_minor AS minor
    FROM folios_posting p JOIN folios_folio f ON f.id = p.folio_id
    WHERE f.entity_id = %(entity)s AND f.property_id = ANY (%(places)s)
        AND p.service_date >= %(first)s AND p.service_date <= %(last)s
        AND p.of_kind = 'tax' AND p.tax ->> 'kind' = 'city_tax'
    UNION ALL
    SELECT p.reservation_id, p.service_date, share ->> 'tax', (share ->> 'amount_minor')::bigint
    FROM folios_posting p JOIN folios_folio f ON f.id = p.folio_id
    CROSS JOIN LATERAL jsonb_array_elements(p.parts) part CROSS JOIN LATERAL jsonb_array_elements(part -> 'taxes') inside (share)
    WHERE f.entity_id = %(entity)s AND f.property_id = ANY (%(places)s)
        AND p.service_date >= %(first)s AND p.service_date <= %(last)s
        AND share ->> 'kind' = 'city_tax'
) found GROUP BY 1, 2, 3
"""
#: Nights that were charged, in this entity's books.
CHARGED = """
SELECT DISTINCT p.reservation_id, p.service_date FROM folios_posting p JOIN folios_folio f ON f.id = p.folio_id
WHERE f.entity_id = %(entity)s AND f.property_id = ANY (%(places)s)
        AND p.service_date >= %(first)s AND p.service_date <= %(last)s AND p.kind = 'night'
"""
REASONS = {"cap": "beyond the nights that are taxed", "purpose": "purpose of the stay", "age": "age"}


@dataclass(frozen=True, slots=True)
class CityTaxNight:
    """One tax of one night of one stay. `exempt` persons of `persons` were not taxed, for `reason`."""

    property_code: str
    property_name: str
    currency: str
    reservation_code: str
    guest: str
    day: date
    code: str
    name: str
    rate: str
    persons: int
    exempt: int
    reason: str
    base_minor: int
    amount_minor: int

    @property
    def taxed(self) -> int:
        """Return how many persons were taxed."""
        return self.persons - self.exempt


@dataclass(slots=True)
class CityTaxTotals:
    """Nights and persons summed."""

    nights: int = 0
    persons: int = 0
    exempt: int = 0
    exempt_by: dict[str, int] = field(default_factory=dict)
    base_minor: int = 0
    amount_minor: int = 0

    def add(self, night: CityTaxNight) -> None:
        """Count a night."""
        self.nights += bool(night.persons)
        self.persons += night.persons
        self.exempt += night.exempt
        if night.exempt:
            self.exempt_by[night.reason] = self.exempt_by.get(night.reason, 0) + night.exempt
        self.base_minor += night.base_minor
        self.amount_minor += night.amount_minor

    @property
    def taxed(self) -> int:
        """Return the person-nights that were taxed."""
        return self.persons - self.exempt


@dataclass(frozen=True, slots=True)
class CityTaxRow:
    """A city tax at a property in a month; `rates` are those it was counted at."""

    property_code: str
    property_name: str
    month: date
    code: str
    name: str
    currency: str
    rates: tuple[str, ...]
    totals: CityTaxTotals


def city_tax_rows(nights: Iterable[CityTaxNight]) -> list[CityTaxRow]:
    """Return nights summed by property, month and tax."""
    found: dict[tuple[str, date, str], tuple[CityTaxNight, set[str], CityTaxTotals]] = {}
    for night in nights:
        key = (night.property_code, night.day.replace(day=1), night.code)
        _, rates, totals = found.setdefault(key, (night, set(), CityTaxTotals()))
        totals.add(night)
        if night.rate:
            rates.add(night.rate)
    return [
        CityTaxRow(place, one.property_name, month, code, one.name, one.currency, tuple(sorted(rates)), totals)
        for (place, month, code), (one, rates, totals) in sorted(found.items(), key=lambda item: item[0])
    ]


def city_tax_nights(
    *, entity: LegalEntity, first: date, last: date, property_code: str = "", code: str = ""
) -> list[CityTaxNight]:
    """Return every charged night of [first, last] with each city tax that holds at its property then, by day and stay.

    Nights count on the day they were slept, whenever they were posted. A tax of an extra or a fee adds its amount to the
    night of its day; where that day has no night it is a row without persons. Eight queries at most.
    """
    taxes = Tax.objects.filter(kind=TaxKind.CITY_TAX).exclude(percent_base=PercentBase.TAXES).prefetch_related("rates")
    if property_code:
        taxes = taxes.filter(property__code=property_code)
    rules: dict[int, list[Tax]] = {}
    for tax in taxes.order_by("position", "pk"):
        if not code or tax.code == code:
            rules.setdefault(tax.property_id, []).append(tax)
    span: dict[str, int | date | list[int]] = {"entity": entity.pk, "places": list(rules), "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(CHARGED, span)
        charged = set(cursor.fetchall())
        cursor.execute(POSTED, span)
        posted = {(stay, day, tax): amount for stay, day, tax, amount in cursor.fetchall()}
    nights = StayNight.objects.filter(
        reservation__property__in=rules,
        reservation__folios__entity=entity,
        date__gte=first,
        date__lte=last,
        released_at=None,
    )
    rows = nights.select_related("reservation__property", "reservation__guest").order_by("date", "reservation__code")
    extra_bases = _extra_bases(rules, first, last)
    found = []
    for night in rows.distinct():
        if (night.reservation_id, night.date) in charged:
            for tax in rules[night.reservation.property_id]:
                told = _night(night, tax, posted, extra_bases)
                if told is not None:
                    found.append(told)
                    posted.pop((night.reservation_id, night.date, tax.code), None)
    return found + _left_over(posted, rules)


def _left_over(posted: dict[tuple[int, date, str], int], rules: dict[int, list[Tax]]) -> list[CityTaxNight]:
    """Return what was posted for days without a night: an extra on the day of departure, a night that was taken back."""
    codes = {tax.code for taxes in rules.values() for tax in taxes}
    left = {key: amount for key, amount in posted.items() if amount and key[2] in codes}
    stays = Reservation.objects.filter(pk__in={stay for stay, _, _ in left}, property__in=rules)
    found = []
    by_key = {row.pk: row for row in stays.select_related("property", "guest")} if left else {}
    for (key, day, code), amount in sorted(left.items(), key=lambda item: (item[0][1], item[0])):
        stay = by_key.get(key)
        tax = next((tax for tax in rules[stay.property_id] if tax.code == code), None) if stay else None
        if stay is not None and tax is not None:
            found.append(_told(stay, day, tax, amount_minor=amount))
    return found


def _extra_bases(rules: dict[int, list[Tax]], first: date, last: date) -> dict[tuple[int, date, str], int]:
    """Return what city taxes were counted on for extras and fees, by stay, day and tax."""
    charges = ReservationCharge.objects.filter(
        reservation__property__in=rules, date__gte=first, date__lte=last, released_at=None
    )
    bases: dict[tuple[int, date, str], int] = {}
    for stay, day, lines in charges.values_list("reservation", "date", "taxes"):
        for line in lines:
            if line["kind"] == TaxKind.CITY_TAX:
                key = (stay, day, line["tax"])
                bases[key] = bases.get(key, 0) + line["base_minor"]
    return bases


def _night(
    night: StayNight, tax: Tax, posted: dict[tuple[int, date, str], int], extra_bases: dict[tuple[int, date, str], int]
) -> CityTaxNight | None:
    stay = night.reservation
    persons = stay.adults + stay.children + stay.infants
    lines = [line for line in night.taxes if line["tax"] == tax.code]
    rate = next(
        (row for row in tax.rates.all() if row.first <= night.date and (row.last is None or row.last >= night.date)),
        None,
    )
    key = (night.reservation_id, night.date, tax.code)
    amount = posted.get(key, 0)
    if not lines and rate is None and not amount:
        return None
    per_person = tax.basis == TaxBasis.PERSON_NIGHT
    taxed = max((line["quantity"] for line in lines), default=0) if per_person else persons if lines else 0
    exempt = max(persons - taxed, 0)
    return _told(
        stay,
        night.date,
        tax,
        amount_minor=amount,
        rate=_rate_told(lines),
        persons=persons,
        exempt=exempt,
        reason=_reason(night, tax, rate) if exempt else "",
        base_minor=sum(line["base_minor"] for line in lines) + extra_bases.get(key, 0),
    )


def _told(
    stay: Reservation,
    day: date,
    tax: Tax,
    *,
    amount_minor: int,
    rate: str = "",
    persons: int = 0,
    exempt: int = 0,
    reason: str = "",
    base_minor: int = 0,
) -> CityTaxNight:
    return CityTaxNight(
        property_code=stay.property.code,
        property_name=stay.property.name,
        currency=stay.currency,
        reservation_code=stay.code,
        guest=stay.guest.full_name,
        day=day,
        code=tax.code,
        name=tax.name,
        rate=rate,
        persons=persons,
        exempt=exempt,
        reason=reason,
        base_minor=base_minor,
        amount_minor=amount_minor,
    )


def _rate_told(lines: list[dict[str, object]]) -> str:
    """Return at what a night was taxed: "7.5 %", or the minor units for each person or room as digits."""
    if not lines:
        return ""
    percent, each = lines[0]["percent"], lines[0]["each_minor"]
    if percent is not None:
        return f"{Decimal(str(percent)).normalize():f} %"
    return f"{each}"


def _reason(night: StayNight, tax: Tax, rate: TaxRate | None) -> str:
    stay = night.reservation
    if stay.purpose in tax.exempt_purposes:
        return REASONS["purpose"]
    if rate is not None and rate.nights_cap is not None and (night.date - stay.arrival).days >= rate.nights_cap:
        return REASONS["cap"]
    return REASONS["age"]
