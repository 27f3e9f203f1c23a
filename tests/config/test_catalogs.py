"""What guests read is there in every language, and the catalogues are what the sources ask for."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext, ngettext

from config.catalogs import catalogue, folder_of, gathered, missing, texts_of, written

LANGUAGES = ["lt", "de"]
PLACES = re.compile(r"%\(\w+\)s|</?\w+>")


@pytest.fixture(scope="module")
def said():
    return gathered()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(said, language):
    assert missing(catalogue(language, said)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_are_up_to_date(said, language):
    """`python -m config.catalogs` was run after the last change of a sentence."""
    po, mo = written(catalogue(language, said), language)
    assert (folder_of(language) / "django.po").read_bytes() == po
    assert (folder_of(language) / "django.mo").read_bytes() == mo


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_what_is_filled_in(said, language):
    for row in catalogue(language, said):
        known = set().union(*(PLACES.findall(each) for each in texts_of(row.id)))
        for text in texts_of(row.string):
            assert set(PLACES.findall(text)) <= known, text
            assert row.pluralizable or set(PLACES.findall(text)) == known, text


def test_templates_and_code_are_both_gathered(said):
    assert all(
        said.get(sentence) for sentence in ("Find my booking", "We do not know this code.", "Nothing would change.")
    )


def test_plurals_are_lithuanian():
    with translation.override("lt"):
        nights = [ngettext("%(number)s night", "%(number)s nights", n) % {"number": n} for n in (1, 2, 10, 11, 21, 22)]
        assert nights == ["1 naktis", "2 naktys", "10 naktų", "11 naktų", "21 naktis", "22 naktys"]
        assert gettext("Search") == "Ieškoti"
