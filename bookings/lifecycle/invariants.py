"""What must hold at every moment, asked of the database from scratch: counters, overlaps, orphans, sums."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from billing.folios.selectors import FOLIO_RULES
from billing.invoices.invariants import DOCUMENT_RULES
from billing.ledger.balances import balance_findings
from billing.ledger.models import LegalEntity
from billing.payments.invariants import PAYMENT_RULES
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold. `rule` names the check, `detail` says where."""

    rule: str
    detail: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was checked at one property, and what was found."""

    property_code: str
    property_name: str
    business_date: date
    units: int
    inventory_days: int
    reservations: int
    stay_nights: int
    occupancies: int
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether everything holds."""
        return not self.findings


COUNTS = """
SELECT (SELECT count(*) FROM properties_unit WHERE property_id = %(property)s),
    (SELECT count(*) FROM availability_inventoryday d JOIN properties_roomtype t ON t.id = d.room_type_id
        WHERE t.property_id = %(property)s),
    (SELECT count(*) FROM reservations_reservation WHERE property_id = %(property)s),
    (SELECT count(*) FROM reservations_staynight n JOIN reservations_reservation r ON r.id = n.reservation_id
        WHERE r.property_id = %(property)s AND n.released_at IS NULL),
    (SELECT count(*) FROM availability_occupancy o JOIN properties_unit u ON u.id = o.unit_id
        WHERE u.property_id = %(property)s AND o.active)
"""

#: Recomputes each counter from what takes rooms and compares it with the row. Days that should have a row and have
#: none appear with an actual of -1.
COUNTERS = """
WITH types AS (SELECT id, code FROM properties_roomtype WHERE property_id = %(property)s),
nights AS (
    SELECT n.consumed_type_id AS type_id, n.date,
        count(*) FILTER (WHERE n.overbooked) AS overbooked,
        count(*) FILTER (WHERE NOT n.overbooked AND r.status = 'hold') AS held,
        count(*) FILTER (WHERE NOT n.overbooked AND r.status <> 'hold') AS sold
    FROM reservations_staynight n JOIN reservations_reservation r ON r.id = n.reservation_id
    WHERE n.released_at IS NULL AND r.property_id = %(property)s GROUP BY 1, 2
),
closed AS (
    SELECT u.room_type_id AS type_id, d::date AS date,
        count(*) FILTER (WHERE c.kind = 'out_of_order') AS out_of_order,
        count(*) FILTER (WHERE c.kind = 'owner') AS owner,
        count(*) FILTER (WHERE c.kind = 'out_of_inventory') AS out_of_inventory
    FROM availability_closure c JOIN properties_unit u ON u.id = c.unit_id,
        generate_series(lower(c.nights), upper(c.nights) - 1, interval '1 day') d
    WHERE c.released_at IS NULL AND u.property_id = %(property)s GROUP BY 1, 2
),
kept AS (
    SELECT n.room_type_id AS type_id, n.date, sum(n.quantity - n.picked_up) AS blocked
    FROM availability_blocknight n JOIN availability_block b ON b.id = n.block_id
    WHERE b.released_at IS NULL AND b.property_id = %(property)s GROUP BY 1, 2
),
nested AS (
    SELECT u.id, u.room_type_id, u.slots, u.in_service_from, u.in_service_until FROM properties_unit u
    WHERE u.property_id = %(property)s AND (u.parent_id IS NOT NULL
        OR EXISTS (SELECT 1 FROM properties_unit c WHERE c.parent_id = u.id))
),
linked AS (
    SELECT u.room_type_id AS type_id, d::date AS date, count(DISTINCT u.id) AS linked
    FROM nested u JOIN availability_occupancy o ON o.active AND o.slots && u.slots AND o.unit_id <> u.id,
        generate_series(lower(o.nights), upper(o.nights) - 1, interval '1 day') d
    WHERE u.in_service_from <= d AND (u.in_service_until IS NULL OR u.in_service_until > d) GROUP BY 1, 2
),
expected AS (
    SELECT days.type_id, days.date,
        coalesce(n.sold, 0) AS sold, coalesce(n.held, 0) AS held, coalesce(n.overbooked, 0) AS overbooked,
        coalesce(c.out_of_order, 0) AS out_of_order, coalesce(c.owner, 0) AS owner,
        coalesce(c.out_of_inventory, 0) AS out_of_inventory,
        coalesce(k.blocked, 0) AS blocked, coalesce(l.linked, 0) AS linked
    FROM (
        SELECT room_type_id AS type_id, date FROM availability_inventoryday d JOIN types ON types.id = d.room_type_id
        UNION SELECT type_id, date FROM nights UNION SELECT type_id, date FROM closed UNION SELECT type_id, date FROM kept
    ) days
    LEFT JOIN nights n USING (type_id, date) LEFT JOIN closed c USING (type_id, date)
    LEFT JOIN kept k USING (type_id, date) LEFT JOIN linked l USING (type_id, date)
)
SELECT t.code, e.date, v.name, v.expected, v.actual
FROM expected e JOIN types t ON t.id = e.type_id
LEFT JOIN availability_inventoryday d ON d.room_type_id = e.type_id AND d.date = e.date
CROSS JOIN LATERAL (VALUES
    ('sold', e.sold, coalesce(d.sold, -1)), ('held', e.held, coalesce(d.held, -1)),
    ('overbooked', e.overbooked, coalesce(d.overbooked, -1)),
    ('out_of_order', e.out_of_order, coalesce(d.out_of_order, -1)), ('owner', e.owner, coalesce(d.owner, -1)),
    ('blocked', e.blocked, coalesce(d.blocked, -1)), ('linked', e.linked, coalesce(d.linked, -1)),
    ('capacity', (SELECT count(*) FROM properties_unit u WHERE u.room_type_id = e.type_id AND u.in_service_from <= e.date
        AND (u.in_service_until IS NULL OR u.in_service_until > e.date)) - e.out_of_inventory, coalesce(d.capacity, -1))
) AS v(name, expected, actual)
WHERE v.expected <> v.actual AND (d.id IS NOT NULL OR v.name = 'sold')
ORDER BY 1, 2, 3
"""

#: (rule, query): every row found is one finding, its columns the detail.
RULES = (
    (
        "two guests in one room",
        """
        SELECT u.number, a.nights, v.number, b.nights
        FROM availability_occupancy a
        JOIN availability_occupancy b ON a.id < b.id AND b.active AND a.slots && b.slots AND a.nights && b.nights
        JOIN properties_unit u ON u.id = a.unit_id JOIN properties_unit v ON v.id = b.unit_id
        WHERE a.active AND u.property_id = %(property)s
        """,
    ),
    (
        "a night with a unit has no occupancy there",
        """
        SELECT r.code, n.date, u.number FROM reservations_staynight n
        JOIN reservations_reservation r ON r.id = n.reservation_id JOIN properties_unit u ON u.id = n.unit_id
        WHERE n.released_at IS NULL AND r.property_id = %(property)s AND NOT EXISTS (
            SELECT 1 FROM availability_occupancy o WHERE o.active AND o.reservation_id = r.id AND o.unit_id = n.unit_id
            AND o.nights @> n.date)
        """,
    ),
    (
        "an occupancy covers a night the reservation does not have there",
        """
        SELECT r.code, d::date, u.number FROM availability_occupancy o
        JOIN reservations_reservation r ON r.id = o.reservation_id JOIN properties_unit u ON u.id = o.unit_id,
        generate_series(lower(o.nights), upper(o.nights) - 1, interval '1 day') d
        WHERE o.active AND r.property_id = %(property)s AND NOT EXISTS (
            SELECT 1 FROM reservations_staynight n WHERE n.reservation_id = r.id AND n.released_at IS NULL
            AND n.unit_id = o.unit_id AND n.date = d::date)
        """,
    ),
    (
        "an open closure that takes the unit has no occupancy",
        """
        SELECT u.number, c.nights FROM availability_closure c JOIN properties_unit u ON u.id = c.unit_id
        WHERE c.released_at IS NULL AND c.kind <> 'out_of_service' AND u.property_id = %(property)s AND NOT EXISTS (
            SELECT 1 FROM availability_occupancy o WHERE o.active AND o.closure_id = c.id AND o.nights = c.nights)
        """,
    ),
    (
        "an occupancy belongs to a closure that was released",
        """
        SELECT u.number, o.nights FROM availability_occupancy o JOIN availability_closure c ON c.id = o.closure_id
        JOIN properties_unit u ON u.id = o.unit_id
        WHERE o.active AND c.released_at IS NOT NULL AND u.property_id = %(property)s
        """,
    ),
    (
        "a lost reservation or inquiry still takes nights",
        """
        SELECT DISTINCT r.code, r.status FROM reservations_staynight n
        JOIN reservations_reservation r ON r.id = n.reservation_id
        WHERE n.released_at IS NULL AND r.status IN ('cancelled', 'rejected', 'failed', 'inquiry')
        AND r.property_id = %(property)s
        """,
    ),
    (
        "a reservation does not have each of its nights once",
        """
        SELECT r.code, r.arrival, r.departure, count(n.id) FROM reservations_reservation r
        LEFT JOIN reservations_staynight n ON n.reservation_id = r.id AND n.released_at IS NULL
            AND n.date >= r.arrival AND n.date < r.departure
        WHERE r.status IN ('hold', 'pending', 'confirmed', 'checked_in', 'checked_out', 'completed')
        AND r.property_id = %(property)s GROUP BY r.id HAVING count(n.id) <> r.departure - r.arrival
        """,
    ),
    (
        "a night lies outside its stay",
        """
        SELECT r.code, n.date FROM reservations_staynight n JOIN reservations_reservation r ON r.id = n.reservation_id
        WHERE n.released_at IS NULL AND (n.date < r.arrival OR n.date >= r.departure) AND r.property_id = %(property)s
        """,
    ),
    (
        "the total is not the sum of the nights",
        """
        SELECT r.code, r.total_minor, sum(n.price_minor) FROM reservations_reservation r
        JOIN reservations_staynight n ON n.reservation_id = r.id AND n.released_at IS NULL
        WHERE r.status IN ('hold', 'pending', 'confirmed', 'checked_in', 'checked_out', 'completed')
        AND r.property_id = %(property)s
        GROUP BY r.id HAVING r.total_minor <> sum(n.price_minor)
        """,
    ),
    (
        "the extras and fees are not the sum of the charges",
        """
        SELECT r.code, r.charges_minor, coalesce(c.charged, 0) FROM reservations_reservation r
        LEFT JOIN (
            SELECT reservation_id, sum(amount_minor) AS charged FROM reservations_reservationcharge
            WHERE released_at IS NULL GROUP BY 1
        ) c ON c.reservation_id = r.id
        WHERE r.status IN ('hold', 'pending', 'confirmed', 'checked_in', 'checked_out', 'completed')
        AND r.property_id = %(property)s AND r.charges_minor <> coalesce(c.charged, 0)
        """,
    ),
    (
        "the taxes are not the sum of their lines on top",
        """
        SELECT r.code, r.taxes_minor, coalesce(t.taxed, 0) FROM reservations_reservation r
        LEFT JOIN (
            SELECT sold.reservation_id, sum((line ->> 'amount_minor')::bigint) AS taxed
            FROM (
                SELECT reservation_id, taxes FROM reservations_staynight WHERE released_at IS NULL AND taxes <> '[]'
                UNION ALL
                SELECT reservation_id, taxes FROM reservations_reservationcharge
                WHERE released_at IS NULL AND taxes <> '[]'
            ) sold, jsonb_array_elements(sold.taxes) line
            WHERE NOT (line ->> 'included')::boolean GROUP BY 1
        ) t ON t.reservation_id = r.id
        WHERE r.status IN ('hold', 'pending', 'confirmed', 'checked_in', 'checked_out', 'completed')
        AND r.property_id = %(property)s AND r.taxes_minor <> coalesce(t.taxed, 0)
        """,
    ),
    (
        "the parts of a night are not its price",
        """
        SELECT r.code, n.date, n.price_minor FROM reservations_staynight n
        JOIN reservations_reservation r ON r.id = n.reservation_id
        WHERE n.parts <> '[]' AND r.property_id = %(property)s AND n.price_minor <> (
            SELECT sum((part ->> 'amount_minor')::bigint) FROM jsonb_array_elements(n.parts) part)
        """,
    ),
    (
        "a promo code's uses are not the reservations that have it",
        """
        SELECT p.code, p.uses, count(r.id) FROM rates_promotion p
        LEFT JOIN reservations_reservation r ON r.promotion_id = p.id
            AND r.status IN ('hold', 'pending', 'confirmed', 'checked_in', 'checked_out', 'completed')
        WHERE p.property_id = %(property)s GROUP BY p.id HAVING p.uses <> count(r.id)
        """,
    ),
    (
        "a day of an extra does not count what is sold",
        """
        SELECT e.code, d.date, d.sold, coalesce(sum(c.quantity), 0) FROM rates_extraday d
        JOIN rates_extra e ON e.id = d.extra_id
        LEFT JOIN reservations_reservationcharge c ON c.extra_id = d.extra_id AND c.date = d.date
            AND c.released_at IS NULL
        WHERE e.property_id = %(property)s
        GROUP BY e.code, d.id HAVING d.sold <> coalesce(sum(c.quantity), 0)
        """,
    ),
    (
        "a lost reservation or inquiry still has extras or fees",
        """
        SELECT DISTINCT r.code, r.status FROM reservations_reservationcharge c
        JOIN reservations_reservation r ON r.id = c.reservation_id
        WHERE c.released_at IS NULL AND r.status IN ('cancelled', 'rejected', 'failed', 'inquiry')
        AND r.property_id = %(property)s
        """,
    ),
    (
        "an overbooked night and its reservation's flag disagree",
        """
        SELECT r.code FROM reservations_reservation r
        LEFT JOIN reservations_staynight n ON n.reservation_id = r.id AND n.released_at IS NULL
        WHERE r.property_id = %(property)s GROUP BY r.id HAVING r.is_overbooked <> coalesce(bool_or(n.overbooked), false)
        """,
    ),
    (
        "a stay without a room does not say why",
        """
        SELECT r.code FROM reservations_reservation r
        JOIN reservations_staynight n ON n.reservation_id = r.id AND n.released_at IS NULL
        WHERE r.property_id = %(property)s AND r.status IN ('hold', 'pending', 'confirmed', 'checked_in')
        GROUP BY r.id HAVING (r.unassigned_reason = '') <> bool_and(n.unit_id IS NOT NULL)
        """,
    ),
    (
        "a guest in house has no room tonight",
        """
        SELECT r.code FROM reservations_reservation r JOIN properties_property p ON p.id = r.property_id
        WHERE r.status = 'checked_in' AND r.property_id = %(property)s AND r.departure > p.business_date AND NOT EXISTS (
            SELECT 1 FROM reservations_staynight n WHERE n.reservation_id = r.id AND n.released_at IS NULL
            AND n.date = p.business_date AND n.unit_id IS NOT NULL)
        """,
    ),
    (
        "a night's type is not that of its unit",
        """
        SELECT r.code, n.date FROM reservations_staynight n JOIN reservations_reservation r ON r.id = n.reservation_id
        JOIN properties_unit u ON u.id = n.unit_id
        WHERE n.released_at IS NULL AND u.room_type_id <> n.consumed_type_id AND r.property_id = %(property)s
        """,
    ),
    (
        "a unit is used outside its service",
        """
        SELECT u.number, o.nights FROM availability_occupancy o JOIN properties_unit u ON u.id = o.unit_id
        WHERE o.active AND u.property_id = %(property)s AND (lower(o.nights) < u.in_service_from
            OR upper(o.nights) > coalesce(u.in_service_until, 'infinity'::date))
        """,
    ),
    (
        "a part lies outside its whole, or two parts overlap",
        """
        SELECT c.number, p.number FROM properties_unit c JOIN properties_unit p ON p.id = c.parent_id
        WHERE c.property_id = %(property)s AND NOT c.slots <@ p.slots
        UNION ALL
        SELECT a.number, b.number FROM properties_unit a JOIN properties_unit b
            ON a.parent_id = b.parent_id AND a.id < b.id AND a.slots && b.slots WHERE a.property_id = %(property)s
        """,
    ),
    (
        "an option has no live hold",
        """
        SELECT r.code FROM reservations_reservation r LEFT JOIN availability_hold h ON h.id = r.hold_id
        WHERE r.status = 'hold' AND r.property_id = %(property)s AND (h.id IS NULL OR h.released_at IS NOT NULL)
        """,
    ),
)


def certify(*, property: Property, most: int = 50) -> Certificate:
    """Recompute everything that must hold at a property and return the certificate; at most `most` findings a rule."""
    parameters = {"property": property.pk}
    findings: list[Finding] = []
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, parameters)
        units, days, reservations, nights, occupancies = cursor.fetchone()
        cursor.execute(COUNTERS, parameters)
        for code, day, name, expected, actual in cursor.fetchmany(most):
            was = "no inventory day" if actual == -1 else f"says {actual}"
            findings.append(Finding("a counter is wrong", f"{code} {day} {name}: {was}, is {expected}"))
        for rule, query in (*RULES, *FOLIO_RULES, *PAYMENT_RULES, *DOCUMENT_RULES):
            cursor.execute(query, parameters)
            findings += [Finding(rule, " ".join(str(value) for value in row)) for row in cursor.fetchmany(most)]
    for entity in LegalEntity.objects.filter(properties__property=property):
        found = balance_findings(entity=entity)[:most]
        findings += [Finding("a balance kept at a period's close is wrong", detail) for detail in found]
    return Certificate(
        property_code=property.code,
        property_name=property.name,
        business_date=property.business_date,
        units=units,
        inventory_days=days,
        reservations=reservations,
        stay_nights=nights,
        occupancies=occupancies,
        findings=tuple(findings),
    )
