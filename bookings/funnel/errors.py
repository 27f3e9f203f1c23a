"""What keeps visitors from taking more than their share, in the guest's words."""

from typing import ClassVar

from pms.kernel.errors import Conflict, DomainError


class TooManyHolds(Conflict):
    """Visitor or network keeps as many rooms as one may: `too_many_holds`, `too_many_rooms`, `network_share`."""


class ChallengeNeeded(DomainError):
    """Prove first that a person is there: `challenge_needed`, or `challenge_failed` after a wrong answer.

    `context["challenge"]` is the bookings.funnel.challenge.Challenge to show.
    """

    status: ClassVar[int] = 422
