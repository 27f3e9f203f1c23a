"""The statement that counts a property's inventory days from its units, stays and closures."""

from typing import Final

#: Parameters: property (id), first and last (dates, both included). The check constraint of the table judges the result.
INVENTORY_FROM_ROWS: Final = """
WITH days AS (
    SELECT d::date AS day FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') d
), there AS (
    SELECT u.room_type_id, days.day, count(*) AS units
    FROM properties_unit u
    JOIN days ON u.in_service_from <= days.day AND (u.in_service_until IS NULL OR u.in_service_until > days.day)
    WHERE u.property_id = %(property)s
    GROUP BY 1, 2
), taken AS (
    SELECT n.consumed_type_id AS room_type_id, n.date AS day,
        count(*) FILTER (WHERE r.status <> 'hold' AND NOT n.overbooked) AS sold,
        count(*) FILTER (WHERE r.status <> 'hold' AND n.overbooked) AS overbooked,
        count(*) FILTER (WHERE r.status = 'hold') AS held
    FROM reservations_staynight n
    JOIN reservations_reservation r ON r.id = n.reservation_id
    WHERE r.property_id = %(property)s AND n.released_at IS NULL
        AND r.status IN ('pending', 'confirmed', 'checked_in', 'checked_out', 'completed', 'hold')
    GROUP BY 1, 2
), closed AS (
    SELECT u.room_type_id, days.day,
        count(*) FILTER (WHERE o.kind = 'out_of_order') AS out_of_order,
        count(*) FILTER (WHERE o.kind = 'out_of_inventory') AS out_of_inventory,
        count(*) FILTER (WHERE o.kind = 'owner') AS owner
    FROM availability_occupancy o
    JOIN properties_unit u ON u.id = o.unit_id
    JOIN days ON o.nights @> days.day
    WHERE u.property_id = %(property)s AND o.active AND o.closure_id IS NOT NULL
    GROUP BY 1, 2
), family AS (
    SELECT u.id, u.room_type_id, other.id AS other_id, u.in_service_from, u.in_service_until
    FROM properties_unit u
    JOIN properties_unit other ON other.slots && u.slots AND other.id <> u.id
    WHERE u.property_id = %(property)s
), linked AS (
    SELECT f.room_type_id, days.day, count(DISTINCT f.id) AS linked
    FROM family f
    JOIN availability_occupancy o ON o.unit_id = f.other_id AND o.active
    JOIN days ON o.nights @> days.day AND f.in_service_from <= days.day
        AND (f.in_service_until IS NULL OR f.in_service_until > days.day)
    GROUP BY 1, 2
)
INSERT INTO availability_inventoryday
    (room_type_id, date, capacity, out_of_order, owner, sold, overbooked, held, blocked, linked, overbooking_limit)
SELECT t.id, days.day, coalesce(there.units, 0) - coalesce(closed.out_of_inventory, 0),
    coalesce(closed.out_of_order, 0), coalesce(closed.owner, 0), coalesce(taken.sold, 0),
    coalesce(taken.overbooked, 0), coalesce(taken.held, 0), 0, coalesce(linked.linked, 0), t.overbooking_limit
FROM properties_roomtype t
CROSS JOIN days
LEFT JOIN there ON there.room_type_id = t.id AND there.day = days.day
LEFT JOIN taken ON taken.room_type_id = t.id AND taken.day = days.day
LEFT JOIN closed ON closed.room_type_id = t.id AND closed.day = days.day
LEFT JOIN linked ON linked.room_type_id = t.id AND linked.day = days.day
WHERE t.property_id = %(property)s
ORDER BY t.id, days.day
"""
