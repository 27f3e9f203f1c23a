"""Roles and grants: what changes, what is refused, and that it is written down."""

import pytest

from pms.access.models import Grant, Role
from pms.access.permissions import EVERY_PERMISSION, SYSTEM_ROLES
from pms.access.selectors import access_for, can
from pms.access.services import grant_create, grant_end, role_remove, role_save, system_roles_ensure
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import Conflict, Invalid, NotAllowed

SYSTEM = Actor.system("tests")


def acting(user):
    return Actor(kind=ActorKind.USER, label=user.name, user_id=user.pk)


def role(code):
    return Role.objects.get(code=code)


def test_system_roles_are_there_once_and_up_to_date(in_tenant):
    role("manager").permissions.clear()
    Role.objects.filter(code="manager").update(permissions=[])
    system_roles_ensure()
    system_roles_ensure()
    assert set(Role.objects.values_list("code", flat=True)) == {row.code for row in SYSTEM_ROLES}
    assert set(role("manager").permissions) == EVERY_PERMISSION - {"access.roles"}


def test_new_role_is_audited(in_tenant, olivia):
    role_save(code="porter", name="Porter", permissions=["desk.view"], actor=acting(olivia))
    row = AuditEvent.objects.get(action="role.save")
    assert row.changes == {"name": [None, "Porter"], "permissions": [[], ["desk.view"]]}
    assert OutboxEvent.objects.filter(kind="role.changed").count() == 1


def test_changed_role_changes_what_its_holders_may_do(in_tenant, olivia, hana):
    porter = role_save(code="porter", name="Porter", permissions=["desk.view"], actor=acting(olivia))
    grant_create(user=hana, role=porter, actor=acting(olivia))
    assert not can(user=hana, permission="night_audit.run")
    role_save(code="porter", name="Porter", permissions=["desk.view", "night_audit.run"], actor=acting(olivia))
    assert can(user=hana, permission="night_audit.run")


def test_same_role_again_writes_nothing(in_tenant, olivia):
    for _ in range(2):
        role_save(code="porter", name="Porter", permissions=["desk.view"], actor=acting(olivia))
    assert AuditEvent.objects.filter(action="role.save").count() == 1


@pytest.mark.parametrize(
    ("arguments", "error", "code"),
    [
        ({"permissions": ["reservation.frobnicate"]}, Invalid, "unknown_permission"),
        ({"name": "  "}, Invalid, "role_unnamed"),
        ({"code": "manager"}, Conflict, "system_role"),
    ],
)
def test_role_save_refuses(in_tenant, olivia, arguments, error, code):
    wanted = {"code": "porter", "name": "Porter", "permissions": ["desk.view"], **arguments}
    with pytest.raises(error) as refusal:
        role_save(**wanted, actor=acting(olivia))
    assert refusal.value.code == code


def test_nobody_makes_a_role_beyond_their_own(in_tenant, felix):
    with pytest.raises(NotAllowed) as refusal:
        role_save(code="porter", name="Porter", permissions=["rates.manage"], actor=acting(felix))
    assert refusal.value.code == "beyond_own"


def test_role_that_was_held_stays(in_tenant, olivia, hana):
    porter = role_save(code="porter", name="Porter", permissions=["desk.view"], actor=acting(olivia))
    grant = grant_create(user=hana, role=porter, actor=acting(olivia))
    grant_end(grant=grant, actor=acting(olivia))
    with pytest.raises(Conflict) as refusal:
        role_remove(role=porter, actor=acting(olivia))
    assert refusal.value.code == "role_held"


def test_role_nobody_held_goes(in_tenant, olivia):
    porter = role_save(code="porter", name="Porter", permissions=["desk.view"], actor=acting(olivia))
    role_remove(role=porter, actor=acting(olivia))
    assert not Role.objects.filter(code="porter").exists()
    with pytest.raises(Conflict) as refusal:
        role_remove(role=role("manager"), actor=acting(olivia))
    assert refusal.value.code == "system_role"


def test_grant_at_a_property(property_a, olivia, hana):
    grant_create(user=hana, role=role("front_desk"), property_code="LIS", actor=acting(olivia))
    assert access_for(user=hana).allows("reservation.create", "LIS")
    assert not access_for(user=hana).allows("reservation.create", "POR")
    row = AuditEvent.objects.get(action="grant.create")
    assert (row.property_code, row.changes["role"]) == ("LIS", [None, "front_desk"])


def test_grant_twice_is_one(in_tenant, olivia, hana):
    first = grant_create(user=hana, role=role("accountant"), actor=acting(olivia))
    assert grant_create(user=hana, role=role("accountant"), actor=acting(olivia)) == first
    assert AuditEvent.objects.filter(action="grant.create").count() == 1


def test_grant_refuses_outsiders_and_places_that_are_not(in_tenant, olivia, hana, otto):
    with pytest.raises(Invalid) as refusal:
        grant_create(user=otto, role=role("front_desk"), actor=acting(olivia))
    assert refusal.value.code == "not_a_member"
    with pytest.raises(Invalid) as refusal:
        grant_create(user=hana, role=role("front_desk"), property_code="NIL", actor=acting(olivia))
    assert refusal.value.code == "unknown_place"


def test_manager_cannot_make_an_administrator(in_tenant, mia, hana):
    with pytest.raises(NotAllowed) as refusal:
        grant_create(user=hana, role=role("administrator"), actor=acting(mia))
    assert refusal.value.code == "beyond_own"
    assert not can(user=hana, permission="access.roles")


def test_manager_of_one_property_gives_nothing_elsewhere(property_a, property_other, mia, hana):
    Grant.objects.filter(user=mia).update(property_code="LIS")
    grant_create(user=hana, role=role("front_desk"), property_code="LIS", actor=acting(mia))
    for code in ("POR", ""):
        with pytest.raises(NotAllowed):
            grant_create(user=hana, role=role("front_desk"), property_code=code, actor=acting(mia))


def test_last_administrator_stays(in_tenant, olivia, mia):
    grant = Grant.objects.get(user=olivia)
    with pytest.raises(Conflict) as refusal:
        grant_end(grant=grant, actor=acting(olivia))
    assert refusal.value.code == "last_administrator"
    grant_create(user=mia, role=role("administrator"), actor=acting(olivia))
    assert grant_end(grant=grant, actor=acting(mia)).ended_at is not None


def test_ended_grant_ends_at_once_and_once(in_tenant, olivia, felix):
    grant = Grant.objects.get(user=felix)
    grant_end(grant=grant, actor=acting(olivia))
    grant_end(grant=grant, actor=acting(olivia))
    assert not can(user=felix, permission="desk.view")
    assert AuditEvent.objects.filter(action="grant.end").count() == 1


def test_system_holds_everything(in_tenant, hana):
    assert grant_create(user=hana, role=role("administrator"), actor=SYSTEM).pk
