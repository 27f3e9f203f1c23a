"""Codes people read aloud: no vowels that spell words, no characters that look alike."""

import secrets

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"


def random_code(length: int = 7) -> str:
    """Return a random code of length characters (28 to the power of length possibilities)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
