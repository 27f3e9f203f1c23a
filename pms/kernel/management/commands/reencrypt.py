from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models

from pms.kernel.encryption import SealedColumn, is_current, reencrypt, sealed_columns
from pms.kernel.jobs import every_schema
from pms.kernel.tenancy import inside, is_public, is_shared


class Command(BaseCommand):
    """Encrypts every stored secret with the newest key; may be stopped and repeated at any time."""

    help = "Encrypt every stored secret with the newest of ENCRYPTION_KEYS; afterwards the older keys can go."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through every organization's columns, row by row."""
        count = 0
        for schema in every_schema():
            with inside(schema):
                count += sum(_renew(column) for column in sealed_columns() if _lives_here(column))
        self.stdout.write(f"{count} secrets were encrypted again; all of them open with the newest key alone.")


def _lives_here(column: SealedColumn) -> bool:
    return is_shared(apps.get_model(column.model)._meta.app_config.name) == is_public()


def _renew(column: SealedColumn) -> int:
    model: type[models.Model] = apps.get_model(column.model)
    rows = model._default_manager.exclude(**{column.column: ""})
    count = 0
    for key, sealed in rows.values_list("pk", column.column).order_by("pk"):
        if is_current(sealed):
            continue
        # Somebody may save a new secret meanwhile: only what was read is replaced.
        unchanged = model._default_manager.filter(pk=key, **{column.column: sealed})
        count += unchanged.update(**{column.column: reencrypt(sealed)})
    return count
