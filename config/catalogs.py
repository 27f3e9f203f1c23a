"""The words that guests read, from English into each language: `python -m config.catalogs` brings the catalogues up to date.

What is marked for translation in templates and code is gathered by babel, since a bare machine has no gettext. A catalogue
keeps what was translated; what nobody says any more is dropped, and what is not translated yet is named.
"""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from config.env import BASE_DIR

FOLDERS = ("billing", "bookings", "guests", "pms", "templates")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
#: Forms of the plural (CLDR): one, few, other; fractions are never counted here.
PLURALS = {"lt": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && (n%100<10 || n%100>=20) ? 1 : 2);"}

_TEXT = r"u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\""
_CALL = re.compile(rf"\b(?:_|gettext|ngettext|pgettext|npgettext)\((?:{_TEXT}|[^()'\"])*\)", re.DOTALL)


def sources() -> Iterator[tuple[Path, bytes]]:
    """Yield every file that may speak, as Python that babel can read."""
    for folder in FOLDERS:
        for path in sorted((BASE_DIR / folder).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                yield path, path.read_bytes()
            elif path.suffix in {".html", ".txt"}:
                yield path, calls(templatize(path.read_text())).encode()


def calls(source: str) -> str:
    """Return the calls alone of what Django makes of a template: the filler between them is no Python."""
    return "\n".join(found[0].replace("\n", " ") for found in _CALL.finditer(source))


def gathered() -> Catalog:
    """Return everything that is said, without translations."""
    found = Catalog(fuzzy=False)
    for path, source in sources():
        for line, message, _, context in extract("python", BytesIO(source), keywords=KEYWORDS):
            found.add(message, locations=[(str(path.relative_to(BASE_DIR)), line)], context=context or None)
    return found


def folder_of(language: str) -> Path:
    """Return where a language's catalogue lies."""
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES"


def catalogue(language: str, said: Catalog) -> Catalog:
    """Return a language's catalogue for what is said now, with what has been translated."""
    path = folder_of(language) / "django.po"
    known = read_po(BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)
    made = Catalog(locale=language, fuzzy=False, project="Innkeep")
    for message in said:
        if message.id:
            before = known.get(message.id, context=message.context)
            files = sorted({file for file, _ in message.locations})
            made.add(
                message.id,
                before.string if before is not None else None,
                locations=[(file, 0) for file in files],
                flags=message.flags,
                context=message.context,
            )
    return made


def written(made: Catalog, language: str) -> tuple[bytes, bytes]:
    """Return a catalogue as .po and .mo."""
    text, binary = BytesIO(), BytesIO()
    write_po(text, made, width=0, sort_output=True, include_lineno=False, omit_header=True)
    plural = PLURALS.get(language, "nplurals=2; plural=(n != 1);")
    header = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: {language}\\n"\n'
    po = f'{header}"Plural-Forms: {plural}\\n"\n\n'.encode() + text.getvalue()
    compiled = read_po(BytesIO(po), locale=language)
    # The same sentences are the same file, whenever it is written.
    compiled.creation_date = compiled.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(binary, compiled)
    return po, binary.getvalue()


def missing(made: Catalog) -> list[str]:
    """Return what has no translation."""
    return [str(row.id) for row in made if row.id and not all(texts_of(row.string))]


def texts_of(said: object) -> tuple[str, ...]:
    """Return the text of an entry, or its texts where it counts."""
    return tuple(str(each or "") for each in said) if isinstance(said, tuple | list) else (str(said or ""),)


def main() -> int:
    """Write every catalogue; 1 where something is not translated."""
    said, lacking = gathered(), 0
    for language, _ in settings.LANGUAGES:
        if language == settings.LANGUAGE_CODE:
            continue
        made = catalogue(language, said)
        folder = folder_of(language)
        folder.mkdir(parents=True, exist_ok=True)
        po, mo = written(made, language)
        (folder / "django.po").write_bytes(po)
        (folder / "django.mo").write_bytes(mo)
        for sentence in missing(made):
            lacking += 1
            sys.stdout.write(f"{language}: {sentence}\n")
    return 1 if lacking else 0


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Nothing is read from either: the settings only want to know where they would be.
    os.environ.setdefault("DATABASE_URL", "postgres://nobody@localhost/nothing")
    os.environ.setdefault("REDIS_URL", "redis://localhost/0")
    django.setup()
    sys.exit(main())
