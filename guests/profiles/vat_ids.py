"""VAT ids by their form: offline, so that a desk never waits. Whether one is in force, only VIES knows.

Letters, digits and check digits of every member state, as python-stdnum has them.
"""

from django.core.exceptions import ValidationError
from stdnum.eu import vat

#: The member states by the code of their VAT ids; Greece is EL there and GR
#: everywhere else; XI is Northern Ireland, which is none.
MEMBER_STATES = frozenset("gr" if code == "el" else code for code in vat.MEMBER_STATES) - {"xi"}


def compact(vat_id: str) -> str:
    """Return a VAT id in capitals, without spaces, dots and hyphens."""
    return "".join(each for each in vat_id.upper() if each.isalnum())


def vat_country(vat_id: str) -> str:
    """Return the member state (ISO 3166 alpha-2) whose VAT id this is by its form; empty when it is none."""
    written = compact(vat_id)
    if not vat.is_valid(written):
        return ""
    return "GR" if written[:2] == "EL" else written[:2]


def is_member_state(country: str) -> bool:
    """Return whether a country (ISO 3166 alpha-2) is a member state of the European Union."""
    return country.lower() in MEMBER_STATES


def validate_vat_id(vat_id: str) -> None:
    """Refuse what begins like a VAT id of a member state and is none. Other countries' numbers are taken as they are."""
    written = compact(vat_id)
    country = "gr" if written[:2] == "EL" else written[:2].lower()
    if country in MEMBER_STATES and not vat_country(written):
        message = f"“{vat_id}” is not a VAT id of {written[:2]}: please check its digits."
        raise ValidationError(message, code="bad_vat_id")
