"""Locks are in order, bounded, and given up cleanly."""

from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from pms.access.models import Role
from pms.kernel.errors import Busy, Conflict
from pms.kernel.locking import ATTEMPTS, dry_run, lock, lock_next, lock_one, lock_prepared, retried, sqlstate
from pms.kernel.prepared import PreparedRows

QUEUE = PreparedRows(Role, lambda: Role.objects.order_by("code")[:1].select_for_update(no_key=True, skip_locked=True))


class Fault(Exception):
    """Stands for psycopg's error behind Django's."""

    def __init__(self, state):
        super().__init__(state)
        self.sqlstate = state


def failing(state, times):
    """Return a retried function that fails so many times, and the list of its calls."""
    calls = []

    @retried
    def act():
        calls.append(1)
        if len(calls) <= times:
            raise OperationalError(state) from Fault(state)
        return "done"

    return act, calls


@pytest.mark.django_db(transaction=True)
def test_locking_outside_a_transaction_is_refused():
    with schema_context("hotel_a"), pytest.raises(RuntimeError):
        lock(Role.objects.all())


def test_rows_are_locked_in_key_order(in_tenant):
    with CaptureQueriesContext(connection) as asked:
        rows = lock(Role.objects.all())
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)
    assert 'ORDER BY "access_role"."id" ASC FOR NO KEY UPDATE OF "access_role"' in asked[-1]["sql"]


def test_one_row_or_none(in_tenant):
    assert lock_one(Role.objects.filter(code="manager")).code == "manager"
    assert lock_one(Role.objects.filter(code="nobody")) is None


@pytest.mark.django_db(transaction=True)
def test_who_takes_the_next_passes_over_what_others_hold():
    codes, done = [], Event()

    def take():
        with schema_context("hotel_a"), transaction.atomic():
            codes.append(lock_next(QUEUE).code)
        connection.close()
        done.set()

    with schema_context("hotel_a"):
        with pytest.raises(RuntimeError):
            lock_prepared(QUEUE)
        with transaction.atomic():
            first, second = Role.objects.order_by("code").values_list("code", flat=True)[:2]
            assert lock_next(QUEUE).code == first
            Thread(target=take).start()
            assert done.wait(5)
    assert codes == [second]


@pytest.mark.django_db(transaction=True)
def test_a_lock_held_by_somebody_else_is_waited_for_and_given_up():
    held, done = Event(), Event()

    def hold():
        with schema_context("hotel_a"), transaction.atomic():
            lock(Role.objects.filter(code="manager"))
            held.set()
            done.wait(10)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    held.wait(10)
    try:
        with schema_context("hotel_a"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = 50")
            with pytest.raises(Busy) as refusal:
                lock(Role.objects.filter(code="manager"))
            transaction.set_rollback(True)
        assert (refusal.value.code, refusal.value.status) == ("locked", 503)
    finally:
        done.set()
        holder.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["40P01", "23P01", "40001"])
def test_a_deadlock_is_tried_again(state):
    act, calls = failing(state, ATTEMPTS - 1)
    assert act() == "done"
    assert len(calls) == ATTEMPTS


@pytest.mark.django_db(transaction=True)
def test_not_for_ever():
    act, calls = failing("40P01", ATTEMPTS)
    with pytest.raises(Busy) as refusal:
        act()
    assert (refusal.value.code, len(calls)) == ("contended", ATTEMPTS)


@pytest.mark.django_db(transaction=True)
def test_other_errors_are_not_tried_again():
    act, calls = failing("57014", 1)
    with pytest.raises(OperationalError):
        act()
    assert len(calls) == 1


def test_inside_a_transaction_the_outermost_decides(db):
    act, calls = failing("40P01", 1)
    with pytest.raises(OperationalError):
        act()
    assert len(calls) == 1


def test_a_dry_run_leaves_nothing_behind(in_tenant):
    with dry_run():
        Role.objects.create(code="painter", name="Painter")
        assert Role.objects.filter(code="painter").exists()
    assert not Role.objects.filter(code="painter").exists()


def test_a_dry_run_lets_refusals_through(in_tenant):
    def refuse():
        with dry_run():
            Role.objects.create(code="painter", name="Painter")
            raise Conflict("no", "No.")

    with pytest.raises(Conflict):
        refuse()
    assert not Role.objects.filter(code="painter").exists()


def test_the_state_behind_an_error():
    error = OperationalError("x")
    assert sqlstate(error) == ""
    error.__cause__ = Fault("40P01")
    assert sqlstate(error) == "40P01"
