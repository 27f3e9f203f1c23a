"""How tests of saving expect a refusal: its code, its field and, where given, its words."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pms.kernel.errors import DomainError


@contextmanager
def refusal(code: str, field: str | None = None, sentence: str | None = None) -> Iterator[None]:
    """Expect a refusal with this code, at this field and, where given, in these words."""
    with pytest.raises(DomainError) as caught:
        yield
    assert (caught.value.code, caught.value.field) == (code, field)
    assert sentence is None or caught.value.message == sentence
