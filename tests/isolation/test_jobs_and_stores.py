"""Jobs, cache, files and the registry: nothing reaches across."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django_tenants.utils import schema_context

from config.cron import SCHEDULE
from pms.access.permissions import BY_CODE
from pms.kernel.jobs import run_in_tenant

SOURCES = [
    path
    for package in ("pms", "bookings", "guests", "channels", "billing")
    for path in sorted((settings.BASE_DIR / package).rglob("*.py"))
    if "migrations" not in path.parts
]


def jobs_without_arguments() -> list[str]:
    """Return the dotted path of every public job that can be run as it is."""
    found = []
    for path in SOURCES:
        if path.name != "jobs.py" or "kernel" in path.parts:
            continue
        module = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
        functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        found += [f"{module}.{node.name}" for node in functions if node.name[0] != "_" and not _arguments(node)]
    return found


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.args, *node.args.kwonlyargs]


def test_the_clock_wakes_only_jobs_that_are_tried_here():
    assert {entry.path for entry in SCHEDULE} <= set(jobs_without_arguments())


@pytest.mark.parametrize("job", jobs_without_arguments())
def test_job_of_one_organization_leaves_the_other_alone(booked, fingerprint, job):
    before = fingerprint("hotel_a")
    run_in_tenant(job, "hotel_b", {})
    assert fingerprint("hotel_a") == before


@pytest.mark.parametrize("job", jobs_without_arguments())
def test_job_of_an_organization_that_is_gone_does_nothing(in_tenant, job):
    assert run_in_tenant(job, "hotel_gone", {}) is None


def test_cache_of_one_organization_is_not_the_others(in_tenant):
    cache.set("price", 100)
    with schema_context("hotel_b"):
        assert cache.get("price") is None
        cache.set("price", 200)
    assert cache.get("price") == 100


def test_files_of_one_organization_lie_apart(in_tenant, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    name = default_storage.save("photos/room.txt", ContentFile(b"ours"))
    assert Path(default_storage.path(name)).is_relative_to(tmp_path / "hotel_a")
    with schema_context("hotel_b"):
        assert not default_storage.exists(name)
        assert "hotel_b" in default_storage.path(name)


def test_every_permission_is_asked_for_somewhere():
    registry = settings.BASE_DIR / "pms" / "access" / "permissions.py"
    text = "\n".join(path.read_text() for path in SOURCES if path != registry)
    assert {code for code in BY_CODE if f'"{code}"' not in text} == set()


def test_only_kernel_and_tenants_switch_schema():
    allowed = {"kernel", "tenants"}
    switching = ("schema_context", "set_tenant", "set_schema")
    guilty = [
        str(path)
        for path in SOURCES
        if not allowed & set(path.parts)
        and any(word in path.read_text() for word in switching)
        and "management" not in path.parts
        and "onboarding" not in path.parts
    ]
    assert guilty == []
