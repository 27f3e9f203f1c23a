"""Where the providers' own documents lie: INNKEEP_SAMPLES, or ../shared/protocols beside the checkout."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


def samples() -> Path | None:
    """Return the folder, None where it is not there."""
    named = os.environ.get("INNKEEP_SAMPLES")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "protocols"
    return folder if (folder / "stripe").is_dir() else None


def need_samples() -> Path:
    """Return the folder, or skip the test and say why."""
    folder = samples()
    if folder is None:
        pytest.skip("The providers' documents are not here: set INNKEEP_SAMPLES to their folder.")
    return folder
