"""The backend that `settings.DATABASES` names. Django looks for it under this name."""

from django.db import OperationalError
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantWrapper


class DatabaseWrapper(TenantWrapper):
    """A connection that survives a PostgreSQL which dies while it is being made.

    A connection that breaks before it is used says that its server's version is 0. Django keeps that for as long as the
    thread lives, and refuses every further connection: "PostgreSQL 14 or later is required (found 0.0)".
    """

    @property
    def pg_version(self) -> int:
        """Return the server's version, as 180001. Raises OperationalError when it went away without saying."""
        known = self.__dict__.get("_known_version", 0)
        if not known:
            with self.temporary_connection():
                known = self.connection.info.server_version
            if not known:
                self.close()
                raise OperationalError("PostgreSQL went away before it was asked anything.")
            self.__dict__["_known_version"] = known
        return int(known)
