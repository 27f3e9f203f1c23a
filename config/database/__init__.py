"""The database backend: django-tenants' own, which forgets nothing wrong while PostgreSQL stops and starts."""
