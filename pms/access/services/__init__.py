"""Who works here and may do what, changed only here, with audit and event. roles: roles and grants; people: who."""

from pms.access.services.people import (
    first_administrator,
    invitation_accept,
    invitation_mail,
    invitation_revoke,
    person_add,
    person_invite,
    person_leave,
)
from pms.access.services.roles import grant_create, grant_end, role_remove, role_save, system_roles_ensure

__all__ = [
    "first_administrator",
    "grant_create",
    "grant_end",
    "invitation_accept",
    "invitation_mail",
    "invitation_revoke",
    "person_add",
    "person_invite",
    "person_leave",
    "role_remove",
    "role_save",
    "system_roles_ensure",
]
