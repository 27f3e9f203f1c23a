"""What taxes and fees are called on a guest's page."""

from django.utils.translation import gettext, gettext_noop

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


def levy_said(name: str) -> str:
    """Return a tax or fee in the active language where it is one that we know."""
    return gettext(name) if name in KNOWN else name
