"""What a web process loads before it forks."""

import gc

from django.urls import get_resolver

from config.warming import COLLECT_AFTER, warm


def test_everything_is_loaded_and_frozen_without_a_connection():
    """Without the mark of a database, a query would fail: a forked connection would be used by two."""
    before = gc.get_threshold()
    try:
        assert warm() > 100
        assert gc.get_threshold() == COLLECT_AFTER
        assert gc.get_freeze_count() > 10_000
        assert get_resolver("config.urls_tenant")._populated
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
