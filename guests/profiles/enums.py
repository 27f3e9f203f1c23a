from django.db import models


class CompanyKind(models.TextChoices):
    COMPANY = "company", "Company"
    AGENCY = "agency", "Travel agency"


class CommissionBase(models.TextChoices):
    """What a commission is a share of."""

    ROOM = "room", "The nights as priced"
    ROOM_NET = "room_net", "The nights without the taxes inside"
    ROOM_AND_CHARGES = "room_and_charges", "The nights, extras and fees"
    TOTAL = "total", "Everything, taxes on top included"


class CommissionOnLoss(models.TextChoices):
    """What is left of a commission when the guest cancels or does not come."""

    NOTHING = "nothing", "Nothing"
    OF_FEE = "of_fee", "Its share of the fee"
    WHOLE = "whole", "All of it"


class Collector(models.TextChoices):
    """Who takes the guest's money."""

    PROPERTY = "property", "The property"
    SELLER = "seller", "The agency or channel"
