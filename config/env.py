"""The environment, read in one place. Production has no defaults for secrets; development has them all."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

#: "development" (embedded servers, demo, readable errors), "test" or "production".
MODE: str = env.str("INNKEEP_MODE", default="development")
PRODUCTION = MODE == "production"
TEST = MODE == "test"


def secret(name: str, development: str) -> str:
    """Return the secret called name; only outside production may it fall back to development's."""
    if PRODUCTION:
        return str(env.str(name))
    return str(env.str(name, default=development))
