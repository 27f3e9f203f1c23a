"""A connection that broke while it was made is forgotten, and the next one works."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection


def test_a_version_of_nothing_is_asked_again(db, monkeypatch):
    wrapper = connection.copy("default")
    monkeypatch.setattr(wrapper, "temporary_connection", nullcontext)
    wrapper.connection = SimpleNamespace(info=SimpleNamespace(server_version=0), close=lambda: None, closed=False)
    with pytest.raises(OperationalError):
        _ = wrapper.pg_version
    assert wrapper.connection is None
    monkeypatch.undo()
    try:
        assert wrapper.pg_version >= 150000
    finally:
        wrapper.close()
