from django.db import models


class PropertyKind(models.TextChoices):
    HOTEL = "hotel", "Hotel"
    APARTMENTS = "apartments", "Apartments"
    HOSTEL = "hostel", "Hostel"
    VILLA = "villa", "Holiday houses"
