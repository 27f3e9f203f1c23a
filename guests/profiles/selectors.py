"""Finding guests and companies. Words are prefixes in any order: "gre lin" finds Greta Lindqvist."""

import re

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import QuerySet

from guests.profiles.models import Company, Guest

#: Shorter words match too many people to be a search.
SHORTEST_WORD = 2


def words_query(text: str) -> SearchQuery | None:
    """Return the full-text query for every word of text as a prefix; None when there is too little to search for."""
    # Half an address is not one word to PostgreSQL: what stands before the @ is enough to find it by.
    words = [word.split("@")[0] or word.strip("@") for word in words_of(text)]
    words = [word for word in words if word]
    if not any(len(word) >= SHORTEST_WORD for word in words):
        return None
    return SearchQuery(" & ".join(f"'{word}':*" for word in words[:6]), config="simple", search_type="raw")


def words_of(text: str) -> list[str]:
    """Return the words of text without what has a meaning in a full-text query."""
    return [word for word in re.split(r"[\s,;]+", re.sub(r"[\\'\"&|!():<>*\x00]", " ", text)) if word]


def guests_matching(*, text: str) -> QuerySet[Guest]:
    """Return the guests whose name, e-mail address or phone has every word of text as a prefix; unordered.

    Uses the index ix_guest_words, so the expression is exactly the index's.
    """
    query = words_query(text)
    if query is None:
        return Guest.objects.none()
    words = SearchVector("first_name", "last_name", "email", "phone", config="simple")
    found = Guest.objects.alias(words=words).filter(words=query)
    for word in words_of(text):
        if "@" in word.strip("@"):
            found = found.filter(email__istartswith=word)
    return found.order_by()


def companies(*, kind: str) -> QuerySet[Company]:
    """Return the companies or the travel agencies, by name."""
    return Company.objects.filter(kind=kind).order_by("name")
