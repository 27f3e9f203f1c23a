"""The same questions asked of PostgreSQL directly, with psycopg and nothing else."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from time import perf_counter
from typing import Any

import psycopg
from django.conf import settings

from bench.measuring import Client, Taken

Rows = list[tuple[Any, ...]]

CHART = """
SELECT o.unit_id, lower(o.nights), upper(o.nights), o.kind, r.code, r.status, r.arrival, r.departure, r.adults,
       r.children, r.unit_pinned, r.is_overbooked, g.first_name, g.last_name, g.is_vip
FROM availability_occupancy o JOIN reservations_reservation r ON r.id = o.reservation_id
JOIN profiles_guest g ON g.id = r.guest_id
WHERE o.active AND o.nights && daterange(%s, %s)
"""
AVAILABILITY = """
SELECT room_type_id, date, capacity, free, overbooking_limit FROM availability_inventoryday
WHERE date >= %s AND date < %s ORDER BY room_type_id, date
"""


def connected(schema: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Return a connection of our own, autocommitting, in the schema."""
    database = settings.DATABASES["default"]
    named = {"host": database.get("HOST"), "port": database.get("PORT"), "password": database.get("PASSWORD")}
    connection = psycopg.connect(
        dbname=database["NAME"],
        user=database["USER"],
        autocommit=True,
        **{key: value for key, value in named.items() if value},
        **database["OPTIONS"],
    )
    connection.execute(f'SET search_path = "{schema}", public')
    return connection


def asking(schema: str, query: str, parameters: Sequence[Any]) -> Client:
    """Return a client that asks the query again and again."""

    def client(_number: int, times: int, go: Callable[[], object]) -> Taken:
        taken = Taken()
        with connected(schema) as connection:
            connection.execute(query, parameters).fetchall()
            go()
            for _ in range(times):
                start = perf_counter()
                connection.execute(query, parameters).fetchall()
                taken.seconds.append(perf_counter() - start)
        return taken

    return client


def booking(schema: str, picks: Sequence[tuple[int, int, date, int]]) -> Client:
    """Return a client that writes the rows of a booking of two nights: both guards, nights, audit and outbox.

    picks are (room type, unit, arrival, guest); every client takes its own share.
    """

    def client(number: int, times: int, go: Callable[[], object]) -> Taken:
        taken = Taken()
        with connected(schema) as connection:
            connection.execute("SELECT 1")
            go()
            for room_type, unit, arrival, guest in picks[number * times : (number + 1) * times]:
                start = perf_counter()
                with connection.transaction():
                    _book(connection, room_type, unit, arrival, guest)
                taken.seconds.append(perf_counter() - start)
        return taken

    return client


def _book(connection: psycopg.Connection[Any], room_type: int, unit: int, arrival: date, guest: int) -> None:
    departure = arrival + timedelta(days=2)
    code = f"R{unit}-{arrival:%y%m%d}"
    run = connection.execute
    run(
        "SELECT id FROM availability_inventoryday WHERE room_type_id = %s AND date >= %s AND date < %s"
        " ORDER BY room_type_id, date FOR NO KEY UPDATE",
        [room_type, arrival, departure],
    )
    run(
        "UPDATE availability_inventoryday SET sold = sold + 1 WHERE room_type_id = %s AND date >= %s AND date < %s",
        [room_type, arrival, departure],
    )
    answer = run(
        "INSERT INTO reservations_booking (code, property_id, booker_id, source, external_id, notes, made_at)"
        " SELECT %s, id, %s, 'phone', '', '', now() FROM properties_property RETURNING id, property_id",
        [code, guest],
    ).fetchone()
    assert answer is not None
    reservation = run(
        "INSERT INTO reservations_reservation (code, booking_id, property_id, status, room_type_id, rate_plan_id,"
        " guest_id, arrival, departure, adults, children, infants, currency, total_minor, commission_minor, guarantee,"
        " unit_pinned, unassigned_reason, is_overbooked, special_requests, notes, tags, made_at, end_reason, version)"
        " SELECT %s, %s, %s, 'confirmed', %s, p.id, %s, %s, %s, 2, 0, 0, 'EUR', 19800, 0, 'card', false, '', false, '',"
        " '', '{}', now(), '', 1 FROM rates_rateplan p RETURNING id, rate_plan_id",
        [code, *answer, room_type, guest, arrival, departure],
    ).fetchone()
    assert reservation is not None
    run("SELECT id FROM properties_unit WHERE id = %s FOR NO KEY UPDATE", [unit])
    for night in (arrival, arrival + timedelta(days=1)):
        run(
            "INSERT INTO reservations_staynight (reservation_id, date, room_type_id, consumed_type_id, unit_id,"
            " rate_plan_id, price_minor, taxes, overbooked) VALUES (%s, %s, %s, %s, %s, %s, 9900, '[]', false)",
            [reservation[0], night, room_type, room_type, unit, reservation[1]],
        )
    run(
        "INSERT INTO availability_occupancy (unit_id, slots, nights, kind, active, reservation_id)"
        " SELECT id, slots, daterange(%s, %s), 'stay', true, %s FROM properties_unit WHERE id = %s",
        [arrival, departure, reservation[0], unit],
    )
    run(
        "INSERT INTO audit_auditevent (at, actor_kind, actor_label, user_agent, request_id, action, subject_type,"
        " subject_code, property_code, reason, changes) VALUES (now(), 'system', 'raw', '', '', 'reservation.created',"
        " 'reservation', %s, 'BENCH', '', '{}')",
        [code],
    )
    run(
        "INSERT INTO events_outboxevent (public_id, at, kind, subject_type, subject_code, payload)"
        " VALUES (gen_random_uuid(), now(), 'reservation.created', 'reservation', %s, '{}')",
        [code],
    )
