"""Two organizations, hotel_a and hotel_b, made once per run and worker; every test rolls back what it wrote.

`in_tenant` puts the test inside hotel_a. Tests with real transactions (`@pytest.mark.django_db(transaction=True)`,
`transactional_db`, `live_server`) are swept afterwards instead: rows newer than the baseline go, the two stay.
"""

import os
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from django_tenants.utils import get_public_schema_name, schema_context
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.house import House

TODAY = date(2026, 11, 20)
HORIZON_DAYS = 120
SCHEMAS = ("public", "hotel_a", "hotel_b")
#: name -> (e-mail, organization's slug, system role)
CAST = {
    "olivia": ("olivia@hotel-a.test", "hotel-a", "administrator"),
    "mia": ("mia@hotel-a.test", "hotel-a", "manager"),
    "felix": ("felix@hotel-a.test", "hotel-a", "front_desk"),
    "hana": ("hana@hotel-a.test", "hotel-a", "housekeeping"),
    "otto": ("otto@hotel-b.test", "hotel-b", "administrator"),
}
PASSWORD = "correct-horse-battery"
#: (schema, table) -> highest id when the run began; None for a table that was empty or has no id.
BASELINE: dict[tuple[str, str], int | None] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Hash quickly, and give each worker its own database of Redis."""
    # A busy machine is no finding. Who develops tries new examples in every run; what judges a commit tries the same twice.
    hypothesis_settings.register_profile(
        "innkeep",
        deadline=None,
        derandomize=bool(os.environ.get("CI")),
        suppress_health_check=[HealthCheck.too_slow],
    )
    hypothesis_settings.load_profile("innkeep")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 14 + 1
    url = f"{settings.REDIS_URL.split('?')[0]}?db={worker}"
    settings.REDIS_URL = settings.CACHES["default"]["LOCATION"] = settings.RQ_QUEUES["default"]["URL"] = url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a test in a real browser a second try, which the summary tells of: a machine out of breath is no finding."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Make the two organizations, their people and the baseline that sweeping goes back to."""
    from pms.access.models import Grant, Role
    from pms.access.services import system_roles_ensure
    from pms.accounts.models import Membership, User
    from pms.kernel.actors import Actor
    from pms.tenants.models import Organization
    from pms.tenants.services import organization_create

    with django_db_blocker.unblock():
        for slug, name in (("hotel-a", "Hotel A"), ("hotel-b", "Hotel B")):
            connection.set_schema_to_public()
            if not Organization.objects.filter(slug=slug).exists():
                organization_create(slug=slug, name=name, actor=Actor.system("tests"))
        for name, (email, slug, role) in CAST.items():
            connection.set_schema_to_public()
            organization = Organization.objects.get(slug=slug)
            if User.objects.filter(email=email).exists():
                continue  # a database that was kept
            user = User.objects.create_user(email, PASSWORD, name=name.title())
            user.emailaddress_set.create(email=email, verified=True, primary=True)
            Membership.objects.create(user=user, organization=organization)
            with schema_context(organization.schema_name):
                system_roles_ensure()
                Grant.objects.create(user=user, role=Role.objects.get(code=role))
        connection.set_schema_to_public()
        _remember_baseline()
        TransactionTestCase._fixture_teardown = _sweep  # type: ignore[method-assign]


def _remember_baseline() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.schemaname, t.tablename, EXISTS (SELECT 1 FROM information_schema.columns c WHERE c.table_schema"
            " = t.schemaname AND c.table_name = t.tablename AND c.column_name = 'id' AND c.data_type LIKE '%%int%%')"
            " FROM pg_tables t WHERE t.schemaname = ANY(%s) AND t.tablename <> 'django_migrations'",
            [list(SCHEMAS)],
        )
        for schema, table, numbered in cursor.fetchall():
            cursor.execute(f'SELECT max({"id" if numbered else "NULL::int"}) FROM "{schema}"."{table}"')
            BASELINE[schema, table] = cursor.fetchone()[0]


def _sweep(self: Any = None) -> None:
    """Delete what a test with real transactions left behind, without triggers and foreign keys asking."""
    connection.set_schema_to_public()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for (schema, table), newest in BASELINE.items():
            newer = f" WHERE id > {newest}" if newest else ""
            cursor.execute(f'DELETE FROM "{schema}"."{table}"{newer}')
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'")
        for (schema,) in cursor.fetchall():
            if schema not in (*SCHEMAS, "template"):
                cursor.execute(f'DROP SCHEMA "{schema}" CASCADE')


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    from django.core.cache import cache

    from pms.tenants import hosts

    cache.clear()
    hosts.forget()


@pytest.fixture
def hotel_a(db: None) -> Any:
    """The organization the tests work in."""
    from pms.tenants.models import Organization

    return Organization.objects.get(slug="hotel-a")


@pytest.fixture
def hotel_b(db: None) -> Any:
    """The other organization, which must never see anything of hotel_a."""
    from pms.tenants.models import Organization

    return Organization.objects.get(slug="hotel-b")


@pytest.fixture
def in_tenant(hotel_a: Any) -> Iterator[Any]:
    """Put the test inside hotel_a's schema."""
    connection.set_tenant(hotel_a)
    yield hotel_a
    connection.set_schema_to_public()


def _person(name: str) -> Any:
    @pytest.fixture(name=name)
    def person(db: None) -> Any:
        from pms.accounts.models import User

        return User.objects.get(email=CAST[name][0])

    return person


olivia, mia, felix, hana, otto = (_person(name) for name in CAST)


class TenantClient(Client):
    """A browser on one host; the test stays in the schema it was in, whatever the request switched to."""

    def request(self, **request: Any) -> Any:
        """Make the request and come back."""
        tenant = connection.tenant
        try:
            return super().request(**request)
        finally:
            connection.set_tenant(tenant)


@pytest.fixture
def client_for(db: None) -> Callable[..., TenantClient]:
    """Return client_for(user, organization): signed in (a stranger for None) on its host (the public one for None)."""

    def make(user: Any = None, organization: Any = None) -> TenantClient:
        host = f"{organization.slug}.localhost" if organization else "localhost"
        client = TenantClient(headers={"host": host})
        if user is not None:
            with schema_context(organization.schema_name if organization else get_public_schema_name()):
                client.force_login(user)
        return client

    return make


@pytest.fixture
def property_a(in_tenant: Any) -> "House":
    """A small hotel in hotel_a, code LIS: two room types, five units, prices, inventory for HORIZON_DAYS from TODAY."""
    from tests.house import make_house

    return make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=HORIZON_DAYS)


@pytest.fixture
def property_other(in_tenant: Any) -> "House":
    """A second hotel in hotel_a, code POR, for what must stay within one property."""
    from tests.house import make_house

    return make_house(code="POR", name="Casa Porto", today=TODAY, horizon_days=HORIZON_DAYS)


@pytest.fixture
def own_storage(tmp_path: "Path", settings: Any) -> Iterator["Path"]:
    """Keep what the test stores in a folder of its own, and return it."""
    from django.core.files.storage import storages

    # django-tenants keeps the place it was first asked for, whatever the settings say later.
    storage = storages["default"]
    storage.__dict__.pop("relative_media_root", None)
    settings.MEDIA_ROOT = str(tmp_path)
    yield tmp_path
    storage.__dict__.pop("relative_media_root", None)


@pytest.fixture
def actor(felix: Any) -> Any:
    """Felix of the front desk, acting."""
    from pms.kernel.actors import Actor, ActorKind

    return Actor(kind=ActorKind.USER, label="Felix", user_id=felix.pk)
