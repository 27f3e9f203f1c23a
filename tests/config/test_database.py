"""A connection that broke while it was made is forgotten, and the next one works."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection


def test_a_version_of_nothing_is_asked_again(db):
    wrapper = connection.copy("default")
    wrapper.temporary_connection = nullcontext
    wrapper.connection = SimpleNamespace(info=SimpleNamespace(server_version=0), close=lambda: None, closed=False)
    with pytest.raises(OperationalError):
        _ = wrapper.pg_version
    assert wrapper.connection is None
    del wrapper.temporary_connection
    try:
        assert wrapper.pg_version >= 150000
    finally:
        wrapper.close()
