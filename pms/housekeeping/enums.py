from django.db import models


class Condition(models.TextChoices):
    CLEAN = "clean", "Clean"
    DIRTY = "dirty", "Dirty"
    INSPECTED = "inspected", "Inspected"


#: Conditions in which a guest may be given the key without a reason.
READY = frozenset({Condition.CLEAN, Condition.INSPECTED})
