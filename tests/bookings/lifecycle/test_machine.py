"""Anything in any order: after each step of the machine the whole property is recomputed from scratch."""

from collections import Counter as Tally
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from tests.bookings.lifecycle.any_order import TAKING, Desk, NothingThere, make_grand


def _run(profile: settings) -> Tally[str]:
    tally: Tally[str] = Tally()
    machine: Any = type("Desk", (Desk,), {"place": make_grand("GRAND"), "tally": tally})
    run_state_machine_as_test(machine, settings=profile)
    return tally


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def test_whatever_happens_the_inventory_adds_up(in_tenant):
    tally = _run(
        settings(
            max_examples=6,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=QUIET,
        )
    )
    assert tally["book"]


#: Deeds in about the shares of a busy day, and what each is told.
DEEDS: tuple[tuple[int, str, Callable[[Random], dict[str, Any]]], ...] = (
    (
        5,
        "sell",
        lambda r: {
            "day": r.randrange(8),
            "length": r.randrange(1, 5),
            "kind": r.randrange(4),
            "status": r.choice([Status.CONFIRMED] * 4 + [Status.HOLD, Status.PENDING, Status.INQUIRY]),
            "source": r.choice([Source.PHONE, Source.PHONE, Source.BOOKING_COM]),
            "unit": r.choice([None, None, r.randrange(9)]),
            "rooms": r.choice([1, 1, 2]),
            "in_block": r.random() < 0.3,
            "beside": r.randrange(4),
        },
    ),
    (1, "confirm", lambda r: {"pick": r.randrange(99)}),
    (
        3,
        "modify",
        lambda r: {
            "pick": r.randrange(99),
            "shift": r.randrange(-1, 3),
            "length": r.randrange(1, 5),
            "kind": r.choice([None, r.randrange(4)]),
            "reprice": r.random() < 0.2,
        },
    ),
    (
        2,
        "charge",
        lambda r: {
            "pick": r.randrange(99),
            "what": r.choice(["add", "add", "remove"]),
            "code": r.choice(["PARK", "BREAK"]),
        },
    ),
    (1, "take_back", lambda r: {"pick": r.randrange(99)}),
    (2, "extend", lambda r: {"pick": r.randrange(99), "days": r.randrange(1, 4)}),
    (1, "shorten", lambda r: {"pick": r.randrange(99), "days": 1}),
    (4, "move", lambda r: {"pick": r.randrange(99), "unit": r.randrange(9), "begin": r.randrange(3)}),
    (2, "swap", lambda r: {"one": r.randrange(99), "other": r.randrange(99)}),
    (1, "assignment", lambda r: {"pick": r.randrange(99), "what": r.choice(["assign", "unassign", "pin", "unpin"])}),
    (3, "check_in", lambda r: {"pick": r.randrange(99)}),
    (1, "check_out", lambda r: {"pick": r.randrange(99)}),
    (1, "undo", lambda r: {"pick": r.randrange(99), "what": r.choice(["check in", "check out"])}),
    (
        2,
        "lose",
        lambda r: {
            "pick": r.randrange(99),
            "what": r.choice(["cancel", "cancel", "reject", "no-show", "no-show, released"]),
        },
    ),
    (2, "reinstate", lambda r: {"pick": r.randrange(99)}),
    (1, "reassign", lambda _: {}),
    (1, "assign_waiting", lambda _: {}),
    (
        1,
        "close",
        lambda r: {
            "unit": r.randrange(9),
            "day": r.randrange(9),
            "length": r.randrange(1, 4),
            "kind": r.choice(TAKING),
        },
    ),
    (1, "reopen", lambda r: {"pick": r.randrange(99), "later": r.randrange(3)}),
    (1, "retire", lambda r: {"unit": r.randrange(12), "day": r.randrange(3, 13)}),
    (1, "build", lambda r: {"kind": r.randrange(4), "parent": r.choice([None, r.randrange(9)])}),
    (
        1,
        "keep_block",
        lambda r: {
            "day": r.randrange(9),
            "length": r.randrange(1, 4),
            "quantity": 1,
            "kind": r.randrange(4),
        },
    ),
    (1, "release_block", lambda r: {"pick": r.randrange(99)}),
    (1, "limit", lambda r: {"limit": r.randrange(3), "kind": r.randrange(4)}),
    (1, "time_passes", lambda r: {"sweep": r.random() < 0.5}),
    (1, "price", lambda r: {"price_minor": r.randrange(9), "kind": r.randrange(4), "day": r.randrange(9)}),
    (1, "night_audit", lambda _: {"leave": True}),
    (
        4,
        "money_moves",
        lambda r: {"pick": r.randrange(99), "amount_minor": r.randrange(1, 40_000), "back": r.random() < 0.2},
    ),
    (
        2,
        "something_is_sold",
        lambda r: {"pick": r.randrange(99), "price_minor": r.randrange(5_000), "quantity": r.randrange(1, 4)},
    ),
    (
        1,
        "something_is_forgiven",
        lambda r: {"pick": r.randrange(99), "amount_minor": r.choice([None, r.randrange(1, 9_000)])},
    ),
    (
        4,
        "somebody_else_pays",
        lambda r: {
            "pick": r.randrange(99),
            "other": r.randrange(99),
            "amount_minor": r.choice([None, r.randrange(1, 9_000)]),
            "all_of_it": r.random() < 0.2,
        },
    ),
    (
        1,
        "a_folio_changes",
        lambda r: {"pick": r.randrange(99), "what": r.choice(["open", "close", "later", "now"])},
    ),
)


def _walk(seed: int, steps: int) -> Tally[str]:
    random = Random(seed)
    tally: Tally[str] = Tally()
    desk_at = type("Desk", (Desk,), {"place": make_grand(f"G{seed}"), "tally": tally})()
    desk_at.open()
    shares = [share for share, _, _ in DEEDS]
    try:
        for _ in range(steps):
            _, name, wish = random.choices(DEEDS, shares)[0]
            with suppress(NothingThere, ZeroDivisionError):
                getattr(desk_at, name)(**wish(random))
            desk_at.everything_holds()
            desk_at.no_sold_price_changes()
            desk_at.the_books_balance()
            desk_at.nothing_is_given_away()
    finally:
        desk_at.teardown()
    return tally


def test_a_busy_day(in_tenant):
    tally = _walk(seed=20, steps=190)
    done = {name for name in tally if "refused" not in name}
    assert {"book", "move", "modify", "extend", "check in", "cancel", "reinstate", "night audit"} <= done
    assert {"charge add", "take back", "pay", "refund", "article", "allowance", "transfer"} <= done


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
def test_a_busy_month(in_tenant, seed):
    assert _walk(seed=seed, steps=600)["book"]


@pytest.mark.long
def test_whatever_happens_for_long_the_inventory_adds_up(in_tenant):
    tally = _run(
        settings(
            max_examples=60,
            stateful_step_count=60,
            deadline=None,
            print_blob=True,
            suppress_health_check=QUIET,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        )
    )
    assert tally["move"]
