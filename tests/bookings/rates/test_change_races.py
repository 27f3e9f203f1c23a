"""Versions of prices published at the same moment, in threads with transactions of their own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from bookings.rates.models import RateChange
from bookings.rates.services import change_draft, change_publish, rates_change
from pms.kernel.errors import DomainError
from tests.bookings.rates.edits import DAY, price, prices
from tests.house import TESTER, House


@pytest.mark.django_db(transaction=True)
def test_of_two_overlapping_drafts_published_at_once_one_is_refused(property_a: House, in_tenant: Any) -> None:
    """Nothing is half published: whoever comes second finds its cells changed."""
    days = [DAY + timedelta(days=index) for index in range(30)]
    drafts = [
        change_draft(
            property=property_a.property,
            cells=[price(property_a, value, day) for day in (days if value == 11_000 else reversed(days))],
            title="Race",
            actor=TESTER,
        )
        for value in (11_000, 12_000)
    ]
    outcomes = at_once(in_tenant, [partial(change_publish, change=draft, actor=TESTER) for draft in drafts])
    assert sorted(outcomes) == ["changed_meanwhile", "done"]
    assert set(prices().values()) == {(11_000, 12_000)[outcomes.index("done")]}
    assert len(prices()) == 30
    states = RateChange.objects.order_by("number").values_list("state", flat=True)
    assert [state == "published" for state in states] == [outcome == "done" for outcome in outcomes]


@pytest.mark.django_db(transaction=True)
def test_edits_made_at_once_are_numbered_one_after_the_other(property_a: House, in_tenant: Any) -> None:
    edits = [
        partial(
            rates_change,
            property=property_a.property,
            cells=[price(property_a, 10_000 + number, DAY + timedelta(days=number))],
            title="Race",
            actor=TESTER,
        )
        for number in range(4)
    ]
    assert at_once(in_tenant, edits) == ["done"] * 4
    assert sorted(RateChange.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert sorted(prices().values()) == [10_000, 10_001, 10_002, 10_003]


def at_once(organization: Any, acts: Sequence[Callable[[], object]]) -> list[str]:
    """Run each act in a thread of its own at the same moment; return "done" or the code that refused it."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        connection.set_tenant(organization)
        try:
            gate.wait(timeout=30)
            act()
        except DomainError as refusal:
            return refusal.code
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
