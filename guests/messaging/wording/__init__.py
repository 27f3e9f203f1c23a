"""The built-in texts of every mail, complete in each language guests are written to."""

from collections.abc import Mapping

from guests.messaging.enums import Kind
from guests.messaging.wording import de, en, lt
from guests.messaging.wording.shape import Words

FALLBACK = "en"
TEXTS: Mapping[str, Mapping[Kind, Words]] = {"en": en.TEXTS, "lt": lt.TEXTS, "de": de.TEXTS}
LABELS: Mapping[str, Mapping[str, str]] = {"en": en.LABELS, "lt": lt.LABELS, "de": de.LABELS}


def language_of(wanted: str) -> str:
    """Return the language that mails to a reader of `wanted` are written in ("de-AT" is "de"); else English."""
    short = wanted.lower().replace("_", "-").split("-")[0]
    return short if short in TEXTS else FALLBACK


def built_in(kind: Kind, language: str) -> Words:
    """Return the built-in subject and body."""
    return TEXTS[language_of(language)][kind]


def labels(language: str) -> Mapping[str, str]:
    """Return the words of tables, the footer and the calendar."""
    return LABELS[language_of(language)]
