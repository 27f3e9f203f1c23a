"""Roles and grants: who may do what, changed only here, with audit and event."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from pms.access.models import Grant, Role
from pms.access.permissions import BY_CODE, SYSTEM_ROLES
from pms.access.places import places
from pms.access.selectors import access_for
from pms.accounts.models import User
from pms.accounts.selectors import works_here
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import Conflict, Invalid, Missing, NotAllowed
from pms.kernel.locking import lock, lock_one


def system_roles_ensure() -> list[Role]:
    """Create the system roles that are missing and bring the permissions of the others up to date; idempotent.

    A provisioning step of every organization; runs inside its schema.
    """
    roles = []
    for system in SYSTEM_ROLES:
        role, _ = Role.objects.update_or_create(
            code=system.code,
            defaults={"name": system.name, "permissions": sorted(system.permissions), "is_system": True},
        )
        roles.append(role)
    return roles


def role_save(*, code: str, name: str, permissions: list[str], actor: Actor) -> Role:
    """Create or change the role called code; idempotent when nothing differs.

    Raises Invalid `unknown_permission`, `role_unnamed`; Conflict `system_role`; NotAllowed `beyond_own` when the actor
    would give away what they do not hold everywhere. Locks the role.
    """
    unknown = sorted(set(permissions) - set(BY_CODE))
    if unknown:
        raise Invalid("unknown_permission", f"There is no permission called {unknown[0]}.", field="permissions")
    if not name.strip():
        raise Invalid("role_unnamed", "A role needs a name.", field="name")
    with transaction.atomic():
        role = lock_one(Role.objects.filter(code=code))
        if role is not None and role.is_system:
            raise Conflict(
                "system_role", f"{role.name} comes with Innkeep and stays as it is. Make a role of your own."
            )
        before: dict[str, Any] = {"name": role.name if role else None, "permissions": role.permissions if role else []}
        after: dict[str, Any] = {"name": name.strip(), "permissions": sorted(set(permissions))}
        if role is not None and before == after:
            return role
        refuse_beyond_own(actor, {*after["permissions"], *before["permissions"]}, "")
        if role is None:
            role = Role(code=code)
        role.name, role.permissions = name.strip(), sorted(set(permissions))
        role.full_clean()
        role.save()
        changes = {field: [before[field], after[field]] for field in after if before[field] != after[field]}
        audit_record(action="role.save", subject_type="role", subject_code=code, actor=actor, changes=changes)
        event_publish(kind="role.changed", subject_type="role", subject_code=code)
    return role


def role_remove(*, role: Role, actor: Actor) -> None:
    """Remove a role of the organization's own making. Raises Conflict `system_role`, `role_held`. Locks the role."""
    with transaction.atomic():
        found = lock_one(Role.objects.filter(pk=role.pk))
        if found is None:
            return
        if found.is_system:
            raise Conflict("system_role", f"{found.name} comes with Innkeep and cannot be removed.")
        if found.grants.exists():
            raise Conflict("role_held", f"{found.name} is or was held by somebody; take its permissions away instead.")
        refuse_beyond_own(actor, set(found.permissions), "")
        audit_record(
            action="role.remove",
            subject_type="role",
            subject_code=found.code,
            actor=actor,
            changes={"name": [found.name, None], "permissions": [found.permissions, []]},
        )
        event_publish(kind="role.removed", subject_type="role", subject_code=found.code)
        found.delete()


def grant_create(*, user: User, role: Role, property_code: str = "", actor: Actor) -> Grant:
    """Give role to user at property_code (empty: everywhere); returns the grant there is if they hold it already.

    Raises Invalid `not_a_member`, `unknown_place`; NotAllowed `beyond_own` when the role allows what the actor does not hold there.
    """
    with transaction.atomic():
        lock(Role.objects.filter(pk=role.pk))
        held = Grant.objects.filter(user=user, role=role, property_code=property_code, ended_at=None).first()
        if held is not None:
            return held
        if not works_here(user=user):
            raise Invalid("not_a_member", f"{user} does not work here; send an invitation first.", field="user")
        refuse_unknown_place(property_code)
        refuse_beyond_own(actor, set(role.permissions), property_code)
        grant = Grant.objects.create(user=user, role=role, property_code=property_code)
        _record(grant, "grant.create", actor, [None, role.code])
    return grant


def grant_end(*, grant: Grant, actor: Actor, reason: str = "") -> Grant:
    """Take a role away from its holder from now on; idempotent. Locks the grant and every grant of administrators.

    Raises NotAllowed `beyond_own`; Conflict `last_administrator` for the last one who can grant every role.
    """
    with transaction.atomic():
        managing = lock(
            Grant.objects.filter(ended_at=None, property_code="", role__permissions__contains=["access.roles"])
        )
        found = lock_one(Grant.objects.filter(pk=grant.pk))
        if found is None:
            raise Missing("no_grant", "This grant is not there any more.")
        if found.ended_at is not None:
            return found
        refuse_beyond_own(actor, set(found.role.permissions), found.property_code)
        if [other.pk for other in managing] == [found.pk]:
            raise Conflict(
                "last_administrator",
                "Somebody must be left who can grant every role: make another administrator first.",
            )
        found.ended_at = timezone.now()
        found.save(update_fields=["ended_at"])
        _record(found, "grant.end", actor, [found.role.code, None], reason)
    return found


def _record(grant: Grant, action: str, actor: Actor, change: list[str | None], reason: str = "") -> None:
    code = str(grant.user.public_id)
    audit_record(
        action=action,
        subject_type="user",
        subject_code=code,
        actor=actor,
        property_code=grant.property_code,
        reason=reason,
        changes={"role": change, "user": [grant.user.email, grant.user.email]},
    )
    event_publish(
        kind="access.changed",
        subject_type="user",
        subject_code=code,
        payload={"role": grant.role.code, "property": grant.property_code, "held": grant.ended_at is None},
    )


def refuse_unknown_place(property_code: str) -> None:
    """Raise Invalid `unknown_place` for a code that no property here has."""
    if property_code and property_code not in {place.code for place in places()}:
        raise Invalid("unknown_place", f"There is no property {property_code} here.", field="property_code")


def refuse_beyond_own(actor: Actor, permissions: set[str], property_code: str) -> None:
    """Nobody gives away or takes what they do not hold themselves; jobs and commands hold everything."""
    if actor.kind == ActorKind.SYSTEM:
        return
    user = User.objects.filter(pk=actor.user_id or 0, is_active=True).first()
    held = access_for(user=user).held_at(property_code) if user else frozenset()
    missing = sorted(permissions - held)
    if missing:
        label = BY_CODE[missing[0]].label if missing[0] in BY_CODE else missing[0]
        raise NotAllowed("beyond_own", f"You can only give or take what you may do there yourself, not “{label}”.")
