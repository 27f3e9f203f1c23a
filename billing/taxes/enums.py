from django.db import models


class Component(models.TextChoices):
    """What a charge is for: decides which taxes apply and, later, to which account it is posted."""

    ACCOMMODATION = "accommodation", "Accommodation"
    BREAKFAST = "breakfast", "Breakfast"
    MEALS = "meals", "Meals"
    BEVERAGES = "beverages", "Beverages"
    SERVICE = "service", "Service charge"
    CLEANING = "cleaning", "Cleaning"
    BOOKING_FEE = "booking_fee", "Booking fee"
    PARKING = "parking", "Parking"
    TRANSPORT = "transport", "Transport"
    WELLNESS = "wellness", "Wellness"
    OTHER = "other", "Other"


class TaxKind(models.TextChoices):
    VAT = "vat", "VAT or sales tax"
    CITY_TAX = "city_tax", "City tax"


class TaxBasis(models.TextChoices):
    """What a tax is counted on."""

    PERCENT = "percent", "Percent of the price"
    PERSON_NIGHT = "person_night", "Per person and night"
    NIGHT = "night", "Per room and night"


class PercentBase(models.TextChoices):
    """What a percentage is taken of (T34)."""

    NET = "net", "The price without included taxes"
    GROSS = "gross", "The price as entered"
    TAXES = "taxes", "Only the taxes it is on top of"


class ChargeBasis(models.TextChoices):
    """How often an extra or a fee is charged."""

    STAY = "stay", "Per stay"
    NIGHT = "night", "Per night"
    PERSON = "person", "Per person"
    PERSON_NIGHT = "person_night", "Per person and night"
    ARRIVAL = "arrival", "On the day of arrival"


class Rounding(models.TextChoices):
    """Where a tax is rounded; what is rounded together is shared out by largest remainder (T30)."""

    LINE = "line", "Each line"
    TAX = "tax", "Each tax and rate over the document"
    DOCUMENT = "document", "All taxes of the document at once"


class Purpose(models.TextChoices):
    """Why the guest travels; some city taxes exempt some purposes, with proof."""

    LEISURE = "leisure", "Leisure"
    BUSINESS = "business", "Business"
    MEDICAL = "medical", "Medical"
    EDUCATION = "education", "Education"
    RESIDENT = "resident", "Resident"
