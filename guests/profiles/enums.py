from django.db import models


class CompanyKind(models.TextChoices):
    COMPANY = "company", "Company"
    AGENCY = "agency", "Travel agency"
