"""Where the published hotel booking demand file is, for the tests that want the real thing."""

import os
from pathlib import Path

import pytest

NAME = "hotel_bookings.csv.gz"
#: In the checkout, or in a folder called data near it.
PLACES = (f"var/{NAME}", f"../data/{NAME}", f"../*/data/{NAME}")


def real_file() -> Path:
    """The file HOTEL_BOOKINGS_FILE names, or the first that is in PLACES; skips the test when there is none."""
    named = os.environ.get("HOTEL_BOOKINGS_FILE")
    found = [Path(named)] if named else [path for place in PLACES for path in sorted(Path().glob(place))]
    for path in found:
        if path.exists():
            return path.resolve()
    pytest.skip(
        "The hotel booking demand file is not here; docs/import.md says where it is published and where it goes."
    )
