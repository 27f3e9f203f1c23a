"""The steps of a visit, where a visit came from, and what it was made with."""

from django.db import models


class Step(models.TextChoices):
    """In the order a guest goes through them."""

    VISIT = "visit", "Visits"
    SEARCH = "search", "Searches"
    OFFERS = "offers", "Offers seen"
    HOLD = "hold", "Rooms held"
    PAYMENT = "payment", "Payments begun"
    BOOKED = "booked", "Booked"


#: Steps a visit can begin with: only there does the address of the page before say where somebody came from.
LANDING = frozenset({Step.VISIT, Step.SEARCH, Step.OFFERS})


class Origin(models.TextChoices):
    DIRECT = "direct", "Direct"
    SEARCH_ENGINE = "search_engine", "Search engine"
    SOCIAL = "social", "Social network"
    CAMPAIGN = "campaign", "Campaign"
    EMBED = "embed", "Widget"
    REFERRAL = "referral", "Another website"


class Device(models.TextChoices):
    PHONE = "phone", "Phone"
    TABLET = "tablet", "Tablet"
    DESKTOP = "desktop", "Desktop"
