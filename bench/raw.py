"""The same questions asked of PostgreSQL directly, with psycopg and nothing else."""

from collections.abc import Callable, Mapping, Sequence
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
#: Every account over [first, last] from all lines ever written.
TRIAL_BALANCE = """
SELECT account_id, currency, sum(amount_minor) FILTER (WHERE date < %(first)s),
       sum(amount_minor) FILTER (WHERE date >= %(first)s AND amount_minor > 0),
       sum(amount_minor) FILTER (WHERE date >= %(first)s AND amount_minor < 0)
FROM ledger_line WHERE date <= %(last)s GROUP BY account_id, currency
"""

#: What a price depends on, each table by itself: the rows that a quote of [first, until) reads.
RULES_OF_A_STAY = (
    (
        "SELECT id, code, name, position, base_occupancy, max_occupancy, max_adults, max_children, retired_at"
        " FROM properties_roomtype"
    ),
    (
        "SELECT p.*, c.*, t.* FROM rates_rateplan p LEFT JOIN rates_cancellationpolicy c ON c.id = p.cancellation_policy_id"
        " LEFT JOIN rates_paymentterms t ON t.id = p.payment_terms_id"
    ),
    "SELECT rate_plan_id, component, basis, amount_minor, age_from FROM rates_plancomponent",
    "SELECT rate_plan_id, is_open, percent, amount_minor FROM rates_planchannel WHERE source = 'direct_web'",
    "SELECT rate_plan_id, room_type_id, price_minor FROM rates_baseprice",
    (
        "SELECT rate_plan_id, room_type_id, date, price_minor, all_in FROM rates_dailyprice"
        " WHERE date >= %(first)s AND date < %(until)s"
    ),
    (
        "SELECT s.code, s.first, s.last, s.percent, p.rate_plan_id, p.room_type_id, p.price_minor FROM rates_season s"
        " LEFT JOIN rates_seasonprice p ON p.season_id = s.id WHERE s.first < %(until)s AND s.last >= %(first)s"
    ),
    "SELECT id, rate_plan_id, room_type_id, kind, first, last, percent, amount_minor FROM rates_pricerule",
    "SELECT * FROM rates_restriction WHERE date >= %(first)s AND date <= %(until)s",
)
SALE_OF_A_STAY = (
    *RULES_OF_A_STAY,
    (
        "SELECT room_type_id, date, capacity, free, overbooking_limit FROM availability_inventoryday"
        " WHERE date >= %(first)s AND date < %(until)s ORDER BY room_type_id, date"
    ),
    "SELECT * FROM rates_cancellationtier",
    "SELECT t.*, r.* FROM taxes_tax t JOIN taxes_taxrate r ON r.tax_id = t.id",
    "SELECT * FROM taxes_fee",
    "SELECT rounding FROM taxes_taxsettings",
    (
        "SELECT rate_plan_id, room_type_id, date, count(*) FROM reservations_staynight WHERE released_at IS NULL"
        " AND date >= %(first)s AND date < %(until)s GROUP BY 1, 2, 3"
    ),
)
#: What a channel is told depends on: the same, the rooms left, and what it was told before.
TOLD = (
    *RULES_OF_A_STAY,
    SALE_OF_A_STAY[len(RULES_OF_A_STAY)],
    "SELECT link_id, date, rooms FROM sync_toldrooms WHERE date >= %(first)s AND date < %(until)s",
    "SELECT * FROM sync_toldrate WHERE date >= %(first)s AND date < %(until)s",
)
YEAR_OF_A_PLAN = (
    "SELECT id, code, base_occupancy FROM properties_roomtype",
    "SELECT * FROM rates_rateplan",
    "SELECT rate_plan_id, room_type_id, price_minor FROM rates_baseprice",
    (
        "SELECT rate_plan_id, room_type_id, date, price_minor, all_in FROM rates_dailyprice"
        " WHERE rate_plan_id = %(plan)s AND date >= %(first)s AND date < %(until)s"
    ),
    RULES_OF_A_STAY[6],
    RULES_OF_A_STAY[7],
    "SELECT * FROM rates_restriction WHERE rate_plan_id = %(plan)s AND date >= %(first)s AND date <= %(until)s",
)


def asking_all(schema: str, queries: Sequence[str], parameters: Mapping[str, Any]) -> Client:
    """Return a client that asks all queries, one after the other, again and again."""

    def client(_number: int, times: int, go: Callable[[], object]) -> Taken:
        taken = Taken()
        with connected(schema) as connection:
            for query in queries:
                connection.execute(query, parameters).fetchall()
            go()
            for _ in range(times):
                start = perf_counter()
                for query in queries:
                    connection.execute(query, parameters).fetchall()
                taken.seconds.append(perf_counter() - start)
        return taken

    return client


def cells_copied(schema: str, rows: Sequence[tuple[int, int, int, date]]) -> float:
    """Return the seconds in which prices and restrictions of so many (property, plan, type, day) are written.

    COPY into a temporary table, then an upsert into each of the two; rolled back afterwards.
    """
    with connected(schema) as connection:
        connection.execute("BEGIN")
        start = perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE fresh (place bigint, plan bigint, kind bigint, day date) ON COMMIT DROP")
            with cursor.copy("COPY fresh FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(
                "INSERT INTO rates_dailyprice (rate_plan_id, room_type_id, date, price_minor, all_in)"
                " SELECT plan, kind, day, 9900, false FROM fresh"
                " ON CONFLICT (rate_plan_id, room_type_id, date) DO UPDATE SET price_minor = excluded.price_minor"
            )
            cursor.execute(
                "INSERT INTO rates_restriction (property_id, rate_plan_id, room_type_id, date, min_stay_arrival,"
                " closed_to_arrival) SELECT place, plan, kind, day, 2, false FROM fresh"
                " ON CONFLICT (property_id, date, room_type_id, rate_plan_id)"
                " DO UPDATE SET min_stay_arrival = excluded.min_stay_arrival"
            )
        seconds = perf_counter() - start
        connection.execute("ROLLBACK")
    return seconds


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
        " '', '{}', now(), '', 1 FROM rates_rateplan p WHERE p.is_default RETURNING id, rate_plan_id",
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
