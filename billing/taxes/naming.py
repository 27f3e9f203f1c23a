"""What taxes and fees are called on a guest's page and paper."""

from django.utils.translation import get_language, gettext, gettext_noop, override

#: The names that the rule sets and the demo give to what is added to prices. A name of the hotel's own stays as it is.
KNOWN = frozenset(
    {
        gettext_noop("Accommodation tax"),
        gettext_noop("City Tax"),
        gettext_noop("City tax"),
        gettext_noop("Cleaning"),
        gettext_noop("Final cleaning"),
        gettext_noop("Consumption tax"),
        gettext_noop("Hotel room occupancy tax"),
        gettext_noop("Hotel room occupancy tax by night"),
        gettext_noop("Hotel service levy"),
        gettext_noop("Service charge"),
        gettext_noop("Surcharge of Barcelona"),
        gettext_noop("Tourism fee"),
        gettext_noop("Tourist fee"),
        gettext_noop("Tourist tax"),
        gettext_noop("Tourist tax by person"),
        gettext_noop("Tourist tax of Catalonia"),
        gettext_noop("VAT"),
        gettext_noop("VAT on the City Tax"),
        gettext_noop("VAT on the tourist tax"),
        gettext_noop("VAT on the visitor levy"),
        gettext_noop("Visitor levy"),
    }
)


def levy_said(name: str, language: str | None = None) -> str:
    """Return a tax or fee in a language, the active one if left out, where it is one that we know."""
    if name not in KNOWN:
        return name
    with override(language or get_language()):
        return gettext(name)
