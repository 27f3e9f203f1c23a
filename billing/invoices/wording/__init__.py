"""The words on paper, complete in each language that documents are written in."""

from collections.abc import Mapping

from billing.invoices.wording.de import DE
from billing.invoices.wording.en import EN
from billing.invoices.wording.lt import LT

WORDS: Mapping[str, Mapping[str, str]] = {"en": EN, "lt": LT, "de": DE}
#: What is written where a language has no words of its own.
FALLBACK = "en"


def language_of(*wanted: str) -> str:
    """Return the first of the wanted languages that documents are written in ("de-AT" is "de"); else English."""
    for code in wanted:
        short = code.lower().replace("_", "-").split("-")[0]
        if short in WORDS:
            return short
    return FALLBACK


def words(language: str) -> Mapping[str, str]:
    """Return the words of a language; English ones for a language that has none."""
    return WORDS.get(language, WORDS[FALLBACK])
