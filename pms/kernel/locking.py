"""The one way to lock rows. The order across tables is written down in docs/locking.md."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from random import uniform
from time import sleep
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, connection, models, transaction

from pms.kernel.errors import Busy
from pms.kernel.prepared import PreparedRows

M = TypeVar("M", bound=models.Model)
P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 5
#: serialization failure, deadlock, exclusion violation, lock not available
RETRYABLE = frozenset({"40001", "40P01", "23P01"})
LOCK_NOT_AVAILABLE = "55P03"


def lock(queryset: models.QuerySet[M]) -> list[M]:
    """Lock the rows of queryset FOR NO KEY UPDATE in key order and return them.

    Must run inside a transaction; waits at most the connection's lock_timeout (settings), then raises Busy `locked`.
    """
    ordering = queryset.query.order_by or ("pk",)
    with _locking():
        return list(queryset.order_by(*ordering).select_for_update(of=("self",), no_key=True))


def lock_prepared(rows: PreparedRows[M], **values: Any) -> list[M]:
    """Lock rows as `lock` does, with a query that was compiled before and says FOR NO KEY UPDATE and the order itself."""
    with _locking():
        return rows.all(**values)


@contextmanager
def _locking() -> Iterator[None]:
    if not connection.in_atomic_block:
        raise RuntimeError("Rows are locked only inside a transaction: the lock would be gone at once.")
    try:
        yield
    except OperationalError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise Busy("locked", "Somebody else is changing the same rows right now. Please try again.") from error
        raise


def lock_one(queryset: models.QuerySet[M]) -> M | None:
    """Lock the single row of queryset and return it, or None when there is none."""
    rows = lock(queryset)
    return rows[0] if rows else None


def lock_next(rows: PreparedRows[M], **values: Any) -> M | None:
    """Lock the first row that nobody else has locked and return it, or None when there is none: a queue's next.

    The query says SKIP LOCKED itself, so that nobody waits. Must run inside a transaction.
    """
    with _locking():
        return rows.first(**values)


def sqlstate(error: BaseException) -> str:
    """Return PostgreSQL's five-letter error code behind a Django database error, or the empty string."""
    return str(getattr(error.__cause__, "sqlstate", "") or "")


def violated(error: BaseException) -> str:
    """Return the name of the constraint behind a Django database error, or the empty string."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or "")


def retried(function: Callable[P, R]) -> Callable[P, R]:
    """Retry a whole transaction a bounded number of times after a deadlock, exclusion or serialization failure.

    Inside an outer transaction nothing is retried: the outermost call decides. Raises Busy `contended` at the end.
    """

    @wraps(function)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return function(*args, **kwargs)
        for number in range(1, ATTEMPTS + 1):
            try:
                return function(*args, **kwargs)
            except (OperationalError, IntegrityError) as error:
                if sqlstate(error) not in RETRYABLE:
                    raise
                if number == ATTEMPTS:
                    raise Busy("contended", "Too many people are changing the same rooms. Please try again.") from error
                sleep(uniform(0.005, 0.02) * number)
        raise AssertionError("unreachable")

    return attempt


class _DryRunOver(DatabaseError):
    """Rolls a dry run back."""


@contextmanager
def dry_run() -> Iterator[None]:
    """Run the block for real, then roll everything back: a preview that cannot differ from the deed."""
    try:
        with transaction.atomic():
            yield
            raise _DryRunOver
    except _DryRunOver:
        pass
