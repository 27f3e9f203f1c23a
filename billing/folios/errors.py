"""What folios refuse, in words."""

from billing.folios.models import Folio
from pms.kernel.errors import Conflict


def folio_closed(folio: Folio) -> Conflict:
    """Return the refusal of a line on a folio that was closed."""
    return Conflict(
        "folio_closed", f"Folio {folio.code} is closed. Open it again, or post to another folio.", field="folio"
    )
