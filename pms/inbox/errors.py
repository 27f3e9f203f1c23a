"""Why a message is not taken."""

from pms.kernel.errors import DomainError


class Refused(DomainError):
    """The message does not prove where it comes from, or is too old: answered with 400, and nothing is stored."""

    status = 400
