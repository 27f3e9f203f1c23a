"""Roles and grants per property, the permission registry, and can()."""
