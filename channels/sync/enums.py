from django.db import models


class LetterState(models.TextChoices):
    """A letter of a channel: kept, read, or put aside because nobody could read all of it."""

    KEPT = "kept", "Kept"
    READ = "read", "Read"
    UNREADABLE = "unreadable", "Unreadable"


class MessageState(models.TextChoices):
    """A message about one booking. What is out of date was overtaken by a newer one before it was applied."""

    WAITING = "waiting", "Waiting"
    APPLIED = "applied", "Applied"
    OUTDATED = "outdated", "Overtaken"
    PARKED = "parked", "Put aside"


class CaseKind(models.TextChoices):
    """What a person has to look at."""

    OVERBOOKED = "overbooked", "No room left"
    UNMAPPED_ROOM = "unmapped_room", "Room not mapped"
    UNMAPPED_RATE = "unmapped_rate", "Rate not mapped"
    IN_HOUSE = "in_house", "Change of a guest in house"
    CURRENCY = "currency", "Another currency"
    CONTENT_DIFFERS = "content_differs", "Same message, other content"
    UNREADABLE = "unreadable", "Not readable"
    NOT_ACKNOWLEDGED = "not_acknowledged", "Not acknowledged"
    SYNC_REFUSED = "sync_refused", "Refused by the channel"
    NOTICE = "notice", "Said by the channel"
    PRICE_DIFFERS = "price_differs", "Sold at another price"
    CARD_DUE = "card_due", "Virtual card can be charged"
    COMMISSION_CHANGED = "commission_changed", "Another commission"
    COLLECTOR_CHANGED = "collector_changed", "Somebody else collects"


#: Worth knowing and nothing to decide: they are not counted among what waits for somebody.
NOTES = frozenset({CaseKind.PRICE_DIFFERS, CaseKind.COMMISSION_CHANGED})


class Resolution(models.TextChoices):
    """What became of a case."""

    DONE = "done", "Done"
    BY_ITSELF = "by_itself", "Solved by itself"
    MOVED = "moved", "Another room"
    WALKED = "walked", "Walked to another house"
    ASKED_CHANNEL = "asked_channel", "The channel was asked"
    IGNORED = "ignored", "Left as it is"


class ReportKind(models.TextChoices):
    """What a channel can be told of a guest: the words of `Adapter.report`."""

    NO_SHOW = "no_show", "The guest did not come"
    INVALID_CARD = "invalid_card", "The card cannot be charged"
    CANCEL_INVALID_CARD = "cancel_invalid_card", "Cancel, for there is no good card"


class Direction(models.TextChoices):
    OUT = "out", "Told"
    IN = "in", "Read"


class Anew(models.IntegerChoices):
    """What a mark has told again even where the channel was told it already."""

    NOTHING = 0, "Only what differs"
    ROOMS = 1, "The rooms left"
    ALL = 2, "Everything"
