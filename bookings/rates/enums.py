from django.db import models


class Board(models.TextChoices):
    ROOM_ONLY = "RO", "Room only"
    BREAKFAST = "BB", "Bed and breakfast"
    HALF_BOARD = "HB", "Half board"
    FULL_BOARD = "FB", "Full board"
    ALL_INCLUSIVE = "AI", "All inclusive"


class PlanKind(models.TextChoices):
    STANDARD = "standard", "Standard"
    NON_REFUNDABLE = "non_refundable", "Non-refundable"
    EARLY_BIRD = "early_bird", "Early bird"
    LAST_MINUTE = "last_minute", "Last minute"
    CORPORATE = "corporate", "Corporate"
    PACKAGE = "package", "Package"


class Guarantee(models.TextChoices):
    """What makes sure the guest comes or pays."""

    UNTIL_6PM = "until_6pm", "Until 18:00"
    CARD = "card", "Card"
    PREPAID = "prepaid", "Prepaid"
    COMPANY = "company", "Company"


#: Guarantees under which a guest who does not come is a no-show that owes something (T49).
GUARANTEED = frozenset({Guarantee.CARD, Guarantee.PREPAID, Guarantee.COMPANY})


class Source(models.TextChoices):
    """Where a booking is sold. Channels keep their own name in the connection, not here."""

    DIRECT_WEB = "direct_web", "Website"
    PHONE = "phone", "Phone"
    EMAIL = "email", "E-mail"
    WALK_IN = "walk_in", "Walk-in"
    CORPORATE = "corporate", "Corporate"
    AGENCY = "agency", "Travel agency"
    GROUP = "group", "Group"
    OTA = "ota", "Online travel agency"
    BOOKING_COM = "booking_com", "Booking.com"
    AIRBNB = "airbnb", "Airbnb"
    EXPEDIA = "expedia", "Expedia"
    GDS = "gds", "Global distribution system"
    COMPLIMENTARY = "complimentary", "Complimentary"
    OTHER = "other", "Other"


#: Sold by somebody else: accepted even beyond the rooms there are (T17), and the price is theirs (T67).
CHANNEL_SOURCES = frozenset({Source.OTA, Source.BOOKING_COM, Source.AIRBNB, Source.EXPEDIA, Source.GDS})
#: Where nobody of the staff looks on: access codes are asked for, and every window holds.
UNATTENDED = CHANNEL_SOURCES | {Source.DIRECT_WEB}


class PriceRuleKind(models.TextChoices):
    """In the order in which they are applied to a night; `first` and `last` of a rule count what stands in brackets."""

    WEEKEND = "weekend", "Weekend"  # (nothing)
    WEEKDAY = "weekday", "Day of the week"  # (1 Monday to 7 Sunday)
    SINGLE = "single", "Single occupancy"  # (nothing)
    EXTRA_ADULT = "extra_adult", "Extra adult"  # (the first, second, ... adult beyond the base occupancy)
    CHILD = "child", "Child"  # (age on the night)
    LENGTH_OF_STAY = "length_of_stay", "Length of stay"  # (nights)
    LEAD_TIME = "lead_time", "Lead time"  # (days between sale and arrival, property-local)


class Limit(models.TextChoices):
    """The restrictions of a day, each stored, inherited, combined and sent by itself (T22, T23, T27)."""

    MIN_STAY_ARRIVAL = "min_stay_arrival", "Minimum stay on arrival"
    MIN_STAY_THROUGH = "min_stay_through", "Minimum stay through"
    MAX_STAY = "max_stay", "Maximum stay"
    CLOSED_TO_ARRIVAL = "closed_to_arrival", "Closed to arrival"
    CLOSED_TO_DEPARTURE = "closed_to_departure", "Closed to departure"
    STOP_SELL = "stop_sell", "Stop sell"
    LEAD_HOURS_MIN = "lead_hours_min", "Book at least so many hours before check-in time"
    LEAD_DAYS_MAX = "lead_days_max", "Book at most so many days before arrival"
    QUOTA = "quota", "Quota"


#: What a derived plan may take from its parent, switch by switch.
PRICE = "price"
INHERITABLE = [(PRICE, "Price"), *Limit.choices]


class Penalty(models.TextChoices):
    """What cancelling or not coming costs."""

    NONE = "none", "Nothing"
    NIGHTS = "nights", "The first nights"
    PERCENT = "percent", "Percent of the stay"
    AMOUNT = "amount", "An amount"
    FULL = "full", "The whole stay"


class Deposit(models.TextChoices):
    """What is paid in advance."""

    NONE = "none", "Nothing"
    FIRST_NIGHT = "first_night", "The first night"
    PERCENT = "percent", "Percent of the total"
    AMOUNT = "amount", "An amount"
    FULL = "full", "Everything"


class ChangeState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    ROLLED_BACK = "rolled_back", "Rolled back"


class FileState(models.TextChoices):
    """A price file: received, its dry run done (or impossible), being saved, saved as a change."""

    WAITING = "waiting", "Waiting for its dry run"
    CHECKED = "checked", "Checked"
    REFUSED = "refused", "Not readable"
    SAVING = "saving", "Being saved"
    SAVED = "saved", "Saved"


class RowOutcome(models.TextChoices):
    """What a dry run says of a row."""

    FAULT = "fault", "Error"
    OK = "ok", "Changes something"
    UNCHANGED = "unchanged", "Nothing new"
