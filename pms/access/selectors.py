"""What somebody may do, and where."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from pms.access.models import Grant, Role
from pms.access.permissions import BY_CODE, PERMISSIONS, Permission
from pms.access.places import places
from pms.accounts.models import Invitation, User
from pms.accounts.selectors import invitation_url, invitations_here, users_here

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Access:
    """A user's permissions in this organization: everywhere, and per property code."""

    everywhere: frozenset[str]
    at: dict[str, frozenset[str]]

    def allows(self, permission: str, property_code: str | None = None) -> bool:
        """Return whether permission is held at property_code; without one, whether it is held anywhere."""
        if permission not in BY_CODE:
            raise KeyError(permission)
        if permission in self.everywhere:
            return True
        if property_code is None:
            return any(permission in held for held in self.at.values())
        return permission in self.at.get(property_code, frozenset())

    def property_codes(self, permission: str) -> frozenset[str] | None:
        """Return the codes of the properties where permission is held; None means at every one."""
        if permission not in BY_CODE:
            raise KeyError(permission)
        if permission in self.everywhere:
            return None
        return frozenset(code for code, held in self.at.items() if permission in held)

    def scope(self, permission: str, queryset: QuerySet[M], *, path: str = "property__code") -> QuerySet[M]:
        """Return the rows of queryset at properties (code at the lookup `path`) where permission is held."""
        codes = self.property_codes(permission)
        return queryset if codes is None else queryset.filter(Q(**{f"{path}__in": codes}))

    def held_at(self, property_code: str) -> frozenset[str]:
        """Return every permission held at property_code; the empty code asks what is held everywhere."""
        return self.everywhere | self.at.get(property_code, frozenset())


NOTHING = Access(everywhere=frozenset(), at={})


def access_for(*, user: User) -> Access:
    """Return what user may do here, in one query."""
    everywhere: set[str] = set()
    at: dict[str, frozenset[str]] = {}
    grants: QuerySet[Grant] = Grant.objects.filter(user=user, ended_at=None).select_related("role")
    for grant in grants:
        if grant.property_code:
            at[grant.property_code] = at.get(grant.property_code, frozenset()) | frozenset(grant.role.permissions)
        else:
            everywhere |= set(grant.role.permissions)
    return Access(everywhere=frozenset(everywhere), at=at)


def can(*, user: User, permission: str, property_code: str | None = None) -> bool:
    """Return whether user holds permission at property_code (or anywhere, without one)."""
    return user.is_active and access_for(user=user).allows(permission, property_code)


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role somebody holds, and where, in words."""

    role_code: str
    role_name: str
    property_code: str
    place: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here, and what they hold."""

    public_id: str
    name: str
    email: str
    initials: str
    roles: tuple[HeldRole, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open invitation with its link, for whoever wants to hand it over in person."""

    public_id: str
    email: str
    role_name: str
    place: str
    url: str
    is_sent: bool
    is_expired: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A permission and, for each role in order, whether it is in there; `area` is set on the first row of an area."""

    permission: Permission
    area: str
    cells: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who may do what: the registry against the roles, the people, and who is invited."""

    roles: tuple[Role, ...]
    rows: tuple[MatrixRow, ...]
    people: tuple[Person, ...]
    waiting: tuple[Waiting, ...]


def permission_matrix() -> Matrix:
    """Return the whole picture of this organization in five queries, whatever its size."""
    roles = tuple(Role.objects.order_by("-is_system", "id"))
    held = [frozenset(role.permissions) for role in roles]
    names = {place.code: place.name for place in places()}
    rows, area = [], ""
    for permission in PERMISSIONS:
        cells = tuple(permission.code in codes for codes in held)
        rows.append(MatrixRow(permission, permission.area if permission.area != area else "", cells))
        area = permission.area
    return Matrix(roles=roles, rows=tuple(rows), people=_people(names), waiting=_waiting(roles, names))


def _place(code: str, names: dict[str, str]) -> str:
    return names.get(code, code) if code else "every property"


def _people(names: dict[str, str]) -> tuple[Person, ...]:
    grants: dict[int, list[HeldRole]] = {}
    for grant in Grant.objects.filter(ended_at=None).select_related("role").order_by("property_code", "role__name"):
        where = _place(grant.property_code, names)
        grants.setdefault(grant.user_id, []).append(
            HeldRole(grant.role.code, grant.role.name, grant.property_code, where)
        )
    return tuple(
        Person(str(user.public_id), str(user), user.email, user.initials, tuple(grants.get(user.pk, ())))
        for user in users_here().order_by("name", "email")
    )


def _waiting(roles: tuple[Role, ...], names: dict[str, str]) -> tuple[Waiting, ...]:
    titles = {role.code: role.name for role in roles}
    now = timezone.now()
    rows: QuerySet[Invitation] = invitations_here().filter(accepted_at=None, revoked_at=None)
    return tuple(
        Waiting(
            public_id=str(row.public_id),
            email=row.email,
            role_name=titles.get(row.role_code, row.role_code),
            place=_place(row.property_code, names),
            url=invitation_url(row),
            is_sent=row.sent_at is not None,
            is_expired=row.expires_at <= now,
        )
        for row in rows
    )
